"""Whitespace: blanks at the ends of lines, between columns, and empty lines."""

from __future__ import annotations

import re

from nbrepro.comparison.normalizations.registry import Normalization, each

_TRAILING = re.compile(r"(?<![ \t])[ \t]++(?=\n|\Z)")


def _strip_ends(text: str) -> str:
    return _TRAILING.sub("", text).rstrip("\n")


NORMALIZATIONS = (
    Normalization(
        "trailing-whitespace",
        "Blanks at the ends of lines and line breaks at the end of the text don't count.",
        each(_strip_ends),
    ),
)
