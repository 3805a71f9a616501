"""Texts in notebook files: a text, or a list of its lines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from nbrepro.notebooks.place import Place, described


def is_json_type(mime_type: str) -> bool:
    """Whether payloads of a MIME type are JSON values rather than text.

    >>> is_json_type("application/vnd.plotly.v1+json"), is_json_type("text/html")
    (True, False)
    """
    return mime_type == "application/json" or (mime_type.startswith("application/") and mime_type.endswith("+json"))


def joined(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    """The text that a text or a list of lines stands for; None if it is neither."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return None


def mended_text(value: Any, name: str, place: Place) -> str:  # noqa: ANN401 - any JSON value
    """The text of a field; whatever is no text is mended to one, and recorded.

    Null is read as nothing, a number as its digits, a list as its items one after another, anything else as its JSON text.
    """
    text = joined(value)
    if text is not None:
        return text
    if value is None:
        place.mended(f"{name} was null, read as empty")
        return ""
    place.mended(f"{name} was {described(value)} where text was expected, read as its text")
    if isinstance(value, list) and not any(isinstance(item, list | dict) for item in value):
        return "".join(_scalar_text(item) for item in value)
    return _scalar_text(value)


def mended_payloads(data: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """The representations of an output by MIME type: JSON values for JSON types, text for every other type.

    >>> mended_payloads({"text/html": ["<b>", "</b>"], "text/plain": 5, "image/png": None, "application/json": None}, Place("a.ipynb"))
    {'text/html': '<b></b>', 'text/plain': '5', 'application/json': None}
    """
    payloads = {}
    for mime_type, payload in data.items():
        name = f'data["{mime_type}"]'
        if is_json_type(mime_type):
            payloads[mime_type] = payload
        elif payload is None:
            place.mended(f"{name} was null, left out")
        else:
            payloads[mime_type] = mended_text(payload, name, place)
    return payloads


def _scalar_text(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
