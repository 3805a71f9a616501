"""Comparison of two pages, each kind of content by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from nbrepro.comparison.findings import Findings
from nbrepro.comparison.identifiers import Identifiers, numbered
from nbrepro.comparison.pages import Element, Page
from nbrepro.comparison.registry import comparer_for
from nbrepro.comparison.rules import ELEMENT_IDS, LIBRARY_ADDRESSES
from nbrepro.comparison.scripts import compare_all_code
from nbrepro.comparison.tables import compare_tables
from nbrepro.comparison.text import compare_text
from nbrepro.comparison.values import compare_value
from nbrepro.model import Judgement

_REFERENCES = frozenset({"for", "headers", "list", "form", "usemap", "data-root-id"})

Part = TypeVar("Part")


def compare_pages(findings: Findings, expected: Page, observed: Page, compare_frames: Callable[[str, str], Judgement]) -> None:
    """Compares two pages and records what was found; `compare_frames` judges the documents embedded in them."""
    identifiers = Identifiers()
    for number, (first, second) in _pairs(findings, "table", expected.tables, observed.tables):
        if first != second:
            compare_tables(findings, first, second, f"table {number}, " if len(expected.tables) > 1 else "")
    _compare_lines(findings, identifiers, expected.lines, observed.lines)
    for number, (picture, other) in _pairs(findings, "picture", expected.pictures, observed.pictures):
        if picture[1] != other[1]:
            findings.absorb(comparer_for(picture[0])(picture[1], other[1], findings.settings), f"picture {number}")
    for number, (drawing, other_drawing) in _pairs(findings, "drawing", expected.drawings, observed.drawings):
        if drawing != other_drawing and not identifiers.match_all(findings, drawing, other_drawing):
            judgement = comparer_for("image/svg+xml")(numbered(drawing), numbered(other_drawing), findings.settings)
            findings.absorb(judgement, f"drawing {number}")
    for number, pair in _pairs(findings, "frame", expected.frames, observed.frames):
        findings.absorb(compare_frames(*pair), f"frame {number}")
    compare_all_code(findings, identifiers, expected.scripts, observed.scripts)
    _compare_elements(findings, identifiers, expected, observed)
    if expected.libraries != observed.libraries:
        _compare_libraries(findings, expected.libraries, observed.libraries)


def _pairs(findings: Findings, kind: str, expected: Sequence[Part], observed: Sequence[Part]) -> list[tuple[int, tuple[Part, Part]]]:
    """Parts of one kind in pairs, numbered from 1; another number of them is recorded."""
    if len(expected) != len(observed):
        findings.differ(f"{kind}-count-changed", f"{kind}s: expected {len(expected)}, observed {len(observed)}")
    return list(enumerate(zip(expected, observed, strict=False), start=1))


def _compare_lines(findings: Findings, identifiers: Identifiers, expected: list[str], observed: list[str]) -> None:
    if expected == observed:
        return
    first, second = "\n".join(expected), "\n".join(observed)
    if not identifiers.match_all(findings, first, second):
        findings.absorb(compare_text(first, second, findings.settings), "text")


def _compare_elements(findings: Findings, identifiers: Identifiers, expected: Page, observed: Page) -> None:
    if len(expected.ids) == len(observed.ids):
        for pair in zip(expected.ids, observed.ids, strict=True):
            if not identifiers.match_each(findings, [pair]) and pair[0] != pair[1]:
                findings.changed("element-id-changed", "id of an element", *pair)
    tags, other_tags = ([element.tag for element in page.elements] for page in (expected, observed))
    if tags != other_tags:
        findings.differ("markup-changed", f"elements: {_first_change(tags, other_tags)}")
        return
    for first, second in zip(expected.elements, observed.elements, strict=True):
        if first.attributes != second.attributes or _has_references(first):
            _compare_attributes(findings, identifiers, first, second)


def _first_change(expected: list[str], observed: list[str]) -> str:
    number = next((i for i, (first, second) in enumerate(zip(expected, observed, strict=False)) if first != second), None)
    if number is None:
        return f"expected {len(expected)}, observed {len(observed)}"
    return f"expected <{expected[number]}>, observed <{observed[number]}>"


def _has_references(element: Element) -> bool:
    return any(_is_reference(name, value) for name, value in element.attributes.items())


def _is_reference(name: str, value: str) -> bool:
    return name in _REFERENCES or name.startswith("aria-") or (name.endswith("href") and value.startswith("#"))


def _compare_attributes(findings: Findings, identifiers: Identifiers, expected: Element, observed: Element) -> None:
    for name in {**expected.attributes, **observed.attributes}:
        first, second = expected.attributes.get(name), observed.attributes.get(name)
        place = f"attribute {name} of <{expected.tag}>"
        if first is None or second is None:
            findings.differ("attribute-changed", f"{place}: {'not observed' if second is None else 'not expected'}")
            continue
        are_matched = _match_references(findings, identifiers, first, second) if _is_reference(name, first) else None
        if are_matched is None:
            are_matched = identifiers.match_all(findings, first, second)
        if are_matched is False:
            findings.changed("attribute-changed", place, first, second)
        elif are_matched is None:
            compare_value(findings, place, first, second, "attribute-changed")


def _match_references(findings: Findings, identifiers: Identifiers, expected: str, observed: str) -> bool | None:
    """Whether two attributes refer to the same elements; None where they don't refer to ids that were met."""
    first, second = expected.replace("#", " ").split(), observed.replace("#", " ").split()
    is_possible = findings.settings.allows(ELEMENT_IDS) and first and len(first) == len(second)
    if not is_possible or not all(map(identifiers.knows, first, second)):
        return None
    return identifiers.match_each(findings, list(zip(first, second, strict=True)))


def _compare_libraries(findings: Findings, expected: list[str], observed: list[str]) -> None:
    removed = next((address for address in expected if address not in observed), "none")
    added = next((address for address in observed if address not in expected), "none")
    message = f"addresses of scripts and style sheets: expected {removed}, observed {added}"
    if not findings.apply(LIBRARY_ADDRESSES, message):
        findings.differ("library-changed", message)
