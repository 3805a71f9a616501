"""Aligns a complete trace: both sides go in step, and where they part, the continuation that fits best says what happened."""

from __future__ import annotations

from collections.abc import Iterator

from nbrepro.simulation.answers import RowKind
from nbrepro.simulation.divergence import Divergence
from nbrepro.simulation.mistakes import Mistake
from nbrepro.simulation.pairs import Aligned, Pair, Sides
from nbrepro.simulation.paths import Gap, path_mistake

WINDOW = 60
"""How many rows a continuation is judged by."""
MOST_CANDIDATES = 24
LONGEST_SWAP = 12
"""How many rows may stand in the place of how many moments; longer swaps are told from plain omissions and insertions."""


def align_in_step(sides: Sides) -> Aligned:
    """Align rows with moments, each row with one moment and each moment with one row, as far as they agree."""
    pairs: list[Pair] = []
    divergences: list[Divergence] = []
    row = moment = 0
    while row < len(sides.rows) and moment < len(sides.moments):
        if sides.quality(row, moment) == 2.0:  # noqa: PLR2004 - the same place and states
            pairs.append(Pair(row, moment, sides.fit(row, moment)))
            row, moment = row + 1, moment + 1
            continue
        gap = Gap(row, moment, swapped=1) if _only_turns(sides, row, moment) else _continuation(sides, row, moment)
        divergences.append(_described(sides, gap))
        pairs.extend(_gap_pairs(sides, gap))
        row, moment = row + max(gap.inserted, gap.swapped), moment + max(gap.omitted, gap.swapped)
    if row < len(sides.rows) or moment < len(sides.moments):
        rest = Gap(row, moment, inserted=len(sides.rows) - row, omitted=len(sides.moments) - moment)
        divergences.append(_described(sides, rest))
        pairs.extend(_gap_pairs(sides, rest))
    score = sum(2.0 if pair.fit.is_clean else 1.0 for pair in pairs if pair.fit is not None)
    return Aligned(tuple(pairs), tuple(divergences), sides.convention, score)


def _only_turns(sides: Sides, row: int, moment: int) -> bool:
    """Whether the same line is told with the same states, and only its decision is another."""
    if not sides.is_same_place(row, moment):
        return False
    return all(wrong.mistake is Mistake.BRANCH_FLIPPED for wrong in sides.fit(row, moment).wrong)


def _continuation(sides: Sides, row: int, moment: int) -> Gap:
    """The gap after which both sides go on together best; at equal merit the smallest."""
    return max(_candidates(sides, row, moment), key=lambda gap: _merit(sides, gap))


def _candidates(sides: Sides, row: int, moment: int) -> Iterator[Gap]:
    if sides.is_same_place(row, moment) or sides.rows[row].kind is not RowKind.LINE:
        yield Gap(row, moment, swapped=1)
    places = range(moment + 1, len(sides.moments))
    omissions = [place - moment for place in places if sides.is_same_place(row, place)][:MOST_CANDIDATES]
    yield from (Gap(row, moment, omitted=count) for count in omissions)
    following = range(row + 1, len(sides.rows))
    insertions = [place - row for place in following if sides.is_same_place(place, moment)][:MOST_CANDIDATES]
    yield from (Gap(row, moment, inserted=count) for count in insertions)
    yield from _swaps(sides, row, moment)
    yield Gap(row, moment, inserted=len(sides.rows) - row, omitted=len(sides.moments) - moment)


def _swaps(sides: Sides, row: int, moment: int) -> Iterator[Gap]:
    """Some rows in the place of some moments."""
    for inserted in range(1, min(LONGEST_SWAP, len(sides.rows) - row)):
        for omitted in range(1, min(LONGEST_SWAP, len(sides.moments) - moment)):
            if sides.is_same_place(row + inserted, moment + omitted):
                yield Gap(row, moment, inserted=inserted, omitted=omitted)
                break


def _merit(sides: Sides, gap: Gap) -> float:
    """How well both sides go on after a gap: the average quality of the next rows, less a little for its length."""
    row, moment = gap.row + max(gap.inserted, gap.swapped), gap.moment + max(gap.omitted, gap.swapped)
    wanted = min(WINDOW, max(len(sides.rows) - gap.row, len(sides.moments) - gap.moment))
    total = sides.quality(gap.row, gap.moment) if gap.swapped else 0.0
    count = min(wanted, len(sides.rows) - row, len(sides.moments) - moment)
    for step in range(count):
        quality = sides.quality(row + step, moment + step)
        if quality == 0.0:
            break
        total += quality
    ends_together = len(sides.rows) - row == len(sides.moments) - moment <= wanted
    return (total + ends_together) / max(1, wanted) - 0.002 * (gap.inserted + gap.omitted) - 0.01 * bool(gap.inserted and gap.omitted)


def _gap_pairs(sides: Sides, gap: Gap) -> Iterator[Pair]:
    if gap.swapped:
        fits = sides.is_same_place(gap.row, gap.moment)
        yield Pair(gap.row, gap.moment, sides.fit(gap.row, gap.moment) if fits else None)
        return
    yield from (Pair(gap.row + step, None) for step in range(gap.inserted))
    yield from (Pair(None, gap.moment + step) for step in range(gap.omitted))


def _described(sides: Sides, gap: Gap) -> Divergence:
    if gap.swapped and sides.is_same_place(gap.row, gap.moment):
        return _wrong_state(sides, gap)
    mistake = path_mistake(sides, gap)
    stated = f"{gap.inserted or gap.swapped} stated" if gap.inserted or gap.swapped else "none stated"
    message = f"{gap.omitted or gap.swapped} moments here, {stated}"
    return Divergence(gap.row, gap.moment, mistake, message, omitted=gap.omitted or gap.swapped, inserted=gap.inserted or gap.swapped)


def _wrong_state(sides: Sides, gap: Gap) -> Divergence:
    found = sides.fit(gap.row, gap.moment)
    moment = sides.moments[gap.moment]
    chief = next((wrong for wrong in found.wrong if wrong.name in moment.changed), found.wrong[0])
    chief = next((wrong for wrong in found.wrong if not wrong.name), chief)
    mistake = chief.mistake
    if mistake is Mistake.BRANCH_FLIPPED:
        mistake = path_mistake(sides, gap)
    message = f"{chief.name or moment.kind.value} at line {moment.line}: stated {chief.stated[:80]}, really {chief.real[:80]}"
    return Divergence(gap.row, gap.moment, mistake, message, found.wrong)
