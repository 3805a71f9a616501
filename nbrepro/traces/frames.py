"""Traces as tables for further work. Needs pandas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from nbrepro.errors import MissingExtraError
from nbrepro.model.trace import Event, EventKind, Trace
from nbrepro.traces.cells import CellTrace
from nbrepro.traces.values import plain, shown

if TYPE_CHECKING:
    import pandas as pd

EVENT_COLUMNS = {
    "kind": "str",
    "frame": "Int64",
    "function": "str",
    "depth": "Int64",
    "line": "Int64",
    "visit": "Int64",
    "source": "str",
    "changed": "object",
    "unbound": "object",
    "value": "object",
    "type": "object",
    "text": "object",
}
VARIABLE_COLUMNS = {
    "event": "Int64",
    "kind": "str",
    "frame": "Int64",
    "function": "str",
    "line": "Int64",
    "visit": "Int64",
    "is_bound": "bool",
    "value": "object",
    "text": "str",
}
CELL_COLUMNS = {"cell": "Int64", "place": "Int64", "status": "str", "name": "str", "action": "str", "value": "object", "text": "str"}


def event_frame(trace: Trace) -> pd.DataFrame:
    r"""One row for each event, its number as the index.

    `function` and `depth` (0 for the frame that nobody called) are those of its frame; `source` is the text of a step's first line;
    `changed` maps names to Python values (to texts where they have none), `unbound` is a tuple of names; `value` is what was returned or
    yielded, or which way a branch went; `type` is the class of an exception, and `text` its message, an output, or why events were dropped.

    Raises:
        MissingExtraError: pandas is not installed.
    """
    frames = Frames(trace)
    rows = [_event_row(event, frames) for event in trace.events]
    table = _table(rows, EVENT_COLUMNS, "event_frame")
    table.index = _pandas("event_frame").Index([event.index for event in trace.events], name="event", dtype="int64")
    return table


def variable_frame(trace: Trace, name: str, frame: int | None = None) -> pd.DataFrame:
    r"""The history of a variable: one row for each event after which it has another value, or none.

    A step that calls a function comes before the steps of that function, and what these change belongs to it, too.

    Args:
        trace: a trace.
        name: the variable, in every frame that has one of this name.
        frame: only in the frame of this number.

    Raises:
        MissingExtraError: pandas is not installed.

    >>> from nbrepro.traces import Program, trace
    >>> found = trace(Program("x = 1\nfor x in (5, 6):\n    y = x\ndel x\npass\n"))
    >>> variable_frame(found, "x")["text"].tolist()
    ['1', '5', '6', '']
    """
    frames = Frames(trace)
    events = (event for event in trace.events if event.frame is not None and frame in {None, event.frame})
    return _table([row for event in events for row in _variable_rows(event, name, frames)], VARIABLE_COLUMNS, "variable_frame")


def cell_frame(cells: Sequence[CellTrace]) -> pd.DataFrame:
    """One row for each variable that a cell `reads`, `binds`, `mutates` or `deletes` (`action`), in the order in which the cells ran.

    `place` is that order, from 0 on; `value` is the value after the cell, None for what it only reads or deletes. A cell that does nothing
    to variables has one row without a name.

    Raises:
        MissingExtraError: pandas is not installed.
    """
    rows = [
        (cell.cell, place, str(cell.status), name, action, None if value is ... else plain(value), "" if value is ... else shown(value))
        for place, cell in enumerate(cells)
        for action, name, value in _actions(cell)
    ]
    return _table(rows, CELL_COLUMNS, "cell_frame")


class Frames:
    """Texts, functions and depths of a trace's frames."""

    def __init__(self, trace: Trace) -> None:
        self.lines: dict[int | None, list[str]] = {frame: text.splitlines() for frame, (_, text) in trace.sources().items()}
        self.functions: dict[int | None, str] = {}
        self.depths: dict[int | None, int] = {}
        for event in trace.of_kind(EventKind.CALL):
            self.functions[event.frame] = event.data["fn"]
            self.depths[event.frame] = self.depths.get(event.data["p"], -1) + 1


def first_line(event: Event, lines: Sequence[str]) -> str:
    """The first line of a step, out of the text of its file; empty for other events."""
    if event.kind is not EventKind.LINE or event.line is None or event.line > len(lines):
        return ""
    return lines[event.line - 1]


def _event_row(event: Event, frames: Frames) -> tuple[Any, ...]:
    data = event.data
    value = plain(data["v"]) if "v" in data else data.get("taken")
    return (
        str(event.kind),
        event.frame,
        frames.functions.get(event.frame, ""),
        frames.depths.get(event.frame),
        event.line,
        event.visit,
        first_line(event, frames.lines.get(event.frame, [])).strip(),
        {name: plain(found) for name, found in event.changed.items()},
        event.unbound,
        value,
        data.get("type"),
        data.get("msg", data.get("text", data.get("why"))),
    )


def _variable_rows(event: Event, name: str, frames: Frames) -> Iterator[tuple[Any, ...]]:
    where = (event.index, str(event.kind), event.frame, frames.functions.get(event.frame, ""), event.line, event.visit)
    for values in (event.data.get("c") or {}, event.changed):
        if name in values:
            yield (*where, True, plain(values[name]), shown(values[name]))
    if name in event.unbound:
        yield (*where, False, None, "")


def _actions(cell: CellTrace) -> list[tuple[str, str, Any]]:
    found = [("reads", name, ...) for name in cell.reads]
    found += [("binds", name, value) for name, value in cell.binds.items()]
    found += [("mutates", name, value) for name, value in cell.mutates.items()]
    found += [("deletes", name, ...) for name in cell.deletes]
    return found or [("", "", ...)]


def _table(rows: Iterable[tuple[Any, ...]], columns: dict[str, str], feature: str) -> pd.DataFrame:
    pandas = _pandas(feature)
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    series = {name: pandas.Series(list(column), dtype=kind) for (name, kind), column in zip(columns.items(), values, strict=True)}
    table: pd.DataFrame = pandas.DataFrame(series)
    return table


def _pandas(feature: str) -> Any:  # noqa: ANN401 - a module
    try:
        import pandas as pd
    except ImportError as error:
        raise MissingExtraError(feature, "pandas") from error
    return pd
