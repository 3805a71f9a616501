"""`nbrepro check`: does a notebook still give the outputs that are saved in it?"""

from __future__ import annotations

import argparse
import os
import threading
import time
from pathlib import Path

from nbrepro.commands.batch import Progress, Silence, process_all
from nbrepro.commands.options import ExecutionOptions, execution_options_of, settings_of
from nbrepro.commands.rerun import observe, read_or_problem
from nbrepro.commands.selection import select
from nbrepro.comparison import compare
from nbrepro.comparison.settings import Settings
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
        execution = observe(document, options, environment, isolate=isolate, stop=stop, progress=progress)
        comparison = compare(document.saved_execution(), execution, settings)
        return NotebookResult(
            path=str(path),
            verdict=comparison.verdict,
            comparison=comparison,
            execution=execution,
            repairs=document.repairs,
            seconds=time.perf_counter() - began,
        )

    results = process_all(chosen, check_one, jobs=options.jobs, progress=progress)
    return Report(notebooks=results, verb="check", settings=settings)


def perform(arguments: argparse.Namespace, progress: Progress | None = None) -> Report:
    """`check` for parsed arguments."""
    return check(*arguments.paths, options=execution_options_of(arguments), settings=settings_of(arguments), progress=progress)
