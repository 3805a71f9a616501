"""Runs many small programs in processes of a target interpreter, each program in a fork with limits of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Any

from nbrepro.errors import NbreproError
from nbrepro.simulation.programs import Outcome, Program, RunLimits

EVALUATOR = Path(__file__).parent.parent / "agent" / "evaluator.py"
QUIET = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""Threads take memory and time that a small program is not given."""
KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR")


def run_programs(
    programs: Sequence[Program],
    statements: Mapping[str, Sequence[str]] | None = None,
    *,
    python: str | None = None,
    limits: RunLimits | None = None,
    processes: int | None = None,
) -> dict[str, Outcome]:
    """Call every program, and run further statements (by task) in its names; what became of each, by task.

    Args:
        programs: what is called.
        statements: for a task, statements such as `assert f(1) == 2`; each runs in a fork of its own.
        python: the interpreter; None for the one that runs nbrepro.
        limits: of each call and statement.
        processes: how many run at a time; None for one for each core.

    Raises:
        NbreproError: the interpreter can't be started, or ended before its work was done.
    """
    wanted = limits or RunLimits()
    requests = [_request(program, (statements or {}).get(program.task, ()), wanted) for program in programs]
    count = max(1, min(processes or os.cpu_count() or 1, len(requests)))
    shares = [requests[start::count] for start in range(count)]
    with ThreadPoolExecutor(count) as pool:
        answered = list(pool.map(lambda share: _serve(python or sys.executable, share), shares))
    ordered = {program.task: program for share in (programs[start::count] for start in range(count)) for program in share}
    outcomes = zip(ordered, chain.from_iterable(answered), chain.from_iterable(shares), strict=True)
    return {task: _outcome(answer, request["statements"]) for task, answer, request in outcomes}


def _request(program: Program, statements: Sequence[str], limits: RunLimits) -> dict[str, Any]:
    return {
        "setup": program.setup,
        "code": program.code,
        "call": program.call,
        "statements": list(dict.fromkeys(statements)),
        "seconds": limits.seconds,
        "memory": limits.memory_bytes or 0,
    }


def _serve(python: str, requests: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The answers of one process; it knows nothing of our variables and stands in an empty folder."""
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                [python, "-I", str(EVALUATOR)],
                input=lines,
                capture_output=True,
                text=True,
                encoding="utf-8",
                cwd=folder,
                env=bare_variables(folder),
                check=False,
            )
        except OSError as error:
            raise NbreproError(f"{python} can't be started: {error}") from error
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if len(answers) != len(requests):
        raise NbreproError(f"{python} answered {len(answers)} of {len(requests)} programs: {done.stderr.strip()[-300:]}")
    return answers


def bare_variables(folder: str) -> dict[str, str]:
    """The environment variables of a process that shall know nothing of ours, and whose home is a folder of its own."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return {**kept, "PYTHONHASHSEED": "0", "HOME": folder, **QUIET}


def _outcome(answer: Mapping[str, Any], statements: Sequence[str]) -> Outcome:
    problem = _pair(answer["problem"])
    outcomes = [None if outcome == "passed" else _pair(outcome) for outcome in answer["outcomes"]]
    if len(outcomes) < len(statements):  # the program itself could not be defined
        outcomes = [problem] * len(statements)
    return Outcome(answer["value"], bool(answer["literal"]), problem, dict(zip(statements, outcomes, strict=True)))


def _pair(problem: Sequence[str] | None) -> tuple[str, str] | None:
    return (problem[0], problem[1]) if problem else None
