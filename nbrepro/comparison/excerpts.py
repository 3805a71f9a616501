"""Excerpts: the few characters of two long texts that a message shows."""

from __future__ import annotations

WIDTH = 120
"""Characters of a line that a message shows."""


def excerpts(expected: str, observed: str, width: int = WIDTH) -> tuple[str, str]:
    """The parts of two texts around the first place where they differ, each of at most about `width` characters."""
    before = width // 2
    # Where one text is as short as that, both are shown from their beginning, wherever they differ.
    start = max(0, first_difference(expected, observed) - before) if min(len(expected), len(observed)) > before else 0
    return _window(expected, start, width), _window(observed, start, width)


def first_difference(expected: str, observed: str) -> int:
    """Position of the first character that differs; the shorter length where one text begins with the other."""
    low, high = 0, min(len(expected), len(observed))
    while low < high:
        middle = (low + high + 1) // 2
        if expected[low:middle] == observed[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _window(text: str, start: int, width: int) -> str:
    return ("…" if start else "") + text[start : start + width] + ("…" if len(text) > start + width else "")


def cut(text: str) -> str:
    """The beginning of a text."""
    return _window(text, 0, WIDTH)
