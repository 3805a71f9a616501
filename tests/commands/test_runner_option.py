"""`--runner`: what is forked, and that a difference is never reported on the word of a forked kernel alone."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from harness import Example, code, result

from nbrepro.causes import Certainty
from nbrepro.commands.check import check
from nbrepro.commands.options import ExecutionOptions
from nbrepro.execution import Runner
from nbrepro.model import NotebookVerdict

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="forked kernels need Linux")]

MANY_THREADS = "import os\nlen(os.listdir(os.path.join('/proc', str(os.getpid()), 'task'))) > 5"
"""True in a started kernel, whose sockets have threads of their own, and not in a forked one."""


def checked(folder: Path, source: str, saved: str, *, isolate: bool = True) -> tuple[NotebookVerdict | None, str, tuple[str, ...]]:
    """The verdict of a notebook with one cell, how it was run in the end, and the notes."""
    path = Example(cells=[code(source, result(saved), count=1)]).write(folder)
    options = ExecutionOptions(environment="current", isolate=isolate, runner=Runner.AUTO)
    (found,) = check(path, options=options).notebooks
    assert found.execution is not None
    return found.verdict, found.execution.runner, found.execution.notes


def test_what_agrees_is_forked(tmp_path: Path) -> None:
    assert checked(tmp_path, "6 * 7", "42") == (NotebookVerdict.REPRODUCED, "fork", ())


@pytest.mark.parametrize(
    ("source", "saved", "verdict"),
    [(MANY_THREADS, "True", NotebookVerdict.REPRODUCED), ("6 * 7", "43", NotebookVerdict.DIFFERS)],
    ids=["only the fork differs", "differs in truth"],
)
def test_what_differs_is_run_again_by_a_started_kernel(tmp_path: Path, source: str, saved: str, verdict: NotebookVerdict) -> None:
    found, runner, notes = checked(tmp_path, source, saved)
    assert (found, runner) == (verdict, "kernel")
    assert notes == ("run again with a started kernel, as the outputs of a forked one did not agree (differs)",)


def test_what_could_not_be_repeated_is_not_forked(tmp_path: Path) -> None:
    assert checked(tmp_path, "6 * 7", "42", isolate=False) == (NotebookVerdict.REPRODUCED, "kernel", ())


def test_what_two_runs_disagree_in_is_told_as_a_cause(tmp_path: Path) -> None:
    path = Example(cells=[code("import random\nrandom.random()", result("0.5"), count=1), code("6 * 7", result("43"), count=2)]).write(
        tmp_path
    )
    (found,) = check(path, options=ExecutionOptions(environment="current", isolate=True, runner=Runner.AUTO)).notebooks
    assert found.unsteady == {0}
    random, other = found.causes
    assert (random.slug, random.certainty) == ("unseeded-randomness", Certainty.STATED)
    assert ("run twice", "two runs in the same environment disagree here") in random.evidence
    assert ("run twice", "two runs in the same environment agree") in other.evidence
    (started,) = check(path, options=ExecutionOptions(environment="current", isolate=True, runner=Runner.KERNEL)).notebooks
    assert started.unsteady is None
