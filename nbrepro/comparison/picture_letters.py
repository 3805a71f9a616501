"""Whether letters and fine strokes are the same in a drawing at two resolutions.

A programme that draws letters fits them to the pixels it has: at 72 dots per inch the same digit is a little higher, or stands a little
aside, than at 100. So each tile is looked for in the larger picture at fractions of a pixel and slightly stretched, and what is
left is summed up. Between equal digits less is left than between digits that look alike, but the gap is narrow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image, ImageFilter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from nbrepro.comparison.picture_scaling import Overlay

    Levels = NDArray[np.float32]

TILE = 8
ALONG, ACROSS = 3, 2
"""Whole pixels, to the side and up or down, by which a tile may stand aside."""
STRETCHES = (
    *((1.0, 1.0), (1.0, 0.95), (1.0, 1.05), (0.95, 1.0), (1.05, 1.0), (1.0, 0.9), (1.0, 1.1)),
    *((0.95, 0.95), (1.05, 1.05), (0.95, 1.05), (1.05, 0.95), (0.9, 1.0), (1.1, 1.0)),
)
"""To the side and upright: letters are made higher to fit whole pixels, and the space between them wider."""
FRACTIONS = (0.0, -1 / 3, 1 / 3)
"""Parts of a pixel by which the larger picture is moved."""
BLUR = 0.6
FLAT, STEEP = 0.02, 0.1
_STEP = 2
_CONTRAST = 90
_AROUND = 4
_HOPELESS = 3.0
_WHITE = 255


def worst_letter(smaller: NDArray[np.uint8], overlay: Overlay, *, limit: float) -> tuple[float, tuple[int, int]]:
    """What is left of the worst tile, as a share of its area, and its place (x, y) in the smaller picture.

    Up to the limit the value is an upper bound. Far beyond it the search ends early, with a value that may be too high.
    """
    levels = _blurred(smaller)
    tiles = sliding_window_view(levels, (TILE, TILE))[::_STEP, ::_STEP]
    contrast = tiles.max(axis=(2, 3)) - tiles.min(axis=(2, 3))
    rows, columns = np.nonzero(contrast > _CONTRAST)
    left = np.full(rows.shape, np.inf, dtype=np.float32)
    for stretch, view in _views(overlay):
        open_ones = np.flatnonzero(left > limit)
        if not open_ones.size or (stretch != STRETCHES[0] and left.max() > _HOPELESS * limit):
            break
        places = rows[open_ones] * _STEP, columns[open_ones] * _STEP
        found = _looked_for(tiles[rows[open_ones], columns[open_ones]], places, view, stretch)
        left[open_ones] = np.minimum(left[open_ones], found)
    if not left.size:
        return 0.0, (0, 0)
    worst = int(left.argmax())
    return float(left[worst]), (int(columns[worst]) * _STEP, int(rows[worst]) * _STEP)


def _views(overlay: Overlay) -> Iterator[tuple[tuple[float, float], Levels]]:
    for stretch in STRETCHES:
        for down in FRACTIONS:
            for right in FRACTIONS:
                yield stretch, _blurred(overlay.seen(right, down, stretch, _AROUND))


def _blurred(pixels: NDArray[np.uint8]) -> Levels:
    return np.asarray(Image.fromarray(pixels).convert("L").filter(ImageFilter.GaussianBlur(BLUR)), dtype=np.float32)


def _looked_for(tiles: Levels, places: tuple[NDArray[np.intp], NDArray[np.intp]], view: Levels, stretch: tuple[float, float]) -> Levels:
    """What is left of each tile where it fits the view best."""
    windows = sliding_window_view(view, (TILE, TILE))
    rows, columns = (_stretched(place, factor) for place, factor in zip(places, reversed(stretch), strict=True))
    best = np.full(rows.shape, np.inf, dtype=np.float32)
    contrast = tiles.max(axis=(1, 2)) - tiles.min(axis=(1, 2))
    for down in range(-ACROSS, ACROSS + 1):
        lines = np.clip(rows + down, 0, windows.shape[0] - 1)
        for right in range(-ALONG, ALONG + 1):
            candidates = windows[lines, np.clip(columns + right, 0, windows.shape[1] - 1)]
            ignored = FLAT * _WHITE + STEEP * np.maximum(contrast, candidates.max(axis=(1, 2)) - candidates.min(axis=(1, 2)))
            apart = np.maximum(np.abs(tiles - candidates) - ignored[:, None, None], 0).mean(axis=(1, 2)) / _WHITE
            np.minimum(best, apart, out=best)
    return best


def _stretched(places: NDArray[np.intp], factor: float) -> NDArray[np.intp]:
    """Where tiles begin in a view that is stretched, so that their middles meet."""
    middle = TILE / 2
    return np.asarray(np.rint((places + _AROUND + middle) * factor - middle), dtype=np.intp)
