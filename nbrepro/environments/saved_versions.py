"""Versions of packages that the saved outputs of a notebook tell: whoever wrote them had these installed.

- matplotlib writes its version into the pictures that it draws: `Software` in PNG (https://www.w3.org/TR/png-3/#11keywords),
  `dc:title` in SVG.
- bokeh's outputs name the version of its JavaScript, which is its own.
- The magic `%watermark` (https://github.com/rasbt/watermark) lists versions.
- Pictures of 72 dots an inch, which is how they were drawn before matplotlib-inline 0.1.4.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from nbrepro.environments.imports.packages import package_table

INLINE_DOTS = 72
"""Dots per inch of figures in a notebook before matplotlib-inline 0.1.4, unless the notebook sets others."""
_HEAD = 4096
"""Characters of an encoded picture that are looked at: what describes it comes before its pixels."""
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_INCHES_PER_METRE = 0.0254
_MATPLOTLIB = re.compile(rb"[Mm]atplotlib(?: version ?| v)([0-9][0-9a-z.+]*)")
_BOKEH = re.compile(r"\bbokeh-(\d+\.\d+\.\d+)(?:\.min)?\.js")
_WATERMARK = re.compile(r"^\s*%+watermark\b", re.MULTILINE)
_BY_WATERMARK = "is listed by %watermark"
_LISTED = re.compile(r"^([A-Za-z][\w.\-]*)\s*(?:[:=]+\s*|\s)v?(\d+(?:\.\w+)+)\s*$", re.MULTILINE)
_BOKEH_TYPES = ("text/html", "application/javascript", "application/vnd.bokehjs_load.v0+json")


@dataclass(frozen=True, slots=True)
class SavedVersion:
    """A version that an output tells."""

    name: str
    """Normalized name of the package."""
    version: str
    cell: int
    """Number of the first cell that tells it, counted from 1."""
    how: str
    """What tells it, in words."""

    @property
    def is_needed(self) -> bool:
        """Whether the code that tells it imports the package: `%watermark` does."""
        return self.how == _BY_WATERMARK


@dataclass(frozen=True, slots=True)
class SavedVersions:
    """Everything that the outputs of a notebook tell of the environment that made them."""

    versions: tuple[SavedVersion, ...] = ()
    """One for each package: the version that most outputs tell, the newest of those."""
    others: tuple[SavedVersion, ...] = ()
    """Further versions of these packages: not all cells were run in one environment."""
    has_inline_dots: bool = False
    """Whether pictures have as many dots an inch as matplotlib-inline drew before 0.1.4."""

    def of(self, name: str) -> SavedVersion | None:
        """What is told of one package; None where nothing is."""
        return next((found for found in self.versions if found.name == name), None)


def saved_versions(content: Mapping[str, Any]) -> SavedVersions:
    """What the saved outputs of a notebook tell.

    Args:
        content: the notebook in nbformat 4 (`Document.content`).
    """
    found: list[SavedVersion] = []
    dots: set[int] = set()
    for number, cell in enumerate(content["cells"], 1):
        for output in cell.get("outputs", ()):
            found += (SavedVersion(name, version, number, how) for name, version, how in _told(cell["source"], output))
            dots |= set(_dots(output))
    return SavedVersions(*_chosen(found), has_inline_dots=INLINE_DOTS in dots)


def _chosen(found: list[SavedVersion]) -> tuple[tuple[SavedVersion, ...], tuple[SavedVersion, ...]]:
    told = Counter((one.name, one.version) for one in found)
    first = {(one.name, one.version): one for one in reversed(found)}
    ranked = sorted(first.values(), key=lambda one: (told[one.name, one.version], Version(one.version)), reverse=True)
    best = {one.name: one for one in reversed(ranked)}
    return tuple(sorted(best.values(), key=lambda one: one.name)), tuple(one for one in ranked if best[one.name] is not one)


def _told(source: str, output: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Package, version and what tells it; without versions that no index has."""
    every = (*_by_pictures(output), *_by_bokeh(output), *(_by_watermark(output) if _WATERMARK.search(source) else ()))
    return ((name, version, how) for name, version, how in every if _is_release(version))


def _by_pictures(output: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for picture in (_png(output), _payload(output, "image/svg+xml")[:_HEAD].encode(errors="replace")):
        found = _MATPLOTLIB.search(_description(picture))
        if found:
            yield "matplotlib", found[1].decode().rstrip("."), "drew a saved picture"


def _by_bokeh(output: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for mime_type in _BOKEH_TYPES:
        found = _BOKEH.search(_payload(output, mime_type))
        if found:
            yield "bokeh", found[1], "is named by a saved plot"


def _by_watermark(output: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for module, version in _LISTED.findall(_text(output.get("text", ""))):
        name = package_table().package_of(module) or (canonicalize_name(module) if package_table().knows(module) else None)
        if name:
            yield name, version, _BY_WATERMARK


def _dots(output: Mapping[str, Any]) -> Iterator[int]:
    """Dots per inch of a picture that says so."""
    for kind, data in _chunks(_png(output)):
        if kind == b"pHYs" and len(data) == struct.calcsize(">IIB"):
            across, _, is_metric = struct.unpack(">IIB", data)
            if is_metric:
                yield round(across * _INCHES_PER_METRE)


def _description(picture: bytes) -> bytes:
    """What stands before the pixels of a picture."""
    return b"\n".join(data for kind, data in _chunks(picture) if kind == b"tEXt") if picture.startswith(_SIGNATURE) else picture


def _chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Types and contents of the chunks of a PNG, up to its pixels or its end."""
    place = len(_SIGNATURE)
    while picture.startswith(_SIGNATURE) and len(picture) >= place + 8:
        length, kind = struct.unpack_from(">I4s", picture, place)
        if kind == b"IDAT":
            return
        yield kind, picture[place + 8 : place + 8 + length]
        place += length + 12


def _png(output: Mapping[str, Any]) -> bytes:
    """The beginning of a picture; empty where there is none, or what is there is none."""
    text = re.sub(r"\s+", "", _payload(output, "image/png")[: _HEAD + _HEAD // 8])
    try:
        return base64.b64decode(text[: len(text) // 4 * 4], validate=True)
    except (binascii.Error, ValueError):
        return b""


def _payload(output: Mapping[str, Any], mime_type: str) -> str:
    return _text((output.get("data") or {}).get(mime_type, ""))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _is_release(version: str) -> bool:
    """Whether an index could have it: no build of somebody's own."""
    try:
        read = Version(version)
    except InvalidVersion:
        return False
    return read.local is None and not read.is_devrelease and not read.is_postrelease
