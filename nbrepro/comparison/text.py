"""Comparison of two texts: equal bytes first, then numbers, then named normalizations, then what differs line by line."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from nbrepro.comparison.excerpts import excerpts
from nbrepro.comparison.lines import describe_differences
from nbrepro.comparison.normalizations import ORDER, Normalization, escape, legible
from nbrepro.comparison.numeric_text import compare_numeric, lines_agree, verdict_of
from nbrepro.comparison.settings import Settings
from nbrepro.model import Because, Judgement, Verdict

_IDENTICAL = Judgement(Verdict.IDENTICAL)
_EXCERPT = 60


def compare_text(expected: str, observed: str, settings: Settings) -> Judgement:
    """Verdict of two texts.

    `equivalent` and `close` name every normalization without which the texts would differ, and no other one.

    >>> compare_text("x = 1.0", "x = 1.00000001", Settings()).verdict
    <Verdict.CLOSE: 'close'>
    >>> [because.slug for because in compare_text("<A at 0x7f00aa>", "<A at 0x7f00bb>", Settings()).because]
    ['memory-addresses']
    """
    judgement, normalized = _judge_same(expected, observed, settings)
    if judgement is not None:
        return judgement
    return Judgement(Verdict.DIFFERENT, _differences((expected, observed), normalized, settings))


def judge_same(expected: str, observed: str, settings: Settings) -> Judgement | None:
    """What `compare_text` says of two texts that count as the same; None where they differ, which is quicker than to say in what."""
    return _judge_same(expected, observed, settings)[0]


def _judge_same(expected: str, observed: str, settings: Settings) -> tuple[Judgement | None, tuple[str, str]]:
    """None for the judgement where the texts differ; and the texts, normalized if they differ."""
    if expected == observed:
        return _IDENTICAL, (expected, observed)
    reasons = compare_numeric(expected, observed, settings)
    if reasons is not None:
        return Judgement(verdict_of(reasons), reasons), (expected, observed)
    first, second = escape(expected), escape(observed)
    used, left, right = _normalize(_allowed(settings.disabled), first, second, settings)
    if used and _agreement(left, right, settings) is not None:
        return _judge(used, first, second, settings), (left, right)
    return None, (left, right)


@lru_cache(maxsize=32)
def _allowed(disabled: frozenset[str]) -> tuple[Normalization, ...]:
    return tuple(normalization for normalization in ORDER if normalization.name not in disabled)


def _normalize(
    normalizations: Iterable[Normalization], expected: str, observed: str, settings: Settings
) -> tuple[list[Normalization], str, str]:
    """Applies normalizations until the texts are equal; gives those that changed anything, and the texts."""
    used = []
    both, characters = _together(expected, observed)
    for normalization in normalizations:
        if normalization.signs.isdisjoint(characters) or not normalization.may_change(both):
            continue
        first, second = normalization.rewrite(expected, observed, settings)
        if first == expected and second == observed:
            continue
        used.append(normalization)
        expected, observed = first, second
        if expected == observed:
            break
        both, characters = _together(expected, observed)
    return used, expected, observed


def _together(expected: str, observed: str) -> tuple[str, set[str]]:
    """Two texts in one, in which a hint is searched once in place of twice, and its characters."""
    both = f"{expected}\n{observed}"
    return both, set(both)


def _agreement(expected: str, observed: str, settings: Settings) -> tuple[Because, ...] | None:
    """Reasons on numbers if the texts agree (none if they are equal), None if they differ."""
    return () if expected == observed else compare_numeric(expected, observed, settings)


def _judge(used: list[Normalization], expected: str, observed: str, settings: Settings) -> Judgement:
    """The judgement of texts that agree after some normalizations: drops each one that the others don't need."""
    needed = list(used)
    because = []
    for normalization in used:
        others = [other for other in needed if other is not normalization]
        _, left, right = _normalize(others, expected, observed, settings)
        if _agreement(left, right, settings) is not None:
            needed = others
    for normalization in needed:
        others = [other for other in needed if other is not normalization]
        _, left, right = _normalize(others, expected, observed, settings)
        because.append(Because(normalization.name, _explain(normalization, left, right)))
    _, left, right = _normalize(needed, expected, observed, settings)
    numeric = _agreement(left, right, settings) or ()
    return Judgement(verdict_of(numeric), (*because, *numeric))


def _explain(normalization: Normalization, expected: str, observed: str) -> str:
    if normalization.explain is not None:
        return normalization.explain(expected, observed)
    first, second = excerpts(legible(expected), legible(observed), _EXCERPT)
    return f"expected {first!r}, observed {second!r}"


def _differences(original: tuple[str, str], normalized: tuple[str, str], settings: Settings) -> tuple[Because, ...]:
    compared = shown = [text.splitlines() for text in normalized]
    if normalized != original:
        shown = [text.splitlines() for text in original]
    if [len(lines) for lines in compared] != [len(lines) for lines in shown]:
        # A normalization has joined or dropped lines: only the normalized ones can be pointed at.
        shown = [[legible(line) for line in lines] for lines in compared]
    return describe_differences(compared[0], compared[1], (shown[0], shown[1]), lines_agree(compared[0], compared[1], settings))
