"""From a payload of a notebook to pixels: bounded, and every failure is one error with its reason."""

from __future__ import annotations

import binascii
import warnings
from base64 import b64decode
from dataclasses import dataclass
from functools import reduce
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageSequence

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
MAXIMAL_PIXELS = 60_000_000
"""Pixels of all frames together; a payload of more is refused before it is decoded."""
MAXIMAL_FRAMES = 2_000


class UndecodablePictureError(ValueError):
    """A payload that is no picture, or one too big to be decoded; the message says which."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture: one frame, or several of an animation, all of the same size."""

    frames: tuple[NDArray[np.uint8], ...]
    """Arrays of shape (height, width, 4): red, green, blue, opacity."""
    durations: tuple[int, ...] = ()
    """Milliseconds that each frame is shown; empty for a still picture."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        height, width = self.frames[0].shape[:2]
        return width, height

    def shows_the_same_as(self, other: Picture) -> bool:
        """Whether every pixel of every frame is equal; what is fully transparent has no colour."""
        return (
            self.durations == other.durations
            and len(self.frames) == len(other.frames)
            and all(_equal(frame, counterpart) for frame, counterpart in zip(self.frames, other.frames, strict=True))
        )


def _equal(frame: NDArray[np.uint8], other: NDArray[np.uint8]) -> bool:
    if frame.shape != other.shape:
        return False
    if np.array_equal(frame, other):
        return True
    unequal = any_channel(frame != other)
    return not (unequal & ((frame[..., 3] > 0) | (other[..., 3] > 0))).any()


def any_channel(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether any channel has its flag set, for each pixel; several times faster than `any` over a short last axis."""
    return np.asarray(reduce(np.logical_or, (flags[..., channel] for channel in range(flags.shape[-1]))))


def decode_base64(payload: str) -> bytes:
    r"""The bytes behind base64 text, in whatever way it is split over lines.

    Raises:
        UndecodablePictureError: the text is no base64.

    >>> decode_base64("aGVs\nbG8=")
    b'hello'
    """
    try:
        return b64decode("".join(payload.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise UndecodablePictureError(f"no base64 text: {error}") from error


def decode_picture(content: bytes) -> Picture:
    """All frames of a PNG, JPEG, GIF, WebP or BMP file.

    Raises:
        UndecodablePictureError: the content is broken, of another format, or would take too many pixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of oddities in files that it reads all the same.
            with Image.open(BytesIO(content), formats=FORMATS) as image:
                _refuse_bombs(image)
                return _frames(image)
    except UndecodablePictureError:
        raise
    except Exception as error:  # Pillow's decoders raise nearly every error there is on broken bytes
        found = str(error) if content else "it is empty"
        raise UndecodablePictureError(found.split(" <_io")[0].replace("cannot identify image file", "no picture format")) from error


def _refuse_bombs(image: Image.Image) -> None:
    frames = getattr(image, "n_frames", 1)
    width, height = image.size
    if width * height * frames > MAXIMAL_PIXELS or frames > MAXIMAL_FRAMES:
        found = f"{width}×{height} pixels" + (f" in {frames} frames" if frames > 1 else "")
        raise UndecodablePictureError(f"{found} are more than the limit of {MAXIMAL_PIXELS:,} pixels and {MAXIMAL_FRAMES:,} frames")


def _frames(image: Image.Image) -> Picture:
    if getattr(image, "n_frames", 1) == 1:
        return Picture((_pixels(image),))
    frames, durations = [], []
    for frame in ImageSequence.Iterator(image):
        frames.append(_pixels(frame))
        durations.append(int(frame.info.get("duration", 0)))
    return Picture(tuple(frames), tuple(durations))


def _pixels(image: Image.Image) -> NDArray[np.uint8]:
    if image.mode.startswith("I") or image.mode == "F":
        return _from_grey_levels(np.asarray(image))
    return np.asarray(image if image.mode == "RGBA" else image.convert("RGBA"))


def _from_grey_levels(levels: NDArray[Any]) -> NDArray[np.uint8]:
    """Sixteen bits to eight: Pillow itself would cut off everything above 255."""
    grey = np.clip(levels // 257, 0, 255).astype(np.uint8)
    opaque = np.full_like(grey, 255)
    return np.stack([grey, grey, grey, opaque], axis=-1)


def on_background(pixels: NDArray[np.uint8], level: int) -> NDArray[np.uint8]:
    """The picture as it looks on a grey page: shape (height, width, 3); `level` 255 is white, 0 black."""
    opacity = pixels[..., 3:]
    if opacity.min(initial=255) == 255:  # noqa: PLR2004 - fully opaque
        return np.ascontiguousarray(pixels[..., :3])
    weight = opacity.astype(np.uint16)
    return ((pixels[..., :3] * weight + level * (255 - weight) + 127) // 255).astype(np.uint8)
