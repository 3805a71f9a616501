"""Running a notebook in an environment of its own, as close to the original as possible: `--env auto`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from nbrepro.environments.cache import Built
from nbrepro.environments.provision import Resolved, Wanted, departures, ready
from nbrepro.errors import EnvironmentBuildError, NbreproError
from nbrepro.execution import Environment, at_content, current
from nbrepro.execution.launches import PYTHON
from nbrepro.model import Execution, Failure, FailureKind, Origin
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
        return _not_run(document, error)
    with built.in_use():
        execution = run(environment=environment_of(found, built))
    notes = map(str, departures(found, built))
    return replace(execution, deviations=(*notes, *execution.deviations))


def environment_of(found: Resolved, built: Built) -> Environment:
    """The environment of a notebook as kernels are started in it."""
    return replace(at_content(built.python, built.key), name=found.name_of(built), import_paths=found.import_paths)


def _not_run(document: Document, error: NbreproError) -> Execution:
    is_build = isinstance(error, EnvironmentBuildError)
    kind = FailureKind.ENVIRONMENT_NOT_BUILT if is_build else FailureKind.ENVIRONMENT_NOT_RESOLVED
    saved = document.saved_execution()
    steps = tuple(step.as_not_run() for step in saved.steps)
    return replace(saved, origin=Origin.RERUN, steps=steps, failure=Failure(kind, str(error), evidence=(("slug", error.slug),)))
