"""Compares PNG, JPEG, GIF, WebP and BMP pictures by what a reader sees."""

from __future__ import annotations

from math import ceil, sqrt
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from nbrepro.comparison.picture_alignment import alignments, nearly_same_size
from nbrepro.comparison.picture_colours import missing_colours
from nbrepro.comparison.picture_decoding import Picture, UndecodablePictureError, decode_base64, decode_picture, on_background
from nbrepro.comparison.picture_distance import Distance, measure
from nbrepro.comparison.picture_scaling import explanation
from nbrepro.comparison.settings import DEFAULT, Settings
from nbrepro.model import Because, Judgement, Verdict

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

MEASURED_PIXELS = 4_000_000
"""Larger pictures are reduced by a whole factor before their distance is measured; equality is decided on all pixels."""
WHITE, BLACK = 255, 0
_OPAQUE = 255
_ENOUGH = 0.1


def compare_pictures(expected: str, observed: str, settings: Settings = DEFAULT) -> Judgement:
    """Judges two pictures given as base64 text.

    `identical` are pictures of the same bytes, `equivalent` those of equal pixels (`picture-encoding`: other compression or
    metadata) and those that look the same on a white page (`picture-background`: one has a transparent background and one a
    white one). Otherwise their distance decides (`nbrepro.comparison.picture_distance`): `close` up to
    `settings.picture_tolerance`. Sizes may differ by what a tight frame around a figure explains. Of an animation each frame
    counts. What can't be decoded is `not-compared`.

    >>> compare_pictures("AAAA", "AAAA").verdict, compare_pictures("AAAA", "BBBB").verdict
    (<Verdict.IDENTICAL: 'identical'>, <Verdict.NOT_COMPARED: 'not-compared'>)
    """
    if expected == observed:
        return Judgement(Verdict.IDENTICAL)
    pictures = []
    contents = []
    for side, payload in (("expected", expected), ("observed", observed)):
        try:
            contents.append(decode_base64(payload))
            pictures.append(decode_picture(contents[-1]))
        except UndecodablePictureError as error:
            return Judgement(Verdict.NOT_COMPARED, (Because("picture-unreadable", f"The {side} picture can't be decoded: {error}."),))
    if contents[0] == contents[1]:
        return Judgement(Verdict.IDENTICAL)
    return _judge(pictures[0], pictures[1], settings)


def _judge(expected: Picture, observed: Picture, settings: Settings) -> Judgement:
    if settings.allows("picture-encoding") and expected.shows_the_same_as(observed):
        return Judgement(
            Verdict.EQUIVALENT, (Because("picture-encoding", "Equal pixels, stored with another compression or other metadata."),)
        )
    unlike = _unlike(expected, observed)
    if unlike:
        return Judgement(Verdict.DIFFERENT, (unlike,))
    pairs = [pair for frames in zip(expected.frames, observed.frames, strict=True) for pair in _views(*frames, settings)]
    distances = [_distance(first, second, settings) for first, second in pairs]
    worst = max(range(len(pairs)), key=lambda index: distances[index].value)
    if settings.allows("picture-background") and all(
        first.shape == second.shape and np.array_equal(first, second) for first, second in pairs
    ):
        return Judgement(Verdict.EQUIVALENT, (Because("picture-background", "Equal on a white page; only their transparency differs."),))
    return _by_distance(expected, observed, pairs[worst], distances[worst], settings)


def _unlike(expected: Picture, observed: Picture) -> Because | None:
    """Why the pictures need not be measured: another size, or another animation."""
    if not nearly_same_size(expected.size, observed.size):
        sizes = f"{_size(expected)} pixels were expected, {_size(observed)} found."
        return Because("picture-size", f"{sizes} {explanation(expected.size, observed.size)}".rstrip())
    if len(expected.frames) != len(observed.frames):
        return Because("picture-frames", f"{len(expected.frames)} frames were expected, {len(observed.frames)} found.")
    if expected.durations != observed.durations:
        return Because("picture-frames", "The frames are shown for other times.")
    return None


def _views(first: Pixels, second: Pixels, settings: Settings) -> list[tuple[Pixels, Pixels]]:
    """Both on a white page; also on a black one where both are transparent, as white lines don't show on white."""
    levels = [WHITE]
    transparent = [bool((frame[..., 3] < _OPAQUE).any()) for frame in (first, second)]
    if all(transparent) or (any(transparent) and not settings.allows("picture-background")):
        levels.append(BLACK)
    return [(on_background(first, level), on_background(second, level)) for level in levels]


def _distance(first: Pixels, second: Pixels, settings: Settings) -> Distance:
    """The smaller distance of those in which the pictures can be laid over each other."""
    if first.tobytes() > second.tobytes():
        first, second = second, first  # the order must not matter, and tiles of one are moved over the other
    factor = ceil(sqrt(max(first.shape[0] * first.shape[1], second.shape[0] * second.shape[1]) / MEASURED_PIXELS))
    if factor > 1:
        first, second = (np.asarray(Image.fromarray(pixels).reduce(factor)) for pixels in (first, second))
    best = None
    for pair in alignments(first, second):
        found = measure(*pair, enough=max(_ENOUGH, settings.picture_tolerance))
        if best is None or found.value < best.value:
            best = found.enlarged(factor)
        if best.value <= settings.picture_tolerance:
            break
    return best or Distance(0.0)


def _by_distance(expected: Picture, observed: Picture, pair: tuple[Pixels, Pixels], distance: Distance, settings: Settings) -> Judgement:
    close = distance.value <= settings.picture_tolerance
    sides = "" if expected.size == observed.size else f" The sizes are {_size(expected)} and {_size(observed)} pixels."
    reduced = f" Measured at 1/{distance.reduction} of their size." if distance.reduction > 1 else ""
    relation = "within" if close else "beyond"
    message = f"The pictures are {distance.value:.3g} apart, {relation} the tolerance of {settings.picture_tolerance:g}."
    place = "" if close or distance.box is None else f" {_where(distance)}{missing_colours(*pair)}"
    because = Because("picture-distance", message + place + sides + reduced, distance.value)
    return Judgement(Verdict.CLOSE if close else Verdict.DIFFERENT, (because,))


def _where(distance: Distance) -> str:
    left, top, right, bottom = distance.box or (0, 0, 0, 0)
    middle = f"around x = {(left + right) // 2}, y = {(top + bottom) // 2}"
    return f"They differ most {middle} (pixels from the left and from the top); {distance.share:.2%} of the pixels differ visibly."


def _size(picture: Picture) -> str:
    return f"{picture.size[0]}×{picture.size[1]}"
