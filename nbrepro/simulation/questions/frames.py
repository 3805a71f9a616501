"""Which call each stated event belongs to: models don't number frames, so it follows from the order of events and from the program."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from nbrepro.simulation.questions.json_events import value_text


@dataclass(frozen=True, slots=True)
class Functions:
    """The functions of a program, and the classes, whose bodies run like functions. Each is known by the line of its definition."""

    named: Mapping[str, tuple[int, ...]]
    """Lines of the definitions of a name."""
    owners: Mapping[int, int]
    """The innermost definition that a line stands in; lines that stand in none are absent."""
    guarded: frozenset[int]
    """Lines at which an exception need not leave the function: those of `try` and `with` blocks."""

    def definition(self, name: str, stated: int) -> int | None:
        """The definition that is called: among several of one name the one that is nearest to the stated line."""
        return min(self.named.get(name, ()), key=lambda line: abs(line - stated), default=stated or None)


@lru_cache(maxsize=256)
def functions_of(code: str) -> Functions:
    """The functions of a program; none for a text that can't be parsed."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Functions({}, {}, frozenset())
    named: dict[str, tuple[int, ...]] = {}
    owners: dict[int, int] = {}
    guarded: set[int] = set()
    for node in ast.walk(tree):  # outer ones first, so that inner ones win
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            named[node.name] = (*named.get(node.name, ()), node.lineno)
            first = max(node.body[0].lineno, node.lineno + 1)  # a `def` on a line of its own is told in the function around it
            owners.update((line, node.lineno) for line in range(first, (node.end_lineno or 0) + 1))
        if isinstance(node, (ast.Try, ast.TryStar, ast.With, ast.AsyncWith)):
            last = node.end_lineno if getattr(node, "finalbody", None) else node.body[-1].end_lineno
            guarded.update(range(node.lineno, (last or 0) + 1))
    return Functions(named, owners, frozenset(guarded))


@dataclass(slots=True)
class _Frame:
    number: int
    name: str
    definition: int | None
    """None where the name is that of nothing in the program."""
    line: dict[str, Any] | None = None
    """The event of its line that was stated last."""


@dataclass(slots=True)
class _Frames:
    """The frames that have not ended; the one that is being executed stands last."""

    functions: Functions
    live: list[_Frame] = field(default_factory=list)
    count: int = 0
    has_raised: bool = False

    def open(self, name: str, definition: int | None) -> _Frame:
        self.count += 1
        self.live.append(_Frame(self.count, name, definition))
        return self.live[-1]

    def of_line(self, line: int) -> _Frame:
        """The frame in which a line is executed; opened where nobody has said that it was called."""
        owner = self.functions.owners.get(line)
        if self.live and (owner is None or self.live[-1].definition in {None, owner, line}):
            return self.live[-1]
        return self._again(frame for frame in reversed(self.live) if frame.definition == owner) or self.open("", owner)

    def named(self, name: str | None) -> _Frame:
        """The frame of a function that ends, or in which an exception comes up."""
        if self.live and (not name or name == self.live[-1].name):
            return self.live[-1]
        found = self._again(frame for frame in reversed(self.live) if frame.name == name)
        return found or (self.live[-1] if self.live else self.open(name or "", None))

    def _again(self, frames: Iterator[_Frame]) -> _Frame | None:
        """The first of some frames, which goes on now."""
        found = next(frames, None)
        if found is not None:
            self.live.remove(found)
            self.live.append(found)
        return found

    def unwind(self) -> None:
        """End the frames that an exception leaves for certain."""
        while self.live and self.live[-1].line is not None and _line(self.live[-1].line) not in self.functions.guarded:
            self.live.pop()

    def waiting_at(self, line: Any) -> _Frame | None:  # noqa: ANN401 - any JSON
        """The frame whose last line is this one: a call in it has ended."""
        return next((frame for frame in reversed(self.live) if frame.line is not None and line in {None, frame.line.get("l")}), None)


def with_frames(events: Iterable[Mapping[str, Any]], code: str) -> tuple[dict[str, Any], ...]:
    """Events as `nbrepro.trace/1` has them: with numbers of frames and lines of calls, values as texts, `done` merged into its line.

    An event may state its frame itself, as `f`.
    """
    frames = _Frames(functions_of(code))
    return tuple(made for event in events for made in _event(event, frames))


def _event(stated: Mapping[str, Any], frames: _Frames) -> Iterator[dict[str, Any]]:
    kind, event, function = stated.get("k"), _with_texts(stated), _function(stated)
    if kind == "raise" and frames.has_raised:
        return  # the same exception, in a function that it passes through
    frames.has_raised = kind == "raise"
    if kind == "done":
        _merge(event, frames)
    if kind not in {"call", "line", "return", "raise"}:
        return
    if kind == "call":
        frame = frames.open(function or "", frames.functions.definition(function or "", _line(stated)))
        event["l"] = frame.definition
    elif kind == "line":
        frame = frames.of_line(_line(stated))
        frame.line = event
    else:
        frame = frames.named(function)
    event["f"] = stated["f"] if isinstance(stated.get("f"), int) else frame.number
    yield event
    if kind == "return":
        frames.live.remove(frame)
    elif kind == "raise":
        frames.unwind()


def _merge(done: Mapping[str, Any], frames: _Frames) -> None:
    """Give a line the changes that are stated only after the call in it."""
    frame = frames.waiting_at(done.get("l"))
    if frame is None or frame.line is None:
        return
    frame.line["d"] = {**frame.line["d"], **done["d"]}
    frame.line["x"] = [*frame.line["x"], *done["x"]]
    frames.live.remove(frame)
    frames.live.append(frame)


def _with_texts(stated: Mapping[str, Any]) -> dict[str, Any]:
    changes, unbound = stated.get("d"), stated.get("x")
    event: dict[str, Any] = {key: value for key, value in stated.items() if value is not None}
    event["d"] = {str(name): _text(value) for name, value in changes.items()} if isinstance(changes, Mapping) else {}
    event["x"] = [name for name in unbound if isinstance(name, str)] if isinstance(unbound, list) else []
    if "v" in stated:
        event["v"] = _text(stated["v"])
    return event


def _text(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """A text as the tag that says so; the tags for "unset" and "same as before" stay what they are."""
    if isinstance(value, Mapping) and value.get("t") in {"unset", "same", "unknown"}:
        return value
    return {"t": "text", "s": value_text(value)}


def _function(stated: Mapping[str, Any]) -> str | None:
    name = stated.get("fn")
    return name.rpartition(".")[2].partition("(")[0].strip() if isinstance(name, str) and name else None


def _line(stated: Mapping[str, Any]) -> int:
    line = stated.get("l")
    return line if isinstance(line, int) else 0
