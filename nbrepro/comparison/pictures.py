"""Compares PNG, JPEG, GIF, WebP and BMP pictures by what a reader sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nbrepro.comparison.picture_decoding import Picture, UndecodablePictureError, decode_base64, decode_picture, on_background
from nbrepro.comparison.settings import DEFAULT, Settings
from nbrepro.model import Because, Judgement, Verdict

if TYPE_CHECKING:
    from numpy.typing import NDArray


def compare_pictures(expected: str, observed: str, settings: Settings = DEFAULT) -> Judgement:
    """Judges two pictures given as base64 text."""
    if expected == observed:
        return Judgement(Verdict.IDENTICAL)
    try:
        contents = decode_base64(expected), decode_base64(observed)
        if contents[0] == contents[1]:
            return Judgement(Verdict.IDENTICAL)
        first, second = decode_picture(contents[0]), decode_picture(contents[1])
    except UndecodablePictureError as error:
        return Judgement(Verdict.NOT_COMPARED, (Because("picture-unreadable", str(error)),))
    return _judge(first, second, settings)


def _judge(first: Picture, second: Picture, settings: Settings) -> Judgement:
    if first.size != second.size or len(first.frames) != len(second.frames):
        return Judgement(Verdict.DIFFERENT, (Because("picture-size", f"{first.size} against {second.size}"),))
    if all(map(np.array_equal, first.frames, second.frames)):
        return Judgement(Verdict.EQUIVALENT, (Because("picture-encoding", "Equal pixels, encoded in another way."),))
    distance = max(map(_distance, first.frames, second.frames))
    verdict = Verdict.CLOSE if distance <= settings.picture_tolerance else Verdict.DIFFERENT
    return Judgement(verdict, (Because("picture-distance", f"The pictures are {distance:.3f} apart.", distance),))


def _distance(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    levels = on_background(first, 255).astype(np.int16) - on_background(second, 255)
    return float(np.abs(levels).mean() / 255)
