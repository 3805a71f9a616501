"""Asks for every step of a run as JSON, and reads the rows of what comes back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nbrepro.simulation.answers import Answer, AnswerKind, Convention, Row, RowKind
from nbrepro.simulation.importers.own_traces import rows_of_events
from nbrepro.simulation.questions.asked import Ask, Manner, Question, Response, Subject, numbered
from nbrepro.simulation.questions.frames import with_frames
from nbrepro.simulation.questions.json_events import find_events

_TEXT = {"type": "string"}
_TEXTS = {"type": "object", "additionalProperties": _TEXT}


def _event_schema(kind: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - parts of a JSON schema
    properties = {"k": {"const": kind}, **fields}
    required = [name for name in properties if name != "x"]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


EVENT_SCHEMAS: tuple[Mapping[str, Any], ...] = (
    _event_schema("call", fn=_TEXT, l={"type": "integer"}, d=_TEXTS),
    _event_schema("line", l={"type": "integer"}, src=_TEXT, d=_TEXTS, x={"type": "array", "items": _TEXT}),
    _event_schema("done", l={"type": "integer"}, d=_TEXTS, x={"type": "array", "items": _TEXT}),
    _event_schema("return", fn=_TEXT, v=_TEXT),
    _event_schema("raise", type=_TEXT, msg=_TEXT),
)
"""JSON schemas of the events that a model writes: those of `nbrepro.trace/1`, with texts for values and without numbers of frames."""
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"events": {"type": "array", "items": {"anyOf": list(EVENT_SCHEMAS)}}, "answer": _TEXT},
    "required": ["events", "answer"],
    "additionalProperties": False,
}
"""JSON schema of a response. Servers constrain a response as one value, so the lines stand in a list."""


def trace_questions(subject: Subject, manner: Manner) -> Iterator[Question]:
    """The one question about the whole run."""
    program = subject.program
    prompt = manner.prompt({"numbered": numbered(program.code), "call": program.call}, SCHEMA)
    yield Question(program, Ask.TRACE, AnswerKind.TRACE, prompt)


def read_trace(response: Response) -> Answer:
    """The rows of a response, as far as it goes; `cut-off` and `malformed` where rows are lost."""
    found = find_events(response.raw)
    rows = rows_of_events(with_frames(found.events, response.code), response.code)
    returned = rows[-1].value if rows and rows[-1].kind is RowKind.RETURN else None
    is_cut = (found.is_cut or response.is_cut) and not _is_over(rows)
    problem = "cut-off" if is_cut else "no-trace" if not rows else "malformed" if found.unreadable else None
    text = found.answer or returned
    return replace(response.answer(), text=text, rows=rows, problem=problem, convention=Convention.AFTER, is_complete=True)


def _is_over(rows: Sequence[Row]) -> bool:
    """Whether the outermost call has ended."""
    depth = 0
    for row in rows:
        depth += (row.kind is RowKind.CALL) - (row.kind is RowKind.RETURN)
    return bool(rows) and depth <= 0 and rows[-1].kind is RowKind.RETURN
