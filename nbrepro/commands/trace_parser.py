"""The options of `nbrepro trace`."""

from __future__ import annotations

import argparse
import sys

BACKENDS = ("instrumented", "monitoring", "settrace")


def add_trace(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    parser.description = "Run a Python program and show every statement that it executes, with the variables that this changes."
    parser.add_argument(
        "file", metavar="FILE[::CALL]", nargs="?", default="", help="a Python file, with a call that is appended to it: program.py::f(3)"
    )
    parser.add_argument("--python", metavar="PYTHON", default=sys.executable, help="the interpreter to run it with, 3.6 or newer")
    parser.add_argument("--backend", choices=BACKENDS, default=BACKENDS[0])
    parser.add_argument("--steps", metavar="N", type=int, default=10_000, help="how many steps are recorded (default: 10000)")
    parser.add_argument("--per-statement", metavar="K", type=int, default=None, help="keep the first and last K steps of each statement")
    parser.add_argument("--json", metavar="FILE", help="write the trace as JSON lines ('-' for standard output)")
    parser.add_argument("--html", metavar="FILE", help="write it as an HTML page")
