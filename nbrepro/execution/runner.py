"""Running a notebook: the kernel from its start to its end, and everything that is known afterwards."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbrepro.errors import RequestError
from nbrepro.execution import failures
from nbrepro.execution.interpreters import Environment, current
from nbrepro.execution.launches import PYTHON, Launch, launch_for
from nbrepro.execution.limits import Limits
from nbrepro.execution.progress import Event, Order, Plan, Progress, plan
from nbrepro.model import Execution, Failure, Origin, Step, StepStatus

if TYPE_CHECKING:
    from nbrepro.execution.kernels import Kernel
    from nbrepro.execution.steps import Session
    from nbrepro.notebooks import Document

EXPECTED_ERROR_TAG = "raises-exception"
STARTS = 3
"""How often a kernel is started whose port was taken by somebody else in the meantime."""


@dataclass(slots=True)
class _Observed:
    """What a run has shown so far."""

    words: str
    steps: Mapping[int, Step]
    failure: Failure | None = None
    deviations: tuple[str, ...] = ()


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
) -> Execution:
    """Run a notebook in a fresh kernel.

    A cell that raises, a kernel that dies, a limit that is reached: all are values, in `Execution.failure`, and whatever
    ran until then is kept. An error is expected, and no failure, in cells tagged `raises-exception` and in cells whose
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

    Raises:
        RequestError: the working directory doesn't exist, or the project is too large to be copied.
    """
    began = time.monotonic()
    saved = document.saved_execution()
    planned = plan(saved.steps, order)
    chosen = launch_for(document, environment or current())
    if isinstance(chosen, Failure):
        observed = _Observed("", {}, chosen)
    else:
        run = _Run(document, chosen, planned, limits or Limits(), keep_going, on_progress or _silence, stop or threading.Event())
        with _place(document, working_directory, isolate=bool(isolate)) as (folder, deviations):
            observed = run.observe(folder)
        observed.deviations = (*chosen.deviations, *deviations, *observed.deviations)
    return Execution(
        subject=saved.subject,
        origin=Origin.RERUN,
        steps=tuple(observed.steps.get(step.index) or _not_run(step) for step in saved.steps),
        failure=observed.failure,
        language=document.language,
        seconds=time.monotonic() - began,
        runner="kernel",
        environment=observed.words,
        deviations=(*planned.deviations, *observed.deviations),
    )


def _silence(_: Progress) -> None:
    """Tell nobody."""


def _not_run(step: Step) -> Step:
    status = StepStatus.COMPLETED if step.is_empty else StepStatus.NOT_RUN
    return replace(step, outputs=(), status=status, execution_count=None, seconds=None, cut_bytes=0)


@contextmanager
def _place(document: Document, working_directory: Path | None, *, isolate: bool) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """The folder in which the kernel starts: the real one or its private copy; and what that means for the run."""
    from nbrepro.execution.copies import private_copy

    folder = Path(working_directory or Path(document.path).parent).absolute()
    if not folder.is_dir():
        raise RequestError(f"{folder}: there is no such folder to run in; give another working directory")
    if not isolate:
        yield folder, ()
        return
    with private_copy(folder) as copied:
        yield copied.folder, copied.deviations


@dataclass(frozen=True, slots=True)
class _Run:
    """What is asked of one run."""

    document: Document
    launch: Launch
    planned: Plan
    limits: Limits
    keep_going: bool
    on_progress: Callable[[Progress], None]
    stop: threading.Event

    def observe(self, folder: Path) -> _Observed:
        """Start the kernel in the folder, run the steps, end the kernel."""
        observed = _Observed(self.launch.words, {})
        for attempt in range(STARTS):
            observed = _Observed(self.launch.words, {})
            with ExitStack() as stack:
                try:
                    self._run(folder, observed, stack)
                except KeyboardInterrupt:
                    observed.failure = observed.failure or failures.interrupted(None)
            if attempt == STARTS - 1 or not _lost_its_port(observed.failure):
                break
        return observed

    def _run(self, folder: Path, observed: _Observed, stack: ExitStack) -> None:
        from nbrepro.execution.kernels import Kernel
        from nbrepro.execution.memory import MemoryWatch
        from nbrepro.execution.processes import out_of_memory_kills
        from nbrepro.execution.rooms import room
        from nbrepro.execution.steps import Session

        kills_before = out_of_memory_kills()
        private = stack.enter_context(room())
        try:
            kernel = Kernel(self.launch, private, folder)
        except OSError as error:
            observed.failure = failures.not_runnable(self.launch.arguments[0], error)
            return
        stack.callback(kernel.close)
        watch = stack.enter_context(MemoryWatch(kernel.pid, self.limits.memory_bytes))
        about = kernel.wait_until_ready(time.monotonic() + self.limits.startup_seconds)
        if about is None:
            exceeded = watch.exceeded_by
            observed.failure = (
                failures.memory_exceeded(exceeded, self.limits.memory_bytes or 0, None)
                if exceeded is not None
                else failures.not_started(kernel, self.limits)
            )
            return
        observed.deviations = self._other_version(about)
        self.on_progress(Progress(Event.KERNEL_STARTED, 0, len(self.planned.steps)))
        session = Session(kernel, self.limits, watch, self._expected_errors(), self.keep_going, self.stop, kills_before)
        self._run_steps(session, kernel, observed)

    def _run_steps(self, session: Session, kernel: Kernel, observed: _Observed) -> None:
        try:
            session.run(self.planned.steps, self.on_progress)
        except KeyboardInterrupt:
            session.failure = failures.interrupted(None)
        observed.steps, observed.failure = session.results, session.failure
        observed.deviations += tuple(session.deviations)
        kernel.shut_down()

    def _expected_errors(self) -> frozenset[int]:
        return frozenset(step.index for step in self.planned.steps if step.error is not None or EXPECTED_ERROR_TAG in step.tags)

    def _other_version(self, about: Mapping[str, Any]) -> tuple[str, ...]:
        """The deviation that the kernel speaks another version of the language than the notebook was saved with."""
        language = about.get("language_info") or {}
        saved, running = str(self.document.language_version or ""), str(language.get("version") or "")
        if not saved or not running or saved.split(".")[:2] == running.split(".")[:2]:
            return ()
        name = "Python" if str(language.get("name")).lower() in PYTHON else str(language.get("name"))
        return (f"the notebook was saved with {name} {saved} and run with {name} {running}",)


def _lost_its_port(failure: Failure | None) -> bool:
    return failure is not None and "in use" in dict(failure.evidence).get("last words", "").lower()
