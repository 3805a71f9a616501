"""Steps whose source changed: the most similar ones are the same cell."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from nbrepro.comparison.sequences import Match
from nbrepro.model import Step

_TOKEN = re.compile(r"\w+|[^\w\s]")
_THRESHOLD = 0.5
"""Least share of common tokens (Sørensen–Dice coefficient) of two versions of a cell."""
_THRESHOLD_ALONE = 0.25
"""The same where both cells stand alone between two cells that kept their neighbours."""
_FREQUENT = 8
"""A token in more cells than this says little about which of them it is."""
_RARE_TOKENS = 6
_CANDIDATES = 8

Key = TypeVar("Key", int, str)
Numbered = Sequence[tuple[int, Step]]


def similar_pairs(ours: Numbered, theirs: Numbered, matched: Mapping[int, int]) -> list[Match]:
    """Pairs of positions of similar steps, the most similar first; each step is used once.

    Each step is compared with a bounded number of others: those that share its rarest tokens, and those that stand
    between the same neighbours. `matched` holds the positions that are paired already.
    """
    if not ours or not theirs:
        return []
    tokens = {i: Counter(_TOKEN.findall(step.source)) for i, step in ours}
    others = {j: Counter(_TOKEN.findall(step.source)) for j, step in theirs}
    gaps, other_gaps = _gaps(ours, theirs, matched)
    sizes, other_sizes = Counter(gaps.values()), Counter(other_gaps.values())
    scored = []
    for i, j in _candidates(tokens, others, gaps, other_gaps):
        together = gaps[i] == other_gaps[j]
        alone = together and sizes[gaps[i]] == other_sizes[gaps[i]] == 1
        score = _similarity(tokens[i], others[j])
        if score >= (_THRESHOLD_ALONE if alone else _THRESHOLD):
            scored.append((-score, not together, abs(i - j), i, j))
    return list(_best_first(scored))


def _similarity(first: Counter[str], second: Counter[str]) -> float:
    size = first.total() + second.total()
    if not size:
        return 1.0
    smaller, larger = sorted((first, second), key=len)
    return 2 * sum(min(count, larger[token]) for token, count in smaller.items() if token in larger) / size


def _candidates(
    tokens: Mapping[int, Counter[str]], others: Mapping[int, Counter[str]], gaps: Mapping[int, int], other_gaps: Mapping[int, int]
) -> Iterator[Match]:
    holders = _inverted((j, token) for j, counter in others.items() for token in counter)
    neighbours = _inverted(other_gaps.items())
    seen: Counter[int] = Counter()  # how many of ours were met in each gap
    for i, counter in tokens.items():
        rare = sorted((len(holders[token]), token) for token in counter if token in holders and len(holders[token]) <= _FREQUENT)
        hits = Counter(j for _, token in rare[:_RARE_TOKENS] for j in holders[token])
        start = max(0, seen[gaps[i]] - _CANDIDATES // 2)
        near = neighbours.get(gaps[i], [])[start : start + _CANDIDATES]
        seen[gaps[i]] += 1
        yield from ((i, j) for j in {j for j, _ in hits.most_common(_CANDIDATES)}.union(near))


def _inverted(pairs: Iterable[tuple[int, Key]]) -> dict[Key, list[int]]:
    keys: dict[Key, list[int]] = defaultdict(list)
    for number, key in pairs:
        keys[key].append(number)
    return keys


def _gaps(ours: Numbered, theirs: Numbered, matched: Mapping[int, int]) -> tuple[dict[int, int], dict[int, int]]:
    """For each unmatched step the number of the gap between matched ones that it stands in, counted alike on both sides."""
    ends = sorted(matched)
    gaps = {i: matched[ends[place - 1]] if (place := bisect_left(ends, i)) else -1 for i, _ in ours}
    other_ends = sorted(matched.values())
    other_gaps = {j: other_ends[place - 1] if (place := bisect_left(other_ends, j)) else -1 for j, _ in theirs}
    return gaps, other_gaps


def _best_first(scored: list[tuple[float, bool, int, int, int]]) -> Iterator[Match]:
    ours, theirs = set(), set()
    for *_, i, j in sorted(scored):
        if i not in ours and j not in theirs:
            ours.add(i)
            theirs.add(j)
            yield i, j
