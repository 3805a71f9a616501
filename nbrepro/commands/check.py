"""`nbrepro check`: does a notebook still give the outputs that are saved in it?"""

from __future__ import annotations

import argparse
import os
import threading
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

from nbrepro.causes.steadiness import unsteady_steps
from nbrepro.commands.batch import process_all
from nbrepro.commands.options import ExecutionOptions, execution_options_of, settings_of
from nbrepro.commands.rerun import observe, read_or_problem
from nbrepro.commands.selection import select
from nbrepro.comparison import compare
from nbrepro.comparison.settings import Settings
from nbrepro.execution import Runner
from nbrepro.model import Comparison, Execution, NotebookVerdict
from nbrepro.reports.listeners import Progress, Silence
from nbrepro.reports.results import NotebookResult, Report


def check(
    *paths: str | os.PathLike[str],
    options: ExecutionOptions | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Report:
    """Re-execute notebooks and compare the outputs with the saved ones.

    Args:
        paths: notebooks, or folders that are searched for notebooks.
        options: environment, order, limits; None takes the defaults (`ExecutionOptions()`).
        settings: tolerances and normalizations of the comparison; None takes the defaults.
        progress: who wants to hear how the work goes on.

    Returns:
        A report with a verdict for every notebook, step and output. A file that can't be read is a result, too.

    Raises:
        RequestError: no path is given, a folder holds no notebook, or the environment can't be used.
    """
    options = options or ExecutionOptions()
    settings = settings or Settings()
    progress = progress or Silence()
    chosen = select(paths)
    environment = options.resolve_environment()
    isolate = options.isolates(len(chosen))

    def check_one(path: Path, stop: threading.Event) -> NotebookResult:
        began = time.perf_counter()
        document = read_or_problem(path)
        if isinstance(document, NotebookResult):
            return document
        run = partial(observe, document, environment=environment, isolate=isolate, stop=stop, progress=progress)
        expected = document.saved_execution()
        execution = run(options if isolate else _repeatable(options))
        comparison = compare(expected, execution, settings)
        unsteady = None
        if _is_doubtful(options, execution, comparison) and not stop.is_set():
            first, execution = execution, _noted(run(replace(options, runner=Runner.KERNEL)), comparison.verdict)
            comparison = compare(expected, execution, settings)
            unsteady = frozenset(unsteady_steps(first, execution, settings))
        return NotebookResult(
            path=str(path),
            verdict=comparison.verdict,
            comparison=comparison,
            execution=execution,
            repairs=document.repairs,
            seconds=time.perf_counter() - began,
            unsteady=unsteady,
        )

    results = process_all(chosen, check_one, jobs=options.jobs, progress=progress)
    return Report(notebooks=results, verb="check", settings=settings)


def _repeatable(options: ExecutionOptions) -> ExecutionOptions:
    """Options for a run in the folder itself, which a second run would not find as the first one did: it must be the right one."""
    return replace(options, runner=Runner.KERNEL) if options.runner is Runner.AUTO else options


def _is_doubtful(options: ExecutionOptions, execution: Execution, comparison: Comparison) -> bool:
    """Whether a difference may come from the fork: it is reported only where a started kernel shows it, too."""
    agrees = comparison.verdict.is_reproduced or comparison.verdict is NotebookVerdict.NOTHING_TO_COMPARE
    return options.runner is Runner.AUTO and execution.runner == Runner.FORK and not agrees


def _noted(execution: Execution, forked: NotebookVerdict) -> Execution:
    note = f"run again with a started kernel, as the outputs of a forked one did not agree ({forked})"
    return replace(execution, notes=(*execution.notes, note))


def perform(arguments: argparse.Namespace, progress: Progress | None = None) -> Report:
    """`check` for parsed arguments."""
    return check(*arguments.paths, options=execution_options_of(arguments), settings=settings_of(arguments), progress=progress)
