"""TOML of unknown origin: tables and lists of the expected kind, or nothing; and the line on which a text stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Generator, Iterator, Mapping
from typing import Any

from nbrepro.environments.discovery.findings import Problem, problem
from nbrepro.model import Source

_KEY = re.compile(r"\s*([A-Za-z0-9_.\-]+)\s*=")
_QUOTED = re.compile(r"\"([^\"]*)\"|'([^']*)'")


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


def read_toml(text: str, source: Source, words: str = "is no TOML") -> Generator[Problem, None, dict[str, Any] | None]:
    """The tables of a file for a reader, by `yield from`; None where it is no TOML, which is yielded as its problem.

    Args:
        text: of the file.
        source: the place that the problem names.
        words: what is said of it.
    """
    try:
        return parse(text)
    except BadTomlError as error:
        yield problem(source, f"{words} ({error})")
        return None


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
    """Finds the line of a value, which the parsers don't tell."""

    def __init__(self, text: str) -> None:
        self._of: dict[str, int] = {}
        for number, line in enumerate(text.splitlines(), start=1):
            key = _KEY.match(line)
            quoted = (found[1] or found[2] for found in _QUOTED.finditer(line))
            for value in (line.partition(" #")[0].strip(), *((key[1],) if key else ()), *quoted):
                self._of.setdefault(value or "", number)

    def of(self, value: str) -> int | None:
        """The first line, counted from 1, that is this text, or holds it in quotes or as a key; None where none does."""
        return self._of.get(value)
