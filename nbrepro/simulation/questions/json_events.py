"""Finds the events of a trace in a response: JSON lines, a list, or an object that holds one, whole or cut off, with other text around."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nbrepro.simulation.importers.extraction import element_answer, tagged_answer
from nbrepro.simulation.questions.final_answers import without_thoughts

_EVENT_BEGINS = re.compile(r"""\{\s*["']k["']\s*:""")
_LIST_BEGINS = re.compile(r"""\{\s*["']events["']\s*:\s*\[""")
_ANSWER = re.compile(r'"answer"\s*:\s*("(?:[^"\\]|\\.)*"|[^\s"}][^\n}]*)')
_BEGIN = re.compile(r"""\{\s*["']\w""")
_DECODER = json.JSONDecoder()
WORK = 50
"""How often the text may be gone through in vain: a response of nothing but brackets must not take forever."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a response holds."""

    events: tuple[Mapping[str, Any], ...]
    answer: str | None = None
    """The stated final value, as text."""
    is_cut: bool = False
    """Whether it ends within an event, or before the list of events is closed."""
    unreadable: int = 0
    """How many events can't be read."""


def find_events(raw: str) -> Found:
    r"""The events of a response, in order.

    >>> found = find_events('Sure:\n```json\n{"k": "line", "l": 2}\n{"k": "line", "l"')
    >>> found.events, found.is_cut
    (({'k': 'line', 'l': 2},), True)
    """
    text = without_thoughts(raw)
    events: list[Mapping[str, Any]] = []
    answer, broken, last_end, is_list_whole = None, [], 0, False
    for start, end, found in json_objects(text, ("k", "events", "answer")):
        if found is None:
            broken.append(start)
            continue
        last_end, is_list_whole = end, is_list_whole or "events" in found
        events += _events_of(found)
        answer = value_text(found["answer"]) if found.get("answer") is not None else answer
    ends_within = bool(broken) and broken[-1] >= last_end
    is_open = not is_list_whole and _LIST_BEGINS.search(text) is not None and "]" not in text[last_end:]
    strange = sum(not isinstance(event.get("k"), str) for event in events)
    readable = tuple(event for event in events if isinstance(event.get("k"), str))
    return Found(readable, answer or _loose_answer(text), ends_within or is_open, len(broken) - ends_within + strange)


def value_text(value: Any) -> str:  # noqa: ANN401 - any JSON
    """A value as text: texts stand for literals, as the prompt asks; what was written as JSON is written anew.

    >>> value_text("[1, 2]"), value_text([1, None]), value_text({"t": "text", "s": "3"})
    ('[1, 2]', '[1, None]', '3')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping) and value.get("t") == "text":
        return str(value.get("s", ""))
    return repr(value)


def json_objects(text: str, names: tuple[str, ...]) -> Iterator[tuple[int, int, Mapping[str, Any] | None]]:
    """Begin, end and content of each JSON object in a text that has one of some names.

    The content is None where an object begins as an event and can't be read.
    """
    work, position = WORK * len(text), 0
    while work > 0 and (begin := _BEGIN.search(text, position)) is not None:
        start, position = begin.start(), begin.start() + 1
        try:
            found, end = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError) as error:
            work -= (error.pos if isinstance(error, json.JSONDecodeError) else len(text)) - start + 1
            if _EVENT_BEGINS.match(text, start):
                end = len(text) if (ending := text.find("\n", start)) < 0 else ending
                yield start, end, _literal(text[start:end])
            continue
        if any(name in found for name in names):
            yield start, end, found
        position = end


def _literal(line: str) -> Mapping[str, Any] | None:
    """An event in Python's spelling, with single quotes."""
    try:
        found = ast.literal_eval(line.strip().rstrip(","))
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None
    return found if isinstance(found, dict) else None


def _events_of(found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if "k" in found:
        return [found]
    events = found.get("events")
    return [event if isinstance(event, dict) else {} for event in events] if isinstance(events, list) else []


def _loose_answer(text: str) -> str | None:
    """The final value of a response that is no whole object."""
    tagged = tagged_answer(text) or element_answer(text)
    if tagged:
        return tagged
    stated = _ANSWER.findall(text)
    try:
        return value_text(json.loads(stated[-1])) if stated else None
    except ValueError:
        return None
