"""`nbrepro trace`: what a program, a test or the cells of a notebook really do."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbrepro.commands.destinations import check_writable
from nbrepro.errors import RequestError
from nbrepro.execution.progress import Order
from nbrepro.notebooks.writing import write_atomically
from nbrepro.traces import Backend, Program, TraceLimits, plain_cell, trace, written
from nbrepro.traces.testing import is_test, trace_test
from nbrepro.traces.views import TraceView

if TYPE_CHECKING:
    from nbrepro.traces.notebook_views import NotebookView, RunsView

    View = TraceView | NotebookView | RunsView

SECONDS = 20.0
"""CPU time of a program, where no other limit is given."""
PAGE = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Trace</title><body>{}</body></html>\n'


def perform(arguments: argparse.Namespace, cell: str | None = None, namespace: dict[str, Any] | None = None) -> View:
    """Run and trace what is named: a file, a test, a notebook, or the text of a cell.

    Args:
        arguments: what was asked for.
        cell: the text of a cell, or a call; it runs in a process of its own, with `--here` in the notebook itself.
        namespace: the variables of the notebook, where one is running.

    Raises:
        NbreproError: it can't be read, or the interpreter can't trace it.
    """
    check_writable(arguments)
    if arguments.here and (cell is None or namespace is None):
        raise RequestError("--here: only a cell of a running notebook can be traced there: %%nbrepro trace --here")
    is_notebook = cell is None and arguments.file.lower().endswith(".ipynb")
    if arguments.compare_orders and not is_notebook:
        raise RequestError("--compare-orders: only a notebook has orders; name one: nbrepro trace NOTEBOOK.ipynb --compare-orders")
    view = _notebook(arguments) if is_notebook else _in_the_notebook(arguments, cell, namespace) or _program(arguments, cell)
    if arguments.html:
        _write(arguments.html, PAGE.format(view.as_html()))
    if arguments.json and arguments.json != "-":
        _write(arguments.json, _as_json(view))
    return view


def _notebook(arguments: argparse.Namespace) -> NotebookView | RunsView:
    from nbrepro.commands.options import default_environment
    from nbrepro.commands.trace_notebook import NOTEBOOK_SECONDS, NotebookRequest, compare_orders, trace_notebook

    request = NotebookRequest(
        environment=arguments.python or arguments.env or default_environment(),
        order=Order(arguments.order),
        keep_going=arguments.keep_going,
        isolate=arguments.isolate,
        backend=Backend(arguments.backend) if arguments.backend else None,
        limits=_limits(arguments, NOTEBOOK_SECONDS),
    )
    return compare_orders(arguments.file, request) if arguments.compare_orders else trace_notebook(arguments.file, request)


def _in_the_notebook(arguments: argparse.Namespace, cell: str | None, namespace: dict[str, Any] | None) -> TraceView | None:
    if not arguments.here or cell is None or namespace is None:
        return None
    from nbrepro.commands import trace_here

    return trace_here.perform(arguments, cell, namespace)


def _program(arguments: argparse.Namespace, cell: str | None) -> TraceView:
    backend, limits = Backend(arguments.backend or Backend.INSTRUMENTED), _limits(arguments, SECONDS)
    python = arguments.python or sys.executable
    if cell is None and is_test(arguments.file):
        return TraceView(trace_test(arguments.file, python=python, backend=backend, limits=limits))
    if cell is None:
        return TraceView(trace(_of_file(arguments.file), python=python, backend=backend, limits=limits))
    plain = plain_cell(cell)
    return TraceView(trace(Program(plain.python, "<cell>"), python=python, backend=backend, limits=limits), notes=plain.notes)


def _limits(arguments: argparse.Namespace, seconds: float) -> TraceLimits:
    return TraceLimits(events=arguments.steps, per_site=arguments.per_statement, seconds=arguments.seconds or seconds)


def _of_file(named: str) -> Program:
    path, _, call = named.partition("::")
    if not path:
        raise RequestError("which program? Name a Python file, a test or a notebook: nbrepro trace program.py::f(3)")
    program = Program.of_script(path)
    if not call:
        return program
    return Program(f"{program.source.rstrip()}\n\n{call}\n", program.filename, call, folder=program.folder)


def show(view: View, arguments: argparse.Namespace) -> int:
    """Print what was found, as JSON where that was asked for; gives the exit status."""
    if arguments.json == "-":
        sys.stdout.write(_as_json(view))
    else:
        print(view)
    return view.exit_status


def _as_json(view: View) -> str:
    return written(view.trace) if isinstance(view, TraceView) else json.dumps(view.as_json(), indent=1) + "\n"


def _write(target: str, text: str) -> None:
    try:
        write_atomically(Path(target), text.encode("utf-8", "surrogatepass"))
    except OSError as error:
        raise RequestError(f"{target}: could not be written: {error.strerror or error}") from error
