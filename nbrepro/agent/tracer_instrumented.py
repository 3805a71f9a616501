"""The default backend: runs the program with the tracer's calls written into it."""

import copy
import sys
import types
from typing import Any, Dict, List, Optional

from tracer_instrument import HAS_POSITIONS, Instrumenter
from tracer_iterations import AsyncSteps, Steps
from tracer_journal import Frame, Journal, is_same
from tracer_plan import Plan, Scope, Statement
from tracer_segments import ATOMS, Site, owners_of
from tracer_syntax import PREFIX


class InstrumentBackend:
    """Runs the instrumented program; its calls come here."""

    name = "instrumented"

    def __init__(self, plan: Plan, journal: Journal) -> None:
        self.plan = plan
        self.journal = journal
        instrumenter = Instrumenter(plan)
        tree = instrumenter.instrumented(copy.deepcopy(plan.tree))
        self.sites = instrumenter.sites
        self.segmenters = instrumenter.segmenters
        self.delegates = instrumenter.effects.delegates
        self.log: List[Any] = []
        """Records, one after another: the number of a site, and as many values as it has."""
        self.left: List[None] = [None] * (journal.max_steps + 1)
        """One for each step that may still be recorded; empty: every call of the tracer comes back at once."""
        if self.sites:
            journal.max_steps = 1 << 62  # records of frames that have begun may come after the last of the budget
        journal.before_output = self.drain
        self.code = compile(tree, plan.filename, "exec", dont_inherit=True)
        self.frames: Dict[types.FrameType, Frame] = {}

    def add(self, plan: Plan) -> types.CodeType:
        """The code of another file, whose functions are to be recorded as well.

        It has no segments: these are for programs that know no objects but their own.
        """
        instrumenter = Instrumenter(plan, by_segments=False)
        self.plan.statements.update(plan.statements)
        self.plan.scopes.update(plan.scopes)
        self.delegates = self.delegates or instrumenter.effects.delegates
        code: types.CodeType = compile(instrumenter.instrumented(copy.deepcopy(plan.tree)), plan.filename, "exec", dont_inherit=True)
        return code

    def start(self) -> None:
        """Record from now on; frames that have begun before stay out of it."""
        self.left.extend([None] * (self.journal.max_steps + 1))

    def stop(self) -> None:
        """Record no longer: every call comes back at once."""
        self.drain()
        self.left.clear()

    def names(self) -> Dict[str, Any]:
        """What the program's calls mean."""
        calls = ("enter", "line", "test", "steps", "async_steps", "handled", "raised", "unwind", "leave", "returning")
        generators = ("yielded", "resumed", "lambda_begin", "lambda_end")
        found = {PREFIX + name: getattr(self, name) for name in calls + generators}
        found.update({PREFIX + name: getattr(self, name) for name in ("compare", "failed", "left")})
        builtin = {"exception": BaseException, "type": type, "int": int, "list": list, "len": len, "iter": iter, "atoms": ATOMS}
        found.update({PREFIX + name: value for name, value in builtin.items()})
        records = {"record": self.log.extend, "spend": self.left.pop, "items": self.journal.encoder.limits.items}
        return {**found, **{PREFIX + name: value for name, value in records.items()}}

    def run(self, namespace: Dict[str, Any]) -> None:
        """Run the program; what it raises comes out."""
        try:
            exec(self.code, namespace)  # noqa: S102 - running the program is what this is for
        finally:
            self.stop()  # what the program's code is asked for from now on, such as its message, is no part of it

    def drain(self) -> None:
        """Bring the journal up to date with the records."""
        log, place = self.log[:], 0
        self.log.clear()
        while place < len(log):
            site = self.sites[log[place]]
            record = log[place : place + site.size]
            place += site.size
            if site.is_call:
                self._begin(site, dict(zip(site.names, record[1:])))
            else:
                self._apply(site, record)

    def _begin(self, site: Site, names: Dict[str, Any]) -> None:
        self.journal.enter(site.scope, names).is_segmented = True

    def _apply(self, site: Site, record: Any) -> None:
        frame = self._running(site.scope)
        changed = self.journal.differences_of(frame, site.names, record[1:])
        if site.list_name:
            changed.update(self._changed_items(frame, site, record[1 + len(site.names) :]))
        self._end_segment(frame, site, changed, record[-1])

    def _end_segment(self, frame: Frame, site: Site, changed: Dict[str, Any], value: Any) -> None:
        self.journal.segment(frame, site.items, site.active, site.owners, changed)
        if site.returns is not False:
            self.journal.finish(frame, value if site.returns else None)

    def _changed_items(self, frame: Frame, site: Site, given: Any) -> Dict[str, Any]:
        old = frame.state[site.list_name]
        items = old["v"][:]
        encode = self.journal.encoder.encode
        if site.appends:
            items.append(encode(given[0]))
        else:
            for place, value in zip(given[::2], given[1::2]):
                items[place] = encode(value)
        value = {**old, "v": items, "n": len(items)}
        if is_same(old, value):
            return {}
        frame.state[site.list_name] = value
        return {site.list_name: value}

    def _running(self, scope: Scope) -> Frame:
        """The frame of a function that is recorded by segments; lambdas above it were left by an exception."""
        frame = self.journal.current
        while frame is not None and frame.scope is not scope:
            if frame.scope.kind == "lambda":
                self.journal.unwind(frame, None, {})
            frame = frame.caller
        assert frame is not None
        self.journal.current = frame
        return frame

    def compare(self, number: int, value: Any = None) -> int:
        """A segment has ended with values that are no atoms, or with objects around: compare all; gives what there is now.

        0: only atoms; 1: one list of atoms, besides; 2: anything else.
        """
        self.drain()
        names = sys._getframe(1).f_locals
        site = self.sites[number]
        if site.is_call:
            self._begin(site, names)
        else:
            frame = self._running(site.scope)
            self._end_segment(frame, site, self.journal.differences(frame, names), value)
        objects = [names[name] for name in site.scope.names if name in names and type(names[name]) not in ATOMS]
        if not objects:
            return 0
        only = objects[0]
        is_flat = len(objects) == 1 and type(only) is list and len(only) < self.journal.encoder.limits.items
        return 1 if is_flat and ATOMS.issuperset(map(type, only)) else 2

    def failed(self, number: int) -> None:
        """A function that is recorded by segments ends with an exception."""
        self.drain()
        site, exception, python_frame = self.sites[number], sys.exc_info()[1], sys._getframe(1)
        frame = self._running(site.scope)
        if frame.is_segmented and self.left:
            place = self._failing_statement(site.scope, exception)
            items, active = self.segmenters[site.scope].before[place.number]
            names = self.journal.differences(frame, python_frame.f_locals)
            owners = owners_of([*(what for kind, what in items if kind == "line"), place])
            self.journal.segment(frame, [*items, ("line", place)], active or place, owners, names)
        self.journal.fail(frame, exception)

    def _failing_statement(self, scope: Scope, exception: Any) -> Statement:
        trace = exception.__traceback__
        at = (trace.tb_lineno, 1 << 30)
        if HAS_POSITIONS:
            line, _, column, _ = list(trace.tb_frame.f_code.co_positions())[trace.tb_lasti // 2]
            at = (line or at[0], at[1] if column is None else column)
        found = [other for other in self.plan.statements.values() if other.scope is scope]
        before = [other for other in found if (other.line, other.node.col_offset) <= at]  # type: ignore[attr-defined]
        return max(before or found, key=lambda other: (other.line, other.node.col_offset))  # type: ignore[attr-defined]

    def enter(self, number: int, depth: int = 1) -> None:
        scope = self.plan.scopes.get(number) if self.left else None
        if scope is None:
            return
        self.drain()
        frame = sys._getframe(depth)
        outer = frame.f_back
        above = self.journal.current
        if self.delegates or (above is not None and above.scope.kind == "lambda"):
            while outer is not None and outer not in self.frames:
                outer = outer.f_back
            self._settle(self.frames[outer] if outer is not None else None)
        self.frames[frame] = self.journal.enter(scope, frame.f_locals)

    def line(self, number: int, depth: int = 1) -> None:
        if not self.left:
            return
        frame = sys._getframe(depth)
        if frame not in self.frames:
            return
        self.left.pop()
        known = self._known(frame)
        self.journal.line(known, self.plan.statements[number], frame.f_locals)

    def test(self, number: int) -> bool:
        self.line(number, 2)
        return True

    def steps(self, number: int, iterable: Any) -> Any:
        if not self.left:
            return iterable
        return Steps(self.line, number, iterable)

    def async_steps(self, number: int, iterable: Any) -> Any:
        if not self.left:
            return iterable
        return AsyncSteps(self.line, number, iterable)

    def handled(self, number: int) -> None:
        frame = sys._getframe(1)
        if not self.left or frame not in self.frames:
            return
        exception = sys.exc_info()[1]
        known = self._known(frame, exception)
        self.journal.handled(known, self.plan.statements[number], exception, frame.f_locals)

    def raised(self) -> None:
        frame = sys._getframe(1)
        if not self.left or frame not in self.frames:
            return
        exception = sys.exc_info()[1]
        self.journal.raised(self._known(frame, exception), exception)

    def unwind(self) -> None:
        frame = sys._getframe(1)
        if not self.left or frame not in self.frames:
            return
        exception = sys.exc_info()[1]
        known = self._known(frame, exception)
        del self.frames[frame]
        self.journal.unwind(known, exception, frame.f_locals)

    def leave(self) -> None:
        if not self.left:
            return
        frame = sys._getframe(1)
        if frame in self.frames:
            known = self._known(frame)
            del self.frames[frame]
            self.journal.leave(known, known.returning, frame.f_locals)
            known.returning = None

    def returning(self, value: Any) -> Any:
        known = self.frames.get(sys._getframe(1)) if self.left else None
        if known is not None:
            known.returning = value
        return value

    def yielded(self, value: Any) -> Any:
        frame = sys._getframe(1)
        if not self.left or frame not in self.frames:
            return value
        is_known = not frame.f_code.co_flags & 0x200
        self.journal.yielded(self._known(frame), value if is_known else None, is_known=is_known)
        return value

    def resumed(self, value: Any) -> Any:
        frame = sys._getframe(1)
        if not self.left or frame not in self.frames:
            return value
        self.journal.resumed(self._known(frame, resumes=True))
        return value

    def lambda_begin(self, number: int) -> None:
        if not self.left:
            return
        self.enter(number, 2)
        self.line(number, 2)

    def lambda_end(self, _: None, value: Any) -> Any:
        frame = sys._getframe(1)
        if not self.left or frame not in self.frames:
            return value
        known = self._known(frame)
        del self.frames[frame]
        self.journal.leave(known, value, frame.f_locals)
        return value

    def _known(self, frame: types.FrameType, exception: Optional[BaseException] = None, *, resumes: bool = False) -> Frame:
        self.drain()
        known = self.frames[frame]
        if not known.is_suspended and not resumes:
            self._settle(known, exception)
        return known

    def _settle(self, running: Optional[Frame], exception: Optional[BaseException] = None) -> None:
        """Make this the frame that runs. Lambdas above it were left by an exception; other frames wait for one another."""
        journal = self.journal
        while journal.current is not running:
            above = journal.current
            if above is None or above.scope.kind != "lambda":
                journal.current = running
                return
            self.frames = {frame: known for frame, known in self.frames.items() if known is not above}
            journal.unwind(above, exception, {})
            if journal.is_closed:
                return
