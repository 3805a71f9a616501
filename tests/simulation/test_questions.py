"""Questions about programs: what is asked, and that a faultless answer is clean in every way of asking."""

from __future__ import annotations

import json
from textwrap import indent

import pytest
from hypothesis import given, settings
from simulation.drawn import programs as drawn_programs
from simulation.faultless import events, faultless, response_to
from simulation.programs import SOURCES
from traces.programs import PROGRAMS as LANGUAGE

from nbrepro.simulation.answers import AnswerKind
from nbrepro.simulation.judging import JudgedAnswers, judge_answers
from nbrepro.simulation.programs import Program
from nbrepro.simulation.prompts import read_prompt
from nbrepro.simulation.questions.asked import Ask, Manner, Question, Subject
from nbrepro.simulation.questions.subjects import Prepared, prepare
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


def judged(prepared: Prepared, ask: Ask, **settings: object) -> JudgedAnswers:
    answers = []
    for subject in prepared.subjects[ask]:
        for question in asked(subject, ask, **settings):
            raw = faultless(question, prepared.real[subject.program.task], subject.value)
            answers.append(read_response(response_to(question, raw)))
    programs = [subject.program for subject in prepared.subjects[ask]]
    return judge_answers(answers, programs, real=prepared.real)


def unclean(found: JudgedAnswers) -> dict[str, object]:
    """What is held against faultless answers: nothing, if all is well."""
    wrong: dict[str, object] = {answer.task: answer.problem for answer in found.answers if answer.problem}
    wrong |= {
        each.answer.task: each.alignment.divergence
        for each in (found.traces.aligned if found.traces else ())
        if not each.alignment.is_clean
    }
    wrong |= {each.answer.task: each for each in (found.probes.probes if found.probes else ()) if not each.is_right}
    return wrong | {each.answer.task: each for each in (found.steps.steps if found.steps else ()) if not each.is_right}


@pytest.mark.parametrize("ask", list(Ask), ids=str)
def test_a_faultless_answer_is_clean(prepared, ask: Ask) -> None:
    found = judged(prepared, ask, places=50)
    assert len(found.answers) >= len(prepared.subjects[ask]) > 0
    assert unclean(found) == {}
    if found.finals:
        wrong = [scored.answer.task for scored in found.finals.answers if not scored.verdict.is_right]
        assert set(wrong) <= {"uncaught"}
    if found.probes:
        assert found.probes.consistency().value == 1.0


INTERLEAVED = {"generators", "asynchronous", "segments"}
"""Calls of one function that go on in turns: a stated trace doesn't say which of them a line belongs to."""


@pytest.mark.slow
def test_faultless_answers_about_every_construct_are_clean() -> None:
    texts = {
        name: "def main():\n" + indent(source, "    ") for name, _, source in LANGUAGE if name not in {"expressions", "generics", "exit"}
    }
    ways = (Ask.TRACE, Ask.NARRATION, Ask.PROBES, Ask.STEPS)
    found = prepare([Program(name, text, "main()") for name, text in texts.items()], ways)
    assert found.not_asked == {}
    for ask in ways:
        assert unclean(judged(found, ask, places=200)).keys() <= (INTERLEAVED if ask is Ask.TRACE else set()), ask


@pytest.mark.slow
@settings(max_examples=15)
@given(drawn_programs())
def test_faultless_answers_about_drawn_programs_are_clean(code: str) -> None:
    ways = (Ask.TRACE, Ask.NARRATION, Ask.PROBES, Ask.STEPS)
    found = prepare([Program("drawn", code, "f(3)")], ways)
    for ask in ways:
        assert unclean(judged(found, ask, places=60)) == {}, ask


def test_changes_may_be_stated_after_the_call(prepared) -> None:
    for subject in prepared.subjects[Ask.TRACE]:
        (question,) = asked(subject, Ask.TRACE)
        told = tuple(moment for moment in subject.moments if "<lambda>" not in moment.function)
        lines = events(told, subject.program.code, done=True)
        answer = read_response(response_to(question, "\n".join(map(json.dumps, lines))))
        (aligned,) = judge_answers([answer], [subject.program], real=prepared.real).traces.aligned
        assert aligned.alignment.divergence is None, subject.program.task
        assert answer.problem is None


def test_probes_are_the_same_for_the_same_seed_and_spread_over_lines(prepared) -> None:
    subject = next(subject for subject in prepared.subjects[Ask.PROBES] if subject.program.task == "bubble")
    first, again, other = (asked(subject, Ask.PROBES, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert len({question.about["line"] for question in first if "visit" in question.about}) == 4


def test_what_is_never_executed_is_asked_about_too(prepared) -> None:
    program = Program("branch", "def f(x):\n    if x:\n        return 1\n    y = 2\n    return y\n", "f(1)")
    (subject,) = prepare([program], [Ask.PROBES]).subjects[Ask.PROBES]
    coverage = {question.about["line"] for question in asked(subject, Ask.PROBES) if question.kind is AnswerKind.COVERAGE}
    assert coverage & {"4", "5"}
    assert coverage & {"2", "3"}


def test_steps_are_at_equal_distances_from_first_to_last(prepared) -> None:
    subject = next(subject for subject in prepared.subjects[Ask.STEPS] if subject.program.task == "collatz")
    every = [int(question.about["moment"]) for question in asked(subject, Ask.STEPS)]
    few = [int(question.about["moment"]) for question in asked(subject, Ask.STEPS, places=5)]
    assert len(few) == 5
    assert (few[0], few[-1]) == (every[0], every[-1])


def test_the_value_is_told_and_the_call_is_not_where_an_input_is_asked_for(prepared) -> None:
    subject = next(subject for subject in prepared.subjects[Ask.INPUT] if subject.program.task == "collatz")
    (question,) = asked(subject, Ask.INPUT)
    assert "[6, 3, 10, 5, 16, 8, 4, 2, 1]" in question.prompt.messages[-1].text
    assert "f(6)" not in question.prompt.messages[-1].text


def test_what_happens_before_the_call_is_not_asked_about() -> None:
    code = "def g(x):\n    return x\n\nSTART = g(1)\n\nclass Own:\n    x = 1\n\ndef f(n):\n    return g(n) + START\n"
    (subject,) = prepare([Program("p", code, "f(2)")], [Ask.TRACE]).subjects[Ask.TRACE]
    lines = [(moment.line, moment.visit) for moment in subject.moments]
    assert lines == [(9, 1), (10, 1), (1, 1), (2, 1), (2, 1), (10, 1)]
