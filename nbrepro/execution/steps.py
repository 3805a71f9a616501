"""Running steps on a kernel that is ready: one request after the other, each with its end."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Any

from nbrepro.execution import failures
from nbrepro.execution.limits import Limits
from nbrepro.execution.memory import MemoryWatch
from nbrepro.execution.messages import Message
from nbrepro.execution.outputs import Pile, Recorder, error_of, output_of
from nbrepro.execution.progress import Event, Progress
from nbrepro.execution.running import WAKE_SECONDS, RunningKernel
from nbrepro.execution.tasks import Task
from nbrepro.execution.widgets import Widgets
from nbrepro.model import ErrorOutput, Failure, FailureKind, Step, StepStatus, Widget

GRACE_SECONDS = 10.0
"""How long a cell that was interrupted may be silent before its kernel is killed: ipykernel waits so long for its streams."""
LONGEST_GRACE_SECONDS = 30.0
"""How long such a cell may take in all: a kernel that has printed much must get rid of it before it can answer."""
IDLE_SECONDS = 10.0
"""How long a kernel that has replied may take to say that it is idle, counted from its last message."""
EXIT_SECONDS = 5.0
"""How long a kernel that a cell has told to end (`exit()`) may take to do so; ipykernel goes on for a tenth of a second."""
QUIET_SECONDS = 0.05
"""Silence after which nothing more is expected from a kernel that has ended."""


class _End(Enum):
    REPLIED = auto()
    DIED = auto()
    STEP_LIMIT = auto()
    NOTEBOOK_LIMIT = auto()
    STOPPED = auto()


@dataclass(slots=True)
class _Request:
    """One step on its way through the kernel."""

    step: Step
    identity: str
    pile: Pile
    began: float
    next_count: int | None
    """What number the kernel gives to the step, if it begins with it; None for one that had ended before it was asked."""
    reply: Mapping[str, Any] | None = None
    count: int | None = None
    is_idle: bool = False
    last_heard: float = 0.0


@dataclass(slots=True)
class Session:
    """One run of steps on one kernel; `results` and `failure` hold what is known at any time."""

    kernel: RunningKernel
    task: Task
    watch: MemoryWatch
    kills_before: Mapping[str, int]
    """How many processes the system had killed for want of memory before the kernel started."""
    failure: Failure | None = None
    _recorder: Recorder = field(init=False)
    _widgets: Widgets = field(init=False)
    _finished: dict[int, tuple[_Request, StepStatus, float]] = field(default_factory=dict)
    _notes: list[str] = field(default_factory=list)
    _notebook_deadline: float | None = None
    _last_count: int | None = 0
    """How many cells the kernel has counted; None where it was told to end, so that it may not come to the next one."""

    def __post_init__(self) -> None:
        self._recorder = Recorder(self.limits.output_bytes)
        self._widgets = Widgets(self.limits.output_bytes)

    @property
    def limits(self) -> Limits:
        """What the run may use."""
        return self.task.limits

    @property
    def deviations(self) -> tuple[str, ...]:
        """What was unusual about the kernel's messages."""
        lost = self.kernel.unreadable
        large = self._widgets.lost_bytes
        return (
            *self._notes,
            *([f"messages of the kernel that could not be read: {lost}"] if lost else []),
            *([f"states of widgets beyond the limit on output size, which are not kept: {large} bytes"] if large else []),
        )

    @property
    def results(self) -> dict[int, Step]:
        """The steps that have begun, by index, with the outputs that they have by now."""
        return {index: _step(*finished) for index, finished in self._finished.items()}

    @property
    def widgets(self) -> dict[str, Widget]:
        """The widgets as they are now, by id."""
        return self._widgets.models

    def run(self) -> None:
        """Run the steps until the end, or until something stops the run; `failure` says what."""
        steps, tell = self.task.steps, self.task.on_progress
        if self.limits.notebook_seconds is not None:
            self._notebook_deadline = time.monotonic() + self.limits.notebook_seconds
        for position, step in enumerate(steps, start=1):
            tell(Progress(Event.STEP_STARTED, position, len(steps), step.index))
            goes_on = self._run_step(step)
            finished = _step(*self._finished[step.index])
            tell(Progress(Event.STEP_FINISHED, position, len(steps), step.index, finished.status, finished.seconds, finished))
            if not goes_on:
                return

    def _run_step(self, step: Step) -> bool:
        """Run one step; gives whether the next one may run."""
        self._widgets.tell(self.kernel.send)
        next_count = None if self._last_count is None or self.kernel.exit_status is not None else self._last_count + 1
        identity = self.kernel.send(
            "execute_request",
            {
                "code": step.source,
                "silent": False,
                "store_history": True,
                "user_expressions": {},
                "allow_stdin": False,
                "stop_on_error": False,
            },
        )
        began = time.monotonic()
        request = _Request(step, identity, self._recorder.begin(identity), began, next_count, last_heard=began)
        self._finished[step.index] = (request, StepStatus.INTERRUPTED, 0.0)
        try:
            end = self._await_end(request)
            status, goes_on = self._judge(request, end)
        except KeyboardInterrupt:
            status, goes_on = self._stopped(step.index)
        self._finished[step.index] = (request, status, time.monotonic() - began)
        return goes_on

    def _await_end(self, request: _Request) -> _End:
        """Wait for the end of a step, or for what ends it."""
        step_deadline = None if self.limits.step_seconds is None else request.began + self.limits.step_seconds
        while True:
            if self._is_over(request, WAKE_SECONDS):
                return _End.REPLIED
            now = time.monotonic()
            if self.kernel.exit_status is not None:
                self._drain(request)
                return _End.DIED
            if self.task.stop.is_set():
                return _End.STOPPED
            if self._notebook_deadline is not None and now >= self._notebook_deadline:
                return _End.NOTEBOOK_LIMIT
            if step_deadline is not None and now >= step_deadline:
                return _End.STEP_LIMIT

    def _is_over(self, request: _Request, seconds: float) -> bool:
        """Take what arrives in this time; gives whether the step has replied and all of its outputs are here."""
        # Once a step's output is cut, further outputs needn't even be read.
        messages = self.kernel.receive(seconds, largest=0 if request.pile.cut_bytes else self._largest)
        for message in messages:
            request.last_heard = time.monotonic()
            is_own = message.parent == request.identity
            if message.channel == "iopub":
                if not self._widgets.take(message):
                    self._recorder.take(message)
                    if is_own:
                        self._tell_output(request, message)
                if is_own and message.kind == "execute_input":
                    request.count = message.content.get("execution_count")
                request.is_idle |= is_own and message.kind == "status" and message.content.get("execution_state") == "idle"
            elif is_own and message.kind == "execute_reply":
                request.reply = message.content
                self._last_count = _count_of(message, self._last_count)
        if request.reply is not None and not request.is_idle and time.monotonic() - request.last_heard > IDLE_SECONDS:
            self._notes.append(f"cell {request.step.index + 1}: the kernel never said that it was idle; late outputs may be absent")
            request.is_idle = True
        return request.reply is not None and request.is_idle

    def _tell_output(self, request: _Request, message: Message) -> None:
        output = None if self.task.on_output is None else output_of(message)
        if output is not None and self.task.on_output is not None:
            self.task.on_output(request.step.index, output, request.pile)

    @property
    def _largest(self) -> int | None:
        """Size of a message beyond which it can't be kept anyway."""
        limit = self.limits.output_bytes
        return None if limit is None else 2 * limit + 65_536

    def _drain(self, request: _Request) -> None:
        """Take what a kernel sent before it ended."""
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < QUIET_SECONDS:
            before = request.last_heard
            self._is_over(request, QUIET_SECONDS / 5)
            if request.last_heard != before:
                quiet_since = time.monotonic()

    def _judge(self, request: _Request, end: _End) -> tuple[StepStatus, bool]:
        """What became of a step that ended so, and whether the next one may run."""
        index = request.step.index
        if end is _End.REPLIED:
            return self._judge_reply(request)
        if end is _End.DIED:
            # A thread of a started kernel says the number: whether it comes to that before the process ends is a matter of chance.
            request.count = request.next_count if request.count is None else request.count
            self._fail(failures.death(self.kernel, self.watch, self.limits, self.kills_before, index))
            return StepStatus.INTERRUPTED, False
        if end is _End.STOPPED:
            return self._stopped(index)
        survived = self._survives_interrupt(request)
        whole_notebook = end is _End.NOTEBOOK_LIMIT
        self._fail(failures.timed_out(index, self.limits, whole_notebook=whole_notebook, survived=survived))
        return StepStatus.TIMED_OUT, survived and self.task.keep_going and not whole_notebook

    def _stopped(self, index: int) -> tuple[StepStatus, bool]:
        """Somebody stopped the run: so does the cell, which lets the kernel end by itself."""
        self.kernel.interrupt()
        self._fail(failures.interrupted(index))
        return StepStatus.INTERRUPTED, False

    def _judge_reply(self, request: _Request) -> tuple[StepStatus, bool]:
        reply = request.reply or {}
        if reply.get("status") == "ok":
            if _ends_kernel(reply):
                self._await_exit(request.step.index)
            return StepStatus.COMPLETED, True
        if request.step.index in self.task.expected_errors:
            return StepStatus.FAILED, True
        errors = [output for output in request.pile.outputs if isinstance(output, ErrorOutput)]
        self._fail(failures.raised(errors[0] if errors else error_of(reply), request.step.index))
        return StepStatus.FAILED, self.task.keep_going

    def _await_exit(self, index: int) -> None:
        """Wait for a kernel that is about to end, so that whether the next step still runs is no matter of chance."""
        self._notes.append(f"cell {index + 1} told the kernel to end, as exit() does")
        self._last_count = None
        deadline = time.monotonic() + EXIT_SECONDS
        while self.kernel.exit_status is None and time.monotonic() < deadline:
            time.sleep(WAKE_SECONDS)

    def _survives_interrupt(self, request: _Request) -> bool:
        """Interrupt a step; kill the kernel if that doesn't end it."""
        self.kernel.interrupt()
        began = request.last_heard = time.monotonic()
        while self.kernel.exit_status is None:
            if self._is_over(request, WAKE_SECONDS):
                return True
            now = time.monotonic()
            if now - request.last_heard > GRACE_SECONDS or now - began > LONGEST_GRACE_SECONDS:
                break
        self.kernel.kill()
        self._drain(request)
        return False

    def _fail(self, failure: Failure) -> None:
        """Keep the failure: of several the first, unless a later one ended the run."""
        if self.failure is None or failure.kind not in {FailureKind.STEP_ERROR, FailureKind.STEP_TIMED_OUT}:
            self.failure = failure


def _count_of(reply: Message, otherwise: int | None) -> int | None:
    """What a reply says of how many cells have run."""
    count = reply.content.get("execution_count")
    return count if isinstance(count, int) else otherwise


def _ends_kernel(reply: Mapping[str, Any]) -> bool:
    """Whether a cell has told the kernel to end: a payload of the reply, for front ends, says so."""
    payloads = reply.get("payload")
    asked = [each for each in payloads if isinstance(each, dict)] if isinstance(payloads, list) else []
    return any(each.get("source") == "ask_exit" and not each.get("keepkernel") for each in asked)


def _step(request: _Request, status: StepStatus, seconds: float) -> Step:
    return replace(
        request.step,
        outputs=request.pile.outputs,
        status=status,
        execution_count=request.count,
        seconds=seconds,
        cut_bytes=request.pile.cut_bytes,
    )
