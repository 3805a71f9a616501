"""Lays two pictures of nearly the same size over each other: a tight frame around a figure moves with its longest label."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

SLACK_PIXELS, SLACK_SHARE = 8, 0.03
"""Sides may differ by so many pixels, or by this share of the longer one; beyond this the sizes are different."""
_TRIED = 6
_ENOUGH_OVERLAP = 8


def nearly_same_size(first: tuple[int, int], second: tuple[int, int]) -> bool:
    """Whether two sizes (width, height) differ by no more than a tight frame can explain.

    >>> nearly_same_size((417, 358), (416, 358)), nearly_same_size((432, 288), (640, 480))
    (True, False)
    """
    return all(abs(side - other) <= max(SLACK_PIXELS, SLACK_SHARE * max(side, other)) for side, other in zip(first, second, strict=True))


def alignments(first: Pixels, second: Pixels) -> Iterator[tuple[Pixels, Pixels]]:
    """The pair on one canvas: first corner on corner, then moved to where rows and columns fit best, if that is elsewhere.

    What a picture doesn't cover is filled with the colours of its border.
    """
    yield _on_one_canvas(first, second, (0, 0))
    down, right = (_best_offset(_profile(first, axis), _profile(second, axis)) for axis in (1, 0))
    if (down, right) != (0, 0):
        yield _on_one_canvas(first, second, (down, right))


def _profile(pixels: Pixels, axis: int) -> NDArray[np.float32]:
    """Mean level of each row (axis 1) or column (axis 0)."""
    rows = pixels.reshape(pixels.shape[0], -1)
    if axis == 1:
        return np.asarray(rows.mean(axis=1, dtype=np.float32))
    return np.asarray(rows.mean(axis=0, dtype=np.float32).reshape(-1, pixels.shape[2]).mean(axis=1))


def _best_offset(first: NDArray[np.float32], second: NDArray[np.float32]) -> int:
    """How many pixels the second has to be moved; 0 unless another offset fits better."""
    reach = abs(len(first) - len(second)) + _TRIED
    offsets = sorted(range(-reach, reach + 1), key=abs)
    return min(offsets, key=lambda offset: _misfit(first, second, offset))


def _misfit(first: NDArray[np.float32], second: NDArray[np.float32], offset: int) -> float:
    start, stop = max(offset, 0), min(len(first), len(second) + offset)
    if stop - start < _ENOUGH_OVERLAP:
        return float("inf")
    return float(np.abs(first[start:stop] - second[start - offset : stop - offset]).mean())


def _on_one_canvas(first: Pixels, second: Pixels, offset: tuple[int, int]) -> tuple[Pixels, Pixels]:
    paddings = [_paddings(first.shape[axis], second.shape[axis], offset[axis]) for axis in (0, 1)]
    return _padded(first, [pair[0] for pair in paddings]), _padded(second, [pair[1] for pair in paddings])


def _paddings(side: int, other: int, offset: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Pixels to be added before and after each of two sides, the second of which begins at the offset."""
    start, stop = min(0, offset), max(side, other + offset)
    return (-start, stop - side), (offset - start, stop - other - offset)


def _padded(pixels: Pixels, paddings: list[tuple[int, int]]) -> Pixels:
    if not any(map(any, paddings)):
        return pixels
    return np.pad(pixels, (*paddings, (0, 0)), mode="edge")
