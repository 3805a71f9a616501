"""A trace: what a program did, or is said to have done, as the events of the schema `nbrepro.trace/1`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

SCHEMA = "nbrepro.trace/1"


class EventKind(StrEnum):
    """What an event tells of."""

    CALL = "call"
    LINE = "line"
    BRANCH = "branch"
    RETURN = "return"
    YIELD = "yield"
    RESUME = "resume"
    RAISE = "raise"
    HANDLED = "handled"
    UNWIND = "unwind"
    OUTPUT = "out"
    DROP = "drop"
    NOTE = "note"
    END = "end"


class TraceStatus(StrEnum):
    """How a run ended."""

    OK = "ok"
    ERROR = "error"
    EXIT = "exit"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    DIED = "died"


@dataclass(frozen=True, slots=True)
class Event:
    """One event. Values are tagged JSON, as the schema describes."""

    index: int
    kind: EventKind
    frame: int | None = None
    """Number of the frame; None for output, drops and the end."""
    line: int | None = None
    end_line: int | None = None
    visit: int | None = None
    """How often this statement has begun in this frame, from 1 on; of a `line` only."""
    changed: Mapping[str, Any] = field(default_factory=dict)
    """Values that are different after the step; of a `call`, the arguments."""
    unbound: tuple[str, ...] = ()
    """Names that have no value any more after the step."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """Everything else, by the names of the schema: `v`, `fn`, `p`, `c`, `s`, `taken`, `type`, `msg`, `stream`, `text`, …"""


@dataclass(frozen=True, slots=True)
class Trace:
    """The events of one run, in order."""

    header: Mapping[str, Any]
    events: tuple[Event, ...]

    @property
    def source(self) -> str:
        """The program's text; where several files were recorded, that of the first."""
        files = self.header.get("source") or [{}]
        return str(files[0].get("text", ""))

    def sources(self) -> dict[int, tuple[str, str]]:
        """For each frame, the name and the text of the file in which its function stands."""
        files = self.header.get("source") or [{}]
        places = {event.frame: event.data.get("s", 0) for event in self.of_kind(EventKind.CALL) if event.frame is not None}
        return {
            frame: (str(files[place].get("file", "")), str(files[place].get("text", "")))
            for frame, place in places.items()
            if place < len(files)
        }

    @property
    def status(self) -> TraceStatus | None:
        """How the run ended; None where the trace doesn't say so."""
        last = self.events[-1] if self.events else None
        return TraceStatus(last.data["status"]) if last is not None and last.kind is EventKind.END else None

    @property
    def is_complete(self) -> bool:
        """Whether nothing was dropped."""
        return all(event.kind is not EventKind.DROP for event in self.events)

    def of_kind(self, *kinds: EventKind) -> tuple[Event, ...]:
        """The events of some kinds."""
        return tuple(event for event in self.events if event.kind in kinds)

    def output(self, stream: str = "stdout") -> str:
        """What was written to a stream."""
        return "".join(event.data["text"] for event in self.of_kind(EventKind.OUTPUT) if event.data["stream"] == stream)

    def frames(self, name: str | None = None) -> tuple[int, ...]:
        """Numbers of the frames of a function, in the order of their calls; of all frames without a name."""
        return tuple(event.frame for event in self.of_kind(EventKind.CALL) if event.frame is not None and name in {None, event.data["fn"]})

    def returned(self, frame: int) -> Any | None:  # noqa: ANN401 - any tagged value
        """The tagged value that a frame ended with; None where it did not return (null is a value, too: see the events)."""
        found = [event for event in self.of_kind(EventKind.RETURN) if event.frame == frame]
        return found[-1].data["v"] if found else None

    def states(self) -> Iterator[tuple[Event, Mapping[str, Any]]]:
        """Every step with the state of its frame after it: all names that are bound, and their tagged values."""
        states: dict[int, dict[str, Any]] = {}
        for event in self.events:
            if event.frame is None:
                continue
            state = states.setdefault(event.frame, {})
            state.update(event.data.get("c") or {})
            state.update(event.changed)
            for name in event.unbound:
                state.pop(name, None)
            if event.kind in {EventKind.CALL, EventKind.LINE, EventKind.HANDLED}:
                yield event, dict(state)
