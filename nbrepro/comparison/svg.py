"""Compares SVG drawings: the same elements in the same order, with coordinates within a fraction of a pixel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest

from nbrepro.comparison.settings import DEFAULT, Settings
from nbrepro.comparison.svg_reading import NUMBER, Drawing, Element, UnreadableSvgError, read_svg
from nbrepro.model import Because, Judgement, Verdict

COORDINATE_TOLERANCE = 1 / 5000
"""Largest move of a coordinate that is `close`, as a share of the drawing's longer side: 0.1 px of 500."""

_COORDINATES = frozenset(
    {"x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "dx", "dy", "r", "rx", "ry", "fx", "fy", "d", "points", "width", "height", "viewBox"}
)
_REFERENCES = frozenset({"href", "aria-labelledby", "aria-describedby"})
_URL = re.compile(r"url\(\s*['\"]?#([^)'\"]+)['\"]?\s*\)")
_TOKEN = re.compile(rf"#\w+|{NUMBER.pattern}|[^\s,\d.+#-]+|[^\s,]")
_FUNCTION = re.compile(r"(\w+)\s*\(([^)]*)\)")


def compare_svg(expected: str, observed: str, settings: Settings = DEFAULT) -> Judgement:
    """Judges two SVG drawings.

    Ids may be renamed where this is done consistently (`svg-ids`), comments and `<metadata>` are not seen by a reader
    (`svg-metadata`), and neither is the order of attributes or the space between elements (`svg-encoding`). Coordinates
    are close within `COORDINATE_TOLERANCE`, other numbers within the tolerances of the settings. Elements, their order,
    their text, and all else must be equal.

    >>> compare_svg('<svg><path d="M 0 0 L 9 1"/></svg>', '<svg><path d="M 0 0 L 9 1.01"/></svg>').verdict
    <Verdict.CLOSE: 'close'>
    """
    if expected == observed:
        return Judgement(Verdict.IDENTICAL)
    try:
        first, second = read_svg(expected), read_svg(observed)
    except UnreadableSvgError as error:
        return Judgement(Verdict.NOT_COMPARED, (Because("svg-unreadable", f"The drawing can't be read: {error}."),))
    walk = _Walk(settings, extent=max(first.extent, second.extent))
    difference = next(walk.differences(first, second), None)
    if difference:
        return Judgement(Verdict.DIFFERENT, (difference,))
    return walk.judgement(metadata_differs=first.metadata != second.metadata)


@dataclass(slots=True)
class _Walk:
    """One walk along two drawings, and what it met."""

    settings: Settings
    extent: float
    largest_move: float = 0.0
    largest_deviation: float = 0.0
    moved: int = 0
    forward: dict[str, str] = field(default_factory=dict)
    backward: dict[str, str] = field(default_factory=dict)

    def differences(self, first: Drawing, second: Drawing) -> Iterator[Because]:
        """What differs, from the first place on."""
        if not self.settings.allows("svg-metadata") and first.metadata != second.metadata:
            yield Because("svg-changed", "Comments or metadata differ.")
        if not self.settings.allows("svg-encoding"):
            yield Because("svg-changed", "The drawings are written in different ways.")
        for expected, observed in zip_longest(first.elements, second.elements):
            difference = self._difference(expected, observed)
            if difference:
                yield Because("svg-changed", difference)

    def judgement(self, *, metadata_differs: bool) -> Judgement:
        """The verdict of a walk that met no difference."""
        renamed = any(old != new for old, new in self.forward.items())
        reasons = []
        if renamed:
            reasons.append(Because("svg-ids", "Ids have other names, consistently."))
        if metadata_differs:
            reasons.append(Because("svg-metadata", "Comments or metadata differ, which nobody sees."))
        if self.moved:
            move = (
                f"the largest of them by {self.largest_move:.3g} of {self.extent:.4g} units"
                if self.largest_move
                else "in their last digits"
            )
            message = f"{self.moved} numbers differ within the tolerance, {move}."
            return Judgement(Verdict.CLOSE, (*reasons, Because("number-tolerance", message, self.largest_deviation)))
        if not reasons:
            reasons.append(Because("svg-encoding", "Equal drawings, written in another way."))
        return Judgement(Verdict.EQUIVALENT, tuple(reasons))

    def _difference(self, expected: Element | None, observed: Element | None) -> str | None:
        if expected is None or observed is None:
            there = expected or observed
            return f"{there.path if there else ''} is only in the {'expected' if expected else 'observed'} drawing."
        if expected.depth != observed.depth or expected.name != observed.name:
            return f"{expected.path} was expected, {observed.path} found."
        if expected.text != observed.text:
            return f"{expected.path}: text {_cut(expected.text)} was expected, {_cut(observed.text)} found."
        if expected.attributes.keys() != observed.attributes.keys():
            odd = sorted(expected.attributes.keys() ^ observed.attributes.keys())
            return f"{expected.path}: only one of the drawings has the attribute {odd[0]}."
        for name, value in expected.attributes.items():
            other = observed.attributes[name]
            if not self._same(name, value, other, max(expected.scale, observed.scale)):
                return f"{expected.path}: {name} {_cut(value)} was expected, {_cut(other)} found."
        return None

    def _same(self, name: str, value: str, other: str, scale: float) -> bool:
        if name == "id" or (name in _REFERENCES and value.startswith("#") and other.startswith("#")):
            return self._renamed(value.removeprefix("#"), other.removeprefix("#"))
        references, others = _URL.findall(value), _URL.findall(other)
        if len(references) != len(others) or not all(map(self._renamed, references, others)):
            return False
        value, other = _URL.sub("url()", value), _URL.sub("url()", other)
        if value == other:
            return True
        if name == "style":
            return self._same_style(value, other)
        if name == "transform":
            return self._same_transform(value, other, scale)
        return self._same_tokens(value, other, self._tolerance(scale) if name in _COORDINATES else None)

    def _renamed(self, name: str, other: str) -> bool:
        if not self.settings.allows("svg-ids"):
            return name == other
        return self.forward.setdefault(name, other) == other and self.backward.setdefault(other, name) == name

    def _same_style(self, value: str, other: str) -> bool:
        declarations, others = _declarations(value), _declarations(other)
        return declarations.keys() == others.keys() and all(
            self._same_tokens(text, others[key], None) for key, text in declarations.items()
        )

    def _same_transform(self, value: str, other: str, scale: float) -> bool:
        functions, others = _FUNCTION.findall(value), _FUNCTION.findall(other)
        if [name for name, _ in functions] != [name for name, _ in others]:
            return False
        outer = self._tolerance(scale)
        pairs = zip(functions, others, strict=True)
        return all(self._same_tokens(text, changed, outer if name == "translate" else None) for (name, text), (_, changed) in pairs)

    def _tolerance(self, scale: float) -> float:
        return COORDINATE_TOLERANCE * self.extent / max(scale, 1.0)

    def _same_tokens(self, value: str, other: str, tolerance: float | None) -> bool:
        if value == other:
            return True
        tokens, others = _TOKEN.findall(value), _TOKEN.findall(other)
        return len(tokens) == len(others) and all(self._same_token(*pair, tolerance) for pair in zip(tokens, others, strict=True))

    def _same_token(self, token: str, other: str, tolerance: float | None) -> bool:
        if token == other:
            return True
        if not (NUMBER.fullmatch(token) and NUMBER.fullmatch(other)):
            return False
        number, changed = float(token), float(other)
        move, size = abs(number - changed), max(abs(number), abs(changed))
        if move == 0:
            return True
        allowed = self.settings.absolute_tolerance + self.settings.relative_tolerance * size
        if not move <= max(allowed, tolerance or 0.0):
            return False
        self.moved += 1
        self.largest_move = max(self.largest_move, move if tolerance else 0.0)
        self.largest_deviation = max(self.largest_deviation, move / (self.extent if tolerance else size))
        return True


def _declarations(style: str) -> dict[str, str]:
    parts = (part.partition(":") for part in style.split(";") if part.strip())
    return {name.strip(): value.strip() for name, _, value in parts}


def _cut(text: str, length: int = 60) -> str:
    return repr(text if len(text) <= length else text[: length - 1] + "…")
