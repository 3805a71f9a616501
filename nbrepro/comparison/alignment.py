"""Which step of one notebook is which step of the other."""

from __future__ import annotations

from collections.abc import Sequence

from nbrepro.model import Step

Pair = tuple[Step | None, Step | None]


def align(expected: Sequence[Step], observed: Sequence[Step]) -> list[Pair]:
    """Pairs of steps that are the same cell; None stands for a cell that the other notebook hasn't got."""
    longest = max(len(expected), len(observed))
    before = list(expected) + [None] * (longest - len(expected))
    after = list(observed) + [None] * (longest - len(observed))
    return list(zip(before, after, strict=True))
