"""REval's four tasks and its incremental consistency (Chen et al. 2024, arXiv:2403.16437).

Its ground truth takes any state that the line was left in, in whatever frame, for right; so do these functions, except that a
frame's successors and states are its own: recursion doesn't mix them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nbrepro.simulation.answers import RowKind
from nbrepro.simulation.moments import Moment
from nbrepro.simulation.notation import Fit, value_fit
from nbrepro.simulation.structure import Structure

CONSISTENCY = {
    (True, True, True, True): 1.0,
    (True, True, True, False): 0.5,
    (True, True, False, False): 0.25,
    (True, False, False, False): 0.125,
}
"""The score of the verdicts about coverage, state, path and output; every other combination has 0."""
_TYPED = re.compile(r""";[\s`]*(?:<class '[\w.]+'>|[A-Za-z_][\w.]*)[\s`]*$""")
"""A type behind a value; a semicolon within a text is none."""
NO_LINE = -1
"""Stands for the end of the function among the successors of a line."""


def incremental_consistency(coverage: bool, state: bool, path: bool, output: bool) -> float:  # noqa: FBT001 - four verdicts in order
    """How consistent four verdicts about the same probe are: each task presupposes those before it.

    >>> incremental_consistency(True, True, False, False), incremental_consistency(False, True, True, True)
    (0.25, 0.0)
    """
    return CONSISTENCY.get((coverage, state, path, output), 0.0)


@dataclass(frozen=True, slots=True)
class Confusion:
    """Answers to yes-or-no questions."""

    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int

    @property
    def accuracy(self) -> float:
        """The share of right answers."""
        total = self.true_positive + self.false_positive + self.false_negative + self.true_negative
        return (self.true_positive + self.true_negative) / total if total else 0.0

    @property
    def precision(self) -> float:
        """The share of right ones among the answers yes."""
        said = self.true_positive + self.false_positive
        return self.true_positive / said if said else 0.0

    @property
    def recall(self) -> float:
        """The share of what is so that was answered yes."""
        real = self.true_positive + self.false_negative
        return self.true_positive / real if real else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def confusion(stated: Iterable[bool], real: Iterable[bool]) -> Confusion:
    """Count answers to yes-or-no questions, such as whether a line is executed."""
    pairs = list(zip(stated, real, strict=True))
    return Confusion(
        true_positive=sum(one and other for one, other in pairs),
        false_positive=sum(one and not other for one, other in pairs),
        false_negative=sum(other and not one for one, other in pairs),
        true_negative=sum(not one and not other for one, other in pairs),
    )


def is_covered(moments: Sequence[Moment], line: int) -> bool:
    """Whether a line is executed."""
    return any(moment.line == line and moment.kind is RowKind.LINE for moment in moments)


def successors(moments: Sequence[Moment], line: int) -> frozenset[int]:
    """The lines that follow a line in its own frame; `NO_LINE` where the frame ends after it. Empty for a line that isn't executed."""
    found: set[int] = set()
    for position, moment in enumerate(moments):
        if moment.line == line and moment.kind is RowKind.LINE:
            following = successor(moments, position)
            found.add(following.line if following is not None and following.kind is RowKind.LINE else NO_LINE)
    return frozenset(found)


def successor(moments: Sequence[Moment], position: int) -> Moment | None:
    """What follows a moment in its own frame: a line, its return or an exception; None where nothing of the frame follows."""
    frame = moments[position].frame
    later = (moments[place] for place in range(position + 1, len(moments)))
    return next((moment for moment in later if moment.frame == frame and moment.kind is not RowKind.CALL), None)


def path_is_right(answer: str, line: int, moments: Sequence[Moment], structure: Structure) -> bool:
    """Whether the stated text of the next line, or `-1` for the end, is that of any real successor."""
    real = successors(moments, line)
    if answer.strip() == str(NO_LINE):
        return NO_LINE in real
    return structure.line_of(answer, None) in real if answer.strip() else False


def state_is_right(answer: str, line: int, variable: str, moments: Sequence[Moment]) -> bool:
    """Whether `value; type` is what a variable is after any visit of a line; `Nil` says that the line isn't executed or it has no value."""
    reached = [moment for moment in moments if moment.line == line and moment.kind is RowKind.LINE]
    states = [moment.after[variable] for moment in reached if variable in moment.after]
    value, separator, kind = answer.rpartition(";") if _TYPED.search(answer) else (answer, "", "")
    if value.strip().strip("[]").capitalize() == "Nil" or answer.strip().strip("[]").capitalize() == "Nil":
        return not states
    wanted = kind.strip().removeprefix("<class '").removesuffix("'>").strip("` ")
    return any(value_fit(value, real) is Fit.EXACT and (not separator or type(real).__name__ == wanted) for real in states)
