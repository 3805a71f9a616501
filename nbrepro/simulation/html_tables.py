"""Tables of plain texts as HTML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


def html_table(names: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    """A table with a heading for each column; what stands in its cells is escaped.

    >>> html_table(("line", "stated"), [("3", "<b>")])
    '<table><thead><tr><th>line</th><th>stated</th></tr></thead><tbody><tr><td>3</td><td>&lt;b&gt;</td></tr></tbody></table>'
    """
    head = "".join(f"<th>{name}</th>" for name in names)
    cells = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(f'<tr>{row}</tr>' for row in cells)}</tbody></table>"
