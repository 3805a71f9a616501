"""Questions about programs: what is asked, and that a faultless answer is clean in every way of asking."""

from __future__ import annotations

import json

import pytest
from simulation.faultless import events, faultless, response_to
from simulation.programs import SOURCES

from nbrepro.simulation.judging import judge_answers
from nbrepro.simulation.programs import Program
from nbrepro.simulation.prompts import read_prompt
from nbrepro.simulation.questions.asked import Ask, Manner, Question, Subject
from nbrepro.simulation.questions.subjects import prepare
from nbrepro.simulation.questions.ways import WAYS, read_response

MORE = {
    "generator": (
        """\
def gen(n):
    for i in range(n):
        yield i

def inner(x):
    if x > 1:
        raise ValueError("big")
    return x

class Held:
    def value(self):
        return 1

def f(n):
    total = 0
    for v in gen(n):
        try:
            total += inner(v)
        except ValueError as error:
            total -= 1
    chosen = sorted([inner(q) for q in (1, 0)], key=lambda z: -z)
    text = 'a;b, [c] = {d}'
    missing = float('nan')
    del total
    return Held().value(), chosen, text
""",
        "f(3)",
    ),
    "nested": (
        """\
def outer(a):
    def add(b):
        return a + b
    found = add(1) + add(2)
    try:
        found = add(None)
    except TypeError:
        found = -1
    finally:
        done = True
    with open('/dev/null') as file:
        text = file.read()
    if found: return text
    return done
""",
        "outer(5)",
    ),
}
ALL = {**SOURCES, **MORE}
PROGRAMS = tuple(Program(name, *source) for name, source in ALL.items())


@pytest.fixture(scope="module")
def prepared():
    return prepare(PROGRAMS, tuple(Ask))


def asked(subject: Subject, ask: Ask, **settings: object) -> list[Question]:
    return list(WAYS[ask].questions(subject, Manner(read_prompt(WAYS[ask].prompt), **settings)))


def judged(prepared, ask: Ask, **settings: object):
    answers = []
    for subject in prepared.subjects[ask]:
        for question in asked(subject, ask, **settings):
            raw = faultless(question, prepared.real[subject.program.task], subject.value)
            answers.append(read_response(response_to(question, raw)))
    assert answers
    return judge_answers(answers, PROGRAMS, real=prepared.real)


@pytest.mark.parametrize("ask", list(Ask), ids=str)
def test_a_faultless_answer_is_clean(prepared, ask: Ask) -> None:
    found = judged(prepared, ask, places=50)
    assert found.unreadable == 0
    if found.finals:
        wrong = [scored.answer.task for scored in found.finals.answers if not scored.verdict.is_right]
        assert set(wrong) <= {"uncaught"}
    if found.traces:
        assert {each.answer.task: each.alignment.divergence for each in found.traces.aligned if not each.alignment.is_clean} == {}
    if found.probes:
        assert [each for each in found.probes.probes if not each.is_right] == []
        assert found.probes.consistency().value == 1.0
    if found.steps:
        assert [each for each in found.steps.steps if not each.is_right] == []


def test_changes_may_be_stated_after_the_call(prepared) -> None:
    for subject in prepared.subjects[Ask.TRACE]:
        (question,) = asked(subject, Ask.TRACE)
        told = tuple(moment for moment in subject.moments if "<lambda>" not in moment.function)
        lines = events(told, subject.program.code, done=True)
        answer = read_response(response_to(question, "\n".join(map(json.dumps, lines))))
        (aligned,) = judge_answers([answer], [subject.program], real=prepared.real).traces.aligned
        assert aligned.alignment.divergence is None, subject.program.task
        assert answer.problem is None
