"""Which colours one picture has and the other has not: the quickest word for a series that is missing or was painted anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

_NAMED = 3
_PIXELS = 24
_NEAR = 12


def missing_colours(expected: Pixels, observed: Pixels) -> str:
    """A sentence that names the colours of areas that are only in one of the pictures; empty where there are none.

    >>> white, red = np.full((9, 9, 3), 255, np.uint8), np.full((9, 9, 3), (255, 0, 0), np.uint8)
    >>> missing_colours(white, red)
    ' Missing colours: #ffffff. New colours: #ff0000.'
    """
    return _sentence("Missing", _only_in(expected, observed)) + _sentence("New", _only_in(observed, expected))


def _sentence(word: str, colours: list[str]) -> str:
    return f" {word} colours: {', '.join(colours)}." if colours else ""


def _only_in(pixels: Pixels, other: Pixels) -> list[str]:
    """The most frequent colours, as `#rrggbb`, that have nothing near them anywhere in the other picture."""
    values, counts = np.unique(_packed(pixels), return_counts=True)
    frequent = values[counts >= _PIXELS][np.argsort(-counts[counts >= _PIXELS], kind="stable")][: 8 * _NAMED]
    present = _unpacked(np.unique(_packed(other)))
    found = [value for value in frequent if not (np.abs(present - _unpacked(value)) <= _NEAR).all(axis=-1).any()]
    return [f"#{value:06x}" for value in found[:_NAMED]]


def _packed(pixels: Pixels) -> NDArray[np.int32]:
    levels = pixels.astype(np.int32)
    return np.asarray(levels[..., 0] << 16 | levels[..., 1] << 8 | levels[..., 2])


def _unpacked(values: NDArray[np.int32]) -> NDArray[np.int32]:
    return np.stack([values >> 16, values >> 8 & 255, values & 255], axis=-1)
