"""How far two pictures are apart for a reader: local, tolerant of letters that sit a little aside, strict about the rest.

Both pictures are smoothed in one direction (binomial weights 1, 4, 6, 4, 1 over 16), so that a letter or a line drawn at
another fraction of a pixel looks the same, and cut into overlapping tiles of 8×8 pixels. Each tile is laid on the other picture
in half-pixel steps, up to `ALONG` pixels in the direction of the smoothing and `ACROSS` pixels across it, because another version
sets a letter or a label a little aside. What then still differs by more than a part of the tile's contrast is summed up. Both
directions are tried, as labels stand upright and on their side; the better one counts.

The distance is that of the worst tile: the summed difference as a share of its area. So a change counts as much in a large picture as in
a small one: a changed digit of a label comes to 0.05, the same text set by another version to 0.005, a missing thin line to 0.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nbrepro.comparison.picture_decoding import any_channel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Planes = NDArray[np.int16]
    """Red, green and blue of both directions of smoothing are kept apart: shape (3, height, width), levels from 0 to `_WHITE`."""

TILE = 8
ALONG, ACROSS = 2, 1
FLAT, STEEP = 0.02, 0.1
"""Difference that isn't counted: a share of all levels, and a share of the tile's contrast on top of it."""
MOVED_TILES = 16_384
"""So many tiles are moved at most, which bounds the time; any further ones count as they lie."""

_STEP = TILE // 2
_MARGIN = 3
_BATCH = 128
_WHITE = 255 * 32


@dataclass(frozen=True, slots=True)
class Distance:
    """What differs between two pictures of the same size."""

    value: float
    """Difference in the worst tile, as a share of its area, from 0 to 1."""
    share: float = 0.0
    """Share of the pixels that differ visibly in place, from 0 to 1."""
    box: tuple[int, int, int, int] | None = None
    """Left, top, right and bottom of the worst tile; None where nothing differs."""
    reduction: int = 1
    """Factor by which the pictures were reduced before they were measured."""

    def enlarged(self, factor: int) -> Distance:
        """The same distance with its place in the pictures as they were before they were reduced."""
        box = self.box and (self.box[0] * factor, self.box[1] * factor, self.box[2] * factor, self.box[3] * factor)
        return Distance(self.value, self.share, box or None, factor)


def measure(first: NDArray[np.uint8], second: NDArray[np.uint8], *, enough: float = 0.1) -> Distance:
    """The distance of two pictures of the same shape (height, width, 3).

    Once a tile is further apart than `enough`, no other is looked at: the value then is a lower bound.

    >>> white, red = np.full((20, 20, 3), 255, np.uint8), np.full((20, 20, 3), (255, 0, 0), np.uint8)
    >>> measure(white, white).value, measure(white, red).value
    (0.0, 0.98)
    """
    differing = any_channel(first != second)
    rows, columns = (np.flatnonzero(np.asarray(differing.any(axis=axis))) for axis in (1, 0))
    if not rows.size:
        return Distance(0.0)
    top, left = max(int(rows[0]) - TILE, 0), max(int(columns[0]) - TILE, 0)
    part = slice(top, int(rows[-1]) + TILE), slice(left, int(columns[-1]) + TILE)
    worst, (row, column) = _worst_tile(first[part], second[part], enough)
    share = _visible_share(first[part], second[part]) * differing[part].size / differing.size
    return Distance(worst, share, (left + column, top + row, left + column + TILE, top + row + TILE))


def _visible_share(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    apart = np.maximum(first, second) - np.minimum(first, second)
    return float(any_channel(apart > int((FLAT + STEEP) * 255)).mean())


def _worst_tile(first: NDArray[np.uint8], second: NDArray[np.uint8], enough: float) -> tuple[float, tuple[int, int]]:
    """Value and place of the worst tile; the worst in place are looked at first, so that few need to be moved."""
    upright = _smoothed(first), _smoothed(second)
    turned = _smoothed(first.swapaxes(0, 1)), _smoothed(second.swapaxes(0, 1))
    in_place = np.minimum(_in_place(*upright), _in_place(*turned).T)
    order = np.argsort(in_place, axis=None)[::-1]
    worst, place = 0.0, (0, 0)
    for start in range(0, order.size, _BATCH):
        batch = order[start : start + _BATCH]
        if in_place.flat[batch[0]] <= worst or worst > enough:
            break
        rows, columns = np.unravel_index(batch, in_place.shape)
        if start >= MOVED_TILES:
            return round(float(in_place.flat[batch[0]]), 4), (int(rows[0]) * _STEP, int(columns[0]) * _STEP)
        values = np.minimum(_moved(*upright, rows, columns), _moved(*turned, columns, rows))
        index = int(values.argmax())
        if values[index] > worst:
            worst, place = round(float(values[index]), 4), (int(rows[index]) * _STEP, int(columns[index]) * _STEP)
    return worst, place


def _smoothed(pixels: NDArray[np.uint8]) -> Planes:
    """Smoothed along the rows, with a margin that repeats the border and makes the sides multiples of a step."""
    rows, columns = (-side % _STEP + _STEP + _MARGIN for side in pixels.shape[:2])
    levels = np.pad(pixels.transpose(2, 0, 1), ((0, 0), (_MARGIN, rows), (_MARGIN + 2, columns + 2)), mode="edge").astype(np.int16)
    outer = levels[..., :-4] + levels[..., 4:]
    inner = levels[..., 1:-3] + levels[..., 3:-1]
    return 2 * outer + 8 * inner + 12 * levels[..., 2:-2]


def _in_place(first: Planes, second: Planes) -> NDArray[np.float32]:
    """Difference of each tile as it lies, an upper bound of what is left after moving it."""
    inside = slice(_MARGIN, -_MARGIN)
    apart = np.abs(first[:, inside, inside] - second[:, inside, inside]).max(axis=0)
    beyond = np.maximum(apart - np.int16(FLAT * _WHITE), 0)
    height, width = beyond.shape
    bands = beyond.reshape(height // _STEP, _STEP, width).sum(axis=1, dtype=np.int32)
    blocks = bands.reshape(height // _STEP, width // _STEP, _STEP).sum(axis=2).astype(np.float32)
    sums = blocks[:-1, :-1] + blocks[1:, :-1] + blocks[:-1, 1:] + blocks[1:, 1:]
    return np.asarray(sums / np.float32(_WHITE * TILE * TILE))


def _moved(first: Planes, second: Planes, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.float32]:
    """Difference of the tiles at these places, each moved to where it fits best."""
    tiles = _cut(first, rows, columns, 0, 0)
    around = _cut(second, rows, columns, ACROSS, ALONG)
    ignored = (FLAT * _WHITE + STEEP * np.maximum(_contrast(tiles), _contrast(around))).astype(np.int16)
    between = (around[..., :-1] + around[..., 1:]) // 2
    best = np.full(rows.shape, np.inf, dtype=np.float32)
    for down in range(2 * ACROSS + 1):
        for candidates in (around, between):
            for right in range(candidates.shape[-1] - TILE + 1):
                apart = np.abs(tiles - candidates[..., down : down + TILE, right : right + TILE]).max(axis=0)
                left = np.maximum(apart - ignored[:, None, None], 0).sum(axis=(1, 2), dtype=np.float32)
                np.minimum(best, left, out=best)
    return best / np.float32(_WHITE * TILE * TILE)


def _cut(planes: Planes, rows: NDArray[np.intp], columns: NDArray[np.intp], across: int, along: int) -> Planes:
    """Tiles with so many pixels around them: shape (3, number of tiles, height, width)."""
    windows: NDArray[Any] = sliding_window_view(planes, (TILE + 2 * across, TILE + 2 * along), axis=(1, 2))
    return windows[:, rows * _STEP + _MARGIN - across, columns * _STEP + _MARGIN - along]


def _contrast(tiles: Planes) -> NDArray[np.int16]:
    """Range of levels in each tile, of the channel where it is the largest."""
    return np.asarray((tiles.max(axis=(2, 3)) - tiles.min(axis=(2, 3))).max(axis=0))
