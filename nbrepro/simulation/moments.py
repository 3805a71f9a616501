"""The real side of an alignment: a trace as moments, each with the states before and after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from nbrepro.model.trace import Trace
from nbrepro.simulation.answers import RowKind
from nbrepro.simulation.tagged import decoded

State = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Moment:
    """One event of a real trace."""

    index: int
    """Number of the event in its trace."""
    kind: RowKind
    line: int
    """From 1."""
    frame: int
    visit: int = 1
    """How often this line was reached in the whole run, from 1."""
    before: State = field(default_factory=dict)
    after: State = field(default_factory=dict)
    function: str = ""
    taken: int | None = None
    """1 where a branch or loop was entered, 0 where not; None where the line decides nothing."""
    value: Any = None
    """Returned value, or the exception as `Type: message`."""

    @property
    def changed(self) -> frozenset[str]:
        """The names whose value is another after it, or that it bound or unbound."""
        names = self.before.keys() | self.after.keys()
        return frozenset(name for name in names if not _is_same(self.before, self.after, name))


def _is_same(before: State, after: State, name: str) -> bool:
    return name in before and name in after and (before[name] is after[name] or repr(before[name]) == repr(after[name]))


def moments_of(trace: Trace | Iterable[Mapping[str, Any]], *, modules: bool = False) -> tuple[Moment, ...]:
    """The moments of a trace: its calls, lines, returns and exceptions.

    Args:
        trace: a trace, or the events of `nbrepro.trace/1` as decoded JSON, without the header.
        modules: whether the frame of the module counts too. Models are asked about a call, so by default it doesn't.
    """
    events = _as_json(trace) if isinstance(trace, Trace) else trace
    reader = _Reader()
    found = [moment for event in events for moment in reader.read(event)]
    taken = reader.taken
    moments = (moment for moment in found if modules or reader.functions.get(moment.frame) != "<module>")
    return tuple(_with_branch(moment, taken.get(moment.index)) for moment in moments)


def _as_json(trace: Trace) -> Iterator[Mapping[str, Any]]:
    for event in trace.events:
        fields = {"i": event.index, "k": event.kind.value, "f": event.frame, "l": event.line}
        yield {**fields, "d": event.changed, "x": event.unbound, **event.data}


def _with_branch(moment: Moment, taken: int | None) -> Moment:
    return moment if taken is None else replace(moment, taken=taken)


class _Reader:
    """Keeps the state of every frame while events are read."""

    def __init__(self) -> None:
        self.states: dict[int, dict[str, Any]] = {}
        self.functions: dict[int, str] = {}
        self.visits: Counter[int] = Counter()
        self.taken: dict[int, int] = {}
        self.last_line: dict[int, int] = {}

    def read(self, event: Mapping[str, Any]) -> Iterator[Moment]:
        match event["k"]:
            case "call":
                yield self._call(event)
            case "line":
                yield self._line(event)
            case "branch":
                if event["f"] in self.last_line:
                    self.taken[self.last_line[event["f"]]] = int(event["taken"])
            case "return" | "raise" as kind:
                yield self._ending(event, RowKind(kind))
            case "handled":
                self._advance(event)

    def _call(self, event: Mapping[str, Any]) -> Moment:
        frame = event["f"]
        self.functions[frame] = str(event.get("fn", ""))
        after = self._advance(event)
        self.visits[event["l"]] += 1
        return Moment(event["i"], RowKind.CALL, event["l"], frame, self.visits[event["l"]], {}, after, self.functions[frame])

    def _line(self, event: Mapping[str, Any]) -> Moment:
        frame, line = event["f"], event["l"]
        before = self.states.get(frame, {})
        after = self._advance(event)
        self.visits[line] += 1
        self.last_line[frame] = event["i"]
        return Moment(event["i"], RowKind.LINE, line, frame, self.visits[line], before, after, self.functions.get(frame, ""))

    def _ending(self, event: Mapping[str, Any], kind: RowKind) -> Moment:
        frame = event["f"]
        state = self.states.get(frame, {})
        value = decoded(event.get("v")) if kind is RowKind.RETURN else f"{event.get('type', '')}: {event.get('msg', '')}"
        return Moment(event["i"], kind, event.get("l") or 0, frame, 1, state, state, self.functions.get(frame, ""), None, value)

    def _advance(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The state of the event's frame after it; states that were handed out are never changed."""
        after = dict(self.states.get(event["f"], {}))
        changes = {**(event.get("c") or {}), **event.get("d", {})} if event["k"] == "call" else event.get("d", {})
        after.update((name, decoded(value)) for name, value in changes.items())
        for name in event.get("x", ()):
            after.pop(name, None)
        self.states[event["f"]] = after
        return after
