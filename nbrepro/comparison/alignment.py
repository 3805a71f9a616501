"""Which step of one notebook is which step of the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import chain

from nbrepro.comparison.sequences import Match, matches_in_order
from nbrepro.comparison.similarity import similar_pairs
from nbrepro.model import Step

Pair = tuple[Step | None, Step | None]


def align(expected: Sequence[Step], observed: Sequence[Step]) -> list[Pair]:
    """Pairs of steps that are the same cell; None stands for a cell that the other notebook hasn't got.

    Equal sources in order come first, then equal sources that moved, then equal cell ids, then similar sources. The
    pairs stand in the order of the observed notebook; a removed cell follows the cell that it followed.

    >>> before = Step(0, "a = 1"), Step(1, "b = 2")
    >>> after = Step(0, "b = 2"), Step(1, "a = 1"), Step(2, "new()")
    >>> [(pair[0] and pair[0].index, pair[1] and pair[1].index) for pair in align(before, after)]
    [(1, 0), (0, 1), (None, 2)]
    """
    if [step.source for step in expected] > [step.source for step in observed]:
        matched = {i: j for j, i in _matched(observed, expected).items()}  # whichever notebook comes first, the pairs are the same
    else:
        matched = _matched(expected, observed)
    return _in_order(matched, expected, observed)


def _matched(expected: Sequence[Step], observed: Sequence[Step]) -> dict[int, int]:
    matched = dict(matches_in_order([step.source for step in expected], [step.source for step in observed]))
    if len(matched) == min(len(expected), len(observed)):
        return matched
    for key in (_source, _cell_id):
        matched.update(_equal(key, *_unmatched(matched, expected, observed)))
    matched.update(similar_pairs(*_unmatched(matched, expected, observed), matched))
    return matched


Numbered = list[tuple[int, Step]]


def _unmatched(matched: dict[int, int], expected: Sequence[Step], observed: Sequence[Step]) -> tuple[Numbered, Numbered]:
    taken = set(matched.values())
    ours = [(i, step) for i, step in enumerate(expected) if i not in matched]
    return ours, [(j, step) for j, step in enumerate(observed) if j not in taken]


def _source(step: Step) -> str | None:
    return step.source.strip() or None


def _cell_id(step: Step) -> str | None:
    return step.cell_id


def _equal(key: Callable[[Step], Hashable | None], ours: Numbered, theirs: Numbered) -> Iterator[Match]:
    """Pairs of steps with the same key, the first with the first; a step without a key stays alone."""
    places: dict[Hashable, list[int]] = defaultdict(list)
    for j, step in reversed(theirs):
        places[key(step)].append(j)
    for i, step in ours:
        value = key(step)
        if value is not None and places.get(value):
            yield i, places[value].pop()


def _in_order(matched: dict[int, int], expected: Sequence[Step], observed: Sequence[Step]) -> list[Pair]:
    origin = {j: i for i, j in matched.items()}
    removed = _removed_after(matched, expected)
    shown: list[list[Pair]] = [[(step, None) for step in removed[-1]]]
    for j, step in enumerate(observed):
        i = origin.get(j)
        shown.append([(expected[i] if i is not None else None, step)])
        if i is not None:
            shown.append([(gone, None) for gone in removed[i]])
    return list(chain.from_iterable(shown))


def _removed_after(matched: dict[int, int], expected: Sequence[Step]) -> dict[int, list[Step]]:
    """Removed steps by the position of the last kept step before them; -1 for those at the start."""
    removed: dict[int, list[Step]] = defaultdict(list)
    last = -1
    for i, step in enumerate(expected):
        if i in matched:
            last = i
        else:
            removed[last].append(step)
    return removed
