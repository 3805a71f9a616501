"""Where in a notebook file something stands, and what had to be mended there."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from nbrepro.errors import UnreadableNotebookError

_LISTED_PLACES = 3
_EXCERPT = 30


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a notebook file, cells and outputs counted from 1 as in reports; all places of one file share the list of repairs.

    >>> place = Place("a.ipynb").at("cell 3").at("output 1")
    >>> place.mended("metadata was null, read as empty")
    >>> repairs_in_words(place.repairs)
    ('cell 3, output 1: metadata was null, read as empty',)
    """

    file: str
    where: str = ""
    repairs: list[tuple[str, str]] = field(default_factory=list)

    def at(self, part: str) -> Place:
        """A place inside this one."""
        return Place(self.file, f"{self.where}, {part}" if self.where else part, self.repairs)

    def mended(self, words: str) -> None:
        """Record what was mended here."""
        self.repairs.append((self.where, words))

    def unreadable(self, expected: str, found: str) -> UnreadableNotebookError:
        """The error that says what should have stood here."""
        return UnreadableNotebookError(self.file, self.where, expected, found)


def repairs_in_words(repairs: list[tuple[str, str]]) -> tuple[str, ...]:
    """One sentence for each repair; the same repair at many places is told once, with their number."""
    places = defaultdict(list)
    for where, words in repairs:
        places[words].append(where)
    sentences: list[str] = []
    for words, found in places.items():
        if len(found) > _LISTED_PLACES:
            sentences.append(f"{found[0]} and {len(found) - 1} more places: {words}")
        else:
            sentences += [f"{where}: {words}" if where else words for where in found]
    return tuple(sentences)


def described(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """A JSON value in a few words, for messages.

    >>> described(None), described([1]), described("abc"), described(True)
    ('null', 'a list', "the text 'abc'", 'true')
    """
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case int() | float():
            return f"the number {_shortened(repr(value))}"
        case str():
            return f"the text {_shortened(value)!r}"
        case list():
            return "a list"
        case _:
            return "an object"


def _shortened(text: str) -> str:
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}…"
