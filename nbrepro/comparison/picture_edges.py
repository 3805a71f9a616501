"""Long straight edges, such as tops of bars and lines of a grid: letters may stand a little aside, these may not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]
    Levels = NDArray[np.int16]

LENGTH = 16
"""Pixels that an edge runs straight on, more than the strokes of letters do."""
ASIDE = 1
"""Pixels that an edge may lie aside, because strokes are fitted to whole pixels; its ends may lie twice as far."""
_CLEAR, _FAINT = 60, 15
"""Steps of level: an edge as clear as the one must be at least as faint as the other in the other picture."""


def moved_edge(first: Pixels, second: Pixels) -> tuple[int, int] | None:
    """Where (x, y) a long level or upright edge of one picture has no counterpart in the other; None if all have one.

    >>> page, bars = np.full((30, 30, 3), 255, np.uint8), np.full((30, 30, 3), 255, np.uint8)
    >>> page[10:, 5:28], bars[13:, 5:28] = 0, 0
    >>> moved_edge(page, page), moved_edge(page, bars)
    (None, (5, 9))
    """
    for one, other in ((first, second), (second, first)):
        place = _without_counterpart(one, other)
        if place:
            return place
        turned = _without_counterpart(one.swapaxes(0, 1), other.swapaxes(0, 1))
        if turned:
            return turned[1], turned[0]
    return None


def _without_counterpart(one: Pixels, other: Pixels) -> tuple[int, int] | None:
    """Place (x, y) of the first level edge of one picture that is not near it in the other."""
    edges, counterparts = _level_edges(one), _level_edges(other)
    around = np.pad(counterparts, ((ASIDE, ASIDE), (2 * ASIDE, 2 * ASIDE)))
    lines = sliding_window_view(around, 2 * ASIDE + 1, axis=0).max(axis=-1)
    near = sliding_window_view(lines, 4 * ASIDE + 1, axis=1).max(axis=-1)
    rows, columns = np.nonzero((edges > _CLEAR) & (near < _FAINT))
    return (int(columns[0]), int(rows[0])) if rows.size else None


def _level_edges(pixels: Pixels) -> Levels:
    """The smallest step from a row to the next one over so many columns; edges that run further have the same step all along."""
    steps = np.abs(np.diff(pixels.astype(np.int16), axis=0)).max(axis=2)
    if steps.shape[1] < LENGTH:
        return np.zeros((steps.shape[0], 1), np.int16)
    return np.asarray(sliding_window_view(steps, LENGTH, axis=1).min(axis=-1))
