"""Comparison of tables: by the labels of rows and columns first, then cell by cell."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from nbrepro.comparison.findings import Findings
from nbrepro.comparison.table_reading import Label, Table
from nbrepro.comparison.values import compare_value

_NAMED = 3
"""How many added or removed labels a message names; it counts them all."""

Pairs = list[tuple[int, int]]


class _Cell(NamedTuple):
    """Where a cell stands."""

    table: Table
    row: int
    column: int
    place: str

    def __str__(self) -> str:
        column = _named(self.table.columns, self.column, quote=True)
        return f"{self.place}row {_named(self.table.rows, self.row)}, column {column}"


def compare_tables(findings: Findings, expected: Table, observed: Table, place: str = "") -> None:
    """Compares two tables and records what was found; `place` (such as `table 2, `) begins every message."""
    compare_value(findings, f"{place}caption", expected.caption, observed.caption, "caption-changed")
    names, other_names = (table.names for table in (expected, observed))
    if len(names) != len(other_names):
        names, other_names = (_shown(names),), (_shown(other_names),)
    for first, second in zip(names, other_names, strict=True):
        compare_value(findings, f"{place}names of the indices", first, second, "label-changed")
    columns = _align(findings, (expected.columns, observed.columns), place, "column")
    rows = _align(findings, (expected.rows, observed.rows), place, "row")
    is_in_place = len(expected.columns) == len(observed.columns) and all(k == m for k, m in columns)
    for i, j in rows:
        if not is_in_place or expected.cells[i] != observed.cells[j]:
            _compare_rows(findings, (expected, observed), (i, j), columns, place)


def _compare_rows(findings: Findings, tables: tuple[Table, Table], row: tuple[int, int], columns: Pairs, place: str) -> None:
    expected, observed = tables
    first_cells, second_cells = expected.cells[row[0]], observed.cells[row[1]]
    # Rows without labels of their own may have fewer or more cells than there are columns.
    for k, m in columns:
        first = first_cells[k] if k < len(first_cells) else ""
        second = second_cells[m] if m < len(second_cells) else ""
        if first != second:
            compare_value(findings, _Cell(expected, row[0], k, place), first, second, "cell-changed")
    if len(first_cells) != len(second_cells) and len(expected.columns) == len(observed.columns):
        counts = f"expected {len(first_cells)} cells, observed {len(second_cells)}"
        findings.differ("row-length-changed", f"{place}row {_named(expected.rows, row[0])}: {counts}")


def _align(findings: Findings, labels: tuple[Sequence[Label], Sequence[Label]], place: str, kind: str) -> Pairs:
    """Index pairs of the rows (or columns) that belong together; what has no partner is recorded."""
    expected, observed = labels
    by_position = [(i, i) for i in range(min(len(expected), len(observed)))]
    if list(expected) == list(observed):
        return by_position
    if len(expected) == len(observed) and not _are_moved(expected, observed):
        return _relabelled(findings, labels, by_position, place, kind)
    removed, added = Counter(expected) - Counter(observed), Counter(observed) - Counter(expected)
    _name(findings, removed, f"{kind}-removed", f"{place}expected {kind}", "not observed")
    _name(findings, added, f"{kind}-added", f"{place}observed {kind}", "not expected")
    pairs = _by_label(expected, observed)
    if any(second[1] < first[1] for first, second in pairwise(pairs)):
        findings.differ(f"{kind}-order-changed", f"{place}{kind}s stand in another order, first {_first_moved(expected, pairs)}")
    return pairs


def _are_moved(expected: Sequence[Label], observed: Sequence[Label]) -> bool:
    """Whether a label that is gone from its place stands in another one."""
    changed = [(first, second) for first, second in zip(expected, observed, strict=True) if first != second]
    return not {first for first, _ in changed}.isdisjoint(second for _, second in changed)


def _relabelled(findings: Findings, labels: tuple[Sequence[Label], Sequence[Label]], by_position: Pairs, place: str, kind: str) -> Pairs:
    """Pairs by position where labels may have been written differently, or have been renamed."""
    expected, observed = labels
    for i, j in by_position:
        if expected[i] != observed[j]:
            where = f"{place}label of {kind} {i + 1}"
            compare_value(findings, where, _shown(expected[i]), _shown(observed[j]), f"{kind}-label-changed")
    return by_position


def _by_label(expected: Sequence[Label], observed: Sequence[Label]) -> Pairs:
    places: dict[Label, deque[int]] = defaultdict(deque)
    for j, label in enumerate(observed):
        places[label].append(j)
    return [(i, places[label].popleft()) for i, label in enumerate(expected) if places.get(label)]


def _first_moved(expected: Sequence[Label], pairs: Pairs) -> str:
    ordered = sorted(j for _, j in pairs)
    return next(f'"{_shown(expected[i])}"' for (i, j), should in zip(pairs, ordered, strict=True) if j != should)


def _name(findings: Findings, labels: Counter[Label], slug: str, before: str, after: str) -> None:
    if not labels:
        return
    total = labels.total()
    names = [f'"{_shown(label)}"' for label in labels if _shown(label)][:_NAMED]
    more = f"{total - len(names)} more" if names else f"{total} without a label"
    parts = [", ".join(names)] * bool(names) + [more] * (total > len(names))
    findings.differ(slug, f"{before}{'s' if total > 1 else ''} {' and '.join(parts)}, {after}")


def _shown(label: Label) -> str:
    return ", ".join(text for text in label if text)


def _named(labels: Sequence[Label], place: int, *, quote: bool = False) -> str:
    """The label of a row or column; its position, counted from 1, where it has none."""
    name = _shown(labels[place]) if place < len(labels) else ""
    if not name:
        return f"{place + 1} (counted)"
    return f'"{name}"' if quote else name
