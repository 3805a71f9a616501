"""One test of pytest, recorded while it runs: the test function, and what it calls of its project."""

import importlib.util
import json
import os
import signal
import sys
from typing import Any, Dict, Iterator, List

from tracer_objects import message_of, name_of
from tracer_project import Finder, Recorder
from tracer_run import TimeIsUpError, catch_time, end_event

OPTIONS = ("-q", "-s", "--tb=short", "--no-header")
FOR_PLUGINS = {"xdist": ("-n0",), "pytest_cov": ("--no-cov",)}
"""Options that keep plugins out of the way: those run tests elsewhere, or watch them, too."""


def run_test(program: Dict[str, Any], backend: str, limits: Dict[str, Any]) -> Iterator[str]:
    """The lines of the trace of a test; one with a `problem` where there is no such test."""
    try:
        import pytest
    except ImportError as error:
        yield _problem("pytest can't be imported: %s" % error)
        return
    sys.dont_write_bytecode = True
    recorder = Recorder(backend, limits)
    _mark(pytest)
    plugin = Plugin(recorder, Finder(recorder, program["project"]), program["seconds"])
    cache = os.path.join(os.path.dirname(program["to"]), "cache")
    options = [option for module, options in FOR_PLUGINS.items() if importlib.util.find_spec(module) for option in options]
    old = catch_time()
    pytest.main([program["test"], *OPTIONS, *options, "-o", "cache_dir=" + cache], plugins=[plugin])
    old()
    if plugin.problems or len(plugin.names) != 1:
        yield _problem("; ".join(plugin.problems) or _wanted_one(program["test"], plugin.names))
        return
    yield from recorder.lines(plugin.names[0], plugin.end or end_event("ok", None, None))


def _problem(text: str) -> str:
    return json.dumps({"problem": text})


def _wanted_one(asked: str, names: List[str]) -> str:
    if not names:
        return "pytest finds no test of the name %s" % asked
    return "%s stands for %d tests; name one of them: %s" % (asked, len(names), ", ".join(names[:10]))


class Plugin:
    """Records the one test that is run."""

    def __init__(self, recorder: Recorder, finder: Finder, seconds: float) -> None:
        self.recorder = recorder
        self.finder = finder
        self.seconds = seconds
        self.names: List[str] = []
        self.problems: List[str] = []
        self.end: Dict[str, Any] = {}

    def pytest_load_initial_conftests(self) -> None:
        """Before pytest's own finder, which would rewrite assertions."""
        sys.meta_path.insert(0, self.finder)

    def pytest_collectreport(self, report: Any) -> None:
        """Note what can't be read."""
        if report.failed:
            self.problems.append("pytest can't read %s: %s" % (report.nodeid, _last_line(report.longreprtext)))

    def pytest_collection_modifyitems(self, items: List[Any]) -> None:
        """Of several tests none is run."""
        self.names = [item.nodeid for item in items]
        if len(items) != 1:
            items[:] = []

    def pytest_runtest_setup(self) -> Iterator[None]:
        """Fixtures are made."""
        outcome = yield
        self._note(outcome.excinfo and outcome.excinfo[1])

    def pytest_runtest_call(self) -> Iterator[None]:
        """The test itself."""
        signal.setitimer(signal.ITIMER_PROF, self.seconds)
        self.recorder.start()
        outcome = yield
        self.recorder.stop()
        self._note(outcome.excinfo and outcome.excinfo[1])

    def _note(self, exception: Any) -> None:
        if exception is not None:
            status = {TimeIsUpError: "timeout", SystemExit: "exit", MemoryError: "memory"}.get(type(exception), "error")
            self.end = end_event(status, name_of(type(exception)), message_of(exception))


def _mark(pytest: Any) -> None:
    """Say to pytest when the plugin is to be asked, as only the interpreter's own can be told."""
    pytest.hookimpl(tryfirst=True)(Plugin.pytest_load_initial_conftests)
    pytest.hookimpl(hookwrapper=True)(Plugin.pytest_runtest_setup)
    pytest.hookimpl(hookwrapper=True, trylast=True)(Plugin.pytest_runtest_call)


def _last_line(text: str) -> str:
    return ([line for line in text.splitlines() if line.strip()] or [""])[-1]
