"""`nbrepro trace FILE`: what a program really does, statement by statement."""

from __future__ import annotations

import argparse
from pathlib import Path

from nbrepro.errors import RequestError
from nbrepro.traces import Backend, Program, TraceLimits, trace, written
from nbrepro.traces.views import TraceView


def perform(arguments: argparse.Namespace, cell: str | None = None) -> TraceView:
    """Run and trace the program: a file, or the text of a cell, which runs in a process of its own.

    Raises:
        RequestError: the file can't be read, or the interpreter can't trace it.
    """
    program = _program(arguments.file) if cell is None else Program(cell, "<cell>")
    limits = TraceLimits(events=arguments.steps, per_site=arguments.per_statement)
    found = trace(program, python=arguments.python, backend=Backend(arguments.backend), limits=limits)
    view = TraceView(found)
    if arguments.html:
        page = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Trace</title><body>{view.as_html()}</body></html>\n'
        Path(arguments.html).write_text(page, encoding="utf-8")
    if arguments.json and arguments.json != "-":
        Path(arguments.json).write_text(written(found), encoding="utf-8", errors="surrogatepass")
    return view


def _program(named: str) -> Program:
    path, _, call = named.partition("::")
    if not path:
        raise RequestError("which program? Name a Python file: nbrepro trace program.py::f(3)")
    program = Program.of_script(path)
    if not call:
        return program
    return Program(f"{program.source.rstrip()}\n\n{call}\n", program.filename, call, folder=program.folder)


def show(view: TraceView, arguments: argparse.Namespace) -> None:
    """Print the trace; as JSON where that was asked for."""
    print(written(view.trace) if arguments.json == "-" else view)
