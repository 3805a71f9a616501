"""Precision, recall and F1 of sets that may hold a thing several times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many things were stated, how many there really are, and how many are in both."""

    common: int
    stated: int
    real: int

    @property
    def precision(self) -> float:
        """The share of the stated things that are real; 0 where nothing is stated."""
        return self.common / self.stated if self.stated else 0.0

    @property
    def recall(self) -> float:
        """The share of the real things that are stated; 0 where there are none."""
        return self.common / self.real if self.real else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        total = self.stated + self.real
        return 2 * self.common / total if total else 0.0

    def __add__(self, other: Agreement) -> Agreement:
        """The agreement of both together, each thing counting once (micro average)."""
        return Agreement(self.common + other.common, self.stated + other.stated, self.real + other.real)


def agreement(stated: Iterable[Hashable], real: Iterable[Hashable]) -> Agreement:
    """Hold two collections against each other; what comes several times counts as often as it comes on both sides.

    >>> found = agreement("aab", "abc")
    >>> round(found.precision, 2), round(found.recall, 2)
    (0.67, 0.67)
    """
    one, other = Counter(stated), Counter(real)
    return Agreement((one & other).total(), one.total(), other.total())
