"""What a run tells while it goes on, and in which order steps run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from nbrepro.model import Step, StepStatus


class Event(StrEnum):
    """What has just happened."""

    KERNEL_STARTED = "kernel-started"
    STEP_STARTED = "step-started"
    STEP_FINISHED = "step-finished"


@dataclass(frozen=True, slots=True)
class Progress:
    """One thing that happened in a run."""

    event: Event
    position: int
    """How many steps have begun, this one included; 0 before the first."""
    total: int
    """How many steps are to run."""
    index: int | None = None
    """Which cell it is, counted from 0 over cells of every kind; None where it's about no step."""
    status: StepStatus | None = None
    """What became of a finished step; None for other events."""
    seconds: float | None = None
    """Wall time of a finished step; None for other events."""
    step: Step | None = None
    """What a finished step gave; None for other events."""


class Order(StrEnum):
    """In which order the steps run."""

    TOP_DOWN = "top-down"
    SAVED = "saved"
    """By the saved execution counts: the order in which the author last ran the cells."""


class Runner(StrEnum):
    """How notebooks are run."""

    KERNEL = "kernel"
    """Each in a kernel that is started for it."""
    FORK = "fork"
    """Each in a process that is forked from a warm one, where that is possible at all."""
    AUTO = "auto"
    """In a forked process where it can be told that this makes no difference."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps to run, in the order of running, and how this departs from what the notebook says."""

    steps: tuple[Step, ...]
    deviations: tuple[str, ...] = ()


SKIP_TAG = "skip-execution"
"""Tag of cells that a batch run leaves out; nbclient and jupyter-cache use the same."""


def plan(steps: Sequence[Step], order: Order) -> Plan:
    """Which of the saved steps run, and when.

    Empty cells never run. Cells tagged `skip-execution` don't either, which is a deviation. With `Order.SAVED` cells
    without an execution count don't run; cells that share a count run in notebook order.

    >>> steps = [Step(0, "b", execution_count=2), Step(1, "a", execution_count=1), Step(2, "c")]
    >>> [step.source for step in plan(steps, Order.SAVED).steps], plan(steps, Order.SAVED).deviations
    (['a', 'b'], ('not run, for want of a saved execution count: cell 3',))
    """
    full = [step for step in steps if not step.is_empty]
    runnable = tuple(step for step in full if SKIP_TAG not in step.tags)
    deviations = _about(f"not run, as tagged {SKIP_TAG}", [step for step in full if SKIP_TAG in step.tags])
    if order is Order.TOP_DOWN:
        return Plan(runnable, deviations)
    deviations += _about("not run, for want of a saved execution count", [step for step in runnable if step.execution_count is None])
    counted = sorted((step.execution_count, step.index, step) for step in runnable if step.execution_count is not None)
    for count in sorted({count for count, _, _ in counted}):
        same = [step for other, _, step in counted if other == count]
        if len(same) > 1:
            deviations += _about(f"run in notebook order, as they share the execution count {count}", same)
    return Plan(tuple(step for _, _, step in counted), deviations)


def _about(what: str, steps: Sequence[Step]) -> tuple[str, ...]:
    if not steps:
        return ()
    return (f"{what}: {'cell' if len(steps) == 1 else 'cells'} {', '.join(str(step.index + 1) for step in steps)}",)
