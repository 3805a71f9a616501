"""Running a notebook: what to run, where, with which kernel, and everything that is known afterwards."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from nbrepro.errors import RequestError
from nbrepro.execution.copies import private_copy
from nbrepro.execution.interpreters import Environment, current
from nbrepro.execution.launches import PYTHON, launch_for
from nbrepro.execution.limits import Limits
from nbrepro.execution.progress import Order, Progress, Runner, plan
from nbrepro.execution.tasks import Observed, Task
from nbrepro.model import Execution, Failure, Origin, Step, StepStatus

if TYPE_CHECKING:
    from nbrepro.notebooks import Document

EXPECTED_ERROR_TAG = "raises-exception"


def execute(
    document: Document,
    *,
    environment: Environment | None = None,
    limits: Limits | None = None,
    order: Order = Order.TOP_DOWN,
    keep_going: bool = False,
    isolate: bool | None = None,
    working_directory: Path | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    stop: threading.Event | None = None,
    runner: Runner = Runner.KERNEL,
) -> Execution:
    """Run a notebook in a fresh kernel.

    A cell that raises, a kernel that dies, a limit that is reached: all are values, in `Execution.failure`, and whatever
    ran until then is kept. An error is expected, and no failure, in cells tagged `raises-exception`, in cells that were
    never run in the saved notebook while others were (which is a deviation), and in cells whose
    saved output is an error. Ctrl-C ends the kernel and gives what ran so far. Safe to be called from several threads at
    a time, and where an event loop runs (it blocks that loop).

    Args:
        document: the notebook; it is never changed.
        environment: the Python for Python notebooks; None is the one that runs this. Other languages use the kernel that
            is installed under the notebook's kernel name, or one for its language.
        limits: what the run may use; None takes the defaults of `Limits`.
        order: top to bottom, or by the saved execution counts.
        keep_going: whether to go on after an error, or after a cell that was interrupted at its time limit.
        isolate: whether to run in a private copy of the notebook's project, which is removed afterwards. None, like
            False, runs in the folder itself.
        working_directory: where the kernel starts; None is the notebook's folder.
        on_progress: is told of every event, in the calling thread.
        stop: ends the run when it is set, as Ctrl-C would; for runs in other threads than the main one.
        runner: whether the kernel is started or forked from a warm one; `Execution.runner` says which it was.

    Raises:
        RequestError: the working directory doesn't exist, or the project is too large to be copied.
    """
    began = time.monotonic()
    saved = document.saved_execution()
    planned = plan(saved.steps, order)
    chosen = launch_for(document, environment or current())
    observed, deviations = Observed(), planned.deviations
    used = Runner.KERNEL
    notes: tuple[str, ...] = ()
    if isinstance(chosen, Failure):
        observed.failure = chosen
    else:
        from nbrepro.execution.runners import await_server, run
        from nbrepro.execution.widgets import unseen

        await_server(chosen, planned.steps, runner, document.language)
        with _place(document, working_directory, isolate=bool(isolate)) as (folder, left_out):
            task = Task(
                planned.steps,
                expected_errors(saved.steps),
                chosen,
                folder,
                limits or Limits(),
                keep_going,
                on_progress or _silence,
                stop or threading.Event(),
            )
            observed, used, notes = run(task, runner, document.language)
        deviations += (*chosen.deviations, *left_out, *_other_version(document, observed), *observed.deviations)
        deviations += _unexpected_in_new_cells(saved.steps, observed)
        notes += unseen(observed.steps.values(), observed.widgets)
    return Execution(
        subject=saved.subject,
        origin=Origin.RERUN,
        steps=tuple(observed.steps.get(step.index) or step.as_not_run() for step in saved.steps),
        failure=observed.failure,
        language=document.language,
        seconds=time.monotonic() - began,
        runner=used.value,
        environment="" if isinstance(chosen, Failure) else chosen.words,
        deviations=deviations,
        notes=notes,
        widgets=observed.widgets,
    )


def expected_errors(saved: tuple[Step, ...]) -> frozenset[int]:
    """Steps whose error doesn't end the run: the notebook says that they raise, or its author never ran them (exercises)."""
    return _never_run(saved) | {step.index for step in saved if step.error is not None or EXPECTED_ERROR_TAG in step.tags}


def _never_run(saved: tuple[Step, ...]) -> frozenset[int]:
    """Steps that were not run in the saved notebook, where others were; a notebook that was cleared tells nothing."""
    never = frozenset(step.index for step in saved if step.status is StepStatus.NOT_RUN)
    return never if any(step.execution_count is not None or step.outputs for step in saved) else frozenset()


def _unexpected_in_new_cells(saved: tuple[Step, ...], observed: Observed) -> tuple[str, ...]:
    failed = [index for index in sorted(_never_run(saved)) if index in observed.steps and observed.steps[index].error is not None]
    return tuple(f"cell {index + 1}, which was never run in the saved notebook, raised an error; the run went on" for index in failed)


def _silence(_: Progress) -> None:
    """Tell nobody."""


@contextmanager
def _place(document: Document, working_directory: Path | None, *, isolate: bool) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """The folder in which the kernel starts: the real one or its private copy; and what that means for the run."""
    folder = Path(working_directory or Path(document.path).parent).absolute()
    if not folder.is_dir():
        raise RequestError(f"{folder}: there is no such folder to run in; give another working directory")
    if not isolate:
        yield folder, ()
        return
    with private_copy(folder) as copied:
        yield copied.folder, copied.deviations


def _other_version(document: Document, observed: Observed) -> tuple[str, ...]:
    """The deviation that the kernel speaks another version of the language than the notebook was saved with."""
    saved, running = document.language_version or "", observed.language_version
    if not saved or not running or saved.split(".")[:2] == running.split(".")[:2]:
        return ()
    name = "Python" if document.language.lower() in PYTHON else document.language
    return (f"the notebook was saved with {name} {saved} and run with {name} {running}",)
