"""Mending of fields that cells and outputs have in common."""

from __future__ import annotations

from typing import Any

from nbrepro.notebooks.place import Place, described

_LONGEST_COUNT = 15


def mend_object(parent: dict[str, Any], key: str, place: Place) -> None:
    """See to it that a field is an object."""
    value = parent.get(key)
    if not isinstance(value, dict):
        place.mended(f"{key} was {described(value) if key in parent else 'missing'}, read as empty")
        parent[key] = {}


def mend_count(parent: dict[str, Any], place: Place) -> None:
    """See to it that `execution_count` is a count or null."""
    value = parent.get("execution_count")
    if (value is None and "execution_count" in parent) or (type(value) is int and value >= 0):
        return
    count = _as_count(value)
    found = described(value) if "execution_count" in parent else "missing"
    place.mended(f"execution_count was {found}, read as {'null' if count is None else count}")
    parent["execution_count"] = count


def _as_count(value: Any) -> int | None:  # noqa: ANN401 - any JSON value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _LONGEST_COUNT:
        return int(value)
    if isinstance(value, float) and value.is_integer() and 0 <= value < 10**_LONGEST_COUNT:
        return int(value)
    return None
