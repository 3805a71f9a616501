"""Running a notebook in an environment of its own, as close to the original as possible: `--env auto`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from nbrepro.corpora.preparing import environment_of
from nbrepro.environments.failing import failure_of
from nbrepro.environments.provision import Wanted, departures, ready
from nbrepro.errors import NbreproError
from nbrepro.execution import current
from nbrepro.execution.launches import PYTHON
from nbrepro.model import Execution
from nbrepro.notebooks import Document


def in_its_own_environment(
    document: Document, run: Callable[..., Execution], wanted: Wanted, *, on_progress: Callable[[str], None]
) -> Execution:
    """The execution by `run(environment=…)` in the notebook's own environment, with every departure from what is declared.

    A notebook of another language has no environment of ours; it runs with the kernel that is installed for it.
    An environment that can't be had is a failure of the execution, not an error: other notebooks go on.
    """
    if document.language.lower() not in PYTHON:
        return run(environment=current())
    try:
        found, built = ready(document, wanted, on_progress=on_progress)
    except NbreproError as error:
        return document.saved_execution().as_not_run(failure_of(error))
    with built.in_use():
        execution = run(environment=environment_of(found, built))
    notes = map(str, departures(found, built))
    return replace(execution, deviations=(*notes, *execution.deviations))
