"""Alignment of the lines of two texts, in linear time but for a sort, and what differs between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest

from nbrepro.comparison.excerpts import cut, excerpts
from nbrepro.comparison.numeric_text import largest_deviation
from nbrepro.comparison.sequences import unique_matches
from nbrepro.model import Because

LINES_SHOWN = 5
"""How many differing lines a judgement shows; it counts them all."""

Pair = tuple[int | None, int | None]
"""Index of an expected and an observed line; None where the other side has no such line."""


def align(expected: Sequence[str], observed: Sequence[str]) -> Iterator[Pair]:
    """Pairs of lines, in order.

    Lines that occur once on each side and stand in the same order are anchors (patience diff, Bram Cohen); between two
    anchors lines are paired by position, and what is left over was added or removed.

    >>> list(align(["a", "b", "c"], ["a", "c"]))
    [(0, 0), (1, None), (2, 1)]
    """
    start_expected = start_observed = 0
    for anchor_expected, anchor_observed in unique_matches(expected, observed, range(len(expected)), range(len(observed))):
        yield from _by_position(expected, observed, (start_expected, anchor_expected), (start_observed, anchor_observed))
        yield anchor_expected, anchor_observed
        start_expected, start_observed = anchor_expected + 1, anchor_observed + 1
    yield from _by_position(expected, observed, (start_expected, len(expected)), (start_observed, len(observed)))


def _by_position(expected: Sequence[str], observed: Sequence[str], first: tuple[int, int], second: tuple[int, int]) -> Iterator[Pair]:
    """Pairs between two anchors: equal lines from both ends, the others by position."""
    (i, end_i), (j, end_j) = first, second
    while i < end_i and j < end_j and expected[i] == observed[j]:
        yield i, j
        i, j = i + 1, j + 1
    middle_i, middle_j = end_i, end_j
    while i < middle_i and j < middle_j and expected[middle_i - 1] == observed[middle_j - 1]:
        middle_i, middle_j = middle_i - 1, middle_j - 1
    yield from zip_longest(range(i, middle_i), range(j, middle_j))
    yield from zip(range(middle_i, end_i), range(middle_j, end_j), strict=True)


def describe_differences(
    expected: Sequence[str],
    observed: Sequence[str],
    shown: tuple[Sequence[str], Sequence[str]],
    agree: Callable[[int, int], bool],
) -> tuple[Because, ...]:
    """What differs between two lists of lines: a count of all, then the first few.

    Args:
        expected: Lines as they are compared, normalized.
        observed: Likewise.
        shown: Expected and observed lines as people should see them, one for each compared one.
        agree: Whether two lines, given by their positions, that aren't equal still count as equal.
    """
    if len(expected) == len(observed) == 1:
        return Because("lines-differ", _count(1, 0, 0, 1)), _describe(0, 0, shown)
    reasons: list[Because] = []
    changed = added = removed = 0
    for i, j in align(expected, observed):
        if i is not None and j is not None:
            if expected[i] == observed[j] or agree(i, j):
                continue
            changed += 1
        elif i is None:
            added += 1
        else:
            removed += 1
        if len(reasons) < LINES_SHOWN:
            reasons.append(_describe(i, j, shown))
    return (Because("lines-differ", _count(changed, added, removed, len(expected))), *reasons)


def _count(changed: int, added: int, removed: int, total: int) -> str:
    parts = [f"{number} {word}" for number, word in ((changed, "changed"), (added, "added"), (removed, "removed")) if number]
    return f"{', '.join(parts) or 'the order'} of {total} expected line{'' if total == 1 else 's'}"


def _describe(i: int | None, j: int | None, shown: tuple[Sequence[str], Sequence[str]]) -> Because:
    if j is None:
        return Because("line-removed", f"line {(i or 0) + 1}: expected {cut(shown[0][i or 0])!r}, not observed")
    if i is None:
        return Because("line-added", f"line {j + 1}: observed {cut(shown[1][j])!r}, not expected")
    first, second = excerpts(shown[0][i], shown[1][j])
    return Because(
        "line-changed",
        f"line {i + 1}: expected {first!r}, observed {second!r}",
        largest_deviation(shown[0][i], shown[1][j]),
    )
