"""TOML of unknown origin: tables and lists of the expected kind, or nothing; and the line on which a text stands."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any


class BadTomlError(Exception):
    """The text is no TOML; the message says where."""


def parse(text: str) -> dict[str, Any]:
    """The tables of a text.

    Raises:
        BadTomlError: no TOML, or nested too deeply.
    """
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise BadTomlError("nested too deeply") from error
    except ValueError as error:
        raise BadTomlError(str(error)) from error


def table(content: object, *keys: str) -> Mapping[str, Any]:
    """The table under a chain of keys; empty where there is none.

    >>> table({"tool": {"poetry": {"name": "a"}}}, "tool", "poetry"), table({"tool": 3}, "tool", "poetry")
    ({'name': 'a'}, {})
    """
    for key in keys:
        content = content.get(key) if isinstance(content, Mapping) else None
    return content if isinstance(content, Mapping) else {}


def texts(value: object) -> list[str]:
    """The texts of a list; a single text counts as one."""
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def tables(value: object) -> Iterator[Mapping[str, Any]]:
    """The tables of a list."""
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, Mapping))


class Lines:
    """Finds the line of a value, which the parser doesn't tell."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        self._known: dict[str, int | None] = {}

    def of(self, value: str) -> int | None:
        """The first line, counted from 1, that holds the text in quotes or as a key; None where none does."""
        if value not in self._known:
            marks = (f'"{value}"', f"'{value}'", f"{value} ", f"{value}=")
            self._known[value] = next(
                (number for number, line in enumerate(self._lines, start=1) if any(mark in line for mark in marks)), None
            )
        return self._known[value]

    def holding(self, value: str) -> int | None:
        """The first line that is this text, but for the white space around it."""
        return next((number for number, line in enumerate(self._lines, start=1) if line.strip().startswith(value)), None)
