"""A server's script that answers questions about programs: it knows the real runs, and errs where it is told to."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from simulation.faultless import faultless
from simulation.model_server import Handler, Scene, says

from nbrepro.simulation.programs import Program
from nbrepro.simulation.prompts import read_prompt
from nbrepro.simulation.questions.asked import Ask, Manner, Question
from nbrepro.simulation.questions.subjects import prepare
from nbrepro.simulation.questions.ways import WAYS
from nbrepro.simulation.real_traces import RealTrace

Spoil = Callable[[Question, str], str]


def answering(
    programs: Sequence[Program], ways: Sequence[Ask], spoil: Spoil = lambda question, text: text, *, reasoned: bool = False, **manner: int
) -> Scene:
    """Answer each question as the real run has it, after `spoil` has changed the answer."""
    answers = known_answers(programs, ways, spoil, reasoned=reasoned, **manner)

    def play(handler: Handler) -> None:
        text = answers[handler.received.body["messages"][-1]["content"]]
        says(text, streams=False)(handler)

    return play


def known_answers(programs: Sequence[Program], ways: Sequence[Ask], spoil: Spoil, *, reasoned: bool, **manner: int) -> Mapping[str, str]:
    """Answers by the last message of their prompts."""
    prepared = prepare(programs, ways)
    answers: dict[str, str] = {}
    for way in ways:
        wording = read_prompt(WAYS[way].reasoned if reasoned else WAYS[way].prompt)
        for subject in prepared.subjects[way]:
            for question in WAYS[way].questions(subject, Manner(wording, **manner)):
                real = prepared.real.get(subject.program.task, RealTrace(()))
                answers[question.prompt.messages[-1].text] = spoil(question, faultless(question, real, subject.value))
    return answers


def without_last_event(question: Question, text: str) -> str:
    """A trace that is cut off within its last event."""
    return text[: text.rindex('{"k"') + 12] if question.ask is Ask.TRACE else text


def off_by_one(question: Question, text: str) -> str:
    """A trace in which the first variable that holds a number has one more from a step in its middle on."""
    if question.ask is not Ask.TRACE:
        return text
    trace = json.loads(text)
    numbered = [event for event in trace["events"] if event["k"] == "line" and any(value.isdecimal() for value in event["d"].values())]
    event = numbered[len(numbered) // 2]
    name = next(name for name, value in event["d"].items() if value.isdecimal())
    event["d"][name] = str(int(event["d"][name]) + 1)
    return json.dumps(trace)
