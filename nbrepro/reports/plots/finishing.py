"""Matplotlib's SVG made fit for pages: described, in the page's colours, with links, and without what would leak into the page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from nbrepro.reports.characters import visible
from nbrepro.reports.plots.palette import DARK, INK, LIGHT

if TYPE_CHECKING:
    from lxml.etree import _Element

SVG: Final = "http://www.w3.org/2000/svg"
_LINK: Final = "{http://www.w3.org/1999/xlink}href"
_FAMILY: Final = re.compile(r"font-family:[^;]*;?\s*")
_ALONE: Final = (
    f"svg {{ background: {LIGHT[0]}; color: {LIGHT[1]}; }}"
    f" @media (prefers-color-scheme: dark) {{ svg {{ background: {DARK[0]}; color: {DARK[1]}; }} }}"
)
_MARGIN: Final = 12
_PLACES: Final = ("d", "x", "y", "transform", "width", "height")
"""Attributes that say where something is drawn."""
_LONG_NUMBER: Final = re.compile(r"-?\d+\.\d{3,}")
_NO_ROTATION: Final = re.compile(r"rotate\(-?0 [^)]*\)")


@dataclass(frozen=True, slots=True)
class Mark:
    """What a part of a plot says, and where it leads."""

    words: str
    link: str = ""
    """Address or fragment; empty for none."""


def finished(drawing: bytes, name: str, title: str, description: str, marks: Sequence[Mark], *, alone: bool) -> str:
    """The drawing for a page, or to stand alone.

    Args:
        drawing: as matplotlib's SVG backend wrote it, its marks with the ids `mark-0`, `mark-1` …
        name: begins every id, so that several plots can stand in one page.
        title: read first by a screen reader.
        description: everything that the plot shows, in words.
        marks: what each mark says.
        alone: whether it is a file of its own: then it has a background, a margin and no links.
    """
    from lxml import etree

    root = etree.fromstring(drawing, etree.XMLParser(remove_comments=True, remove_blank_text=True, resolve_entities=False))
    for found in _parts(root, "local-name()='style' or local-name()='metadata'"):
        found.getparent().remove(found)  # type: ignore[union-attr] # it isn't the root
    _colour(root)
    _round(root)
    for number, mark in enumerate(marks):
        _say(root, f"mark-{number}", mark, with_link=not alone)
    _name_parts(root, name)
    _describe(root, name, title, description, is_linked=not alone and any(mark.link for mark in marks))
    if alone:
        _stand_alone(root)
    etree.cleanup_namespaces(root)
    return str(etree.tostring(root, encoding="unicode"))


def _parts(root: _Element, condition: str) -> list[_Element]:
    """The elements that an XPath condition holds for."""
    return cast("list[_Element]", root.xpath(f"//*[{condition}]"))


def _colour(root: _Element) -> None:
    """Text and lines take the colour of what they stand in; fonts are named once."""
    for found in root.iter():
        style = found.get("style")
        if style is not None:
            found.set("style", _FAMILY.sub("", style).replace(INK, "currentColor"))


def _round(root: _Element) -> None:
    """A hundredth of a pixel is enough: what lies below differs with the version of matplotlib, and nobody sees it."""
    for found in root.iter():
        for name in _PLACES:
            if name in found.attrib:
                found.set(name, _LONG_NUMBER.sub(_rounded, _NO_ROTATION.sub("", found.get(name, ""))))
        if found.get("transform") == "":
            del found.attrib["transform"]


def _rounded(number: re.Match[str]) -> str:
    return f"{round(float(number[0]), 2):g}"


def _say(root: _Element, identifier: str, mark: Mark, *, with_link: bool) -> None:
    from lxml import etree

    for part in _parts(root, f"@id='{identifier}'"):
        words = etree.Element(f"{{{SVG}}}title")
        words.text = visible(mark.words)
        if with_link and mark.link:
            link = etree.Element(f"{{{SVG}}}a", {"href": mark.link})
            link.extend(list(part))
            part.append(link)
            link.insert(0, words)
        else:
            part.insert(0, words)


def _name_parts(root: _Element, name: str) -> None:
    """Keep the ids that something refers to, beginning with the plot's name, and drop all others."""
    used = {found.get(_LINK, "")[1:] for found in root.iter() if found.get(_LINK, "").startswith("#")}
    for found in _parts(root, "@clip-path"):
        area = found.get("clip-path", "").removeprefix("url(#").removesuffix(")")
        used.add(area)
        found.set("clip-path", f"url(#{name}-{area})")
    for found in root.iter():
        identifier = found.get("id")
        if identifier in used:
            found.set("id", f"{name}-{identifier}")
        elif identifier is not None:
            del found.attrib["id"]
            if identifier.startswith("mark-"):
                found.set("class", "mark")
        link = found.get(_LINK, "")
        if link.startswith("#"):
            found.set("href", f"#{name}-{link[1:]}")
            del found.attrib[_LINK]


def _describe(root: _Element, name: str, title: str, description: str, *, is_linked: bool) -> None:
    from lxml import etree

    for position, (kind, text) in enumerate((("title", title), ("desc", description))):
        part = etree.Element(f"{{{SVG}}}{kind}", {"id": f"{name}-{kind}"})
        part.text = visible(text)
        root.insert(position, part)
    _, _, width, height = root.get("viewBox", "").split()
    root.attrib.pop("version", "")
    for key, value in (
        ("width", width),
        ("height", height),
        ("role", "group" if is_linked else "img"),  # what is inside of an image can't be reached
        ("aria-labelledby", f"{name}-title {name}-desc"),
        ("font-family", "'DejaVu Sans', Verdana, sans-serif"),
        ("stroke-linejoin", "round"),
        ("style", "max-width: 100%; height: auto"),
    ):
        root.set(key, value)


def _stand_alone(root: _Element) -> None:
    from lxml import etree

    style = etree.Element(f"{{{SVG}}}style")
    style.text = _ALONE
    root.insert(2, style)
    width, height = (float(root.get(side, "0")) + 2 * _MARGIN for side in ("width", "height"))
    root.set("viewBox", f"{-_MARGIN} {-_MARGIN} {width:g} {height:g}")
    root.set("width", f"{width:g}")
    root.set("height", f"{height:g}")
