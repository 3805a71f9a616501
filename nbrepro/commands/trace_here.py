"""`%nbrepro trace f(3)`, `%%nbrepro trace --here`: tracing in the running notebook."""

from __future__ import annotations

import argparse
import ast
import re
from typing import Any

from nbrepro.traces import TraceLimits, plain_cell
from nbrepro.traces.here import trace_here
from nbrepro.traces.views import TraceView


def call_in(line: str) -> str:
    """The call at the end of a magic's line, as it stands there; empty where there is none.

    >>> call_in("trace --steps 50 f('a b', [1])"), call_in("trace program.py::f(3)"), call_in("check a.ipynb")
    ("f('a b', [1])", '', '')
    """
    if not line.startswith("trace "):
        return ""
    for place in (found.end() for found in re.finditer(r"\s+", line)):
        if _is_call(line[place:]):
            return line[place:]
    return ""


def _is_call(text: str) -> bool:
    try:
        return isinstance(ast.parse(text.strip(), mode="eval").body, (ast.Call, ast.Await))
    except (SyntaxError, ValueError):
        return False


def perform(arguments: argparse.Namespace, source: str, namespace: dict[str, Any]) -> TraceView:
    """Run a call or a cell in the notebook's namespace and trace it.

    Raises:
        RequestError: it is no Python.
    """
    plain = plain_cell(source)
    limits = TraceLimits(events=arguments.steps, per_site=arguments.per_statement)
    return TraceView(trace_here(plain.python, namespace, limits=limits), notes=plain.notes)
