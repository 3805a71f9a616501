"""Arrays of numbers that plotly and Bokeh put into JSON as encoded bytes."""

from __future__ import annotations

from base64 import b64decode
from math import prod
from typing import Any

_NAMES = {"float64": "f8", "float32": "f4", "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4"}
_CODES = frozenset({*_NAMES.values(), "u1c", "i8", "u8"})


def decoded(value: Any) -> list[Any] | None:  # noqa: ANN401 - JSON
    """The numbers of an encoded array, as nested lists of the array's shape; None if the value is no such array.

    Forms: plotly ≥ 6 `{"dtype", "bdata", "shape"}` (plotly.js, "typed array specification"), Bokeh ≥ 3
    `{"type": "ndarray", "array", "dtype", "shape", "order"}` and Bokeh < 3 `{"__ndarray__", "dtype", "shape"}`.

    >>> decoded({"dtype": "i1", "bdata": "AAEC"})
    [0, 1, 2]
    >>> decoded({"dtype": "i1"}) is None
    True
    """
    if not isinstance(value, dict) or not isinstance(value.get("dtype"), str):
        return None
    content = _content(value)
    code = _NAMES.get(value["dtype"], value["dtype"])
    if content is None or code not in _CODES:
        return None
    return _numbers(content, code.removesuffix("c"), _shape(value.get("shape")), big=value.get("order") == "big")


def _content(value: dict[str, Any]) -> str | None:
    content = value.get("bdata", value.get("__ndarray__", value.get("array")))
    if isinstance(content, dict):
        content = content.get("data")
    return content if isinstance(content, str) else None


def _shape(shape: Any) -> tuple[int, ...] | None:  # noqa: ANN401 - JSON
    parts = shape.split(",") if isinstance(shape, str) else shape
    if not isinstance(parts, list):
        return None
    try:
        return tuple(int(part) for part in parts)
    except (TypeError, ValueError):
        return None


def _numbers(content: str, code: str, shape: tuple[int, ...] | None, *, big: bool) -> list[Any] | None:
    import numpy as np

    dtype = np.dtype((">" if big else "<") + code)
    try:
        raw = b64decode(content, validate=True)
    except ValueError:
        return None
    if len(raw) % dtype.itemsize:
        return None
    array = np.frombuffer(raw, dtype)
    if shape and (min(shape) < 0 or prod(shape) != array.size):
        return None
    numbers: list[Any] = (array.reshape(shape) if shape else array).tolist()
    return numbers
