"""What a comparison tolerates; every knob can be turned by itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a comparison.

    Two numbers are close where `|a - b| <= absolute_tolerance + relative_tolerance * max(|a|, |b|)`; the default accepts
    the last digits that another BLAS, compiler or processor changes and nothing that a reader would call another result.

    >>> Settings(disabled=frozenset({"memory-addresses"})).allows("memory-addresses")
    False
    """

    relative_tolerance: float = 1e-6
    absolute_tolerance: float = 0.0
    """Also accepted whatever the size of the numbers. 0 by default: a p-value of 1e-15 and one of 1e-20 are two results.
    Printed arrays are the exception, where `ARRAY_RESIDUE` of the largest element is what rounding leaves of zero."""
    exact_integers: bool = True
    """Whether integers must be equal: a count of 100 and one of 101 are different however small the ratio."""
    time_ratio: float | None = None
    """Largest ratio of two durations that is `equivalent`; None accepts any, as a duration measures the machine."""
    picture_tolerance: float = 0.02
    """Largest perceptual distance, from 0 (equal) to 1, at which pictures are `close`."""
    judge_stderr: bool = False
    """Whether stderr counts towards the verdict of its step; it is reported either way."""
    disabled: frozenset[str] = frozenset()
    """Names of normalizations that must not be applied."""

    def allows(self, normalization: str) -> bool:
        """Whether the normalization of this name may be applied."""
        return normalization not in self.disabled


ARRAY_RESIDUE = 1e-12
"""Part of the largest element of a printed array below which another element is taken for zero but for rounding."""

DEFAULT = Settings()
