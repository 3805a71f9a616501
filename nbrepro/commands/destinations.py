"""Where reports are written: asked for before the work, so that a bad path costs nothing."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from nbrepro.errors import RequestError
from nbrepro.notebooks.writing import write_atomically

if TYPE_CHECKING:
    from nbrepro.reports.results import Report

STANDARD_OUTPUT = "-"
_WRITERS = {
    "json": "nbrepro.reports.json_report:as_json",
    "html": "nbrepro.reports.html:as_html",
    "junit": "nbrepro.reports.junit:as_junit",
    "markdown": "nbrepro.reports.markdown:as_markdown",
}


def check_writable(arguments: argparse.Namespace) -> None:
    """Refuse a report that could not be written, before anything has run.

    Raises:
        RequestError: the folder of a report doesn't exist, the report is a folder or a notebook, or two reports have one target.
    """
    taken: dict[str, str] = {}
    for kind, target in _asked(arguments):
        check_target(kind, target)
        place = target if target == STANDARD_OUTPUT else str(Path(target).resolve())
        if place in taken:
            where = "standard output" if target == STANDARD_OUTPUT else "one file"
            raise RequestError(f"{taken[place]} and --{kind} {target}: {where} can't hold two reports; name another file")
        taken[place] = f"--{kind} {target}"


def check_target(kind: str, target: str) -> None:
    """Refuse a file that the option `--kind` names and that could not be written.

    Raises:
        RequestError: its folder doesn't exist, or it is a folder, or a notebook that would be lost (`--json *.ipynb`).
    """
    if target == STANDARD_OUTPUT:
        return
    path = Path(target)
    if not path.absolute().parent.is_dir():
        raise RequestError(f"--{kind} {target}: there is no folder {path.absolute().parent}; create it first")
    if path.is_dir():
        raise RequestError(f"--{kind} {target}: this is a folder; name a file")
    if path.suffix == ".ipynb" and path.exists():
        raise RequestError(f"--{kind} {target}: this notebook would be overwritten; name the report first, then the notebooks")


def write(report: Report, arguments: argparse.Namespace) -> None:
    """Write every report that was asked for; a file appears whole or not at all.

    Raises:
        RequestError: one could not be written; the others are there.
    """
    problems = []
    for kind, target in _asked(arguments):
        text = _writer(kind)(report)
        if target == STANDARD_OUTPUT:
            sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
            continue
        try:
            write_atomically(Path(target), text.encode("utf-8", "replace"))
        except (OSError, ValueError) as error:
            problems.append(f"--{kind} {target}: could not be written: {getattr(error, 'strerror', None) or error}")
    if problems:
        raise RequestError("; ".join(problems))


def writes_to_standard_output(arguments: argparse.Namespace) -> bool:
    """Whether a report goes to standard output, which then holds nothing else."""
    return any(target == STANDARD_OUTPUT for _, target in _asked(arguments))


def _asked(arguments: argparse.Namespace) -> Iterator[tuple[str, str]]:
    for kind in _WRITERS:
        target = getattr(arguments, kind, None)
        if target:
            yield kind, target


def _writer(kind: str) -> Callable[[Report], str]:
    module, _, name = _WRITERS[kind].partition(":")
    writer: Callable[[Report], str] = getattr(import_module(module), name)
    return writer
