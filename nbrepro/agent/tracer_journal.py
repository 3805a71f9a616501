"""The journal of a run: compares the states of frames and writes events. Every backend writes through it."""

from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence

from tracer_objects import message_of, name_of
from tracer_plan import Scope, Statement
from tracer_values import Encoder

Event = Dict[str, Any]
SMALL = 1 << 50


class Frame:
    """One activation of a scope, as the journal knows it."""

    def __init__(self, number: int, scope: Scope, caller: Optional["Frame"]) -> None:
        self.number = number
        self.scope = scope
        self.caller = caller
        """The frame that runs when this one ends or is suspended."""
        self.state: Dict[str, Any] = {}
        self.visits: Dict[int, int] = {}
        self.statement: Optional[Statement] = None
        self.open: Optional[Event] = None
        """The event of the step that is under way."""
        self.branch_is_open = False
        self.is_suspended = False
        self.goes_on = False
        """Whether it has been resumed, and the event of that is still to be written."""
        self.closing: Optional[BaseException] = None
        """The GeneratorExit that has been thrown into it: no event, unless the frame does something about it."""
        self.slot: Optional[int] = None
        """Of a frame that is recorded by segments: where the events of the step that is under way belong, once they are known."""
        self.is_segmented = False
        self.returning: Any = None
        """The value of the `return` that was reached last."""


class Journal:
    """Events, in the order in which they happen."""

    def __init__(self, encoder: Encoder, namespace: Mapping[str, Any], max_steps: int) -> None:
        self.encoder = encoder
        self.namespace = namespace
        self.max_steps = max_steps
        self.is_closed = False
        """Whether the budget is spent: nothing but output is recorded any more."""
        self.events: List[Event] = []
        self.before_output: Callable[[], None] = _nothing
        """What brings the journal up to date."""
        self.current: Optional[Frame] = None
        self.steps = 0
        self._frames = 0
        self._flying: Optional[BaseException] = None
        """The exception that has been raised and not been handled yet."""

    def enter(self, scope: Scope, names: Mapping[str, Any]) -> Frame:
        """A frame begins; `names` are those that are bound in it."""
        frame = Frame(self._frames, scope, self.current)
        if self.is_closed:
            return frame
        self._begin(self.current)
        self._reserve()
        self._frames += 1
        caller = None if frame.caller is None else frame.caller.number
        event = {"k": "call", "f": frame.number, "l": getattr(scope.node, "lineno", 1), "fn": scope.name, "p": caller}
        if scope.file:
            event["s"] = scope.file
        found = self._differences(frame, names)
        event["d"] = {name: found[name] for name in scope.parameters if name in found}
        event["c"] = {name: value for name, value in found.items() if name not in scope.parameters and scope.kind != "module"}
        self.events.append(event)
        self.current = frame
        return frame

    def line(self, frame: Frame, statement: Statement, names: Mapping[str, Any]) -> None:
        """A step begins, and with it ends the one before."""
        if self.is_closed:
            return
        self._begin(frame)
        self._close(frame, names, statement)
        self.is_closed = self.steps >= self.max_steps
        if not self.is_closed:
            self._step(frame, statement)

    def segment(
        self, frame: Frame, items: List[Any], active: Optional[Statement], owners: Mapping[str, int], changed: Mapping[str, Any]
    ) -> None:
        """Several steps of a frame have been taken; `changed` are the tagged values that are different now.

        `owners` are the numbers of the statements that bind a name; what else has changed belongs to the active one.
        """
        frame.branch_is_open = False
        opened: Dict[int, Event] = {}
        if frame.slot is not None:
            slot, frame.slot = frame.slot, None
            place = 1 + max([at for at, (_, what) in enumerate(items) if what is active], default=-1) if active else len(items)
            events, self.events = self.events, []
            self._steps(frame, items[:place], opened)
            events[slot:slot] = self.events
            self.events = events
            items = items[place:]
        self._steps(frame, items, opened)
        rest = opened.get(active.number if active else -1, frame.open)
        for name, value in changed.items():
            target = opened.get(owners.get(name, -1), rest)
            if target is not None:
                target["d"][name] = value

    def _steps(self, frame: Frame, items: List[Any], opened: Dict[int, Event]) -> None:
        for kind, what in items:
            if kind == "branch":
                self._write(frame, {"k": "branch", "taken": what})
            else:
                self._step(frame, what)
                frame.branch_is_open = False
                opened[what.number] = frame.open  # type: ignore[assignment]

    def _step(self, frame: Frame, statement: Statement) -> None:
        visit = frame.visits[statement.number] = frame.visits.get(statement.number, 0) + 1
        self._open(frame, statement, {"k": "line", "n": visit, "d": {}, "x": []})
        self.steps += 1

    def differences(self, frame: Frame, names: Mapping[str, Any]) -> Dict[str, Any]:
        """The tagged values that are not what they were; they are remembered."""
        return self._differences(frame, names)

    def differences_of(self, frame: Frame, names: Sequence[str], values: Sequence[Any]) -> Dict[str, Any]:
        """The same for some names, whose values are atoms."""
        found = {}
        state, encode = frame.state, self.encoder.encode
        for name, atom in zip(names, values):
            old = state.get(name, state)
            value = atom if type(atom) is int and -SMALL < atom < SMALL else encode(atom)
            if type(old) is not type(value) or old != value:
                state[name] = found[name] = value
        return found

    def finish(self, frame: Frame, value: Any) -> None:
        """A frame that is recorded by segments ends with a value."""
        self._write(frame, {"k": "return", "v": self.encoder.encode(value)})
        self.current = frame.caller

    def fail(self, frame: Frame, exception: Optional[BaseException]) -> None:
        """A frame that is recorded by segments ends with an exception."""
        self.raised(frame, exception)
        self._write(frame, {"k": "unwind", "type": _type_of(exception)})
        self.current = frame.caller

    def _reserve(self) -> bool:
        """Remember where the step that calls or writes belongs; whether that was to be done."""
        current = self.current
        if current is None or not current.is_segmented or current.slot is not None:
            return False
        current.slot = len(self.events)
        return True

    def handled(self, frame: Frame, statement: Statement, exception: Optional[BaseException], names: Mapping[str, Any]) -> None:
        """An `except` clause begins."""
        if self.is_closed:
            return
        self._begin(frame)
        is_part = type(statement.parent.node).__name__ == "TryStar" if statement.parent else False
        self.raised(frame, self._flying if is_part else exception)
        self._flying = None
        name = getattr(statement.node, "name", None)
        self._close(frame, {key: value for key, value in names.items() if key != name}, None, keep=name)
        self._open(frame, statement, {"k": "handled", "type": _type_of(exception), "d": {}, "x": []})
        self._merge(frame, names, with_unbound=True)

    def raised(self, frame: Frame, exception: Optional[BaseException]) -> None:
        """An exception comes up in a frame, or passes through it."""
        if self.is_closed:
            return
        self.resumed(frame)
        if frame.goes_on and isinstance(exception, GeneratorExit):
            frame.closing = exception
            return
        self._begin(frame)
        self._raise(frame, exception)

    def leave(self, frame: Frame, value: Any, names: Mapping[str, Any]) -> None:
        """A frame ends with a value."""
        if self.is_closed:
            return
        self._begin(frame)
        self._close(frame, names, None, at_end=True)
        self._write(frame, {"k": "return", "v": self.encoder.encode(value if frame.scope.kind in {"function", "lambda"} else None)})
        self.current = frame.caller

    def unwind(self, frame: Frame, exception: Optional[BaseException], names: Mapping[str, Any]) -> None:
        """A frame ends with an exception."""
        if self.is_closed:
            return
        self.raised(frame, exception)
        if frame.closing is not None:
            self.current = frame.caller
            return
        self._close(frame, names, None, at_end=True)
        self._write(frame, {"k": "unwind", "type": _type_of(exception)})
        self.current = frame.caller

    def yielded(self, frame: Frame, value: Any, *, is_known: bool = True) -> None:
        """A generator is suspended by its own `yield`."""
        if self.is_closed:
            return
        self._begin(frame)
        self._write(frame, {"k": "yield", "v": self.encoder.encode(value) if is_known else {"t": "unknown"}})
        frame.is_suspended = True
        self.current = frame.caller

    def resumed(self, frame: Frame) -> None:
        """A generator goes on, called by whatever runs now."""
        if frame.is_suspended and not self.is_closed:
            frame.is_suspended = False
            self._reserve()
            frame.caller = self.current
            self.current = frame
            frame.goes_on = True

    def output(self, stream: str, text: str) -> None:
        """Something is written."""
        self.before_output()
        self._begin(self.current)
        last = self.events[-1] if self.events and not self._reserve() else {}
        if last.get("k") == "out" and last["stream"] == stream:
            last["text"] += text
        else:
            self.events.append({"k": "out", "stream": stream, "text": text})

    def _begin(self, frame: Optional[Frame]) -> None:
        """Write what has only been noted until now: that a generator goes on, and why."""
        if frame is not None and frame.goes_on and not self.is_closed:
            frame.goes_on = False
            self._write(frame, {"k": "resume"})
            closing, frame.closing = frame.closing, None
            self._raise(frame, closing)

    def _raise(self, frame: Frame, exception: Optional[BaseException]) -> None:
        frame.branch_is_open = frame.branch_is_open and exception is None
        if exception is not None and exception is not self._flying:
            self._flying = exception
            self._write(frame, {"k": "raise", "type": _type_of(exception), "msg": message_of(exception)})

    def _open(self, frame: Frame, statement: Statement, event: Event) -> None:
        frame.statement, frame.open = statement, event
        frame.branch_is_open = (statement.is_branch or statement.is_match) and event["k"] == "line"
        event.update(f=frame.number, l=statement.line, le=statement.end_line)
        self.events.append(event)

    def _write(self, frame: Frame, event: Event) -> None:
        event.update(f=frame.number, l=frame.statement.line if frame.statement else getattr(frame.scope.node, "lineno", 1))
        self.events.append(event)

    def _close(
        self, frame: Frame, names: Mapping[str, Any], following: Optional[Statement], *, keep: Optional[str] = None, at_end: bool = False
    ) -> None:
        """End the step that is under way: note what is different, and which way it went."""
        self._merge(frame, names, with_unbound=not at_end, keep=keep)
        statement = frame.statement
        if not frame.branch_is_open or statement is None:
            return
        frame.branch_is_open = False
        number = following.number if following else -1
        taken: Any = statement.first.index(number) if number in statement.first else -1
        self._write(frame, {"k": "branch", "taken": taken if statement.is_match else taken == 0})

    def _merge(self, frame: Frame, names: Mapping[str, Any], *, with_unbound: bool, keep: Optional[str] = None) -> None:
        state = dict(frame.state)
        changed = self._differences(frame, names)
        event = frame.open
        if event is None:
            return
        event["d"].update(changed)
        event["x"] = [name for name in event["x"] if name not in changed]
        if with_unbound:
            for name in state:
                if name != keep and not self._is_bound(frame, name, names):
                    event["x"].append(name)
                    event["d"].pop(name, None)
                    del frame.state[name]

    def _is_bound(self, frame: Frame, name: str, names: Mapping[str, Any]) -> bool:
        return name in (self._space(frame) if name in frame.scope.globals else names)

    def _space(self, frame: Frame) -> Mapping[str, Any]:
        return self.namespace if frame.scope.space is None else frame.scope.space

    def _differences(self, frame: Frame, names: Mapping[str, Any]) -> Dict[str, Any]:
        """The values that are not what they were; they are remembered."""
        found = {}
        state, encode = frame.state, self.encoder.encode
        for name in frame.scope.names:
            space = self._space(frame) if name in frame.scope.globals else names
            if name in space:
                value = encode(space[name])
                if not is_same(state.get(name, state), value):
                    state[name] = found[name] = value
        return found


def _nothing() -> None:
    """There is nothing to be done."""


def is_same(one: Any, other: Any) -> bool:
    """Whether two tagged values are one: 1, True and 1.0 are three."""
    return type(one) is type(other) and one == other and (type(one) is not dict or repr(one) == repr(other))


def _type_of(exception: Optional[BaseException]) -> Optional[str]:
    return None if exception is None else name_of(type(exception))
