"""Lays a picture over the same drawing at a higher resolution: which factor, which place, and the larger one made smaller."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from nbrepro.comparison.picture_alignment import best_move, nearly_same_size

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

RESOLUTIONS = (72, 80, 96, 100, 120, 144, 150, 192, 200, 300)
"""Dots per inch that drawing programs and their settings have by default, and twice as many for fine screens."""
SMALLEST_FACTOR, LARGEST_FACTOR = 1.04, 4.5
OLD_DEFAULT, NEW_DEFAULT = (432, 288), (640, 480)
"""Pixels of a figure of default size before tight cropping: 6×4 inches at 72 dots per inch in notebooks up to matplotlib-inline
0.1.3, of 6.4×4.8 at 100 since."""
_CROPPED = 0.75
REACH = 8
"""Pixels of the smaller picture around it that can be asked for."""
_ROUNDING = 0.012
"""How far the factor of two sizes may lie from that of two resolutions: a tight frame is rounded to whole pixels."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """By what the smaller of two pictures has to be enlarged to be the other one."""

    factor: float
    resolutions: tuple[int, int]
    """Dots per inch of the smaller and the larger picture that explain the factor; the lowest, if there are several."""


def find_scaling(smaller: tuple[int, int], larger: tuple[int, int]) -> Scaling | None:
    """The scaling between two sizes (width, height); None where no pair of usual resolutions explains both sides.

    >>> find_scaling((1041, 498), (1446, 692))
    Scaling(factor=1.3888888888888888, resolutions=(72, 100))
    >>> find_scaling((394, 265), (640, 480))
    """
    ratios = [side / other for side, other in zip(larger, smaller, strict=True)]
    middle = (ratios[0] * ratios[1]) ** 0.5
    if not SMALLEST_FACTOR <= middle <= LARGEST_FACTOR:
        return None
    low, high = min(permutations(RESOLUTIONS, 2), key=lambda pair: (round(abs(pair[1] / pair[0] / middle - 1), 4), pair))
    factor = high / low
    reduced = round(larger[0] / factor), round(larger[1] / factor)
    if abs(factor / middle - 1) > _ROUNDING or not nearly_same_size(smaller, reduced):
        return None
    return Scaling(factor, (low, high))


def may_be_default_sizes(smaller: tuple[int, int], larger: tuple[int, int]) -> bool:
    """Whether sizes may be those of one figure at the default size of old notebooks and of new ones, each cropped tightly.

    >>> may_be_default_sizes((394, 265), (584, 432)), may_be_default_sizes((394, 265), (394, 365))
    (True, False)
    """
    sides = zip(smaller + larger, OLD_DEFAULT + NEW_DEFAULT, strict=True)
    return all(_CROPPED * default <= side <= default for side, default in sides)


class Overlay:
    """The larger of two pictures as it looks at the resolution of the smaller one, laid where both fit best.

    What it doesn't cover is filled with the colours of its border.
    """

    def __init__(self, smaller: Pixels, larger: Pixels, factor: float) -> None:
        self._factor = factor
        self._height, self._width = smaller.shape[:2]
        margin = int(REACH * factor) + 1
        self._image, self._origin = Image.fromarray(larger), (0.0, 0.0)
        size = max(round(larger.shape[1] / factor), 1), max(round(larger.shape[0] / factor), 1)
        down, right = best_move(smaller, np.asarray(self._image.resize(size, Image.Resampling.HAMMING)))
        paddings = [
            _paddings(margin, down, larger.shape[0], self._height, factor),
            _paddings(margin, right, larger.shape[1], self._width, factor),
        ]
        self._image = Image.fromarray(np.pad(larger, (*paddings, (0, 0)), mode="edge"))
        self._origin = (paddings[1][0] - right * factor, paddings[0][0] - down * factor)

    def seen(self, right: float = 0.0, down: float = 0.0, stretch: tuple[float, float] = (1.0, 1.0), around: int = 0) -> Pixels:
        """The larger picture in the size of the smaller one and some pixels around it, moved and stretched (to the side and upright)."""
        width, height = self._width + 2 * around, self._height + 2 * around
        size = round(width * stretch[0]), round(height * stretch[1])
        x, y = (start - (around + move) * self._factor for start, move in zip(self._origin, (right, down), strict=True))
        box = (x, y, x + width * self._factor, y + height * self._factor)
        return np.asarray(self._image.resize(size, Image.Resampling.HAMMING, box=box))


def _paddings(margin: int, move: int, side: int, other: int, factor: float) -> tuple[int, int]:
    """Pixels to be added before and after a side of the larger picture, so that it covers the other with a margin."""
    missing = ceil((other - move) * factor) - side
    return max(margin + ceil(move * factor), 0), max(margin + missing, 0)
