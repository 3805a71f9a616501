"""Traces as text: one line for the header, one for each event."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from nbrepro.errors import RequestError
from nbrepro.model.trace import SCHEMA, Event, EventKind, Trace

FIELDS = {"i", "k", "f", "l", "le", "n", "d", "x"}


def read(text: str) -> Trace:
    r"""The trace that a text of JSON lines describes.

    Raises:
        RequestError: it isn't one of the schema `nbrepro.trace/1`.

    >>> trace = read('{"schema": "nbrepro.trace/1", "origin": "real"}\n{"i": 0, "k": "end", "status": "ok"}\n')
    >>> str(trace.status)
    'ok'
    """
    lines = [line for line in text.split("\n") if line]
    try:
        header, *events = [json.loads(line) for line in lines]
        if header.get("schema") != SCHEMA:
            raise RequestError(f"expected a trace of the schema {SCHEMA}, found {header.get('schema')!r}")
        return Trace(header, tuple(_event(event) for event in events))
    except (ValueError, KeyError, AttributeError) as error:
        raise RequestError(f"this is no trace of the schema {SCHEMA}: {error}") from error


def _event(event: Mapping[str, Any]) -> Event:
    return Event(
        index=event["i"],
        kind=EventKind(event["k"]),
        frame=event.get("f"),
        line=event.get("l"),
        end_line=event.get("le"),
        visit=event.get("n"),
        changed=event.get("d") or {},
        unbound=tuple(event.get("x") or ()),
        data={name: value for name, value in event.items() if name not in FIELDS},
    )


def written(trace: Trace) -> str:
    """A trace as text that `read` reads."""
    return "".join(json.dumps(line) + "\n" for line in (trace.header, *map(_as_json, trace.events)))


def _as_json(event: Event) -> dict[str, Any]:
    found: dict[str, Any] = {"i": event.index, "k": str(event.kind), **event.data}
    places = {"f": event.frame, "l": event.line, "le": event.end_line, "n": event.visit}
    found.update({name: value for name, value in places.items() if value is not None})
    if event.kind in {EventKind.CALL, EventKind.LINE, EventKind.HANDLED}:
        found["d"] = dict(event.changed)
    if event.kind in {EventKind.LINE, EventKind.HANDLED}:
        found["x"] = list(event.unbound)
    return found
