"""Which comparer judges which MIME type."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from nbrepro.comparison.settings import Settings
from nbrepro.model import Judgement

Comparer = Callable[[Any, Any, Settings], Judgement]
"""Judges an expected and an observed payload of one MIME type."""

GROUP = "nbrepro.comparers"
"""Entry point group of further comparers: the name is a MIME type or a pattern, the value a `Comparer`."""

_BUILT_IN = (
    ("text/html", "nbrepro.comparison.html:compare_html"),
    ("text/latex", "nbrepro.comparison.latex:compare_latex"),
    ("image/svg+xml", "nbrepro.comparison.svg:compare_svg"),
    ("image/png", "nbrepro.comparison.pictures:compare_pictures"),
    ("image/jpeg", "nbrepro.comparison.pictures:compare_pictures"),
    ("image/*", "nbrepro.comparison.pictures:compare_pictures"),
    ("application/vnd.jupyter.widget-view+json", "nbrepro.comparison.widgets:compare_widget_views"),
    ("application/javascript", "nbrepro.comparison.scripts:compare_scripts"),
    ("text/javascript", "nbrepro.comparison.scripts:compare_scripts"),
    ("application/json", "nbrepro.comparison.structures:compare_structures"),
    ("application/*+json", "nbrepro.comparison.structures:compare_structures"),
    ("*", "nbrepro.comparison.text:compare_text"),
)


@cache
def comparer_for(mime_type: str) -> Comparer:
    """The comparer for a MIME type: one from an entry point if any matches, else a built-in one.

    Any type that nobody knows is compared as text; a JSON-like payload of such a type as a structure.
    """
    for point in entry_points(group=GROUP):
        if fnmatchcase(mime_type, point.name):
            comparer: Comparer = point.load()
            return comparer
    target = next(target for pattern, target in _BUILT_IN if fnmatchcase(mime_type, pattern))
    module, _, name = target.partition(":")
    built_in: Comparer = getattr(import_module(module), name)
    return built_in
