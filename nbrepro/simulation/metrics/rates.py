"""Rates with their uncertainty, pass@k, and tests between two models."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import comb
from statistics import NormalDist

from nbrepro.model import intervals


@dataclass(frozen=True, slots=True)
class Interval:
    """A measured value with a confidence interval."""

    value: float
    low: float
    high: float
    level: float = 0.95

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def wilson(right: int, count: int, level: float = 0.95) -> Interval:
    """The score interval of a proportion (Wilson 1927, JASA 22:209). It assumes that the answers are independent.

    >>> str(wilson(8, 10))
    '0.800 [0.490, 0.943]'
    """
    low, high = intervals.wilson(right, count, NormalDist().inv_cdf((1 + level) / 2))
    return Interval(right / count if count else math.nan, low, high, level)


def bootstrap(
    values: Sequence[float],
    statistic: Callable[[Sequence[float]], float] | None = None,
    *,
    level: float = 0.95,
    rounds: int = 1000,
    seed: int = 0,
) -> Interval:
    """Percentile bootstrap (Efron 1979) over tasks: each value is one task's, so that samples of a task stay together.

    Args:
        values: one value for each task.
        statistic: what is computed of them; None for the mean.
        level: of the interval.
        rounds: resamples.
        seed: of the resampling; equal seeds give equal intervals.
    """
    measure = statistic or (lambda chosen: math.fsum(chosen) / len(chosen))
    if not values:
        return Interval(math.nan, math.nan, math.nan, level)
    generator = random.Random(seed)  # noqa: S311 - resampling, not a secret
    resampled = sorted(measure(generator.choices(values, k=len(values))) for _ in range(rounds))
    tail = (1 - level) / 2
    low, high = resampled[int(tail * rounds)], resampled[min(rounds - 1, math.ceil((1 - tail) * rounds) - 1)]
    return Interval(measure(values), low, high, level)


def task_shares(verdicts: Iterable[tuple[str, bool]]) -> dict[str, float]:
    """For each task the share of its verdicts that are right, in the order in which tasks come first.

    >>> task_shares([("a", True), ("b", True), ("a", False)])
    {'a': 0.5, 'b': 1.0}
    """
    found: dict[str, list[bool]] = defaultdict(list)
    for task, is_right in verdicts:
        found[task].append(is_right)
    return {task: sum(own) / len(own) for task, own in found.items()}


def pass_at_k(right: int, count: int, k: int) -> float:
    """The chance that at least one of k answers, drawn without replacement from the given ones, is right.

    The unbiased estimator 1 - C(n-c, k) / C(n, k) of Chen et al. 2021 (arXiv:2107.03374). `nan` where k exceeds the count.

    >>> round(pass_at_k(3, 10, 1), 4), round(pass_at_k(3, 10, 5), 4)
    (0.3, 0.9167)
    """
    if not 0 < k <= count:
        return math.nan
    return 1 - comb(count - right, k) / comb(count, k)


@dataclass(frozen=True, slots=True)
class PairedTest:
    """Two models on the same tasks."""

    both: int
    only_first: int
    only_second: int
    neither: int
    p_value: float
    """Two-sided, of the hypothesis that both are equally often right."""


def mcnemar(first: Sequence[bool], second: Sequence[bool]) -> PairedTest:
    """The exact McNemar test (1947, Psychometrika 12:153) on paired verdicts: binomial on the pairs that disagree.

    >>> mcnemar([True] * 6 + [False], [False] * 5 + [True, True]).p_value
    0.21875
    """
    pairs = list(zip(first, second, strict=True))
    only_first = sum(one and not other for one, other in pairs)
    only_second = sum(other and not one for one, other in pairs)
    both = sum(one and other for one, other in pairs)
    discordant = only_first + only_second
    tail = sum(comb(discordant, count) for count in range(min(only_first, only_second) + 1))
    p_value = min(1.0, 2 * tail / 2**discordant)
    return PairedTest(both, only_first, only_second, len(pairs) - both - discordant, p_value)


def permutation(first: Sequence[float], second: Sequence[float], *, rounds: int = 2000, seed: int = 0) -> float:
    """Two-sided p-value of a paired sign-flip test on the mean difference: for scores that aren't yes or no."""
    differences = [one - other for one, other in zip(first, second, strict=True)]
    observed = abs(math.fsum(differences))
    generator = random.Random(seed)  # noqa: S311 - resampling, not a secret
    reached = 0
    for _ in range(rounds):
        flipped = abs(math.fsum(difference if generator.random() < 0.5 else -difference for difference in differences))  # noqa: PLR2004
        reached += flipped >= observed - 1e-12
    return (reached + 1) / (rounds + 1)
