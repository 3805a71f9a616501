"""Jinja2 as the reports use it: every value is escaped, and a name that a template lacks is an error."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

STATIC_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
"""Content security policy of a page without scripts."""
_FOLDER = Path(__file__).with_name("templates")


@cache
def environment() -> Environment:
    """The environment with the templates of this package."""
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def own_file(name: str) -> str:
    """A style sheet or script of ours, to be put into a page as it stands."""
    return (_FOLDER / name).read_text(encoding="utf-8")
