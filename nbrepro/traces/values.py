"""Tagged values of traces as Python values and as short text."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

CONTAINERS: dict[str, Callable[[list[Any]], Any]] = {
    "list": list,
    "deque": list,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
}
NUMBERS: dict[str, Callable[[str], Any]] = {"float": float, "complex": complex, "int": lambda text: int(text, 16)}


class NoPlainValueError(Exception):
    """A tagged value stands for something that has no literal."""


def plain(value: Any) -> Any:  # noqa: ANN401 - any tagged value
    """The Python value that a tagged one stands for, where it has one; else its text.

    >>> plain({"t": "tuple", "v": [1, {"t": "float", "r": "nan"}], "n": 2})
    (1, nan)
    >>> plain({"t": "obj", "c": "Point", "a": {"x": 1}})
    'Point(x=1)'
    """
    try:
        return _plain(value)
    except (NoPlainValueError, TypeError):
        return shown(value)


def _plain(value: Any) -> Any:  # noqa: ANN401 - any tagged value
    if not isinstance(value, dict):
        return value
    tag = value["t"]
    if "cut" in value or "c" in value or ("h" in value):
        raise NoPlainValueError
    if tag in NUMBERS:
        return NUMBERS[tag](value["r"])
    if tag in CONTAINERS:
        return CONTAINERS[tag]([_plain(item) for item in value["v"]])
    if tag == "dict":
        return {_plain(key): _plain(item) for key, item in value["v"]}
    if tag in {"bytes", "bytearray"}:
        return bytes.fromhex(value["v"])
    if tag == "range":
        return range(*value["v"])
    raise NoPlainValueError


BRACKETS = {"list": ("[", "]"), "deque": ("[", "]"), "tuple": ("(", ")"), "set": ("{", "}"), "dict": ("{", "}")}


def shown(value: Any, width: int | None = None) -> str:  # noqa: ANN401 - any tagged value
    """A tagged value as one line, cut at `width` characters.

    >>> shown({"t": "list", "id": 1, "v": [1, {"t": "ref", "id": 1}], "n": 2})
    '[1, <1>]'
    >>> shown("a long text", width=7)
    "'a lon…"
    """
    text = _shown(value)
    return text if width is None or len(text) <= width else text[: width - 1] + "…"


def _shown(value: Any) -> str:  # noqa: ANN401, PLR0911 - any tagged value, one return for each kind
    if not isinstance(value, dict):
        return repr(value)
    tag = value["t"]
    if tag in BRACKETS or tag == "frozenset":
        return _container(value, tag)
    if tag in {"array", "frame"}:
        return f"<{value.get('c', 'array')} {'×'.join(map(str, value['shape']))} {_types(value['dtype'])} #{value['h']}>"
    if tag == "obj":
        return _object(value)
    if tag == "ref":
        return f"<{value['id']}>"
    if tag in {"unset", "same", "unknown"}:
        return f"<{tag}>"
    try:
        return repr(_plain(value))
    except NoPlainValueError:
        return f"<{value.get('c') or tag}>" if "v" not in value else f"{value['v']!r}…"


def _types(found: str | list[str]) -> str:
    return found if isinstance(found, str) else ",".join(found)


def _container(value: dict[str, Any], tag: str) -> str:
    items = [f"{_shown(item[0])}: {_shown(item[1])}" if tag == "dict" else _shown(item) for item in value["v"]]
    if "cut" in value:
        items.append(f"… {value['n'] - len(items)} more")
    elif tag == "tuple" and len(items) == 1:
        items.append("")
    inner = ", ".join(items).rstrip(" ") if tag == "tuple" else ", ".join(items)
    if tag in {"set", "frozenset"} and not items:
        return f"{tag}()"
    first, last = BRACKETS.get(tag, ("{", "}"))
    text = f"{first}{inner}{last}"
    name = value.get("c") or (tag if tag in {"frozenset", "deque"} else None)
    return f"{name}({text})" if name else text


def _object(value: dict[str, Any]) -> str:
    if "n" in value:
        return f"<{value['c']} {value['n']}>"
    if "v" in value:
        return f"{value['c']}({value['v']!r})"
    if "a" in value:
        return f"{value['c']}({', '.join(f'{name}={_shown(item)}' for name, item in value['a'].items())})"
    return f"<{value['c']}>"


def without_numbers(value: Any) -> str:  # noqa: ANN401 - any tagged value
    """A tagged value as text, without the numbers of objects: these differ where cells ran in another order."""
    return json.dumps(_stripped(value), sort_keys=True)


def _stripped(value: Any) -> Any:  # noqa: ANN401 - any tagged value
    if isinstance(value, list):
        return [_stripped(item) for item in value]
    if isinstance(value, Mapping):
        return {name: _stripped(item) for name, item in value.items() if name != "id"}
    return value
