"""Reading and running one notebook: what `check` and `run` have in common."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

from nbrepro.commands.options import ExecutionOptions
from nbrepro.errors import UnreadableNotebookError
from nbrepro.execution import Environment, execute
from nbrepro.execution import Progress as StepProgress
from nbrepro.model import Execution
from nbrepro.notebooks import Document, read
from nbrepro.reports.listeners import Progress
from nbrepro.reports.results import NotebookResult


def read_or_problem(path: Path) -> Document | NotebookResult:
    """The notebook, or the result that says why it can't be read: other notebooks of the call go on."""
    try:
        return read(path)
    except UnreadableNotebookError as error:
        return NotebookResult(path=str(path), verdict=None, problem=str(error), problem_slug=error.slug)


def observe(
    document: Document,
    options: ExecutionOptions,
    environment: Environment | None,
    *,
    isolate: bool,
    stop: threading.Event,
    progress: Progress,
) -> Execution:
    """Run the notebook in the environment, or in one of its own where that is None, and tell the progress of it."""
    path = document.path
    total = document.saved_execution().runnable
    progress.notebook_started(path, total)

    def tell(event: StepProgress) -> None:
        progress.step(path, event.position)

    run = partial(
        execute,
        document,
        limits=options.limits,
        order=options.order,
        keep_going=options.keep_going,
        isolate=isolate,
        on_progress=tell,
        stop=stop,
        runner=options.runner,
    )
    if environment is not None:
        return run(environment=environment)
    from nbrepro.commands.own_environment import in_its_own_environment

    return in_its_own_environment(document, run, options.wanted(), on_progress=partial(progress.preparing, path))
