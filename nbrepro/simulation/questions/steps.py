"""Asks for one step at a time, each from its true state: teacher forcing, so that no mistake is due to an earlier one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from nbrepro.simulation.answers import UNSET, Answer, AnswerKind, Convention, Row, RowKind, Stated
from nbrepro.simulation.moments import State
from nbrepro.simulation.questions.asked import Ask, Manner, Question, Response, Subject, numbered
from nbrepro.simulation.questions.final_answers import without_thoughts
from nbrepro.simulation.questions.json_events import json_objects, value_text
from nbrepro.simulation.questions.places import askable_places, evenly
from nbrepro.simulation.tagged import Opaque

PLACES = 40
"""Steps of each run that are asked about where nobody says otherwise, at equal distances."""
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "changed": {"type": "object", "additionalProperties": {"type": "string"}},
        "unset": {"type": "array", "items": {"type": "string"}},
        "next": {"anyOf": [{"type": "integer"}, {"enum": ["return", "raise"]}]},
        "value": {"type": ["string", "null"]},
    },
    "required": ["changed", "unset", "next", "value"],
    "additionalProperties": False,
}
"""JSON schema of a response."""
RETURN, RAISE = "return", "raise"


@dataclass(frozen=True, slots=True)
class StatedStep:
    """What a response says that a line does."""

    changed: Mapping[str, str] = field(default_factory=dict)
    unset: tuple[str, ...] = ()
    next: int | str | None = None
    """The line that is executed next in the same function, `return`, `raise`; None where nothing usable is stated."""
    value: str | None = None
    """What is returned, or the type of the exception."""


def step_questions(subject: Subject, manner: Manner) -> Iterator[Question]:
    """One question for each step, or for so many of them at equal distances."""
    program = subject.program
    lines = program.code.split("\n")
    for position in evenly(askable_places(subject.moments, program.code), manner.places or PLACES):
        moment = subject.moments[position]
        values = {
            "numbered": numbered(program.code),
            "call": program.call,
            "line": str(moment.line),
            "source": lines[moment.line - 1].strip(),
            "function": moment.function.rpartition(".")[2],
            "state": shown_state(moment.before),
        }
        about = {"moment": str(position), "line": str(moment.line), "visit": str(moment.visit)}
        yield Question(program, Ask.STEPS, AnswerKind.STEP, manner.prompt(values, SCHEMA), about)


def shown_state(state: State) -> str:
    """The variables as the prompt shows them; an object without a literal is named by its class.

    >>> shown_state({"n": 3, "s": "a"})
    "n = 3; s = 'a'"
    """
    return (
        "; ".join(f"{name} = {f'<{value.kind} object>' if isinstance(value, Opaque) else repr(value)}" for name, value in state.items())
        or "none"
    )


def read_step(response: Response) -> Answer:
    """What a response says of the step, as one row, and in the question's `next` and `value`."""
    step = stated_step(response.raw)
    if step is None:
        unread = response.answer()
        return unread if response.is_cut else replace(unread, problem="malformed" if response.raw.strip() else "no-answer")
    state = {name: Stated.value(text) for name, text in step.changed.items()} | dict.fromkeys(step.unset, UNSET)
    row = Row("", int(response.about["line"]), state=state, kind=RowKind.LINE)
    answer = response.answer()
    stated = {"next": str(step.next) if step.next is not None else "", **({"value": step.value} if step.value is not None else {})}
    return replace(
        answer,
        text=json.dumps({"changed": dict(step.changed), "unset": list(step.unset), "next": step.next, "value": step.value}),
        rows=(row,),
        problem=None,
        convention=Convention.AFTER,
        question={**answer.question, **stated},
    )


def stated_step(raw: str) -> StatedStep | None:
    """The last object of a response that tells what comes next; None where there is none.

    >>> stated_step('So: {"changed": {"i": 1}, "unset": [], "next": "4", "value": null}')
    StatedStep(changed={'i': '1'}, unset=(), next=4, value=None)
    """
    found = [each for _, _, each in json_objects(without_thoughts(raw), ("next", "changed")) if each is not None]
    if not found or "next" not in found[-1]:
        return None
    record = found[-1]
    changed, unset = record.get("changed"), record.get("unset")
    values = {str(name): value for name, value in changed.items()} if isinstance(changed, Mapping) else {}
    gone = [name for name in unset if isinstance(name, str)] if isinstance(unset, list) else []
    said = {name: value_text(value) for name, value in values.items() if value is not None}
    value = record.get("value")
    return StatedStep(said, tuple(gone), _next(record["next"]), None if value is None else value_text(value))


def _next(said: Any) -> int | str | None:  # noqa: ANN401 - any JSON
    """A number of a line, also where it was written as text."""
    if isinstance(said, int) and not isinstance(said, bool):
        return said
    text = str(said).strip().lower().removeprefix("line").strip()
    if text.lstrip("-").isdecimal():
        return int(text)
    return text if text in {RETURN, RAISE} else None
