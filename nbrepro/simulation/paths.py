"""What kind of wrong turn it is when an answer goes another way than the program."""

from __future__ import annotations

from dataclasses import dataclass

from nbrepro.simulation.answers import RowKind
from nbrepro.simulation.mistakes import Mistake
from nbrepro.simulation.pairs import Sides
from nbrepro.simulation.structure import Block


@dataclass(frozen=True, slots=True)
class Gap:
    """A place where both sides don't go in step."""

    row: int
    moment: int
    inserted: int = 0
    """Rows for which there is no moment."""
    omitted: int = 0
    """Moments for which there is no row."""
    swapped: int = 0
    """1 where one row stands in the place of one moment."""


def path_mistake(sides: Sides, gap: Gap) -> Mistake:
    """The class of a gap, from the block in which it stands and from where both sides go on."""
    exception = _exception(sides, gap)
    if exception:
        return exception
    if gap.swapped and sides.is_same_place(gap.row, gap.moment):
        return _turned(sides, gap)
    omitted = [sides.moments[gap.moment + step].line for step in range(gap.omitted or gap.swapped)]
    inserted = [sides.lines[gap.row + step] or 0 for step in range(gap.inserted or gap.swapped)]
    if omitted and not inserted:
        return _omission(sides, gap, omitted)
    if inserted and not omitted:
        return _insertion(sides, gap, inserted)
    return _exchange(sides, gap, omitted, inserted)


def _exception(sides: Sides, gap: Gap) -> Mistake | None:
    """Whether only one side raises here, or both raise different things."""
    stated = sides.rows[gap.row].kind if gap.row < len(sides.rows) and (gap.inserted or gap.swapped) else None
    real = sides.moments[gap.moment].kind if gap.moment < len(sides.moments) and (gap.omitted or gap.swapped) else None
    if real is RowKind.RAISE and stated is not RowKind.RAISE:
        return Mistake.EXCEPTION_MISSED
    if stated is RowKind.RAISE and real is not RowKind.RAISE:
        return Mistake.EXCEPTION_INVENTED
    return None


def _turned(sides: Sides, gap: Gap) -> Mistake:
    """The stated branch is another one: at a branch it is flipped, a loop goes on too long or ends too early."""
    block = sides.structure.block_at(sides.moments[gap.moment].line)
    if block is None or not block.is_loop:
        return Mistake.BRANCH_FLIPPED
    return Mistake.LOOP_LONG if sides.rows[gap.row].taken else _ending(sides, gap, block)


def _ending(sides: Sides, gap: Gap, loop: Block) -> Mistake:
    """A loop that ends too early: by one iteration, or by more."""
    frame = sides.moments[gap.moment].frame
    left = 0
    for moment in sides.moments[gap.moment :]:
        if moment.frame != frame:
            continue
        if moment.line not in loop:
            break
        left += moment.line == loop.header and moment.taken != 0
    return Mistake.EARLY_EXIT if left > 1 else Mistake.LOOP_SHORT


def _before(sides: Sides, gap: Gap) -> Block | None:
    """The loop or branch whose header both sides have just passed."""
    if not gap.moment or not gap.row:
        return None
    return sides.structure.block_at(sides.moments[gap.moment - 1].line)


def _omission(sides: Sides, gap: Gap, lines: list[int]) -> Mistake:
    after = gap.moment + gap.omitted
    if gap.row >= len(sides.rows):
        returned = bool(sides.rows) and sides.rows[-1].kind is RowKind.RETURN
        return Mistake.EARLY_EXIT if returned else Mistake.CUT_OFF
    loop = _loop_with(sides, lines, gap.moment)
    if loop is not None:
        return _lost_iterations(sides, gap, loop, after)
    block = _before(sides, gap)
    if block is not None and not block.is_loop and _fills(sides, gap, block, lines):
        return Mistake.BRANCH_FLIPPED
    return Mistake.LINE_SKIPPED


def _loop_with(sides: Sides, lines: list[int], moment: int) -> Block | None:
    """The outermost loop whose header is among the lines and that holds the first of them."""
    frame = sides.moments[moment].frame
    around = sides.structure.loops_around(sides.moments[moment].line)
    own = {sides.moments[moment + step].line for step in range(len(lines)) if sides.moments[moment + step].frame == frame}
    return next((loop for loop in reversed(around) if loop.header in own), None)


def _lost_iterations(sides: Sides, gap: Gap, loop: Block, after: int) -> Mistake:
    """Iterations are missing: in the middle, the last one, or all from here on."""
    lost = [sides.moments[gap.moment + step] for step in range(gap.omitted)]
    own = [moment for moment in lost if moment.frame == lost[0].frame]
    if all(moment.line in loop for moment in own) and after < len(sides.moments):
        following = sides.moments[after]
        headers = sum(moment.line == loop.header for moment in own)
        if following.line not in loop:
            return Mistake.EARLY_EXIT if headers > 1 else Mistake.LOOP_SHORT
        if following.line == loop.header and _leaves(sides, after, loop):
            return Mistake.LOOP_SHORT if headers == 1 else Mistake.EARLY_EXIT
        return Mistake.ITERATION_SKIPPED
    return Mistake.EARLY_EXIT


def _leaves(sides: Sides, header: int, loop: Block) -> bool:
    """Whether a loop ends at this visit of its header."""
    moment = sides.moments[header]
    if moment.taken is not None:
        return not moment.taken
    following = next((later for later in sides.moments[header + 1 :] if later.frame == moment.frame), None)
    return following is None or following.line not in loop.body


def _fills(sides: Sides, gap: Gap, block: Block, lines: list[int]) -> bool:
    """Whether the lines are all that happened in the part of a branch that was entered, and no row says that it was."""
    if sides.rows[gap.row - 1].taken is not None:
        return False
    part = block.part_of(lines[0])
    after = gap.moment + gap.omitted
    is_whole = after >= len(sides.moments) or block.part_of(sides.moments[after].line) != part
    return bool(part) and is_whole


def _insertion(sides: Sides, gap: Gap, lines: list[int]) -> Mistake:
    loop = next((loop for loop in reversed(sides.structure.loops_around(lines[0])) if loop.header in lines), None)
    if loop is not None and all(line in loop for line in lines):
        is_last = gap.moment >= len(sides.moments) or _is_past(sides, gap.moment, loop)
        return Mistake.LOOP_LONG if is_last else Mistake.ITERATION_REPEATED
    block = _before(sides, gap)
    if block is not None and block.is_loop and block.part_of(lines[0]) == "body":
        return Mistake.LOOP_LONG
    if block is not None and not block.is_loop and block.part_of(lines[0]) and sides.rows[gap.row - 1].taken is None:
        return Mistake.BRANCH_FLIPPED
    return Mistake.PHANTOM_LINE


def _is_past(sides: Sides, moment: int, loop: Block) -> bool:
    following = sides.moments[moment]
    return following.line not in loop or (following.line == loop.header and _leaves(sides, moment, loop))


def _exchange(sides: Sides, gap: Gap, omitted: list[int], inserted: list[int]) -> Mistake:
    """Other lines than the real ones."""
    block = _before(sides, gap)
    if block is not None and block.is_loop:
        enters = block.part_of(omitted[0]) == "body"
        if enters != (block.part_of(inserted[0]) == "body"):
            return Mistake.EARLY_EXIT if enters else Mistake.LOOP_LONG
    elif block is not None and block.part_of(omitted[0]) != block.part_of(inserted[0]):
        return Mistake.BRANCH_FLIPPED
    if 0 in inserted:
        return Mistake.HALLUCINATED_CODE
    return Mistake.LINE_SKIPPED if len(omitted) > len(inserted) else Mistake.PHANTOM_LINE
