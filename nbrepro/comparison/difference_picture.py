"""A picture that shows where two pictures differ, for reports."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from nbrepro.comparison.picture_decoding import UndecodablePictureError, decode_base64, decode_picture, on_background

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

EXPECTED_ONLY, OBSERVED_ONLY = (213, 94, 0), (0, 114, 178)
"""Vermilion where the expected picture is darker, blue where the observed one is: told apart by colour-blind readers too."""
_VISIBLE = 25


def difference_picture(expected: str, observed: str) -> bytes | None:
    """A PNG with the observed picture faded, and what differs in colour; None where a payload can't be decoded.

    Pixels darker in the expected picture are `EXPECTED_ONLY`, those darker in the observed one `OBSERVED_ONLY`. Pictures of
    unequal size share their top left corner, on a white page. Of an animation the first frame that differs is shown.
    """
    try:
        first, second = (decode_picture(decode_base64(payload)) for payload in (expected, observed))
    except UndecodablePictureError:
        return None
    pairs = list(zip(first.frames, second.frames, strict=False))
    frames = next((pair for pair in pairs if not np.array_equal(*pair)), pairs[0])
    buffer = BytesIO()
    Image.fromarray(_painted(*_on_one_page(*frames))).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _on_one_page(first: Pixels, second: Pixels) -> tuple[Pixels, Pixels]:
    height, width = (max(sides) for sides in zip(first.shape[:2], second.shape[:2], strict=True))
    pages = []
    for frame in (first, second):
        page = np.full((height, width, 3), 255, np.uint8)
        page[: frame.shape[0], : frame.shape[1]] = on_background(frame, 255)
        pages.append(page)
    return pages[0], pages[1]


def _painted(expected: Pixels, observed: Pixels) -> Pixels:
    apart = (np.maximum(expected, observed) - np.minimum(expected, observed)).max(axis=2) > _VISIBLE
    darkness = expected.sum(axis=2, dtype=np.int32) - observed.sum(axis=2, dtype=np.int32)
    grey = 255 - (255 - observed.mean(axis=2, dtype=np.float32)) / 4
    result = np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)
    result[apart & (darkness <= 0)] = EXPECTED_ONLY
    result[apart & (darkness > 0)] = OBSERVED_ONLY
    return result
