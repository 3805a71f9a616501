"""Why a run stopped, in words and with evidence."""

from __future__ import annotations

from collections.abc import Mapping

from nbrepro.execution.limits import Limits
from nbrepro.execution.memory import MemoryWatch
from nbrepro.execution.processes import exit_evidence, out_of_memory_kills
from nbrepro.execution.running import RunningKernel
from nbrepro.model import ErrorOutput, Failure, FailureKind

KILLED = -9
LAST_LINES = 3
"""How many lines of what a kernel wrote are kept as evidence."""


def death(kernel: RunningKernel, watch: MemoryWatch, limits: Limits, kills_before: Mapping[str, int], step: int | None) -> Failure:
    """Why a kernel has ended: at the memory limit, for want of memory on the machine, or for another reason."""
    if watch.exceeded_by is not None:
        return memory_exceeded(watch.exceeded_by, limits.memory_bytes or 0, step)
    status = kernel.exit_status if kernel.exit_status is not None else 0
    evidence = (*exit_evidence(status), *_last_words(kernel))
    counters = _grown(kills_before) if status == KILLED else ()
    if counters:
        return Failure(
            FailureKind.OUT_OF_MEMORY,
            "the system killed the kernel, and killed a process for want of memory at that time",
            step,
            (*evidence, *counters),
        )
    how = dict(evidence).get("signal")
    message = f"the kernel was ended by {how}" if how else f"the kernel ended with status {status} before the notebook did"
    return Failure(FailureKind.KERNEL_DIED, message, step, evidence)


def memory_exceeded(observed: int, limit: int, step: int | None) -> Failure:
    """The kernel was killed at the memory limit."""
    return Failure(
        FailureKind.OUT_OF_MEMORY,
        f"the kernel and its children used {megabytes(observed)}, more than the limit of {megabytes(limit)}",
        step,
        (("limit", f"{limit} bytes"), ("observed", f"{observed} bytes")),
    )


def not_started(kernel: RunningKernel, limits: Limits) -> Failure:
    """The kernel gave no answer, or ended at once."""
    status = kernel.exit_status
    if status is None:
        return Failure(
            FailureKind.KERNEL_NOT_STARTED,
            f"the kernel gave no answer within {limits.startup_seconds:g} seconds; --startup-timeout gives it longer",
            evidence=(("startup limit", f"{limits.startup_seconds:g} seconds"), *_last_words(kernel)),
        )
    return Failure(
        FailureKind.KERNEL_NOT_STARTED,
        f"the kernel ended before it answered, with status {status}",
        evidence=(*exit_evidence(status), *_last_words(kernel)),
    )


def not_runnable(command: str, error: OSError) -> Failure:
    """The kernel's program could not be started at all."""
    return Failure(FailureKind.KERNEL_NOT_STARTED, f"{command}: {error.strerror or error}", evidence=(("command", command),))


def raised(error: ErrorOutput, step: int) -> Failure:
    """A step raised an error that nobody expected."""
    return Failure(FailureKind.STEP_ERROR, error.words or "an error without a name", step, (("error", error.name or error.words),))


def timed_out(step: int, limits: Limits, *, whole_notebook: bool, survived: bool) -> Failure:
    """A step, or the notebook in this step, took longer than allowed."""
    kind = FailureKind.NOTEBOOK_TIMED_OUT if whole_notebook else FailureKind.STEP_TIMED_OUT
    seconds = limits.notebook_seconds if whole_notebook else limits.step_seconds
    message = f"the {'notebook' if whole_notebook else 'cell'} took longer than {seconds:g} seconds"
    then = "stopped when it was interrupted" if survived else "did not stop when it was interrupted, and was killed"
    return Failure(kind, message, step, (("limit", f"{seconds:g} seconds"), ("kernel", then)))


def interrupted(step: int | None) -> Failure:
    """Somebody stopped the run."""
    return Failure(FailureKind.INTERRUPTED, "the run was interrupted", step)


def _last_words(kernel: RunningKernel) -> tuple[tuple[str, str], ...]:
    """The last lines: an error says at its end what it is."""
    lines = [line.strip() for line in kernel.last_words.splitlines() if line.strip()]
    return (("last words", " | ".join(lines[-LAST_LINES:])),) if lines else ()


def _grown(before: Mapping[str, int]) -> tuple[tuple[str, str], ...]:
    after = out_of_memory_kills()
    return tuple(
        (f"out-of-memory kills ({name})", f"{count} before, {after[name]} after")
        for name, count in before.items()
        if after.get(name, count) > count
    )


def megabytes(size: int) -> str:
    """A size in words.

    >>> megabytes(1_500_000)
    '1.5 MB'
    """
    return f"{size / 1e6:,.1f} MB"
