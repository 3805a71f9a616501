"""Running programs in a target interpreter and reading their traces."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any

import nbrepro.agent
from nbrepro.errors import RequestError
from nbrepro.model.trace import Trace
from nbrepro.traces.programs import Program, TraceLimits
from nbrepro.traces.reading import read

TRACER = Path(nbrepro.agent.__file__).with_name("tracer.py")
FIELDS = ("source", "filename", "entry", "prelude", "stdin", "folder", "name")
GRACE_SECONDS = 30.0
"""What a program may wait, besides computing."""


class Backend(StrEnum):
    """How a program is watched. All give equal traces."""

    INSTRUMENTED = "instrumented"
    """Calls are written into its syntax tree."""
    MONITORING = "monitoring"
    """`sys.monitoring`, Python 3.12 on."""
    SETTRACE = "settrace"
    """`sys.settrace`: slow, and what the others are held against."""


def trace(
    program: Program,
    *,
    python: str | os.PathLike[str] = sys.executable,
    backend: Backend = Backend.INSTRUMENTED,
    limits: TraceLimits | None = None,
) -> Trace:
    r"""Run a program in a child process and give its trace. What the program raises is part of the trace.

    Args:
        program: what is run.
        python: the interpreter to run it with, 3.6 or newer.
        backend: how it is watched.
        limits: how much is kept; the defaults of `TraceLimits` without it.

    Raises:
        RequestError: the interpreter can't run the tracer, or not with this backend; the program is no Python for it.

    >>> found = trace(Program.of_call("def f(x):\n    return x + 1", "f(2)"))
    >>> found.returned(found.frames("f")[0])
    3
    """
    return trace_many([program], python=python, backend=backend, limits=limits)[0]


def trace_many(
    programs: Sequence[Program],
    *,
    python: str | os.PathLike[str] = sys.executable,
    backend: Backend = Backend.INSTRUMENTED,
    limits: TraceLimits | None = None,
) -> list[Trace]:
    """Run programs one after another, each in a forked child of one interpreter.

    Raises:
        RequestError: as for `trace`.
    """
    requests = [{name: getattr(program, name) for name in FIELDS} for program in programs]
    return [read(text) for text in run_tracer(requests, python=python, backend=str(backend), limits=limits or TraceLimits())]


def run_tracer(
    requests: Sequence[dict[str, Any]],
    *,
    python: str | os.PathLike[str],
    backend: str | None,
    limits: TraceLimits,
    variables: Mapping[str, str] | None = None,
    working_folder: str = "",
) -> list[str]:
    """What the tracer writes for each of some requests; without `variables` and `working_folder`, those of the caller are taken.

    Raises:
        RequestError: as for `trace`.
    """
    with tempfile.TemporaryDirectory(prefix="nbrepro-trace-") as folder:
        places = [Path(folder, f"{number}.jsonl") for number in range(len(requests))]
        request = {
            "programs": [{**each, "to": str(place)} for each, place in zip(requests, places, strict=True)],
            "backend": backend,
            "limits": limits.as_request(),
            "seconds": limits.seconds,
            "waiting": limits.seconds + GRACE_SECONDS,
            "megabytes": limits.megabytes,
        }
        file = Path(folder, "request.json")
        file.write_text(json.dumps(request), encoding="utf-8")
        _run([os.fspath(python), str(TRACER), str(file)], Path(folder, "told"), variables, working_folder)
        return [place.read_text(encoding="utf-8", errors="surrogatepass") for place in places]


def _run(command: list[str], told: Path, variables: Mapping[str, str] | None, folder: str) -> None:
    """Run the tracer, which keeps the time of its programs itself; what they have started ends with it."""
    null = subprocess.DEVNULL
    with told.open("w", encoding="utf-8") as errors:
        try:
            child = subprocess.Popen(
                command, stdin=null, stdout=null, stderr=errors, env=variables, cwd=folder or None, start_new_session=True
            )
        except OSError as error:
            raise RequestError(f"{command[0]} can't be run: {error}") from error
        try:
            status = child.wait()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
    if status:
        said = told.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["it said nothing"]
        raise RequestError(f"{command[0]} can't trace this: {said[-1]}")
