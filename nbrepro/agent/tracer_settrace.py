"""The oracle: watches the program with `sys.settrace`. Slow, and right on every Python."""

import ast
import dis
import sys
import types
from typing import Any, Dict, Iterator, List, Optional

from tracer_journal import Frame, Journal
from tracer_plan import Plan, Scope, Statement
from tracer_relocation import MARK, SAME, relocated

COMPREHENSIONS = {"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"}
RETURNS = {"RETURN_VALUE", "RETURN_CONST"}
WAITS = (2, 3)
"""What the instruction after a suspension says where it was by `yield from` or `await` (Python 3.11 on)."""
STOPS = (StopIteration, StopAsyncIteration)


def code_of(plan: Plan) -> types.CodeType:
    """The program, compiled with the numbers of its statements as lines."""
    return compile(relocated(plan), plan.filename, "exec", dont_inherit=True)


def scopes_of(plan: Plan, code: types.CodeType) -> Dict[types.CodeType, Scope]:
    """The scope of every code object below this one that has frames in a trace."""
    found = {code: plan.scopes[plan.first]}
    for inner in _inner_codes(code):
        scope = plan.scopes.get(inner.co_firstlineno)
        if scope is not None and inner.co_name not in COMPREHENSIONS and inner.co_name.split(".")[-1] == scope.name.split(".")[-1]:
            found[inner] = scope
    return found


def _inner_codes(code: types.CodeType) -> Iterator[types.CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield constant
            yield from _inner_codes(constant)


class Watcher:
    """Turns what an interpreter tells about frames into the journal's calls."""

    def __init__(self, plan: Plan, journal: Journal) -> None:
        self.plan = plan
        self.journal = journal
        self.code = code_of(plan)
        self.scopes = scopes_of(plan, self.code)
        self.frames: Dict[types.FrameType, Frame] = {}
        self.exceptions: Dict[Frame, List[BaseException]] = {}
        self.thrown: Dict[Frame, int] = {}
        """Instructions at which frames got an exception and did nothing about it yet."""

    def add(self, plan: Plan) -> types.CodeType:
        """The code of another file, whose functions are to be recorded as well."""
        code = code_of(plan)
        self.plan.statements.update(plan.statements)
        self.scopes.update(scopes_of(plan, code))
        return code

    def names(self) -> Dict[str, Any]:
        """Names that the compiled program needs."""
        return {MARK: None, SAME: bool}

    def stop(self) -> None:
        """Watch no longer; the program goes on."""

    def begin(self, frame: types.FrameType, scope: Scope) -> None:
        """A frame starts or goes on."""
        known = self.frames.get(frame)
        if known is None:
            self.frames[frame] = self.journal.enter(scope, frame.f_locals)
            if scope.kind == "lambda":
                self.journal.line(self.frames[frame], self.plan.statements[scope.node.trace_number], frame.f_locals)  # type: ignore[attr-defined]
        elif known.is_suspended:
            self.journal.resumed(known)
        else:  # it waited for another one
            known.caller, self.journal.current = self.journal.current, known

    def line(self, frame: types.FrameType, number: int) -> None:
        """A statement may begin."""
        known, statement = self.frames.get(frame), self.plan.statements.get(number)
        if known is None or statement is None or statement.scope is not known.scope:
            return
        self.thrown.pop(known, None)
        previous = known.statement
        if previous is not None and statement.comes_back_after(previous):
            return
        if statement.is_handler:
            self.journal.handled(known, statement, sys.exc_info()[1], frame.f_locals)
            self.exceptions.pop(known, None)
        else:
            self.journal.line(known, statement, frame.f_locals)
            if isinstance(statement.node, ast.Raise) and statement.node.exc is None and sys.exc_info()[1] is not None:
                self.raised(frame, sys.exc_info()[1])  # no interpreter tells of it
            if self.journal.is_closed:
                self.stop()

    def raised(self, frame: types.FrameType, exception: Any) -> None:
        """An exception is in a frame."""
        known = self.frames.get(frame)
        if known is None:
            return
        self.exceptions.setdefault(known, []).append(exception)
        self.thrown[known] = frame.f_lasti
        if not isinstance(exception, STOPS) or _raises(known.statement):
            self.journal.raised(known, exception)

    def returned(self, frame: types.FrameType, value: Any) -> None:
        """A frame ends with a value."""
        known = self.frames.pop(frame, None)
        if known is not None:
            self._forget(known)
            self.journal.leave(known, value, frame.f_locals)

    def unwound(self, frame: types.FrameType, exception: Optional[BaseException] = None) -> None:
        """A frame ends with an exception."""
        known = self.frames.pop(frame, None)
        if known is not None:
            self.journal.unwind(known, exception or self._last_exception(known), frame.f_locals)
            self._forget(known)

    def suspended(self, frame: types.FrameType, value: Any) -> None:
        """A generator or coroutine is suspended."""
        known = self.frames.get(frame)
        if known is None:
            return
        if waits(frame):
            self.journal.current = known.caller
        else:
            is_known = not frame.f_code.co_flags & 0x200  # an asynchronous generator hands out a wrapped value
            self.journal.yielded(known, value if is_known else None, is_known=is_known)

    def _forget(self, frame: Frame) -> None:
        self.exceptions.pop(frame, None)
        self.thrown.pop(frame, None)

    def _last_exception(self, frame: Frame) -> Optional[BaseException]:
        found = self.exceptions.get(frame)
        return found[-1] if found else None


def waits(frame: types.FrameType) -> Optional[bool]:
    """Whether a suspended frame waits for another one (`await`, `yield from`) rather than giving a value of its own; None: it isn't."""
    code, place = frame.f_code.co_code, frame.f_lasti
    here, following = (dis.opname[code[at]] if at < len(code) else "" for at in (place, place + 2))
    if sys.version_info < (3, 11):
        return False if here == "YIELD_VALUE" else following == "YIELD_FROM" or None
    if here == "RESUME":  # Python 3.13 is one instruction further
        return code[place + 1] & 3 in WAITS if dis.opname[code[place - 2]] == "YIELD_VALUE" else None
    return code[place + 3] & 3 in WAITS if here == "YIELD_VALUE" and following == "RESUME" else None


def _raises(statement: Optional[Statement]) -> bool:
    return statement is not None and isinstance(statement.node, ast.Raise)


class SettraceBackend(Watcher):
    """Tells the journal through `sys.settrace`."""

    name = "settrace"

    def run(self, namespace: Dict[str, Any]) -> None:
        """Run the program; what it raises comes out."""
        self.start()
        try:
            exec(self.code, namespace)  # noqa: S102 - running the program is what this is for
        finally:
            self.stop()

    def start(self) -> None:
        """Watch from now on."""
        sys.settrace(self._called)

    def stop(self) -> None:
        """Watch no longer."""
        sys.settrace(None)

    def _called(self, frame: types.FrameType, event: str, argument: Any) -> Any:
        scope = self.scopes.get(frame.f_code)
        if scope is None:
            return None
        self.begin(frame, scope)
        return self._happened

    def _happened(self, frame: types.FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            self.line(frame, frame.f_lineno)
        elif event == "exception":
            self.raised(frame, argument[1])
        elif event == "return":
            self._ended(frame, argument)
        return self._happened

    def _ended(self, frame: types.FrameType, value: Any) -> None:
        known = self.frames.get(frame)
        if known is None:
            return
        operation = dis.opname[frame.f_code.co_code[frame.f_lasti]]
        if operation in RETURNS or (operation == "END_FINALLY" and (value is not None or known not in self.exceptions)):
            self.returned(frame, value)
        elif waits(frame) is None or (value is None and self.thrown.get(known) == frame.f_lasti):
            self.unwound(frame)
        else:
            self.suspended(frame, value)
