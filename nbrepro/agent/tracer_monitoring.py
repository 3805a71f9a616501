"""Watches the program with `sys.monitoring` (Python 3.12 on)."""

import sys
import types
from typing import Any, Dict

from tracer_plan import Plan
from tracer_settrace import Watcher

TOOL = 3


class MonitoringBackend(Watcher):
    """Tells the journal through `sys.monitoring`."""

    name = "monitoring"
    monitoring: Any = getattr(sys, "monitoring", None)
    watched = 0
    """The events of functions that are watched now."""

    def run(self, namespace: Dict[str, Any]) -> None:
        """Run the program; what it raises comes out."""
        self.start()
        try:
            exec(self.code, namespace)  # noqa: S102 - running the program is what this is for
        finally:
            self.stop()
            self.monitoring.free_tool_id(TOOL)

    def start(self) -> None:
        """Watch from now on."""
        events = self.monitoring.events
        local = {
            events.PY_START: self._started,
            events.PY_RESUME: self._started,
            events.LINE: self._line,
            events.PY_RETURN: self._returned,
            events.PY_YIELD: self._yielded,
        }
        everywhere = {events.PY_UNWIND: self._unwound, events.RAISE: self._raised, events.PY_THROW: self._thrown}
        self.monitoring.use_tool_id(TOOL, "nbrepro")
        for event, told in {**local, **everywhere}.items():
            self.monitoring.register_callback(TOOL, event, told)
        self.watched = sum(local)
        for code in self.scopes:
            self.monitoring.set_local_events(TOOL, code, self.watched)
        self.monitoring.set_events(TOOL, sum(everywhere))

    def add(self, plan: Plan) -> types.CodeType:
        """The code of another file, whose functions are to be recorded as well."""
        known = set(self.scopes)
        code: types.CodeType = super().add(plan)
        for new in set(self.scopes) - known if self.watched else ():
            self.monitoring.set_local_events(TOOL, new, self.watched)
        return code

    def stop(self) -> None:
        """Watch no longer; the program goes on."""
        self.watched = 0
        self.monitoring.set_events(TOOL, 0)
        for code in self.scopes:
            self.monitoring.set_local_events(TOOL, code, 0)

    def _started(self, code: types.CodeType, offset: int) -> None:
        self.begin(sys._getframe(1), self.scopes[code])

    def _line(self, code: types.CodeType, line: int) -> None:
        self.line(sys._getframe(1), line)

    def _returned(self, code: types.CodeType, offset: int, value: Any) -> None:
        self.returned(sys._getframe(1), value)

    def _yielded(self, code: types.CodeType, offset: int, value: Any) -> None:
        self.suspended(sys._getframe(1), value)

    def _raised(self, code: types.CodeType, offset: int, exception: BaseException) -> None:
        if code in self.scopes:
            self.raised(sys._getframe(1), exception)

    def _thrown(self, code: types.CodeType, offset: int, exception: BaseException) -> None:
        if code in self.scopes:
            self.begin(sys._getframe(1), self.scopes[code])

    def _unwound(self, code: types.CodeType, offset: int, exception: BaseException) -> None:
        if code in self.scopes:
            self.unwound(sys._getframe(1), exception)
