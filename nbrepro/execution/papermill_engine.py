"""`papermill --engine nbrepro`: papermill's notebooks, run by forked kernels where this makes no difference.

papermill finds it by the entry point `papermill.engine`. What papermill promises is kept: the notebook is written after
every cell, cells carry their times and their state, an error ends the run and is raised by papermill itself.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from papermill.engines import Engine, NBClientEngine

from nbrepro.execution.installed_kernels import task_for
from nbrepro.execution.kernel_specifications import PROVISIONER
from nbrepro.execution.launches import provisioner_of_kernel
from nbrepro.execution.limits import Limits
from nbrepro.execution.outputs import Pile
from nbrepro.execution.progress import Event, Progress, Runner
from nbrepro.execution.tasks import Observed, Task
from nbrepro.model import Display, FailureKind, Output, StepStatus, Stream
from nbrepro.notebooks import Document, from_node
from nbrepro.notebooks.document import as_node
from nbrepro.notebooks.output_values import as_json
from nbrepro.notebooks.widgets import widget_metadata

log = logging.getLogger("papermill")
OUR_PROVISIONERS = {"", "local-provisioner", PROVISIONER}
"""Those of kernels that are processes of this machine."""
KNOWN = {"input_path", "timeout", "startup_timeout", "allow_errors", "runner"}
PYTHON_INFO = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}
"""What ipykernel says of its language, beside the version."""


class ForkEngine(Engine):  # type: ignore[misc] # papermill has no types
    """An engine of papermill."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,  # noqa: ANN401 - papermill has no types
        kernel_name: str,
        *,
        start_timeout: float = 60,
        execution_timeout: float | None = None,
        log_output: bool = False,
        stdout_file: IO[str] | None = None,
        stderr_file: IO[str] | None = None,
        **options: Any,  # noqa: ANN401 - whatever is meant for an engine
    ) -> None:
        """Run a notebook; its cells are changed in place.

        Args:
            nb_man: papermill's record of the run, with the notebook.
            kernel_name: name of an installed kernel.
            start_timeout: seconds that the kernel may take to start.
            execution_timeout: seconds that a cell may take; None for no limit.
            log_output: whether to log what cells put out, as it comes.
            stdout_file: where to write what cells print.
            stderr_file: where to write what they print as errors.
            options: `runner` (`auto`, `fork` or `kernel`) and `allow_errors`; others are for nbclient and have no effect.

        Raises:
            NoSuchKernel: no kernel of this name is installed.
            CellTimeoutError: a cell took too long.
            DeadKernelError: the kernel ended, or did not start.
        """
        provisioner = provisioner_of_kernel(kernel_name)
        if provisioner not in OUR_PROVISIONERS:
            log.warning("the engine nbclient runs the notebook, as its kernel is provided by %s", provisioner)
            timeouts = {"start_timeout": start_timeout, "execution_timeout": execution_timeout}
            files = {"stdout_file": stdout_file, "stderr_file": stderr_file}
            options.pop("runner", None)
            NBClientEngine.execute_managed_notebook(nb_man, kernel_name, log_output=log_output, **timeouts, **files, **options)
            return
        if unknown := sorted(options.keys() - KNOWN):
            log.warning("without effect on the engine nbrepro: %s", ", ".join(unknown))
        limits = Limits(
            step_seconds=_seconds(execution_timeout or options.get("timeout")), startup_seconds=start_timeout, output_bytes=None
        )
        listener = _Listener(nb_man, is_logging=log_output, files={"stdout": stdout_file, "stderr": stderr_file})
        document = from_node(nb_man.nb, str(options.get("input_path") or "notebook"))
        task = task_for(
            document,
            kernel_name,
            Path.cwd(),
            limits,
            keep_going=bool(options.get("allow_errors")),
            on_progress=listener.hear,
            on_output=listener.take,
        )
        listener.expected = task.expected_errors
        observed = _run(task, Runner(options.get("runner", Runner.AUTO)), document, kernel_name)
        listener.finish(observed)


def _seconds(given: float | None) -> float | None:
    """A limit as nbclient takes it, where 0 and what is negative stand for none."""
    return given if given and given > 0 else None


def _run(task: Task, runner: Runner, document: Document, kernel_name: str) -> Observed:
    from nbrepro.execution.runners import run

    log.info("Executing notebook with kernel: %s", kernel_name)
    observed, used, notes = run(task, runner, document.language)
    if used is Runner.KERNEL and notes:
        log.info("The kernel was started, not forked: %s", "; ".join(notes))
    return observed


class _Listener:
    """Tells papermill what happens, in the words and the order of its own engine."""

    def __init__(self, nb_man: Any, *, is_logging: bool, files: Mapping[str, IO[str] | None]) -> None:  # noqa: ANN401 - papermill has no types
        self._papermill = nb_man
        self._cells: list[Any] = nb_man.nb.cells
        self._is_logging = is_logging
        self._files = files
        self._next = 0
        self.expected: frozenset[int] = frozenset()
        """Cells whose error is no failure."""

    def hear(self, progress: Progress) -> None:
        """One thing that happened in the run."""
        if progress.index is None:
            return
        cell = self._cells[progress.index]
        if progress.event is Event.STEP_STARTED:
            self._rewind(progress.index)
            self._pass_over(progress.index)
            self._papermill.cell_start(cell, progress.index)
        elif progress.event is Event.STEP_FINISHED and progress.step is not None:
            cell.execution_count = progress.step.execution_count
            self._put(cell, progress.step.outputs)
            if progress.status is not StepStatus.COMPLETED and progress.index not in self.expected:
                self._papermill.cell_exception(cell, cell_index=progress.index)
            self._papermill.cell_complete(cell, cell_index=progress.index)
            self._next = progress.index + 1

    def _rewind(self, index: int) -> None:
        """A run that begins again on another kernel has shown nothing yet."""
        for cell in self._cells[index : self._next]:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        self._next = min(self._next, index)

    def _pass_over(self, end: int) -> None:
        """The cells up to this one have nothing to run."""
        for index in range(self._next, end):
            self._papermill.cell_start(self._cells[index], index)
            self._papermill.cell_complete(self._cells[index], cell_index=index)
        self._next = end

    @staticmethod
    def _put(cell: Any, outputs: tuple[Output, ...]) -> None:  # noqa: ANN401 - a cell of nbformat
        cell.outputs = [as_node(as_json(output)) for output in outputs]

    def take(self, index: int, output: Output, pile: Pile) -> None:
        """Something that a cell has put out: logged and saved as papermill does it."""
        if self._papermill.autosave_cell_every:
            waited = (self._papermill.now() - self._papermill.last_save_time).total_seconds()
            if waited >= self._papermill.autosave_cell_every:
                self._put(self._cells[index], pile.outputs)
                self._papermill.autosave_cell()
        match output:
            case Stream(name, text):
                if self._is_logging:
                    (log.warning if name == "stderr" else log.info)("%s", text)
                file = self._files.get(name)
                if file:
                    file.write(text)
                    file.flush()
            case Display(data) if self._is_logging and "text/plain" in data:
                log.info("%s", data["text/plain"])

    def finish(self, observed: Observed) -> None:
        """Say what became of the run; raise what papermill's own engine raises."""
        metadata = self._papermill.nb.metadata
        metadata.update(as_node(widget_metadata(observed.widgets)))
        if observed.language_version:
            known = metadata.get("language_info") or {}
            is_python = known.get("name", "python") in {"python", "ipython"}
            metadata["language_info"] = as_node((PYTHON_INFO if is_python else known) | {"version": observed.language_version})
        if observed.failure is None:
            self._pass_over(len(self._cells))
        elif observed.failure.kind is not FailureKind.STEP_ERROR:
            self._raise(observed)

    def _raise(self, observed: Observed) -> None:
        from nbclient.exceptions import CellTimeoutError, DeadKernelError

        failure = observed.failure
        assert failure is not None  # noqa: S101 - there is nothing to be raised without one
        if failure.kind is FailureKind.INTERRUPTED:
            raise KeyboardInterrupt
        if failure.kind in {FailureKind.STEP_TIMED_OUT, FailureKind.NOTEBOOK_TIMED_OUT}:
            raise CellTimeoutError(failure.message)
        raise DeadKernelError(failure.message)
