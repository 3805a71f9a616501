"""Side-by-side lines cut to what a reader wants: what changed, a little around it, and never more than a page can carry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from nbrepro.reports.changes import Row

CONTEXT = 3
"""Equal lines shown before and after a change."""
MAX_ROWS = 240
MAX_ROW_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Fold:
    """Stands in place of lines that are not shown."""

    words: str


def folded(rows: Iterable[Row], limit: int = MAX_ROWS) -> list[Row | Fold]:
    """Rows with long equal stretches replaced by a fold, and at most `limit` of them."""
    every = list(islice(rows, 20 * limit + 1))
    shown: list[Row | Fold] = []
    hidden = 0
    for near, row in zip(_near_changes(every), every, strict=True):
        if not near:
            hidden += 1
            continue
        if len(shown) >= limit:
            shown.append(Fold("more lines follow that this report does not show"))
            return shown
        shown += _fold(hidden)
        hidden = 0
        shown.append(row)
    return shown + _fold(hidden)


def _fold(hidden: int) -> list[Row | Fold]:
    return [Fold(f"{hidden:,} equal lines" if hidden > 1 else "1 equal line")] if hidden else []


def _near_changes(rows: list[Row]) -> list[bool]:
    near = [False] * len(rows)
    for position, row in enumerate(rows):
        if row.changed:
            start, end = max(0, position - CONTEXT), min(len(rows), position + CONTEXT + 1)
            near[start:end] = [True] * (end - start)
    return near


def cut(text: str, limit: int) -> tuple[str, str]:
    """The beginning of a text, and a note about what was cut; the note is empty where nothing was.

    >>> cut("abcdef", 4)
    ('abcd', '2 more characters are not shown')
    """
    if len(text) <= limit:
        return text, ""
    return text[:limit], f"{len(text) - limit:,} more characters are not shown"
