"""SURGE's graded scores of an output (Lyu et al. 2025, arXiv:2502.11167; `eval/` of Imbernoulli/SURGE)."""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence


def token_overlap(stated: str, real: str) -> float:
    """Jaccard index of the lower-cased words, between 0 and 1; 1 where neither has any.

    >>> token_overlap("Type Error here", "type error")
    0.6666666666666666
    """
    one, other = set(stated.lower().split()), set(real.lower().split())
    return len(one & other) / len(one | other) if one | other else 1.0


def sequence_ratio(stated: str, real: str) -> float:
    """Twice the matching characters by the characters of both (`difflib`), between 0 and 1."""
    return difflib.SequenceMatcher(None, stated, real).ratio()


def numeric_score(stated: Sequence[float], real: Sequence[float]) -> float:
    """1 less the mean relative error, between 0 and 1; the stated numbers are cut or filled with zeros to the real count.

    >>> numeric_score([1.0, 1.8], [1.0, 2.0])
    0.95
    """
    if not real:
        return float(not stated)
    filled = [*stated[: len(real)], *([0.0] * (len(real) - len(stated)))]
    error = math.fsum(_relative_error(one, other) for one, other in zip(filled, real, strict=True)) / len(real)
    return min(1.0, max(0.0, 1 - error)) if math.isfinite(error) else 0.0


def _relative_error(stated: float, real: float) -> float:
    if stated == real:
        return 0.0
    return abs(stated - real) / abs(real) if real else math.inf


def rank_score(stated: Sequence[float], real: Sequence[float]) -> float:
    """Spearman's rank correlation of two orders of the same length, at least 0; 0 where it isn't defined.

    >>> rank_score([1, 2, 3], [1, 2, 3]), rank_score([3, 2, 1], [1, 2, 3])
    (1.0, 0.0)
    """
    if len(stated) != len(real) or len(real) < len(("one", "other")):
        return 0.0
    one, other = _ranks(stated), _ranks(real)
    mean = (len(real) + 1) / 2
    covariance = math.fsum((a - mean) * (b - mean) for a, b in zip(one, other, strict=True))
    spread = math.sqrt(math.fsum((a - mean) ** 2 for a in one) * math.fsum((b - mean) ** 2 for b in other))
    return min(1.0, max(0.0, covariance / spread)) if spread else 0.0


def _ranks(values: Sequence[float]) -> list[float]:
    """Ranks from 1; equal values share the mean of theirs."""
    ordered = sorted(values)
    return [ordered.index(value) + (ordered.count(value) + 1) / 2 for value in values]
