"""Walks through two JSON values side by side and records where they part."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from nbrepro.comparison.arrays import decoded
from nbrepro.comparison.findings import Findings
from nbrepro.comparison.identifiers import Identifiers
from nbrepro.comparison.numbers import NUMBER_FORMAT
from nbrepro.comparison.rules import ARRAY_ENCODING, CHART_TEMPLATE, ELEMENT_IDS, KEY_ORDER, LIBRARY_VERSIONS, MISSING_VALUE_MARK
from nbrepro.comparison.values import compare_number, compare_value

_VERSION_KEY = re.compile(r"(?i)\$schema|(?:.*_)?version(?:_major|_minor)?")
_VERSION = re.compile(r"v?\d+(?:\.\d+)*[-.+\w]*|https?://\S+")
_VERSION_NUMBERS = frozenset({"version_major", "version_minor"})
_VERSION_DEPTH = 2
"""Versions of libraries are texts that stand at the top; a number, or a `version` further down, may be somebody's data."""
_ID_KEYS = frozenset({"id", "uid", "docid", "elementid", "model_id", "root_id", "root_ids", "target_id", "roots"})
_BOKEH_ID = re.compile(r"p?\d{4,12}")
_PLAIN_KEY = re.compile(r"[A-Za-z_$][\w$]*")
_NUMBERS = (bool, int, float, type(None))
_SCALARS = (str, *_NUMBERS)
_MOST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value stands: a key or an index below another place."""

    key: str | int
    above: _Place | None
    depth: int

    def __str__(self) -> str:
        keys: list[str | int] = []
        place: _Place | None = self
        while place is not None:
            keys.append(place.key)
            place = place.above
        return "".join(map(_written, reversed(keys))).removeprefix(".")


def _written(key: str | int) -> str:
    if isinstance(key, str) and _PLAIN_KEY.fullmatch(key):
        return f".{key}"
    return f"[{json.dumps(key, ensure_ascii=False)}]"


_Task = tuple[_Place | None, Any, Any]


class Walk:
    """A comparison of two JSON values; a stack of its own in place of recursion bears any depth."""

    def __init__(self, findings: Findings, identifiers: Identifiers | None = None) -> None:
        self._findings = findings
        self._identifiers = identifiers or Identifiers()
        self._is_bokeh = False
        self._tasks: list[_Task] = []

    def compare(self, expected: Any, observed: Any) -> None:  # noqa: ANN401 - JSON
        """Compares two values and records what was found."""
        self._is_bokeh = _is_bokeh(expected) and _is_bokeh(observed)
        self._tasks = [(None, expected, observed)]
        while self._tasks:
            place, first, second = self._tasks.pop()
            self._compare(place, first, second)

    def _compare(self, place: _Place | None, expected: Any, observed: Any) -> None:  # noqa: ANN401 - JSON
        first, second = decoded(expected), decoded(observed)
        if first is not None or second is not None:
            self._compare_arrays(place, (expected, observed), (first, second))
        elif isinstance(expected, dict) and isinstance(observed, dict):
            self._compare_objects(place, expected, observed)
        elif isinstance(expected, list) and isinstance(observed, list):
            self._compare_lists(place, expected, observed)
        else:
            self._compare_scalars(place, expected, observed)

    def _compare_arrays(self, place: _Place | None, values: tuple[Any, Any], arrays: tuple[list[Any] | None, list[Any] | None]) -> None:
        first = values[0] if arrays[0] is None else arrays[0]
        second = values[1] if arrays[1] is None else arrays[1]
        is_other_form = None in arrays or values[0].keys() != values[1].keys() or values[0]["dtype"] != values[1]["dtype"]
        message = f"{place or 'the value'}: the same numbers in another encoding"
        if is_other_form and not self._findings.apply(ARRAY_ENCODING, message):
            self._differ(place, "value-changed", *values)
        elif isinstance(first, list) and isinstance(second, list):
            self._compare_lists(place, first, second)
        else:
            self._differ(place, "type-changed", first, second)

    def _compare_lists(self, place: _Place | None, expected: list[Any], observed: list[Any]) -> None:
        if len(expected) != len(observed):
            counts = f"expected {_items(len(expected))}, observed {_items(len(observed))}"
            self._findings.differ("length-changed", f"{place or 'the list'}: {counts}")
            return
        expected, observed = self._in_order(place, expected), self._in_order(place, observed)
        depth = place.depth + 1 if place else 1
        tasks: list[_Task] = []
        for index, (first, second) in enumerate(zip(expected, observed, strict=True)):
            # Equal texts may be identifiers, which must be matched with themselves.
            if isinstance(first, _NUMBERS) and type(first) is type(second) and first == second:
                continue
            tasks.append((_Place(index, place, depth), first, second))
        self._tasks += reversed(tasks)

    def _in_order(self, place: _Place | None, items: list[Any]) -> list[Any]:
        """Bokeh < 3 lists its models in the order of a set: their types and counters give a fixed one."""
        is_models = place is not None and place.key == "references" and all(_is_model(item) for item in items)
        return sorted(items, key=lambda item: (item["type"], len(item["id"]), item["id"])) if is_models else items

    def _compare_objects(self, place: _Place | None, expected: dict[str, Any], observed: dict[str, Any]) -> None:
        removed = [key for key in expected if key not in observed]
        added = [key for key in observed if key not in expected]
        common = [(key, key) for key in expected if key in observed]
        if not removed and not added and list(expected) != list(observed):
            self._order_changed(place)
        renamed = self._renamed(place, removed, added)
        for key in removed[len(renamed) :]:
            self._unpaired(place, "key-removed", key, "not observed")
        for key in added[len(renamed) :]:
            self._unpaired(place, "key-added", key, "not expected")
        depth = place.depth + 1 if place else 1
        pairs = [(_Place(key, place, depth), expected[key], observed[other]) for key, other in (*common, *renamed)]
        self._tasks += reversed(pairs)

    def _order_changed(self, place: _Place | None) -> None:
        message = f"{place or 'the object'}: keys stand in another order"
        if not self._findings.apply(KEY_ORDER, message):
            self._findings.differ("key-order-changed", message)

    def _renamed(self, place: _Place | None, removed: list[str], added: list[str]) -> list[tuple[str, str]]:
        """Pairs of keys that are generated identifiers; all that are left, or none."""
        pairs = list(zip(removed, added, strict=False))
        if len(removed) == len(added) and pairs and all(self._are_identifiers(place, *pair) for pair in pairs):
            return pairs
        return []

    def _are_identifiers(self, place: _Place | None, expected: str, observed: str) -> bool | None:
        """Whether identifiers in two texts that are equal otherwise stand for the same thing; None where that is no question."""
        is_counter = self._is_bokeh and _name(place) in _ID_KEYS and _BOKEH_ID.fullmatch(expected) and _BOKEH_ID.fullmatch(observed)
        if not is_counter or not self._findings.settings.allows(ELEMENT_IDS):
            return self._identifiers.match_all(self._findings, expected, observed)
        return self._identifiers.match_each(self._findings, [(expected, observed)])

    def _unpaired(self, place: _Place | None, slug: str, key: str, problem: str) -> None:
        where = _Place(key, place, 0)
        message = f"{where}: {problem}"
        if not (_is_in_template(place) and self._findings.apply(CHART_TEMPLATE, message)):
            self._findings.differ(slug, message)

    def _compare_scalars(self, place: _Place | None, expected: Any, observed: Any) -> None:  # noqa: ANN401 - JSON
        if _is_version(place, expected, observed):
            if expected == observed or self._findings.apply(LIBRARY_VERSIONS, f"{place}: expected {expected}, observed {observed}"):
                return
        elif isinstance(expected, str) and isinstance(observed, str):
            self._compare_texts(place, expected, observed)
            return
        elif _is_number(expected) and _is_number(observed):
            self._compare_numbers(place, expected, observed)
            return
        elif _is_missing(expected) and _is_missing(observed):
            message = f"{place or 'the value'}: missing values are marked {_shown(observed)} instead of {_shown(expected)}"
            if _is_same(expected, observed) or self._findings.apply(MISSING_VALUE_MARK, message):
                return
        elif _is_same(expected, observed):
            return
        slug = "value-changed" if type(expected) is type(observed) else "type-changed"
        self._differ(place, slug, expected, observed)

    def _compare_texts(self, place: _Place | None, expected: str, observed: str) -> None:
        are_matched = self._are_identifiers(place, expected, observed)
        if are_matched is False:
            self._findings.changed("identifier-changed", place or "the text", expected, observed)
        elif are_matched is None and expected != observed:
            compare_value(self._findings, place or "the text", expected, observed, "value-changed")

    def _compare_numbers(self, place: _Place | None, expected: float, observed: float) -> None:
        where = place or "the number"
        if expected == observed and type(expected) is not type(observed):
            if not self._findings.apply(NUMBER_FORMAT, "{}: the same number as {} and as {}", where, expected, observed):
                self._differ(place, "value-changed", expected, observed)
            return
        are_integers = isinstance(expected, int) and isinstance(observed, int)
        first, second = (_digits(number, as_integer=are_integers) for number in (expected, observed))
        if first != second:
            compare_number(self._findings, where, first, second, "value-changed")

    def _differ(self, place: _Place | None, slug: str, expected: Any, observed: Any) -> None:  # noqa: ANN401 - JSON
        self._findings.differ(slug, f"{place or 'the value'}: expected {_shown(expected)}, observed {_shown(observed)}")


def _is_bokeh(value: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether a value holds a document of Bokeh, itself or one level below."""
    if not isinstance(value, dict):
        return False
    return any(isinstance(part, dict) and "roots" in part and "version" in part for part in (value, *value.values()))


def _is_model(item: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(item, dict) and isinstance(item.get("type"), str) and isinstance(item.get("id"), str)


def _name(place: _Place | None) -> str:
    """The nearest key at or above a place, past the indices of lists."""
    while place is not None and isinstance(place.key, int):
        place = place.above
    return str(place.key) if place else ""


def _is_in_template(place: _Place | None) -> bool:
    """Whether a place is in the template of a plotly figure: a library's defaults, of which newer versions know more."""
    while place is not None and place.above is not None:
        if place.key == "template" and place.above.key == "layout":
            return place.above.above is None
        place = place.above
    return False


def _is_version(place: _Place | None, expected: Any, observed: Any) -> bool:  # noqa: ANN401 - JSON
    if place is None or place.depth > _VERSION_DEPTH or not isinstance(place.key, str) or not _VERSION_KEY.fullmatch(place.key):
        return False
    if _is_number(expected) and _is_number(observed):
        return str(place.key) in _VERSION_NUMBERS
    return all(isinstance(value, str) and _VERSION.fullmatch(value) for value in (expected, observed))


def _is_number(value: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_missing(value: Any) -> bool:  # noqa: ANN401 - JSON
    return value is None or (isinstance(value, float) and value != value)  # noqa: PLR0124 - only NaN differs from itself


def _is_same(expected: Any, observed: Any) -> bool:  # noqa: ANN401 - JSON
    return type(expected) is type(observed) and bool(expected == observed)


def _digits(number: float, *, as_integer: bool) -> str:
    if not isinstance(number, int):
        return repr(number)
    # Python refuses to write integers of more than 4300 digits in decimal.
    text = str(number) if abs(number) < 10**4000 else hex(number)
    return text if as_integer else f"{text}.0"


def _items(count: int) -> str:
    return "1 item" if count == 1 else f"{count} items"


def _shown(value: Any) -> str:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return f"an object with {_items(len(value))}"
    if isinstance(value, list):
        return f"a list of {_items(len(value))}"
    if _is_number(value):
        return _digits(value, as_integer=True)[:_MOST_SHOWN]
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, _SCALARS) else repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
