"""Whether a simulation agrees with itself, and where it first departs from the run (CES of Intelligent-CAT-Lab, ICSE 2026).

CES fills comments with the values that loop variables, iterables, conditions and branches have in each iteration. A simulation
can be incoherent whatever the real run is: a loop variable that isn't taken from its iterable, a branch against its condition.
The rules here are those of the paper's description, formulated anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from nbrepro.simulation.literals import same_value


class Property(StrEnum):
    """What CES asks about."""

    LOOP_VARIABLE = "loop-variable"
    ITERABLE = "iterable"
    CONDITION = "condition"
    BRANCH = "branch"


@dataclass(frozen=True, slots=True)
class LoopClaim:
    """What is said of one loop: its variable and its iterable, one value for each iteration."""

    variable: Sequence[Any]
    iterable: Sequence[Any]
    may_break: bool = False
    """Whether the loop can be left early, so that elements may remain."""

    @property
    def is_coherent(self) -> bool:
        """Whether the variable runs through the iterable."""
        count = len(self.variable)
        is_prefix = count <= len(self.iterable) and all(map(same_value, self.variable, self.iterable[:count]))
        return is_prefix and (self.may_break or count == len(self.iterable))


@dataclass(frozen=True, slots=True)
class BranchClaim:
    """What is said of one branch: the condition and whether it is taken, one value for each visit."""

    condition: Sequence[Any]
    taken: Sequence[bool]

    @property
    def is_coherent(self) -> bool:
        """Whether the branch is taken exactly where the condition is true."""
        return len(self.condition) == len(self.taken) and all(
            bool(one) is bool(other) for one, other in zip(self.condition, self.taken, strict=True)
        )


def is_coherent(claims: Iterable[LoopClaim | BranchClaim]) -> bool:
    """Whether every claim agrees with itself; True for none."""
    return all(claim.is_coherent for claim in claims)


@dataclass(frozen=True, slots=True)
class CoherenceTable:
    """Coherent or not, by right or wrong final output: shares of all simulations."""

    coherent_right: float
    coherent_wrong: float
    incoherent_right: float
    """Right for reasons that can't be the stated ones."""
    incoherent_wrong: float

    @property
    def coherent(self) -> float:
        """The share of coherent simulations."""
        return self.coherent_right + self.coherent_wrong


def coherence_table(simulations: Iterable[tuple[bool, bool]]) -> CoherenceTable:
    """The 2×2 table of pairs (coherent, right).

    >>> coherence_table([(True, True), (True, False), (False, True), (True, True)]).coherent
    0.75
    """
    counts = Counter(simulations)
    total = counts.total() or 1
    cells = ((True, True), (True, False), (False, True), (False, False))
    return CoherenceTable(*(counts[cell] / total for cell in cells))


def first_departure(stated: Mapping[tuple[int, Property, str], Any], real: Mapping[tuple[int, Property, str], Any]) -> Property | None:
    """The kind of property at which a simulation first departs from the run, in the order of lines; None where it doesn't.

    Args:
        stated: values by line, kind and expression.
        real: the same of the real run; what it doesn't hold isn't compared.
    """
    order = list(Property)
    for key in sorted(real, key=lambda key: (key[0], order.index(key[1]), key[2])):
        if key not in stated or not same_value(stated[key], real[key]):
            return key[1]
    return None


class Consistency(StrEnum):
    """How reliably a model gets the same program right on several inputs that take different paths."""

    STRONG = "strong"
    """Right on all of them."""
    WEAK = "weak"
    """Right on all inputs of some path, not of every one."""
    RANDOM = "random"
    """Right and wrong on the same path."""


def consistency(verdicts: Mapping[str, Sequence[bool]]) -> Consistency:
    """The consistency over the paths (any label) that a program's inputs take.

    >>> consistency({"a": [True, True], "b": [False]})
    <Consistency.WEAK: 'weak'>
    """
    if all(all(found) for found in verdicts.values()):
        return Consistency.STRONG
    is_mixed = any(any(found) and not all(found) for found in verdicts.values())
    return Consistency.RANDOM if is_mixed or not any(any(found) for found in verdicts.values()) else Consistency.WEAK
