"""Whether a picture of another size is the same drawing at another resolution.

The larger picture is brought to the resolution of the smaller one and laid over it. Then three things are measured: what is
drawn, more tolerantly of the thickness of strokes than in pictures of equal size (`nbrepro.comparison.picture_distance`); long
edges, which must not move as letters may (`nbrepro.comparison.picture_edges`); and the letters
(`nbrepro.comparison.picture_letters`). Where the letters can't be told to be the same, the verdict is `different`, and the
reason says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageFilter

from nbrepro.comparison.picture_distance import measure
from nbrepro.comparison.picture_edges import moved_edge
from nbrepro.comparison.picture_letters import FRACTIONS, worst_letter
from nbrepro.comparison.picture_scaling import Overlay, Scaling, find_scaling, may_be_default_sizes
from nbrepro.model import Because, Judgement, Verdict

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

LARGEST = 1_500_000
"""Pixels of the smaller picture beyond which two resolutions aren't compared, which bounds the time."""
SHORTEST = 16
"""Pixels of the shorter side that the smaller picture must have, so that there are letters to look at."""
LETTERS, LETTERS_FAR = 0.02, 0.016
"""What may be left of the worst letter (`nbrepro.comparison.picture_letters`) up to the factor `FAR` between the resolutions, and
beyond it. Of 14 pairs of digits that look alike, set in 10 points at 3 places each,
0.024 or more was left between 72 and 100 dots per inch, and 0.020 or more between 72 and 144."""
FAR = 1.5
_STEEP = 0.3
_BLUR = 0.6
_ENOUGH = 0.1
_DEFAULTS = " Figures of default size have such sizes up to matplotlib-inline 0.1.3 and since then: another version may draw them alike."


@dataclass(frozen=True, slots=True)
class Redrawing:
    """How far two pictures are apart that may be one drawing at two resolutions."""

    scaling: Scaling
    drawing: float
    """Distance of what is drawn, from 0 to 1, as `nbrepro.comparison.picture_distance` measures it."""
    letters: float | None
    """What is left of the worst letter, from 0 to 1; None where the drawing differs already."""
    place: tuple[int, int]
    """Pixels from the left and from the top of the smaller picture, where they differ most."""


def judge_another_size(views: list[tuple[Pixels, Pixels]], tolerance: float) -> Judgement:
    """Judges pictures of another size; each view is the expected and the observed picture (height, width, 3) on one page.

    `close` (`picture-resolution`) where every view is one drawing at two resolutions, else `different` (`picture-size`).
    """
    expected, observed = (_size(pixels) for pixels in views[0])
    sizes = f"{expected[0]}×{expected[1]} pixels were expected, {observed[0]}×{observed[1]} found"
    smaller, larger = sorted((expected, observed), key=_area)
    scaling = find_scaling(smaller, larger)
    if scaling is None:
        return _different(f"{sizes}, which is not another resolution only.{_DEFAULTS if may_be_default_sizes(smaller, larger) else ''}")
    low, high = scaling.resolutions
    sizes += f", as {low} and {high} dots per inch make of one drawing"
    if _area(smaller) > LARGEST or min(smaller) < SHORTEST:
        return _different(f"{sizes}; they are too {'small' if min(smaller) < SHORTEST else 'large'} to be compared at two resolutions.")
    return _by_distance([_redrawing(*view, scaling, tolerance) for view in views], sizes, tolerance)


def _redrawing(first: Pixels, second: Pixels, scaling: Scaling, tolerance: float) -> Redrawing:
    smaller, larger = sorted((first, second), key=lambda pixels: _area(_size(pixels)))
    overlay = Overlay(smaller, larger, scaling.factor)
    laid_over = overlay.seen()
    distance = measure(_blurred(smaller), _blurred(laid_over), enough=max(_ENOUGH, tolerance), steep=_STEEP)
    if distance.value > tolerance:
        left, top, right, bottom = distance.box or (0, 0, 0, 0)
        return Redrawing(scaling, distance.value, None, ((left + right) // 2, (top + bottom) // 2))
    moved = _moved_edge(smaller, overlay)
    if moved:
        return Redrawing(scaling, distance.value, None, moved)
    letters, place = worst_letter(smaller, overlay, limit=_letters_limit(scaling, tolerance))
    return Redrawing(scaling, distance.value, letters, place)


def _moved_edge(smaller: Pixels, overlay: Overlay) -> tuple[int, int] | None:
    """The place of an edge that lies elsewhere, at whatever fraction of a pixel the whole picture is moved; None if there is none."""
    place = None
    for down, right in product(FRACTIONS, FRACTIONS):
        place = moved_edge(smaller, overlay.seen(right, down))
        if place is None:
            break
    return place


def _letters_limit(scaling: Scaling, tolerance: float) -> float:
    return min(LETTERS if scaling.factor <= FAR else LETTERS_FAR, tolerance)


def _by_distance(views: list[Redrawing], sizes: str, tolerance: float) -> Judgement:
    worst = max(views, key=lambda view: (view.letters is None, view.letters or view.drawing))
    place = f"around x = {worst.place[0]}, y = {worst.place[1]} (pixels of the smaller picture, from the left and from the top)"
    if worst.letters is None:
        found = f"they are {worst.drawing:.3g} apart" if worst.drawing > tolerance else "an edge lies elsewhere or is missing"
        return _different(f"{sizes}, but laid over each other {found}, {place}.", worst.drawing)
    if worst.letters > _letters_limit(worst.scaling, tolerance):
        return _different(f"{sizes}. What is drawn agrees, but letters or fine strokes can't be told to be the same, first {place}.")
    distance = round(max(max(view.drawing, view.letters or 0.0) for view in views), 4)
    message = f"{sizes}. Laid over each other they are {distance:.3g} apart, within the tolerance of {tolerance:g}."
    return Judgement(Verdict.CLOSE, (Because("picture-resolution", message, distance),))


def _different(message: str, deviation: float | None = None) -> Judgement:
    return Judgement(Verdict.DIFFERENT, (Because("picture-size", message, deviation),))


def _size(pixels: Pixels) -> tuple[int, int]:
    return pixels.shape[1], pixels.shape[0]


def _area(size: tuple[int, int]) -> int:
    return size[0] * size[1]


def _blurred(pixels: Pixels) -> Pixels:
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(_BLUR)))
