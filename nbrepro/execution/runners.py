"""Which kind of kernel runs a task: a started one, or one that a warm server has forked."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from nbrepro.execution import kernel_runner
from nbrepro.execution.fork_safety import reasons_against_fork
from nbrepro.execution.interpreters import FIRST_FORKED, minor_version
from nbrepro.execution.launches import Launch
from nbrepro.execution.progress import Runner
from nbrepro.execution.tasks import Observed, Task
from nbrepro.model import Step


def run(task: Task, runner: Runner, language: str) -> tuple[Observed, Runner, tuple[str, ...]]:
    """Run a task; gives what it showed, how it was run, and why this was not by a fork where it could have been."""
    if runner is Runner.KERNEL:
        return kernel_runner.run(task), Runner.KERNEL, ()
    reasons = _against_fork(task.launch, task.steps, runner, language)
    if not reasons:
        from nbrepro.execution import forked_runner
        from nbrepro.execution.forked_servers import ServerProblem

        try:
            return forked_runner.run(task, forked_runner.warmth_of(task.launch, task.steps)), Runner.FORK, ()
        except ServerProblem as problem:
            reasons = (str(problem),)
    return kernel_runner.run(task), Runner.KERNEL, reasons


def await_server(launch: Launch, steps: Sequence[Step], runner: Runner, language: str) -> None:
    """Where another run starts the server that these steps need: wait for it, and let other runs work meanwhile."""
    if runner is Runner.KERNEL or impossible(launch):
        return
    from nbrepro.execution.forked_runner import warmth_of
    from nbrepro.execution.forked_servers import await_start, is_starting

    warmth = warmth_of(launch, steps)
    # The whole text is searched for hazards, which takes longer than all of this, and `run` does it anyway.
    if is_starting(warmth) and not _against_fork(launch, steps, runner, language):
        await_start(warmth)


def impossible(launch: Launch) -> tuple[str, ...]:
    """Why no process can be forked for this kernel, whatever the notebook does."""
    if not sys.platform.startswith("linux"):
        return (f"forked kernels need Linux; this is {sys.platform}",)
    if "ipykernel_launcher" not in launch.arguments:
        return ("only ipykernel can be forked; this notebook has another kernel",)
    if launch.python_version and minor_version(launch.python_version) < FIRST_FORKED:
        return (f"forked kernels need Python 3.6; this is {launch.python_version}",)
    if launch.arguments[1] != "-m":
        return (f"its Python is started with options: {launch.arguments[1]}",)
    return ()


def _against_fork(launch: Launch, steps: Sequence[Step], runner: Runner, language: str) -> tuple[str, ...]:
    """Why no process is forked: it can't be, or could show other outputs than a started kernel, as far as is known before the run."""
    reasons = impossible(launch)
    if reasons or runner is not Runner.AUTO:
        return reasons
    return reasons_against_fork([step.source for step in steps], language, launch.arguments[0])
