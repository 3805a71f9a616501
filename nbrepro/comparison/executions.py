"""Two executions held side by side: the verdict of the whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

from nbrepro.comparison.alignment import align
from nbrepro.comparison.held_outputs import HeldOutputs
from nbrepro.comparison.output_rules import ADDED_REPRESENTATIONS
from nbrepro.comparison.settings import DEFAULT, Settings
from nbrepro.comparison.steps import compare_step
from nbrepro.model import Comparison, Execution, FailureKind, NotebookVerdict, Origin, Step, StepComparison, StepStatus, Verdict

_ENVIRONMENT = frozenset(
    {
        FailureKind.KERNEL_NOT_FOUND,
        FailureKind.KERNEL_NOT_STARTED,
        FailureKind.ENVIRONMENT_NOT_RESOLVED,
        FailureKind.ENVIRONMENT_NOT_BUILT,
    }
)
_TIME = frozenset({FailureKind.STEP_TIMED_OUT, FailureKind.NOTEBOOK_TIMED_OUT})


def compare(expected: Execution, observed: Execution, settings: Settings = DEFAULT) -> Comparison:
    """Compares a re-run with what was expected of it: steps with the same index belong together.

    >>> from nbrepro.model import Origin, Stream
    >>> def said(text): return Execution("a.ipynb", Origin.SAVED, (Step(0, "f()", (Stream("stdout", text),)),))
    >>> compare(said("100"), said("100")).verdict
    <NotebookVerdict.REPRODUCED: 'reproduced'>
    """
    by_index = {step.index: step for step in observed.steps}
    pairs: list[tuple[Step | None, Step | None]] = [(step, by_index.pop(step.index, None)) for step in expected.steps]
    pairs += [(None, step) for step in by_index.values()]
    pairs.sort(key=lambda pair: (pair[0] or pair[1] or _NO_STEP).index)
    return _compare_pairs(pairs, expected, observed, settings)


def compare_notebooks(expected: Execution, observed: Execution, settings: Settings = DEFAULT) -> Comparison:
    """Compares two notebooks whose cells may have moved or changed: steps are aligned first, see `alignment.align`.

    The steps come in the order of the observed notebook; a removed one follows the step that it followed.
    """
    return _compare_pairs(align(expected.steps, observed.steps), expected, observed, settings)


_NO_STEP = Step(0, "")


def _compare_pairs(
    pairs: Iterable[tuple[Step | None, Step | None]], expected: Execution, observed: Execution, settings: Settings
) -> Comparison:
    if observed.origin is not Origin.RERUN:
        # Of two notebooks none is asked to give the outputs of the other: what only one of them shows is a difference.
        settings = replace(settings, disabled=settings.disabled | {ADDED_REPRESENTATIONS})
    steps = tuple(compare_step(before, after, settings) for before, after in pairs)
    if held := HeldOutputs.of(expected, observed, settings):
        steps = tuple(map(held.added_to, steps))
    return Comparison(_verdict(steps, observed), steps, expected, observed)


def _verdict(steps: tuple[StepComparison, ...], observed: Execution) -> NotebookVerdict:
    """What ended the run goes before what differs; a comparison of nothing is never called the same."""
    if ended := _how_it_ended(observed):
        return ended
    verdicts = {output.verdict for output in chain.from_iterable(step.judged for step in steps) if output.verdict.is_compared}
    if not verdicts:
        return NotebookVerdict.NOTHING_TO_COMPARE
    if not all(verdict.is_same for verdict in verdicts):
        return NotebookVerdict.DIFFERS
    return NotebookVerdict.REPRODUCED_WITHIN_TOLERANCE if Verdict.CLOSE in verdicts else NotebookVerdict.REPRODUCED


def _how_it_ended(observed: Execution) -> NotebookVerdict | None:
    """None where the run reached its end."""
    kind = observed.failure.kind if observed.failure else None
    if kind in _ENVIRONMENT:
        return NotebookVerdict.ENVIRONMENT_FAILED
    if kind in _TIME or any(step.status is StepStatus.TIMED_OUT for step in observed.steps):
        return NotebookVerdict.TIMED_OUT
    return NotebookVerdict.FAILED if kind else None
