"""Inline styles: which of them change what a reader sees, and which only how it is laid out."""

from __future__ import annotations

_COLOURS = frozenset({"color", "background", "background-color", "visibility"})
"""What can carry meaning: a red `failed`, a bar in the background of a cell."""


def visible_style(style: str) -> str:
    """Those declarations of a `style` attribute that can carry meaning, in a fixed order and spelling.

    >>> visible_style("padding: 2px; COLOR:Red ; width: 30%")
    'color: red; width: 30%'
    >>> visible_style("width: 100%; height: 525px")
    ''
    """
    if not style:
        return ""
    found = {}
    for declaration in style.split(";"):
        name, _, value = declaration.partition(":")
        name, value = name.strip().lower(), " ".join(value.split()).lower()
        if name in _COLOURS or (name == "display" and value == "none") or (name == "width" and value.endswith("%") and value.strip("10.%")):
            found[name] = value
    return "; ".join(f"{name}: {value}" for name, value in sorted(found.items()))
