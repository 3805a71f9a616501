"""Tests of pytest, traced in the interpreter that runs them."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

from nbrepro.errors import RequestError
from nbrepro.model.trace import Trace
from nbrepro.notebooks.projects import project_of
from nbrepro.traces.programs import TraceLimits
from nbrepro.traces.reading import read
from nbrepro.traces.running import Backend, run_tracer

_FILE = re.compile(r"(test_.*|.*_test)\.py")
_NAME = re.compile(r"\w+(::\w+)*(\[.*\])?", re.DOTALL)


def is_test(named: str) -> bool:
    """Whether something names a test as pytest does.

    >>> is_test("tests/test_a.py::test_b[1-x]"), is_test("a.py::f"), is_test("test_a.py::f(1)")
    (True, False, False)
    """
    path, _, name = named.partition("::")
    return bool(_FILE.fullmatch(Path(path).name)) and bool(_NAME.fullmatch(name))


def trace_test(
    named: str,
    *,
    python: str | os.PathLike[str] = sys.executable,
    backend: Backend = Backend.INSTRUMENTED,
    limits: TraceLimits | None = None,
) -> Trace:
    """Run one test with its fixtures by pytest, and give the trace of the test function and of what it calls of its project.

    The project is the folder that git keeps above the test, else the test's own folder. Fixtures run before the recording begins.
    Assertions are those of Python: pytest doesn't rewrite them.

    Args:
        named: as pytest does: `tests/test_a.py::test_b`, with the parameters where there are some: `test_b[1-x]`.
        python: the interpreter, which has pytest.
        backend: how it is watched.
        limits: how much is kept.

    Raises:
        RequestError: there is no such test, the name stands for several, or the interpreter has no pytest.
    """
    path, _, name = named.partition("::")
    place = Path(path).absolute()
    if not place.is_file():
        raise RequestError(f"{path}: expected a file of tests, found no file of this name")
    request = {"test": f"{place}::{name}", "project": str(project_of(place.parent))}
    (text,) = run_tracer([request], python=python, backend=str(backend), limits=limits or TraceLimits())
    first = json.loads(text.partition("\n")[0] or "{}")
    if "problem" in first:
        raise RequestError(f"{named}: {first['problem']}")
    return read(text)
