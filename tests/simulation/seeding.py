"""Puts one mistake into a real trace, and knows where it is and of what class."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from nbrepro.simulation.answers import Answer, AnswerKind, Convention, Row, RowKind, Stated
from nbrepro.simulation.mistakes import Mistake
from nbrepro.simulation.moments import Moment
from nbrepro.simulation.structure import Block, Structure
from nbrepro.simulation.tagged import Opaque

Rows = list[Row]
Seeded = tuple[Rows, Mistake]


def shown(value: object) -> str:
    return value.kind if isinstance(value, Opaque) else repr(value)


def rows_of(moments: Sequence[Moment], structure: Structure, *, branches: bool = True) -> Rows:
    """A faultless statement of a real trace."""
    return [
        Row(
            source=structure.sources[moment.line - 1] if moment.kind is RowKind.LINE and moment.line <= len(structure.sources) else "",
            line=moment.line,
            visit=moment.visit,
            state={name: Stated.value(shown(value)) for name, value in moment.after.items()},
            kind=moment.kind,
            value=shown(moment.value) if moment.kind is RowKind.RETURN else moment.value,
            taken=moment.taken if branches else None,
        )
        for moment in moments
    ]


def answer(rows: Sequence[Row], code: str) -> Answer:
    return Answer("task", AnswerKind.TRACE, "", rows=tuple(rows), convention=Convention.AFTER, is_complete=True, code=code)


def first_difference(rows: Sequence[Row], faultless: Sequence[Row]) -> int:
    """The first event that differs; the visit numbers follow from the rest."""

    def content(row: Row) -> tuple[object, ...]:
        return (row.source, row.line, {name: value.text for name, value in row.state.items()}, row.kind, row.value, row.taken)

    pairs = zip(rows, faultless, strict=False)
    return next((number for number, (one, other) in enumerate(pairs) if content(one) != content(other)), min(len(rows), len(faultless)))


VALUE_SEEDS: dict[Mistake, Callable[[object, random.Random], object]] = {
    Mistake.OFF_BY_ONE: lambda value, chance: value + chance.choice((1, -1)) if _is_int(value) else None,
    Mistake.SIGN: lambda value, chance: -value if _is_int(value) and abs(value) > 1 else None,
    Mistake.ARITHMETIC: lambda value, chance: value + chance.choice((7, 10, -12)) if _is_int(value) and value not in (5, 6, -5) else None,
    Mistake.BOOLEAN: lambda value, chance: not value if isinstance(value, bool) else None,
    Mistake.TEXT_CONTENT: lambda value, chance: (
        value[:-1] + ("q" if value[-1] != "q" else "z") if isinstance(value, str) and value else None
    ),
    Mistake.TEXT_LENGTH: lambda value, chance: value + "x" if isinstance(value, str) else None,
    Mistake.ELEMENT: lambda value, chance: [*value[:-1], "wrong"] if isinstance(value, list) and value else None,
    Mistake.ORDER: lambda value, chance: value[::-1] if isinstance(value, list) and value != value[::-1] else None,
    Mistake.LENGTH: lambda value, chance: [*value, 77] if isinstance(value, list) else None,
    Mistake.TYPE: lambda value, chance: tuple(value) if isinstance(value, list) else None,
}


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def wrong_value(rows: Rows, moments: Sequence[Moment], mistake: Mistake, chance: random.Random) -> Seeded | None:
    """A value that a line changed is stated wrongly, in this row or as long as it keeps its value."""
    places = [
        (number, name)
        for number, moment in enumerate(moments)
        if moment.kind in {RowKind.LINE, RowKind.CALL}
        for name in sorted(moment.changed & moment.after.keys())
        if VALUE_SEEDS[mistake](moment.after[name], random.Random(0)) is not None
    ]
    if not places:
        return None
    number, name = chance.choice(places)
    moment = moments[number]
    wrong = VALUE_SEEDS[mistake](moment.after[name], chance)
    if name in moment.before and repr(wrong) == repr(moment.before[name]):
        return None
    lasting = chance.random() < 0.5
    return _stated(rows, moments, number, name, repr(wrong), lasting=lasting), mistake


def _stated(rows: Rows, moments: Sequence[Moment], number: int, name: str, text: str, *, lasting: bool) -> Rows:
    changed = list(rows)
    for place in range(number, len(rows)):
        own = moments[place].frame == moments[number].frame
        if own and place > number and (not lasting or name in moments[place].changed):
            break
        if own and name in changed[place].state:
            changed[place] = replace(changed[place], state={**changed[place].state, name: Stated.value(text)})
    return changed


def stale_value(rows: Rows, moments: Sequence[Moment], chance: random.Random) -> Seeded | None:
    places = [
        (n, name) for n, m in enumerate(moments) if m.kind is RowKind.LINE for name in sorted(m.changed & m.after.keys() & m.before.keys())
    ]
    if not places:
        return None
    number, name = chance.choice(places)
    old = shown(moments[number].before[name])
    return _stated(rows, moments, number, name, old, lasting=chance.random() < 0.5), Mistake.STALE_VALUE


def wrong_return(rows: Rows, moments: Sequence[Moment], chance: random.Random) -> Seeded | None:
    places = [number for number, row in enumerate(rows) if row.kind is RowKind.RETURN]
    number = chance.choice(places) if places else None
    if number is None:
        return None
    changed = list(rows)
    changed[number] = replace(rows[number], value="'nothing like it'")
    return changed, Mistake.WRONG_RETURN


def iterations(moments: Sequence[Moment], loop: Block) -> list[list[range]]:
    """For each run of a loop, where its iterations stand, and at the end its exit."""
    runs: list[list[range]] = []
    for frame in {moment.frame for moment in moments}:
        heads = [
            n for n, moment in enumerate(moments) if moment.frame == frame and moment.line == loop.header and moment.kind is RowKind.LINE
        ]
        run: list[range] = []
        for head, following in zip(heads, [*heads[1:], None], strict=False):
            if moments[head].taken == 0:
                runs.append([*run, range(head, head + 1)])
                run = []
            elif following is None or any(moments[n].frame == frame and moments[n].line not in loop for n in range(head, following)):
                run = []
            else:
                run.append(range(head, following))
    return runs


def lost_iterations(rows: Rows, moments: Sequence[Moment], structure: Structure, mistake: Mistake, chance: random.Random) -> Seeded | None:
    """One iteration in the middle, the last one, or all from some point on are left out."""
    runs = [run for block in structure.blocks if block.is_loop for run in iterations(moments, block) if len(run) > 3]
    if not runs:
        return None
    run = chance.choice(runs)
    if mistake is Mistake.ITERATION_SKIPPED:
        lost = chance.choice(run[:-2])
    elif mistake is Mistake.LOOP_SHORT:
        lost = run[-2]
    else:
        lost = range(chance.choice(run[1:-2]).start, run[-1].stop)
        if lost.stop >= len(rows):
            return None
    return [*rows[: lost.start], *rows[lost.stop :]], mistake


def added_iterations(rows: Rows, moments: Sequence[Moment], structure: Structure, mistake: Mistake, chance: random.Random) -> Seeded | None:
    """One iteration in the middle is told twice, or one more comes at the end."""
    runs = [run for block in structure.blocks if block.is_loop for run in iterations(moments, block) if len(run) > 2]
    if not runs:
        return None
    run = chance.choice(runs)
    again = run[-2] if mistake is Mistake.LOOP_LONG else chance.choice(run[:-2])
    return [*rows[: again.stop], *rows[again.start : again.stop], *rows[again.stop :]], mistake


def flipped_branch(rows: Rows, moments: Sequence[Moment], structure: Structure, chance: random.Random) -> Seeded | None:
    """The body of a branch is told though it wasn't entered, or left out though it was."""
    places = [
        (number, block)
        for number, moment in enumerate(moments)
        for block in structure.blocks
        if not block.is_loop and moment.kind is RowKind.LINE and moment.line == block.header and moment.taken is not None
    ]
    if not places:
        return None
    number, block = chance.choice(places)
    turned = replace(rows[number], taken=None if rows[number].taken is None else 1 - rows[number].taken)
    part = block.body if moments[number].taken else block.otherwise
    stop = number + 1
    while stop < len(rows) and (moments[stop].line in part or moments[stop].frame != moments[number].frame):
        stop += 1
    other = block.otherwise if moments[number].taken else block.body
    told = [
        replace(rows[number], source=structure.sources[line - 1], line=line, taken=None)
        for line in other[:1]
        if structure.sources[line - 1]
    ]
    if not told and stop == number + 1:
        return None
    return [*rows[:number], turned, *told, *rows[stop:]], Mistake.BRANCH_FLIPPED


def skipped_line(rows: Rows, moments: Sequence[Moment], structure: Structure, chance: random.Random) -> Seeded | None:
    headers = {block.header for block in structure.blocks}
    places = [
        number
        for number, moment in enumerate(moments[:-1])
        if number
        and moment.kind is RowKind.LINE
        and moment.line not in headers
        and moments[number - 1].line not in headers
        and moments[number + 1].kind is RowKind.LINE
        and moments[number + 1].frame == moment.frame
    ]
    if not places:
        return None
    number = chance.choice(places)
    return [*rows[:number], *rows[number + 1 :]], Mistake.LINE_SKIPPED


def phantom_line(rows: Rows, moments: Sequence[Moment], structure: Structure, chance: random.Random) -> Seeded | None:
    """A line that is executed elsewhere is told where it isn't."""
    headers = {block.header for block in structure.blocks}
    simple = [number for number, moment in enumerate(moments) if moment.kind is RowKind.LINE and moment.line not in headers]
    places = [number for number in simple if number + 1 < len(rows) and moments[number + 1].frame == moments[number].frame]
    if not places or not simple:
        return None
    number, other = chance.choice(places), chance.choice(simple)
    if moments[other].line in {moments[number].line, moments[number + 1].line} or moments[number - 1].line in headers:
        return None
    told = replace(rows[number], source=rows[other].source, line=rows[other].line, kind=RowKind.LINE)
    return [*rows[: number + 1], told, *rows[number + 1 :]], Mistake.PHANTOM_LINE


def exceptions(rows: Rows, moments: Sequence[Moment], mistake: Mistake, chance: random.Random) -> Seeded | None:
    raised = [number for number, row in enumerate(rows) if row.kind is RowKind.RAISE]
    if mistake is Mistake.EXCEPTION_INVENTED:
        places = [
            number
            for number, row in enumerate(rows[:-1])
            if number and row.kind is RowKind.LINE and rows[number + 1].kind is not RowKind.RAISE
        ]
        number = chance.choice(places) if places else None
        if number is None:
            return None
        told = replace(rows[number], kind=RowKind.RAISE, value="KeyError: 'k'", source="")
        return [*rows[: number + 1], told], mistake
    if not raised:
        return None
    number = chance.choice(raised)
    if mistake is Mistake.EXCEPTION_TYPE:
        return [*rows[:number], replace(rows[number], value="OverflowError: no"), *rows[number + 1 :]], mistake
    return [*rows[:number], *rows[number + 1 :]], mistake


def seed(rows: Rows, moments: Sequence[Moment], structure: Structure, mistake: Mistake, chance: random.Random) -> Seeded | None:
    """Put one mistake of a class into a trace; None where the trace offers no place for it."""
    if mistake in VALUE_SEEDS:
        return wrong_value(rows, moments, mistake, chance)
    by_class = {
        Mistake.ITERATION_SKIPPED: lambda: lost_iterations(rows, moments, structure, mistake, chance),
        Mistake.LOOP_SHORT: lambda: lost_iterations(rows, moments, structure, mistake, chance),
        Mistake.EARLY_EXIT: lambda: lost_iterations(rows, moments, structure, mistake, chance),
        Mistake.ITERATION_REPEATED: lambda: added_iterations(rows, moments, structure, mistake, chance),
        Mistake.LOOP_LONG: lambda: added_iterations(rows, moments, structure, mistake, chance),
        Mistake.STALE_VALUE: lambda: stale_value(rows, moments, chance),
        Mistake.WRONG_RETURN: lambda: wrong_return(rows, moments, chance),
        Mistake.BRANCH_FLIPPED: lambda: flipped_branch(rows, moments, structure, chance),
        Mistake.LINE_SKIPPED: lambda: skipped_line(rows, moments, structure, chance),
        Mistake.PHANTOM_LINE: lambda: phantom_line(rows, moments, structure, chance),
    }
    return by_class.get(mistake, lambda: exceptions(rows, moments, mistake, chance))()


SEEDED = (
    *VALUE_SEEDS,
    Mistake.STALE_VALUE,
    Mistake.WRONG_RETURN,
    Mistake.ITERATION_SKIPPED,
    Mistake.LOOP_SHORT,
    Mistake.EARLY_EXIT,
    Mistake.ITERATION_REPEATED,
    Mistake.LOOP_LONG,
    Mistake.BRANCH_FLIPPED,
    Mistake.LINE_SKIPPED,
    Mistake.PHANTOM_LINE,
    Mistake.EXCEPTION_INVENTED,
    Mistake.EXCEPTION_MISSED,
    Mistake.EXCEPTION_TYPE,
)
