"""Aligns the rows of an answer with the moments of a real trace, and finds where they part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nbrepro.simulation.answers import Answer, Convention
from nbrepro.simulation.dependence import with_dependence
from nbrepro.simulation.divergence import Divergence
from nbrepro.simulation.free_alignment import align_freely
from nbrepro.simulation.hints import with_hint
from nbrepro.simulation.literals import UNREADABLE, read_value
from nbrepro.simulation.lockstep import align_in_step
from nbrepro.simulation.mistakes import Mistake, Tier
from nbrepro.simulation.moments import Moment
from nbrepro.simulation.notation import Fit, value_fit
from nbrepro.simulation.pairs import Aligned, Pair, Sides
from nbrepro.simulation.structure import structure_of


@dataclass(frozen=True, slots=True)
class Alignment:
    """An answer's rows beside the real moments, and where they part."""

    pairs: tuple[Pair, ...]
    """Rows with their moments, in order; a side is None where the other has nothing to set against."""
    divergences: tuple[Divergence, ...]
    """All of them, in order, notation included."""
    convention: Convention
    rows: int
    moments: int

    @property
    def divergence(self) -> Divergence | None:
        """The first divergence that is more than notation; None where there is none."""
        return next((found for found in self.divergences if found.tier is not Tier.NOTATION), None)

    @property
    def is_clean(self) -> bool:
        """Whether nothing but notation differs."""
        return self.divergence is None

    @property
    def right_before(self) -> float:
        """The share of the real trace that lies before the first divergence: 1.0 for a clean one."""
        first = self.divergence
        if first is None or not self.moments:
            return 1.0
        return min(1.0, (first.moment if first.moment is not None else self.moments) / self.moments)

    @property
    def recovered(self) -> bool | None:
        """Whether the last row that was paired is right again after the divergence; None for a clean trace."""
        first = self.divergence
        if first is None:
            return None
        later = [pair for pair in self.pairs if pair.row is not None and pair.row > first.row]
        paired = [pair.fit for pair in later if pair.fit is not None]
        return bool(paired) and paired[-1].is_clean

    @property
    def propagated(self) -> int:
        """In how many later places a name is wrong into which the first wrong names may have flowed."""
        first = self.divergence
        return sum(found.depends_on_first for found in self.divergences) if first else 0


def align(answer: Answer, moments: Sequence[Moment], *, code: str = "", real: str | None = None) -> Alignment:
    """Align an answer's rows with a real trace.

    Args:
        answer: what a model said; its `is_complete` and `convention` say how to read it.
        moments: the real trace.
        code: the program; empty to take the answer's own.
        real: `repr` of the real value of the call, for telling a wrong trace from a misreported value; None to leave that out.
    """
    structure = structure_of(code or answer.code)
    conventions = (answer.convention,) if answer.convention else tuple(Convention)[::-1]
    aligner = align_in_step if answer.is_complete else align_freely
    tried: list[Aligned] = []
    for convention in conventions:
        tried.append(aligner(Sides(answer.rows, tuple(moments), structure, convention, is_full=answer.is_complete)))
        if not tried[-1].divergences:
            break
    best = max(tried, key=lambda found: found.score)
    text = code or answer.code
    marked = with_hint(with_dependence(best.divergences, moments, text), answer.rows, moments, text)
    divergences = (*marked, *_transmission(answer, best.divergences, real))
    return Alignment(best.pairs, divergences, best.convention, len(answer.rows), len(moments))


def _transmission(answer: Answer, divergences: Sequence[Divergence], real: str | None) -> Iterator[Divergence]:
    """What is wrong between the trace and the answer: right states and a wrong answer, or the reverse."""
    if real is None or not answer.text or not answer.rows:
        return
    value = read_value(real)
    if value is UNREADABLE:
        return
    is_right = value_fit(answer.text, value) >= Fit.NOTATION
    is_clean = all(found.tier is Tier.NOTATION for found in divergences)
    last = len(answer.rows)
    if is_clean and not is_right:
        yield Divergence(
            last, None, Mistake.MISREPORTED_OUTPUT, f"the trace is right, but the answer is {answer.text[:80]}, not {real[:80]}"
        )
    if not is_clean and is_right:
        yield Divergence(last, None, Mistake.LUCKY_ANSWER, "the answer is right though the trace isn't")
