"""Matching of two sequences in order, in near linear time."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from difflib import SequenceMatcher

_SMALL = 10_000
"""Largest product of two lengths that an exact search may cost."""

Match = tuple[int, int]


def matches_in_order(left: Sequence[Hashable], right: Sequence[Hashable]) -> list[Match]:
    """Pairs of positions with equal elements, both rising: an ordered common subsequence.

    Common ends first, then elements that are unique on both sides (Cohen's patience diff), and between them again; only
    small rests without a unique element are searched exactly, large ones are left unmatched.

    >>> matches_in_order("abcd", "axcd")
    [(0, 0), (2, 2), (3, 3)]
    """
    matches: list[Match] = []
    rest = [(0, len(left), 0, len(right))]
    while rest:
        low, high, other_low, other_high = rest.pop()
        while low < high and other_low < other_high and left[low] == right[other_low]:
            matches.append((low, other_low))
            low, other_low = low + 1, other_low + 1
        while low < high and other_low < other_high and left[high - 1] == right[other_high - 1]:
            high, other_high = high - 1, other_high - 1
            matches.append((high, other_high))
        if low == high or other_low == other_high:
            continue
        anchors = unique_matches(left, right, range(low, high), range(other_low, other_high))
        if anchors:
            matches += anchors
            rest += _between(anchors, (low, high, other_low, other_high))
        elif (high - low) * (other_high - other_low) <= _SMALL:
            matches += _exact(left[low:high], right[other_low:other_high], low, other_low)
    return sorted(matches)


def unique_matches(left: Sequence[Hashable], right: Sequence[Hashable], lefts: range, rights: range) -> list[Match]:
    """Rising pairs of positions, out of two ranges, of elements that occur once in each of them: anchors of patience diff.

    >>> unique_matches("abca", "xbc", range(4), range(3))
    [(1, 1), (2, 2)]
    """
    ours, theirs = left[lefts.start : lefts.stop], right[rights.start : rights.stop]
    if set(ours).isdisjoint(theirs):
        return []
    counts, other_counts = Counter(ours), Counter(theirs)
    places = {element: j for j, element in enumerate(theirs, rights.start) if other_counts[element] == 1}
    return longest_rising(
        [(i, places[element]) for i, element in enumerate(ours, lefts.start) if counts[element] == 1 and element in places]
    )


def longest_rising(matches: Sequence[Match]) -> list[Match]:
    """The longest part of the matches, given in order of their first positions, whose second positions rise too.

    >>> longest_rising([(0, 5), (1, 0), (2, 1)])
    [(1, 0), (2, 1)]
    """
    ends: list[int] = []  # smallest second position that ends a rising run of each length
    where: list[int] = []
    before: list[int] = []
    for number, (_, position) in enumerate(matches):
        length = bisect_left(ends, position)
        before.append(where[length - 1] if length else -1)
        if length == len(ends):
            ends.append(position)
            where.append(number)
        else:
            ends[length], where[length] = position, number
    chosen: list[Match] = []
    number = where[-1] if where else -1
    while number >= 0:
        chosen.append(matches[number])
        number = before[number]
    return chosen[::-1]


def _between(anchors: list[Match], bounds: tuple[int, int, int, int]) -> Iterator[tuple[int, int, int, int]]:
    low, high, other_low, other_high = bounds
    for i, j in [*anchors, (high, other_high)]:
        yield low, i, other_low, j
        low, other_low = i + 1, j + 1


def _exact(left: Sequence[Hashable], right: Sequence[Hashable], low: int, other_low: int) -> Iterator[Match]:
    for block in SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks():
        yield from ((low + block.a + k, other_low + block.b + k) for k in range(block.size))
