"""Values of `nbrepro.trace/1` as Python values, so that they can be held against what an answer states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Opaque(NamedTuple):
    """A value that no literal stands for: an object, an array, a function, a value that was cut."""

    kind: str
    """Its class or its tag."""
    detail: str
    """What is known of it, as text."""


def has_literal(value: Any) -> bool:  # noqa: ANN401 - any decoded value
    """Whether nothing in a decoded value is opaque, so that a literal can stand for all of it.

    >>> has_literal([1, {"a": ()}]), has_literal([Opaque("range", "")])
    (True, False)
    """
    if isinstance(value, Opaque):
        return False
    if isinstance(value, Mapping):
        return all(has_literal(key) and has_literal(element) for key, element in value.items())
    return all(map(has_literal, value)) if isinstance(value, (list, tuple, set, frozenset)) else True


def decoded(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """The Python value of a tagged one; what has none becomes `Opaque`.

    >>> decoded({"t": "tuple", "v": [1, {"t": "float", "r": "0.5"}], "n": 2})
    (1, 0.5)
    """
    if isinstance(value, list):
        return [decoded(element) for element in value]
    if not isinstance(value, Mapping):
        return value
    reader = _READERS.get(str(value.get("t")))
    try:
        return _opaque(value) if reader is None or "c" in value or "cut" in value or "h" in value else reader(value)
    except (KeyError, TypeError, ValueError):
        return _opaque(value)


def _opaque(value: Mapping[str, Any]) -> Opaque:
    return Opaque(str(value.get("c") or value.get("t")), repr({key: value[key] for key in value if key not in {"t", "id"}}))


EXACT_INTEGERS = 2**53
"""Up to here an integer is the same in every reader of JSON."""
_SIZED = frozenset({"list", "tuple", "set", "frozenset", "dict"})
_READERS: dict[str, Any] = {
    "float": lambda value: float(value["r"]),
    "int": lambda value: int(value["r"], 16),
    "complex": lambda value: complex(value["r"]),
    "bytes": lambda value: bytes.fromhex(value["v"]),
    "list": lambda value: [decoded(element) for element in value["v"]],
    "tuple": lambda value: tuple(decoded(element) for element in value["v"]),
    "set": lambda value: {decoded(element) for element in value["v"]},
    "frozenset": lambda value: frozenset(decoded(element) for element in value["v"]),
    "dict": lambda value: {decoded(key): decoded(element) for key, element in value["v"]},
}


def encoded(value: Any) -> Any:  # noqa: ANN401 - any value
    """A builtin value as `nbrepro.trace/1` writes it, without object numbers.

    >>> encoded((1, 0.5))
    {'t': 'tuple', 'v': [1, {'t': 'float', 'r': '0.5'}], 'n': 2}
    """
    if value is None or isinstance(value, (bool, str)) or (isinstance(value, int) and abs(value) < EXACT_INTEGERS):
        return value
    kind = type(value).__name__
    if kind == "int":
        return {"t": kind, "r": hex(value)}
    if kind in {"float", "complex"}:
        return {"t": kind, "r": repr(value)}
    if kind == "bytes":
        return {"t": kind, "v": value.hex()}
    if kind not in _SIZED:
        return {"t": "obj", "c": kind, "a": {}}
    return {"t": kind, "v": _encoded_elements(value), "n": len(value)}


def _encoded_elements(value: Any) -> list[Any]:  # noqa: ANN401 - a builtin collection
    if isinstance(value, dict):
        return [[encoded(key), encoded(element)] for key, element in value.items()]
    return [encoded(element) for element in (sorted(value, key=repr) if isinstance(value, (set, frozenset)) else value)]
