"""How many cells and outputs there are of each sort: nothing is left out silently."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from nbrepro.model import Comparison, Execution, OutputComparison, Verdict


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of cells and of outputs of one notebook, or of several together."""

    runnable: int = 0
    """Cells that there are to run: code cells that aren't empty."""
    ran: int = 0
    """Cells that ran to their end or to an error of their own."""
    comparable: int = 0
    """Cells with something to be compared."""
    reproduced: int = 0
    """Cells that gave all of their outputs again."""
    compared: int = 0
    """Outputs that were compared and count."""
    same: int = 0
    """Of these, outputs that were reproduced, exactly or within tolerance."""
    not_compared: int = 0
    """Outputs that count but were not compared; `reasons` says why."""
    not_judged: int = 0
    """Outputs that were reported but don't count: stderr, unless it was asked for."""
    cut_bytes: int = 0
    """Bytes of output that were thrown away because of the limit on output size."""
    reasons: tuple[tuple[str, int], ...] = ()
    """Why outputs were not compared, with how many of them, the most frequent reason first."""

    @property
    def different(self) -> int:
        """Outputs that are different, missing or extra."""
        return self.compared - self.same

    @property
    def not_run(self) -> int:
        """Cells that did not run to an end of their own."""
        return self.runnable - self.ran

    @property
    def not_reproduced(self) -> int:
        """Cells with something to be compared that did not give all of it again, or where it was not compared."""
        return self.comparable - self.reproduced


def count(comparison: Comparison | None, execution: Execution | None) -> Counts:
    """Counts of one notebook; zeros for what isn't known."""
    observed = comparison.observed if comparison else execution
    runnable, ran = (observed.runnable, observed.ran) if observed else (0, 0)
    cut = sum(step.cut_bytes for step in observed.steps) if observed else 0
    if comparison is None:
        return Counts(runnable=runnable, ran=ran, cut_bytes=cut)
    outputs = [output for step in comparison.steps for output in step.outputs]
    judged = [output for output in outputs if output.judged]
    return Counts(
        runnable=runnable,
        ran=ran,
        comparable=comparison.comparable_steps,
        reproduced=comparison.reproduced_steps,
        compared=sum(output.verdict.is_compared for output in judged),
        same=sum(output.verdict.is_same for output in judged),
        not_compared=sum(output.verdict is Verdict.NOT_COMPARED for output in judged),
        not_judged=len(outputs) - len(judged),
        cut_bytes=cut,
        reasons=_reasons(judged),
    )


def _reasons(outputs: Iterable[OutputComparison]) -> tuple[tuple[str, int], ...]:
    found: Counter[str] = Counter()
    for output in outputs:
        if output.verdict is Verdict.NOT_COMPARED:
            found[output.because[0].message if output.because else "No reason was recorded."] += 1
    return tuple(found.most_common())


def total(counts: Iterable[Counts]) -> Counts:
    """The sum of several counts."""
    every = list(counts)
    reasons: Counter[str] = Counter()
    for one in every:
        reasons.update(dict(one.reasons))
    numbers = {
        name: sum(getattr(one, name) for one in every)
        for name in ("runnable", "ran", "comparable", "reproduced", "compared", "same", "not_compared", "not_judged", "cut_bytes")
    }
    return Counts(**numbers, reasons=tuple(reasons.most_common()))
