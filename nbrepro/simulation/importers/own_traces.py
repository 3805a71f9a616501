"""Traces that a model wrote as `nbrepro.trace/1`: JSON lines, a header and one event a line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nbrepro.simulation.answers import Answer, AnswerKind, Convention, Imported, Row, RowKind, Stated, StatedKind
from nbrepro.simulation.tagged import Opaque, decoded

SCHEMA = "nbrepro.trace/1"
_ABSENT = {"unset": StatedKind.UNSET, "same": StatedKind.SAME, "unknown": StatedKind.NOT_STATED}
_KINDS = {"call": RowKind.CALL, "line": RowKind.LINE, "return": RowKind.RETURN, "raise": RowKind.RAISE}


def read_own_traces(text: str, *, name: str = "") -> Imported:
    """One or more traces, one after another, each beginning with its header; lines that are no JSON are reported and counted."""
    answers: list[Answer] = []
    problems: list[str] = []
    header: dict[str, Any] | None = None
    events: list[dict[str, Any]] = []
    for number, line in enumerate(text.splitlines(), 1):
        record = _record(line, number, problems)
        if record is None:
            continue
        if "schema" in record:
            answers += _finished(header, events, len(answers), name)
            header, events = record, []
        else:
            events.append(record)
    answers += _finished(header, events, len(answers), name)
    return Imported("nbrepro-trace", tuple(answers), tuple(problems))


def _record(line: str, number: int, problems: list[str]) -> dict[str, Any] | None:
    if not line.strip() or line.startswith("```"):
        return None
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if isinstance(found, dict) and ("schema" in found or "k" in found):
        return found
    problems.append(f"line {number} is no event: {line[:60]}")
    return None


def _finished(header: Mapping[str, Any] | None, events: Sequence[Mapping[str, Any]], position: int, name: str) -> Iterator[Answer]:
    if header is None and not events:
        return
    known = header or {}
    files = known.get("source") or [{}]
    code = str(files[0].get("text", "")) if isinstance(files[0], Mapping) else str(files[0])
    rows = rows_of_events(events, code)
    last = next((row.value for row in reversed(rows) if row.kind is RowKind.RETURN), None)
    yield Answer(
        task=str(known.get("task") or f"sample_{position}"),
        kind=AnswerKind.TRACE,
        raw="\n".join(json.dumps(event) for event in events),
        text=last,
        rows=rows,
        model=str(known.get("model") or name),
        problem=None if rows else "no-trace",
        convention=Convention(known.get("convention", "after")),
        is_complete=True,
        code=code,
    )


def rows_of_events(events: Sequence[Mapping[str, Any]], code: str = "") -> tuple[Row, ...]:
    """Events as rows that show every variable of their frame; an event that can't be read becomes a note."""
    lines = code.split("\n")
    states: dict[str, dict[str, Stated]] = {}
    functions: dict[str, str] = {}
    rows: list[Row] = []
    for event in events:
        kind, frame = _KINDS.get(str(event.get("k"))), repr(event.get("f"))
        if kind is RowKind.CALL:
            functions[frame] = str(event.get("fn", ""))
        state = {**states.get(frame, {}), **_changes(event, states.get(frame, {}))}
        states[frame] = {key: value for key, value in state.items() if key not in set(event.get("x") or ())}
        if event.get("k") == "branch" and rows:
            rows[-1] = _with_branch(rows[-1], event)
        if kind is None or functions.get(frame) == "<module>":
            continue
        line = event.get("l") if isinstance(event.get("l"), int) else None
        source = str(event.get("src") or (lines[line - 1].strip() if line and line <= len(lines) and kind is RowKind.LINE else ""))
        rows.append(Row(source, line, event.get("n"), states[frame], kind, _value(event, kind), functions.get(frame, "")))
    return tuple(rows)


def _changes(event: Mapping[str, Any], before: Mapping[str, Stated]) -> dict[str, Stated]:
    found = event.get("d")
    changes = found if isinstance(found, Mapping) else {}
    return {key: _stated(value, before.get(key)) for key, value in changes.items()}


def _stated(value: Any, before: Stated | None) -> Stated:  # noqa: ANN401 - any JSON
    tag = value.get("t") if isinstance(value, Mapping) else None
    if tag in _ABSENT:
        kind = _ABSENT[str(tag)]
        return before if kind is StatedKind.SAME and before else Stated(kind)
    if tag == "text":
        return Stated.value(str(value.get("s", "")))
    plain = decoded(value)
    return Stated.value(plain.kind if isinstance(plain, Opaque) else repr(plain))


def _value(event: Mapping[str, Any], kind: RowKind) -> str | None:
    if kind is RowKind.RETURN:
        return _stated(event.get("v"), None).text
    return f"{event.get('type', '')}: {event.get('msg', '')}" if kind is RowKind.RAISE else None


def _with_branch(row: Row, event: Mapping[str, Any]) -> Row:
    taken = event.get("taken")
    return Row(
        row.source, row.line, row.visit, row.state, row.kind, row.value, row.function, int(taken) if taken is not None else None, row.note
    )
