"""How sure a share is that was counted in a sample."""

from __future__ import annotations

from math import sqrt
from typing import Final

NORMAL_95: Final = 1.959963984540054
"""Quantile of the normal distribution that leaves 2.5 % on each side."""


def wilson(count: float, of: int, quantile: float = NORMAL_95) -> tuple[float, float]:
    """Wilson's score interval of a share: from 0 to 1 where nothing was counted.

    E. B. Wilson: Probable inference, the law of succession, and statistical inference. Journal of the American Statistical
    Association 22 (1927), 209-212. It takes the counted for independent: what belongs together makes the true uncertainty larger.

    >>> [round(bound, 3) for bound in wilson(5, 10)]
    [0.237, 0.763]
    >>> wilson(0, 0)
    (0.0, 1.0)
    """
    if of == 0:
        return 0.0, 1.0
    share = count / of
    square = quantile**2
    centre = (share + square / (2 * of)) / (1 + square / of)
    half = quantile / (1 + square / of) * sqrt(share * (1 - share) / of + square / (4 * of**2))
    return max(0.0, centre - half), min(1.0, centre + half)
