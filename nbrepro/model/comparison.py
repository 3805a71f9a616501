"""Verdicts: what a comparison of an expected with an observed execution can say, and why it says it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from nbrepro.model.execution import Execution, Output, StepStatus

SELF_CHECK_MIME_TYPE = "application/vnd.nbrepro.self-check+json"
"""Marks what `%nbrepro check` shows while the notebook that it stands in is being checked itself."""


class Verdict(StrEnum):
    """Verdict of an output or of a step, from the best to the worst."""

    IDENTICAL = "identical"
    """The payload is equal byte for byte."""
    EQUIVALENT = "equivalent"
    """Equal after named normalizations, which the reasons list."""
    CLOSE = "close"
    """Numbers or pictures within a stated tolerance, with the measured distance."""
    NOTHING_TO_COMPARE = "nothing-to-compare"
    """Of a step only: neither side has an output."""
    NOT_COMPARED = "not-compared"
    """There was something, but it was not compared; the reasons say why."""
    EXTRA = "extra"
    """Observed, but not expected."""
    MISSING = "missing"
    """Expected, but not observed."""
    DIFFERENT = "different"

    @property
    def is_same(self) -> bool:
        """Whether it says that the output was reproduced."""
        return self in _SAME

    @property
    def is_compared(self) -> bool:
        """Whether an expected and an observed output (or the want of one of them) really were held side by side."""
        return self not in _NOT_COMPARED


_SAME = frozenset({Verdict.IDENTICAL, Verdict.EQUIVALENT, Verdict.CLOSE})
_NOT_COMPARED = frozenset({Verdict.NOTHING_TO_COMPARE, Verdict.NOT_COMPARED})
_RANK = {
    Verdict.NOTHING_TO_COMPARE: 0,
    Verdict.IDENTICAL: 1,
    Verdict.EQUIVALENT: 2,
    Verdict.CLOSE: 3,
    Verdict.NOT_COMPARED: 4,
    Verdict.EXTRA: 5,
    Verdict.MISSING: 6,
    Verdict.DIFFERENT: 7,
}


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of several verdicts; `nothing-to-compare` where there are none.

    >>> worst([Verdict.IDENTICAL, Verdict.CLOSE])
    <Verdict.CLOSE: 'close'>
    """
    return max(verdicts, key=_RANK.__getitem__, default=Verdict.NOTHING_TO_COMPARE)


class NotebookVerdict(StrEnum):
    """Verdict of a whole notebook."""

    REPRODUCED = "reproduced"
    """Every compared output is identical or equivalent, and there was at least one."""
    REPRODUCED_WITHIN_TOLERANCE = "reproduced-within-tolerance"
    DIFFERS = "differs"
    FAILED = "failed"
    TIMED_OUT = "timed-out"
    ENVIRONMENT_FAILED = "environment-failed"
    NOTHING_TO_COMPARE = "nothing-to-compare"
    """It ran, but no output was compared: this is never called the same."""

    @property
    def is_reproduced(self) -> bool:
        """Whether the notebook gave its saved outputs again, exactly or within tolerance."""
        return self in {NotebookVerdict.REPRODUCED, NotebookVerdict.REPRODUCED_WITHIN_TOLERANCE}


@dataclass(frozen=True, slots=True)
class Because:
    """One reason of a verdict.

    `slug` names the rule (`memory-addresses`, `number-tolerance`, `picture-distance`, `line-changed`); `message` is a
    sentence for people that shows the values; `deviation` is the measured distance where there is one: for numbers the
    largest relative deviation, for pictures the perceptual distance from 0 (equal) to 1.
    """

    slug: str
    message: str
    deviation: float | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one comparer says of one pair of payloads."""

    verdict: Verdict
    because: tuple[Because, ...] = ()

    @property
    def deviation(self) -> float | None:
        """The largest measured deviation among the reasons; None where nothing was measured."""
        return max((reason.deviation for reason in self.because if reason.deviation is not None), default=None)


@dataclass(frozen=True, slots=True)
class OutputComparison:
    """Verdict of one output (or of the merged `stdout` or `stderr` of a step)."""

    kind: str
    """`stdout`, `stderr`, `error`, or the MIME type whose verdict was the worst."""
    verdict: Verdict
    because: tuple[Because, ...] = ()
    expected: Output | None = None
    observed: Output | None = None
    judged: bool = True
    """Whether it counts towards the verdict of its step: stderr is reported, but does not count unless asked for."""
    representations: tuple[tuple[str, Verdict], ...] = ()
    """Verdict of each MIME type of a display; empty for other outputs."""


@dataclass(frozen=True, slots=True)
class StepComparison:
    """Verdict of one step: the worst of its judged outputs."""

    index: int
    """Position in the observed notebook, or in the expected one where the step was removed."""
    verdict: Verdict
    outputs: tuple[OutputComparison, ...] = ()
    status: StepStatus = StepStatus.COMPLETED
    """What became of the observed step."""
    expected_index: int | None = None
    """Position in the expected notebook; None where the step was added. Equal to `index` in a re-run."""
    observed_index: int | None = None
    """Position in the observed notebook; None where the step was removed."""
    source_changed: bool = False

    @property
    def judged(self) -> Iterator[OutputComparison]:
        """The outputs that count."""
        return (output for output in self.outputs if output.judged)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Expected, observed, and a verdict for every output, every step and the whole."""

    verdict: NotebookVerdict
    steps: tuple[StepComparison, ...]
    expected: Execution
    observed: Execution

    @property
    def compared(self) -> int:
        """How many outputs were compared and count: 0 means that nothing is known."""
        return sum(output.verdict.is_compared for step in self.steps for output in step.judged)

    @property
    def comparable_steps(self) -> int:
        """How many steps have something to be compared: an expected output, or an observed one that is extra."""
        return sum(step.verdict is not Verdict.NOTHING_TO_COMPARE for step in self.steps)

    @property
    def reproduced_steps(self) -> int:
        """How many steps gave all of their outputs again."""
        return sum(step.verdict.is_same for step in self.steps)
