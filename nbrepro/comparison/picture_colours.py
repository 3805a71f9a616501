"""Which colours one picture has and the other has not: the quickest word for a series that is missing or was painted anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

_NAMED = 3
_PIXELS = 24
_BINS = 16


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
    """The most frequent colours, as `#rrggbb`, of which there is nothing like in the other picture."""
    bins, present = _bins(pixels), np.bincount(_bins(other), minlength=_BINS**3).reshape(_BINS, _BINS, _BINS)
    counts = np.bincount(bins, minlength=_BINS**3)
    found = []
    for index in np.argsort(-counts, kind="stable")[: 8 * _NAMED]:
        red, green, blue = (slice(max(part - 1, 0), part + 2) for part in np.unravel_index(index, present.shape))
        if counts[index] >= _PIXELS and not present[red, green, blue].any():
            found.append("#" + pixels.reshape(-1, 3)[int((bins == index).argmax())].tobytes().hex())
    return found[:_NAMED]


def _bins(pixels: Pixels) -> NDArray[np.uint16]:
    """The number of the box of 16×16×16 colours in which each pixel lies."""
    levels = (pixels >> 4).astype(np.uint16)
    return np.asarray(levels[..., 0] * _BINS**2 + levels[..., 1] * _BINS + levels[..., 2]).ravel()
