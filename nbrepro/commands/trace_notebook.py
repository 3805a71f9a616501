"""`nbrepro trace NOTEBOOK`: what each cell of a notebook does to its variables."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from nbrepro.commands.options import ExecutionOptions
from nbrepro.errors import RequestError
from nbrepro.execution import Environment, Order
from nbrepro.execution.copies import private_copy
from nbrepro.execution.launches import PYTHON
from nbrepro.execution.progress import plan
from nbrepro.execution.runner import expected_errors
from nbrepro.execution.variables import python_variables
from nbrepro.notebooks import Document, read
from nbrepro.traces import Backend, NotebookTrace, TraceLimits, trace_steps
from nbrepro.traces.notebook_views import NotebookView, RunsView

NOTEBOOK_SECONDS = 600.0
"""CPU time of a notebook, where no other limit is given."""


@dataclass(frozen=True, slots=True)
class NotebookRequest:
    """How a notebook is to be traced."""

    environment: str = "current"
    """As for `check`: `auto`, `current`, or the path of a Python or of a file that declares packages."""
    order: Order = Order.TOP_DOWN
    keep_going: bool = False
    isolate: bool | None = None
    """Whether to run in a private copy of the project; None: where it is run twice."""
    backend: Backend | None = None
    """Records the steps of each cell, too."""
    limits: TraceLimits = field(default_factory=lambda: TraceLimits(seconds=NOTEBOOK_SECONDS))


def trace_notebook(path: str | os.PathLike[str], request: NotebookRequest | None = None) -> NotebookView:
    """Run a notebook and give the variables that each cell reads, binds, changes in place and deletes.

    Raises:
        NbreproError: the notebook can't be read, is in another language, or has no environment.
    """
    request = request or NotebookRequest()
    with _ready(path, request) as run:
        return NotebookView(run(request.order, isolate=bool(request.isolate)))


def compare_orders(path: str | os.PathLike[str], request: NotebookRequest | None = None) -> RunsView:
    """Run a notebook in the order in which its author last ran the cells, and from top to bottom, and compare the variables.

    Raises:
        NbreproError: as `trace_notebook`; or the notebook has no saved execution counts.
    """
    request = request or NotebookRequest()
    isolate = request.isolate is not False
    with _ready(path, request) as run:
        return RunsView(run(Order.SAVED, isolate=isolate), run(Order.TOP_DOWN, isolate=isolate))


@contextmanager
def _ready(path: str | os.PathLike[str], request: NotebookRequest) -> Iterator[partial[NotebookTrace]]:
    """A function that runs the notebook, as long as its environment is kept."""
    document = read(path)
    if document.language.lower() not in PYTHON:
        raise RequestError(f"{path}: expected a Python notebook, found one in {document.language}; only Python can be traced")
    with _environment(document, request) as (environment, departures):
        yield partial(_run, document, request, environment, departures)


def _run(
    document: Document, request: NotebookRequest, environment: Environment, departures: tuple[str, ...], order: Order, *, isolate: bool
) -> NotebookTrace:
    saved = document.saved_execution().steps
    planned = plan(saved, order)
    if order is Order.SAVED and not planned.steps:
        raise RequestError(f"{document.path}: no cell has an execution count, so nothing says in which order they ran")
    variables, changed = python_variables(os.environ, environment)
    folder = Path(document.path).absolute().parent
    with ExitStack() as stack:
        copied = stack.enter_context(private_copy(folder)) if isolate else None
        found = trace_steps(
            planned.steps,
            path=document.path,
            python=environment.python,
            folder=str(copied.folder if copied else folder),
            may_fail={step.index for step in saved} if request.keep_going else expected_errors(saved),
            backend=request.backend,
            variables=variables,
            limits=request.limits,
        )
    departures += (*changed, *planned.deviations, *(copied.deviations if copied else ()))
    return replace(found, environment=str(environment), order=_in_words(order), deviations=departures)


def _in_words(order: Order) -> str:
    return "from top to bottom" if order is Order.TOP_DOWN else "in the order of the saved execution counts"


@contextmanager
def _environment(document: Document, request: NotebookRequest) -> Iterator[tuple[Environment, tuple[str, ...]]]:
    """The Python of the notebook, and every departure from what is declared."""
    options = ExecutionOptions(environment=request.environment)
    chosen = options.resolve_environment()
    if chosen is not None:
        yield chosen, ()
        return
    from nbrepro.corpora.preparing import environment_of
    from nbrepro.environments.provision import departures, ready

    found, built = ready(document, options.wanted())
    with built.in_use():
        yield environment_of(found, built), tuple(map(str, departures(found, built)))
