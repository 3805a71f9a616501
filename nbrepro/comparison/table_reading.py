"""Reads an HTML table into labels and cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

Label = tuple[str, ...]
"""One text for each level of an index; a plain index has one level."""

_MOST_COPIES = 20
"""How many times as many cells a table may have when cells that span several columns and rows stand in each of them."""

_FEW_CELLS = 100_000
"""So many cells a table may have in any case."""

_MOST_ROWS_SPANNED = 65534
_MOST_DIGITS = 5
_MOST_COLUMNS_SPANNED = 1000
"""What browsers allow (HTML Standard, 4.9.11, attributes common to td and th)."""


_CELLS = frozenset({"td", "th"})
_BREAKS = frozenset({"br", "div", "p", "li"})
_HIDDEN = frozenset({"script", "style"})


class TableTooLargeError(ValueError):
    """The cells of a table span far more columns and rows than it has."""


class LooseTextError(ValueError):
    """Text stands in a table, but in none of its cells."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: cells of the body, each row with its label, below the labels of the columns."""

    columns: tuple[Label, ...]
    """Labels of the columns of cells, top level first; empty texts where the table has no header."""
    rows: tuple[Label, ...]
    """Labels of the rows; empty tuples where the rows have none."""
    cells: tuple[tuple[str, ...], ...]
    """Text of the cells, row by row; rows may have different lengths."""
    names: tuple[str, ...] = ()
    """What stands in the header above the labels of the rows: names of the indices."""
    caption: str = ""


@dataclass(slots=True)
class _Row:
    texts: list[str]
    headers: list[bool]
    in_head: bool
    letters: int = 0
    """Characters of its own cells, without blanks."""


def read_table(table: _Element, *, has_spans: bool = True) -> Table:
    """The table of a `table` element that holds no other table.

    Args:
        table: The element.
        has_spans: Whether any cell may span several columns or rows; without that, reading is faster.

    Raises:
        LooseTextError: It has text outside of its cells, which no row and column would show.
        TableTooLargeError: Its cells span far more columns and rows than it has.
    """
    rows = _expand(table, has_spans=has_spans)
    caption = next((text_of(caption) for caption in table.iterchildren("caption")), "")
    if len("".join(_all_text(table).split())) != sum(row.letters for row in rows) + _letters(caption):
        raise LooseTextError
    head = [row for row in rows if row.in_head] or _leading_headers(rows)
    body = rows[len(head) :] if not any(row.in_head for row in rows) else [row for row in rows if not row.in_head]
    levels = max((_leading(row.headers) for row in body), default=0)
    width = max((len(row.texts) for row in rows), default=0)
    return Table(
        columns=tuple(tuple(_at(row, place) for row in head) for place in range(levels, width)),
        rows=tuple(tuple(row.texts[:levels]) for row in body),
        cells=tuple(tuple(row.texts[levels:]) for row in body),
        names=tuple(text for row in head for text in row.texts[:levels]),
        caption=caption,
    )


def text_of(element: _Element) -> str:
    """The text of an element as a browser shows it: runs of white space are one blank."""
    text = (element.text or "") if len(element) == 0 else "".join(_texts(element))
    return " ".join(text.split())


def _all_text(table: _Element) -> str:
    from lxml import etree

    if next(table.iter(*_HIDDEN), None) is None:
        return etree.tostring(table, method="text", encoding="unicode", with_tail=False)
    return "".join(_texts(table))


def _letters(text: str) -> int:
    # The text of a cell has no white space but single blanks.
    return len(text) - text.count(" ")


def _texts(element: _Element) -> Iterator[str]:
    from lxml import etree

    for event, part in etree.iterwalk(element, events=("start", "end")):
        if part is element:
            if event == "start":
                yield part.text or ""
            continue
        if event == "start":
            yield " " if part.tag in _BREAKS else ""
            yield "" if part.tag in _HIDDEN else part.text or ""
        else:
            yield " " if part.tag in _BREAKS else ""
            yield part.tail or ""


def _expand(table: _Element, *, has_spans: bool) -> list[_Row]:
    """Rows in which every cell stands in each row and column that it spans."""
    rows: list[_Row] = []
    most = _FEW_CELLS + _MOST_COPIES * sum(1 for _ in table.iter("td", "th")) if has_spans else 0
    hanging: dict[int, tuple[str, bool, int]] = {}
    total = 0
    for element in table.iter("tr"):
        parent = element.getparent()
        row = _Row([], [], in_head=parent is not None and parent.tag == "thead")
        if has_spans:
            hanging = _fill(row, element, hanging, most - total)
        else:
            _fill_plainly(row, element)
        total += len(row.texts)
        rows.append(row)
    return rows


def _fill_plainly(row: _Row, element: _Element) -> None:
    cells = [cell for cell in element if cell.tag in _CELLS]
    row.texts = [text_of(cell) for cell in cells]
    row.headers = [cell.tag == "th" for cell in cells]
    row.letters = _letters("".join(row.texts))


def _fill(row: _Row, element: _Element, hanging: dict[int, tuple[str, bool, int]], most: int) -> dict[int, tuple[str, bool, int]]:
    """Fills a row with its own cells and those that hang down from above; gives what hangs down to the next one."""
    cells = [cell for cell in element if cell.tag in _CELLS]
    below: dict[int, tuple[str, bool, int]] = {}
    for cell in cells:
        _let_hang(row, hanging, below)
        text, is_header = text_of(cell), cell.tag == "th"
        row.letters += _letters(text)
        down = _span(cell, "rowspan", _MOST_ROWS_SPANNED) - 1
        for _ in range(_span(cell, "colspan", _MOST_COLUMNS_SPANNED)):
            if down > 0:
                below[len(row.texts)] = (text, is_header, down)
            row.texts.append(text)
            row.headers.append(is_header)
        if len(row.texts) > most:
            raise TableTooLargeError
    _let_hang(row, hanging, below)
    return below


def _let_hang(row: _Row, hanging: dict[int, tuple[str, bool, int]], below: dict[int, tuple[str, bool, int]]) -> None:
    while (above := hanging.get(len(row.texts))) is not None:
        text, is_header, down = above
        if down > 1:
            below[len(row.texts)] = (text, is_header, down - 1)
        row.texts.append(text)
        row.headers.append(is_header)


def _span(cell: _Element, attribute: str, most: int) -> int:
    value = cell.get(attribute)
    if value is None or not value.isdecimal() or len(value) > _MOST_DIGITS:
        return 1
    return max(1, min(int(value), most))


def _leading(headers: list[bool]) -> int:
    return headers.index(False) if False in headers else len(headers)


def _leading_headers(rows: list[_Row]) -> list[_Row]:
    head = []
    for row in rows:
        if not row.headers or not all(row.headers):
            break
        head.append(row)
    return head


def _at(row: _Row, place: int) -> str:
    return row.texts[place] if place < len(row.texts) else ""
