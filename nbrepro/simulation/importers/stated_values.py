"""What cells of tables and fields of traces state: a value, no value, the same as before, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from nbrepro.simulation.answers import UNSET, Row, Stated, StatedKind
from nbrepro.simulation.notation import says_unset

_QUOTED = re.compile(r"""^(['"])(?![<(]).*\1$""", re.DOTALL)
_NOT_STATED = re.compile(r"^\s*(?:\.{2,}|…|\?+|\*)?\s*$")
_SAME = re.compile(r"^\s*[(<]?(?:unchanged|same(?:\s+as\b.*)?|no change|ditto|\")[)>]?\s*$", re.IGNORECASE)


def stated(text: str) -> Stated:
    """Read the text of one cell.

    >>> stated("<unassigned>").kind, stated("[1, 2]").kind, stated("(unchanged)").kind
    (<StatedKind.UNSET: 'unset'>, <StatedKind.VALUE: 'value'>, <StatedKind.SAME: 'same'>)
    """
    bare = text.strip().strip("`").strip()
    if _NOT_STATED.match(bare):
        return Stated(StatedKind.NOT_STATED, text)
    if _SAME.match(bare):
        return Stated(StatedKind.SAME, text)
    if says_unset(bare) and not _QUOTED.match(bare):
        return Stated(StatedKind.UNSET, text)
    return Stated(StatedKind.VALUE, bare)


def with_same_resolved(rows: Iterable[Row]) -> Iterator[Row]:
    """Replace "the same as before" by what was stated before in the same function."""
    last: dict[str, dict[str, Stated]] = {}
    for row in rows:
        known = last.setdefault(row.function, {})
        state = {name: known.get(name, UNSET) if value.kind is StatedKind.SAME else value for name, value in row.state.items()}
        known.update({name: value for name, value in state.items() if value.kind is not StatedKind.NOT_STATED})
        yield Row(row.source, row.line, row.visit, state, row.kind, row.value, row.function, row.taken, row.note)
