"""Reads an SVG drawing safely, and lays its elements out in one line, ready to be walked beside another drawing."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from lxml import etree

MAXIMAL_CHARACTERS = 50_000_000
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_SCALING = re.compile(r"(scale|matrix)\s*\(([^)]*)\)")
_NOMINAL_EXTENT = 500.0


class UnreadableSvgError(ValueError):
    """Text that is no SVG drawing; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element, with all that a reader of the drawing could see of it."""

    path: str
    """Where it stands: `/svg/g[2]/path[1]`."""
    depth: int
    name: str
    """Local name in lower case: namespaces are left out, prefixes are a matter of the writer."""
    attributes: dict[str, str]
    text: str
    """Text in it and after it, with spaces collapsed."""
    scale: float
    """Largest factor by which the transformations around it stretch its coordinates."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """An SVG document."""

    elements: tuple[Element, ...]
    extent: float
    """Longer side of the view box, in units of the drawing."""
    metadata: tuple[str, ...]
    """Comments and the text of `<metadata>`, which nobody sees."""


def read_svg(text: str) -> Drawing:
    """Reads a drawing without loading anything from outside and without expanding entities.

    Raises:
        UnreadableSvgError: it is not well formed, no SVG, or too big.

    >>> [element.name for element in read_svg("<svg><g><path/></g></svg>").elements]
    ['svg', 'g', 'path']
    """
    root = _parse(text)
    if _local_name(root) != "svg":
        raise UnreadableSvgError(f"expected the root element <svg>, found <{_local_name(root)}>")
    elements: list[Element] = []
    metadata = [str(node.text or "").strip() for node in root.getroottree().iter(etree.Comment)]
    _lay_out(root, elements, metadata)
    return Drawing(tuple(elements), _extent(root), tuple(metadata))


def _parse(text: str) -> etree._Element:
    if len(text) > MAXIMAL_CHARACTERS:
        raise UnreadableSvgError(f"{len(text):,} characters are more than the limit of {MAXIMAL_CHARACTERS:,}")
    parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True)
    try:
        return etree.fromstring(text.encode("utf-8", "surrogatepass").lstrip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableSvgError(f"not well-formed XML: {error}") from error


def _lay_out(root: etree._Element, elements: list[Element], metadata: list[str]) -> None:
    """Depth first, with a stack of its own: a deep drawing must not exhaust Python's."""
    stack = [(root, "/svg", 0, 1.0)]
    while stack:
        node, path, depth, outer = stack.pop()
        attributes = {_without_namespace(str(name)): " ".join(str(value).split()) for name, value in node.attrib.items()}
        scale = outer * _scaling(attributes.get("transform", ""))
        elements.append(Element(path, depth, _local_name(node), attributes, _visible_text(node), scale))
        children = []
        counts: dict[str, int] = {}
        for child in node:
            name = _local_name(child)
            if name == "metadata":
                metadata.append(" ".join("".join(str(part) for part in child.itertext()).split()))
            elif name:
                counts[name] = counts.get(name, 0) + 1
                children.append((child, f"{path}/{name}[{counts[name]}]", depth + 1, scale))
        stack.extend(reversed(children))


def _local_name(node: etree._Element) -> str:
    """Empty for comments and entity references, which are no elements."""
    return _without_namespace(node.tag) if isinstance(node.tag, str) else ""


def _without_namespace(name: str) -> str:
    return name.rpartition("}")[2]


def _visible_text(node: etree._Element) -> str:
    """Text of the node and the text after its children, but not inside of them; unresolved entities as they are written."""
    parts = [node.text or ""]
    for child in node:
        if child.tag is etree.Entity:
            parts.append(str(child.text))
        parts.append(child.tail or "")
    return " ".join(" ".join(parts).split())


def _scaling(transform: str) -> float:
    factor = 1.0
    for name, arguments in _SCALING.findall(transform):
        numbers = [abs(float(number)) for number in NUMBER.findall(arguments)]
        stretching = numbers if name == "scale" else numbers[:4]
        factor *= max(stretching, default=1.0)
    return factor if math.isfinite(factor) and factor > 0 else 1.0


def _extent(root: etree._Element) -> float:
    box = NUMBER.findall(root.get("viewBox") or "")[2:4]
    sides = [float(number) for number in box or NUMBER.findall(f"{root.get('width', '')} {root.get('height', '')}")]
    extent = max(sides, default=0.0)
    return extent if math.isfinite(extent) and extent > 0 else _NOMINAL_EXTENT
