"""An execution: a subject's steps with what each of them put out, whoever said or observed it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

OUTPUT_MODEL = "OutputModel"
"""Class of the `Output` widgets of ipywidgets."""


class Origin(StrEnum):
    """Who says that the subject ran like this."""

    SAVED = "saved"
    RERUN = "rerun"
    SIMULATED = "simulated"
    REFERENCE = "reference"


class StepStatus(StrEnum):
    """What became of one step."""

    COMPLETED = "completed"
    FAILED = "failed"
    """The step raised an error, expected or not."""
    TIMED_OUT = "timed-out"
    INTERRUPTED = "interrupted"
    """The kernel died or somebody pressed Ctrl-C while the step ran: its outputs are those that came until then."""
    NOT_RUN = "not-run"


class FailureKind(StrEnum):
    """Why a run did not reach its end."""

    STEP_ERROR = "step-error"
    STEP_TIMED_OUT = "step-timed-out"
    NOTEBOOK_TIMED_OUT = "notebook-timed-out"
    KERNEL_DIED = "kernel-died"
    KERNEL_NOT_STARTED = "kernel-not-started"
    KERNEL_NOT_FOUND = "kernel-not-found"
    ENVIRONMENT_NOT_RESOLVED = "environment-not-resolved"
    """What the notebook wants can't be had together, or not at all."""
    ENVIRONMENT_NOT_BUILT = "environment-not-built"
    OUT_OF_MEMORY = "out-of-memory"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Stream:
    """Text written to `stdout` or `stderr`, as it came: carriage returns and escape sequences are kept."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Display:
    """A result or a display: one or several representations of the same thing, by MIME type.

    Text payloads (`text/*`, `image/svg+xml`, base64 of pictures) are `str`; JSON-like ones are plain JSON values.
    """

    data: Mapping[str, Any]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    is_result: bool = False
    """True for the value of the cell's last expression (`execute_result`), False for `display_data`."""
    execution_count: int | None = None


@dataclass(frozen=True, slots=True)
class ErrorOutput:
    """An error that a step raised; `traceback` lines carry ANSI colours as the kernel sent them."""

    name: str
    value: str
    traceback: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The error in one line as Python writes it; kernels of other languages may give no name, and many errors no message.

        >>> ErrorOutput("KeyError", "'a'").words, ErrorOutput("AssertionError", "").words, ErrorOutput("", "2").words
        ("KeyError: 'a'", 'AssertionError', '2')
        """
        return ": ".join(part for part in (self.name, self.value) if part)


Output = Stream | Display | ErrorOutput


@dataclass(frozen=True, slots=True)
class Step:
    """One code cell of a notebook (or one statement of a program) with its outputs."""

    index: int
    """Position of the cell in the notebook, counted from 0 over cells of every kind."""
    source: str
    outputs: tuple[Output, ...] = ()
    status: StepStatus = StepStatus.COMPLETED
    execution_count: int | None = None
    cell_id: str | None = None
    """None where the file has none (nbformat before 4.5)."""
    tags: tuple[str, ...] = ()
    seconds: float | None = None
    """Wall time; None where it isn't known, as in most saved notebooks."""
    cut_bytes: int = 0
    """Bytes of output that were thrown away because the limit on output size was reached."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to run: a kernel gives such a cell no execution count."""
        return not self.source.strip()

    def as_not_run(self) -> Step:
        """The same step in an execution that did not reach it; an empty one counts as completed, as there is nothing to run."""
        status = StepStatus.COMPLETED if self.is_empty else StepStatus.NOT_RUN
        return replace(self, outputs=(), status=status, execution_count=None, seconds=None, cut_bytes=0)

    @property
    def error(self) -> ErrorOutput | None:
        """The error among the outputs, None where there is none."""
        return next((output for output in self.outputs if isinstance(output, ErrorOutput)), None)


@dataclass(frozen=True, slots=True)
class Widget:
    """The model of a widget: what a kernel wants a page to show. A display names it by its random id.

    https://ipywidgets.readthedocs.io/en/stable/embedding.html (Jupyter widget state)
    """

    model: str
    """Its class on the page, such as `IntSliderModel`."""
    module: str = ""
    module_version: str = ""
    state: Mapping[str, Any] = field(default_factory=dict)
    """Plain JSON values by name; other models are named as `IPY_MODEL_<id>`. Of an `Output` widget, without its outputs."""
    outputs: tuple[Output, ...] = ()
    """What was put out inside of an `Output` widget; empty for other widgets."""
    buffers: tuple[tuple[tuple[str | int, ...], str], ...] = ()
    """Binary parts of the state: the path of each one, and its content in base64; empty where it could not be recorded."""
    cut_bytes: int = 0
    """Bytes of `outputs` that were thrown away because the limit on output size was reached."""

    @property
    def is_output(self) -> bool:
        """Whether it is an `Output` widget, into which a program prints."""
        return self.model == OUTPUT_MODEL


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run stopped, with what is known about the cause.

    `evidence` holds named facts in a fixed order, such as `("exit status", "-9")`, `("signal", "SIGKILL")`.
    """

    kind: FailureKind
    message: str
    step: int | None = None
    """Index of the step in which it happened; None before the first one."""
    evidence: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Execution:
    """A subject's steps, as saved, re-run or simulated. Steps stand in notebook order, whatever order they ran in."""

    subject: str
    """What was run, as its user names it: usually the path of the notebook."""
    origin: Origin
    steps: tuple[Step, ...]
    failure: Failure | None = None
    """None where the run reached its end; errors that were expected are no failure."""
    language: str = "python"
    seconds: float | None = None
    runner: str = ""
    """Which runner executed it (`kernel`, `fork`); empty for saved executions."""
    environment: str = ""
    """The environment in words, for people: `current (Python 3.11.7)`; empty where it isn't known."""
    deviations: tuple[str, ...] = ()
    """Every departure from what the notebook declares, such as another kernel than the one it names."""
    notes: tuple[str, ...] = ()
    """What is worth knowing about how it was run, and no departure: why it was not forked, that it was run twice."""
    widgets: Mapping[str, Widget] = field(default_factory=dict)
    """The widgets by id; empty where there are none, and where a notebook was saved without their state."""

    def as_not_run(self, failure: Failure) -> Execution:
        """The re-run of a saved execution that ended before its first step."""
        steps = tuple(step.as_not_run() for step in self.steps)
        return replace(self, origin=Origin.RERUN, steps=steps, failure=failure, seconds=None)

    @property
    def ran(self) -> int:
        """How many steps ran to their end or to an error of their own."""
        return sum(step.status in {StepStatus.COMPLETED, StepStatus.FAILED} for step in self.steps if not step.is_empty)

    @property
    def runnable(self) -> int:
        """How many steps there are to run: code cells that aren't empty."""
        return sum(not step.is_empty for step in self.steps)
