"""`nbrepro run`: re-execute notebooks and write the executed ones."""

from __future__ import annotations

import argparse
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbrepro.commands.batch import process_all
from nbrepro.commands.options import ExecutionOptions, execution_options_of
from nbrepro.commands.rerun import observe, read_or_problem
from nbrepro.commands.selection import common_folder, select
from nbrepro.errors import ConversionError, RequestError
from nbrepro.execution import parameterized, parse_parameter
from nbrepro.model import Execution
from nbrepro.notebooks import Document, executed, write
from nbrepro.reports.listeners import Progress, Silence
from nbrepro.reports.results import NotebookResult, Report

DEFAULT_FOLDER = "executed"


def run(
    *paths: str | os.PathLike[str],
    parameters: Mapping[str, Any] | None = None,
    output_directory: str | os.PathLike[str] | None = None,
    in_place: bool = False,
    options: ExecutionOptions | None = None,
    progress: Progress | None = None,
) -> Report:
    """Re-execute notebooks and write the executed ones.

    Args:
        paths: notebooks, or folders that are searched for notebooks.
        parameters: values for the notebook's parameter cell, by papermill's rules; needs the extra `papermill`.
        output_directory: where the executed notebooks go, each with its place below the folder that holds them all.
            None writes nothing, unless `in_place`.
        in_place: write over the original, and only if the run reached its end: a failed run would lose saved outputs.
        options: environment, order, limits; None takes the defaults.
        progress: who wants to hear how the work goes on.

    Returns:
        A report with an execution for every notebook; `output_path` says where it was written.

    Raises:
        RequestError: no path is given, a folder holds no notebook, or the environment can't be used.
    """
    options = options or ExecutionOptions()
    progress = progress or Silence()
    chosen = select(paths)
    environment = options.resolve_environment()
    isolate = options.isolates(len(chosen))
    targets = _targets(chosen, output_directory, in_place=in_place)

    def run_one(path: Path, stop: threading.Event) -> NotebookResult:
        began = time.perf_counter()
        document = read_or_problem(path)
        if isinstance(document, NotebookResult):
            return document
        subject = parameterized(document, parameters) if parameters else document
        execution = observe(subject, options, environment, isolate=isolate, stop=stop, progress=progress)
        written, problem = _written(subject, execution, targets.get(path), in_place=in_place)
        return NotebookResult(
            path=str(path),
            verdict=None,
            execution=execution,
            problem=problem,
            problem_slug=ConversionError.slug if problem else None,
            repairs=document.repairs,
            output_path=written,
            seconds=time.perf_counter() - began,
        )

    return Report(notebooks=process_all(chosen, run_one, jobs=options.jobs, progress=progress), verb="run")


def _targets(chosen: tuple[Path, ...], output_directory: str | os.PathLike[str] | None, *, in_place: bool) -> dict[Path, Path]:
    if in_place:
        return {path: path for path in chosen}
    if output_directory is None:
        return {}
    folder = Path(output_directory)
    if folder.exists() and not folder.is_dir():
        raise RequestError(f"--output-dir {folder}: this is a file; name a folder")
    root = common_folder(chosen)
    targets = {path: folder / path.absolute().relative_to(root) for path in chosen}
    if any(target.absolute() == path.absolute() for path, target in targets.items()):
        raise RequestError(f"--output-dir {folder}: this would write over the originals; name another folder, or say --in-place")
    return targets


def _written(document: Document, execution: Execution, target: Path | None, *, in_place: bool) -> tuple[str | None, str | None]:
    """Where the executed notebook was written, and what went wrong; nothing ran, nothing is written."""
    if target is None or not execution.ran:
        return None, None
    if in_place and execution.failure is not None:
        return None, "not written in place: the run did not reach its end, and the saved outputs would be lost"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write(executed(document, execution), target)
    except (ConversionError, OSError) as error:
        return None, f"{target}: could not be written: {error}"
    return str(target), None


def perform(arguments: argparse.Namespace, progress: Progress | None = None) -> Report:
    """`run` for parsed arguments."""
    return run(
        *arguments.paths,
        parameters={name: parse_parameter(value) for name, value in arguments.parameters},
        output_directory=None if arguments.in_place else arguments.output_dir or DEFAULT_FOLDER,
        in_place=arguments.in_place,
        options=execution_options_of(arguments),
        progress=progress,
    )
