"""`nbrepro trace FILE`: what a program really does, statement by statement."""

from __future__ import annotations

import argparse
from pathlib import Path

from nbrepro.traces import Backend, Program, TraceLimits, trace, written
from nbrepro.traces.views import TraceView


def perform(arguments: argparse.Namespace) -> TraceView:
    """Run and trace the program.

    Raises:
        RequestError: the file can't be read, or the interpreter can't trace it.
    """
    path, _, call = arguments.file.partition("::")
    program = Program.of_script(path)
    if call:
        program = Program(f"{program.source.rstrip()}\n\n{call}\n", program.filename, call, folder=program.folder)
    limits = TraceLimits(events=arguments.steps, per_site=arguments.per_statement)
    found = trace(program, python=arguments.python, backend=Backend(arguments.backend), limits=limits)
    view = TraceView(found)
    if arguments.html:
        page = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Trace</title><body>{view.as_html()}</body></html>\n'
        Path(arguments.html).write_text(page, encoding="utf-8")
    if arguments.json and arguments.json != "-":
        Path(arguments.json).write_text(written(found), encoding="utf-8", errors="surrogatepass")
    return view


def show(view: TraceView, arguments: argparse.Namespace) -> None:
    """Print the trace; as JSON where that was asked for."""
    print(written(view.trace) if arguments.json == "-" else view)
