"""`nbrepro diff`: compare the saved outputs of two notebooks, or of two folders of notebooks. Nothing is run."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

from nbrepro.commands.options import settings_of
from nbrepro.commands.rerun import read_or_problem
from nbrepro.commands.selection import select
from nbrepro.comparison import compare_notebooks
from nbrepro.comparison.settings import Settings
from nbrepro.errors import RequestError
from nbrepro.model import NotebookVerdict
from nbrepro.reports.listeners import Progress, Silence
from nbrepro.reports.results import NotebookResult, Report


def diff(
    expected: str | os.PathLike[str],
    observed: str | os.PathLike[str],
    *,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Report:
    """Compare two notebooks whose cells may have moved or changed, or two folders notebook by notebook.

    Notebooks of two folders belong together where they have the same path below them; one that only one folder has is
    a result that says so.

    Raises:
        RequestError: a path doesn't exist, one is a folder and the other a file, or a folder holds no notebook.
    """
    settings = settings or Settings()
    progress = progress or Silence()
    first, second = Path(expected), Path(observed)
    for path in (first, second):
        if not path.exists():
            raise RequestError(f"{path}: there is no such file or folder")
    if first.is_dir() != second.is_dir():
        raise RequestError(f"{first} and {second}: compare two notebooks or two folders, not one with the other")
    results = _diff_folders(first, second, settings, progress) if first.is_dir() else (_diff_files(first, second, settings, progress),)
    return Report(notebooks=results, verb="diff", settings=settings)


def _diff_folders(first: Path, second: Path, settings: Settings, progress: Progress) -> tuple[NotebookResult, ...]:
    ours = {path.relative_to(first): path for path in select([first])}
    theirs = {path.relative_to(second): path for path in select([second])}
    return tuple(
        _diff_files(ours[name], theirs[name], settings, progress, name=str(name))
        if name in ours and name in theirs
        else _only_in(first if name in ours else second, name)
        for name in sorted(ours.keys() | theirs.keys())
    )


def _only_in(folder: Path, name: Path) -> NotebookResult:
    return NotebookResult(path=str(name), verdict=NotebookVerdict.DIFFERS, problem=f"only in {folder}", problem_slug="only-in-one-folder")


def _diff_files(first: Path, second: Path, settings: Settings, progress: Progress, name: str = "") -> NotebookResult:
    began = time.perf_counter()
    expected, observed = read_or_problem(first), read_or_problem(second)
    if isinstance(expected, NotebookResult):
        return expected
    if isinstance(observed, NotebookResult):
        return observed
    comparison = compare_notebooks(expected.saved_execution(), observed.saved_execution(), settings)
    result = NotebookResult(
        path=name or str(second),
        verdict=comparison.verdict,
        comparison=comparison,
        repairs=expected.repairs + observed.repairs,
        seconds=time.perf_counter() - began,
    )
    progress.notebook_finished(result)
    return result


def perform(arguments: argparse.Namespace, progress: Progress | None = None) -> Report:
    """`diff` for parsed arguments."""
    return diff(arguments.expected, arguments.observed, settings=settings_of(arguments), progress=progress)
