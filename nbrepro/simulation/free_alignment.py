"""Aligns tables and narrations: rows may leave moments out, show several at once, or list what is never executed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from nbrepro.simulation.answers import Convention, Row, RowKind, StatedKind
from nbrepro.simulation.comparing_rows import RowFit
from nbrepro.simulation.divergence import Divergence
from nbrepro.simulation.lockstep import align_in_step
from nbrepro.simulation.mistakes import Mistake
from nbrepro.simulation.pairs import Aligned, Pair, Sides
from nbrepro.simulation.structure import is_code

MOST_CELLS = 4_000_000
"""Rows times moments; beyond, both sides are taken to go in step."""
UNPAIRED, SKIPPED, SAME_VISIT = -1.0, -0.02, 0.2
_NOT_EXECUTED = re.compile(
    r"\b(?:not|never|n't)\s+(?:\w+\s+)?(?:executed|entered|taken|reached|run|evaluated|met|applicable)|\bskip|\bunreach"
    r"|\bno iteration|\bn/a\b|\bnot (?:in|the) |\bdefinition\b|\bdocstring\b",
    re.IGNORECASE,
)
_SEVERAL = re.compile(
    r"\.\.\.|…|\d\s*[-–—/]\s*\d|\b(?:to|all|through|eval\w*|end|after|final|check|exit)\b",
    re.IGNORECASE,
)
_SEVERAL_STATEMENTS = re.compile(r"[;→]|->|=>|/|…|\.\.\.|\S:\s*\S")
_NO_STATEMENT = re.compile(r"^(?:else|try|finally|pass|@.*|[\"']{3}.*|#.*|)$", re.DOTALL)


def align_freely(sides: Sides) -> Aligned:
    """Align so that as many rows as possible show the states of their moments, in order."""
    kept = replace(sides, moments=tuple(moment for moment in sides.moments if moment.kind in {RowKind.LINE, RowKind.CALL}), seen={})
    if len(kept.rows) * max(1, len(kept.moments)) > MOST_CELLS:
        return align_in_step(kept)
    kinds = {RowKind.LINE, RowKind.CALL}
    positions = [*(number for number, moment in enumerate(sides.moments) if moment.kind in kinds), len(sides.moments)]
    chosen, score = _best_path(kept)
    divergences = tuple(_judged(kept, chosen))
    pairs = tuple(
        Pair(row, positions[moment] if moment is not None else None, _fit(kept, row, moment)) for row, moment in enumerate(chosen)
    )
    placed = (replace(found, moment=positions[found.moment] if found.moment is not None else None) for found in divergences)
    return Aligned(pairs, tuple(placed), sides.convention, score)


def _fit(sides: Sides, row: int, moment: int | None) -> RowFit | None:
    return _best_fit(sides, row, moment) if moment is not None else None


def _best_fit(sides: Sides, row: int, moment: int) -> RowFit:
    """How a row fits; a header may show the state before or after its decision, whatever the other rows do."""
    found = sides.fit(row, moment)
    real = sides.moments[moment]
    if found.wrong and (real.kind is RowKind.CALL or sides.structure.block_at(real.line) is not None):
        other = _shifted(sides, row, moment)
        return min(found, other, key=lambda fit: fit.weight)
    return found


def _shifted(sides: Sides, row: int, moment: int) -> RowFit:
    """How a row fits the state on the other side of its moment."""
    other = Convention.BEFORE if sides.convention is Convention.AFTER else Convention.AFTER
    return sides.fit_states(sides.rows[row], moment, other)


def _is_place(sides: Sides, row: int, moment: int) -> bool:
    return sides.rows[row].kind in {RowKind.LINE, RowKind.CALL} and sides.lines[row] == sides.moments[moment].line


def _worth(sides: Sides, row: int, moment: int) -> float:
    found = _best_fit(sides, row, moment)
    bonus = SAME_VISIT if sides.rows[row].visit == sides.moments[moment].visit else 0.0
    return bonus + (2.0 if found.is_clean else 0.5 / len(found.wrong))


def _best_path(sides: Sides) -> tuple[list[int | None], float]:
    """For each row its moment, by dynamic programming from the end; None for rows without one."""
    rows, moments = len(sides.rows), len(sides.moments)
    best = [[0.0] * (moments + 1) for _ in range(rows + 1)]
    step = [["row"] * (moments + 1) for _ in range(rows + 1)]
    for row in range(rows - 1, -1, -1):
        best[row][moments] = best[row + 1][moments] + UNPAIRED
        for moment in range(moments - 1, -1, -1):
            options = [(best[row][moment + 1] + SKIPPED, "moment"), (best[row + 1][moment] + UNPAIRED, "row")]
            if _is_place(sides, row, moment):
                worth = _worth(sides, row, moment)
                options.append((best[row + 1][moment + 1] + worth, "pair"))
                if sides.moments[moment].line in sides.structure.inner:
                    options.append((best[row + 1][moment] + worth / 2 - 0.1, "share"))
            best[row][moment], step[row][moment] = max(options, key=lambda option: option[0])
    return _followed(step, rows, moments), best[0][0]


def _followed(step: list[list[str]], rows: int, moments: int) -> list[int | None]:
    chosen: list[int | None] = []
    moment = 0
    while len(chosen) < rows:
        how = step[len(chosen)][moment] if moment < moments else "row"
        if how == "moment":
            moment += 1
            continue
        chosen.append(moment if how in {"pair", "share"} else None)
        moment += how == "pair"
    return chosen


def _judged(sides: Sides, chosen: list[int | None]) -> Iterator[Divergence]:
    """What differs, row by row."""
    for row, moment in enumerate(chosen):
        if moment is None and sides.rows[row].kind not in {RowKind.LINE, RowKind.CALL}:
            continue  # what is returned or noted belongs to the line before
        if moment is None:
            mistake = _unpaired_mistake(sides, row, chosen)
            yield Divergence(row, _place_of(chosen, row), mistake, f"row {row + 1}: {sides.rows[row].source[:80]}", inserted=1)
            continue
        found = _best_fit(sides, row, moment)
        if found.wrong:
            yield _wrong_values(sides, row, moment, found, chosen)


def _place_of(chosen: list[int | None], row: int) -> int | None:
    """The moment after the last one that was paired."""
    earlier = [moment for moment in chosen[:row] if moment is not None]
    return earlier[-1] + 1 if earlier else 0


def _wrong_values(sides: Sides, row: int, moment: int, found: RowFit, chosen: list[int | None]) -> Divergence:
    chief = next((wrong for wrong in found.wrong if wrong.mistake.tier.value != "notation"), found.wrong[0])
    mistake = _notation_of(sides, row, moment, found, chosen) or chief.mistake
    line = sides.moments[moment].line
    message = f"{chief.name} at line {line}: stated {chief.stated[:80]}, really {chief.real[:80]}"
    return Divergence(row, moment, mistake, message, found.wrong)


def _notation_of(sides: Sides, row: int, moment: int, found: RowFit, chosen: list[int | None]) -> Mistake | None:
    """Whether wrong values are only another way to tell what is right."""
    if sides.moments[moment].line in sides.structure.inner and (row + 1 < len(chosen) and chosen[row + 1] == moment):
        return Mistake.INNER_ITERATION
    if _is_ahead(sides, row, moment, chosen):
        return Mistake.MERGED_ROW
    if _shifted(sides, row, moment).is_clean and not _persists(sides, row, found, chosen):
        return Mistake.CONVENTION_SHIFT
    return None


def _is_ahead(sides: Sides, row: int, moment: int, chosen: list[int | None]) -> bool:
    """Whether a row that tells of several lines shows the state after the last of them, before the next row begins."""
    source = sides.rows[row].source
    is_header = sides.structure.block_at(sides.moments[moment].line) is not None
    if not is_header and not _SEVERAL_STATEMENTS.search(source):
        return False
    following = next((number for number in chosen[row + 1 :] if number is not None), len(sides.moments) - 1)
    later = range(moment + 1, min(following + 1, len(sides.moments)))
    return any(sides.fit_states(sides.rows[row], number, Convention.AFTER).is_clean for number in later)


def _persists(sides: Sides, row: int, found: RowFit, chosen: list[int | None]) -> bool:
    """Whether the next row still has one of the wrong values."""
    following = next((number for number in range(row + 1, len(chosen)) if chosen[number] is not None), None)
    if following is None:
        return False
    later = {wrong.name for wrong in _best_fit(sides, following, chosen[following] or 0).wrong}
    return bool(later & {wrong.name for wrong in found.wrong})


def _unpaired_mistake(sides: Sides, row: int, chosen: list[int | None]) -> Mistake:
    """What a row is that tells of nothing that happened."""
    stated, line = sides.rows[row], sides.lines[row]
    remarks = " ".join((stated.note, stated.source, *(value.text for value in stated.state.values() if value.kind is not StatedKind.VALUE)))
    executed = {moment.line for moment in sides.moments}
    text = sides.structure.sources[line - 1] if line and line <= len(sides.structure.sources) else ""
    if _NOT_EXECUTED.search(remarks) or (line is not None and _NO_STATEMENT.match(text)):
        return Mistake.ROW_NOT_EXECUTED
    if line is None or (sides.structure.sources and not is_code(stated.source)):
        return Mistake.HALLUCINATED_CODE if is_code(stated.source) else Mistake.PROSE_ROW
    if line in sides.structure.inner:
        return Mistake.INNER_ITERATION
    is_header = sides.structure.block_at(line) is not None
    if (line not in executed or is_header) and _shows_no_effect(sides, row, chosen):
        return Mistake.ROW_NOT_EXECUTED
    if line in executed and (_SEVERAL.search(stated.note) or not sides.structure.is_start(line)):
        return Mistake.MERGED_ROW
    return Mistake.PHANTOM_LINE


def _shows_no_effect(sides: Sides, row: int, chosen: list[int | None]) -> bool:
    """Whether the states of an unpaired row are those of the moments around it: the line is listed, not executed."""
    place = _place_of(chosen, row) or 0
    around = [moment for moment in (place - 1, place) if 0 <= moment < len(sides.moments)]
    listed: Row = sides.rows[row]
    return any(sides.fit_states(listed, moment, convention).is_clean for moment in around for convention in Convention)
