"""Probes and steps, judged: hand-computed cases of what is right, what is wrong and how."""

from __future__ import annotations

import json

import pytest

from nbrepro.simulation.answers import AnswerKind
from nbrepro.simulation.forced_and_free import FirstMistake, compare_forced
from nbrepro.simulation.mistakes import Mistake
from nbrepro.simulation.probe_scores import score_probes
from nbrepro.simulation.programs import Program
from nbrepro.simulation.questions.asked import Ask, Response
from nbrepro.simulation.questions.ways import read_response
from nbrepro.simulation.real_traces import trace_programs
from nbrepro.simulation.step_scores import score_steps
from nbrepro.simulation.traced import align_answers

CODE = """\
def g(x):
    return 10 // x

def f(n):
    total = 0
    items = []
    for i in range(n):
        if i % 2:
            total += i
        items.append(i)
    try:
        total += g(0)
    except ZeroDivisionError:
        total = -total
    else:
        total = 99
    text = 'a;b'
    return total, text
"""
PROGRAM = Program("p", CODE, "f(2)")


@pytest.fixture(scope="module")
def real():
    return trace_programs([PROGRAM])


def answer(ask: Ask, kind: AnswerKind, raw: str, **about: object):
    known = {name: str(value) for name, value in about.items()}
    return read_response(Response("p", ask, kind, raw, code=CODE, call="f(2)", model="m", about=known))


@pytest.mark.parametrize(
    ("kind", "about", "said", "is_right"),
    [
        (AnswerKind.COVERAGE, {"line": 9}, "YES", True),
        (AnswerKind.COVERAGE, {"line": 16}, "YES", False),
        (AnswerKind.COVERAGE, {"line": 16}, "NO", True),
        (AnswerKind.COVERAGE, {"line": 16}, "perhaps", False),
        (AnswerKind.STATE, {"line": 8, "visit": 1, "variable": "i"}, "0; int", True),
        (AnswerKind.STATE, {"line": 8, "visit": 2, "variable": "i"}, "0; int", False),
        (AnswerKind.STATE, {"line": 8, "visit": 2, "variable": "i"}, "1", True),
        (AnswerKind.STATE, {"line": 8, "visit": 2, "variable": "i"}, "1; float", False),
        (AnswerKind.STATE, {"line": 10, "visit": 2, "variable": "items"}, "[0, 1]; list", True),
        (AnswerKind.STATE, {"line": 10, "visit": 2, "variable": "items"}, "[0, 1]; <class 'list'>", True),
        (AnswerKind.STATE, {"line": 17, "visit": 1, "variable": "text"}, "'a;b'; str", True),
        (AnswerKind.STATE, {"line": 17, "visit": 1, "variable": "text"}, "'a;b'", True),
        (AnswerKind.STATE, {"line": 5, "visit": 1, "variable": "i"}, "Nil", True),
        (AnswerKind.STATE, {"line": 5, "visit": 1, "variable": "i"}, "0; int", False),
        (AnswerKind.STATE, {"line": 8, "visit": 2, "variable": "i"}, "Nil", False),
        (AnswerKind.PATH, {"line": 8, "visit": 1}, "10: items.append(i)", True),
        (AnswerKind.PATH, {"line": 8, "visit": 1}, "items.append(i)", True),
        (AnswerKind.PATH, {"line": 8, "visit": 1}, "9: total += i", False),
        (AnswerKind.PATH, {"line": 8, "visit": 2}, "9", True),
        (AnswerKind.PATH, {"line": 18, "visit": 1}, "-1", True),
        (AnswerKind.PATH, {"line": 8, "visit": 2}, "-1", False),
        (AnswerKind.OUTPUT, {}, "(-1, 'a;b')", True),
        (AnswerKind.OUTPUT, {}, "(1, 'a;b')", False),
    ],
)
def test_probes_are_judged_at_their_visit(real, kind: AnswerKind, about: dict[str, object], said: str, is_right: bool) -> None:
    (scored,) = score_probes([answer(Ask.PROBES, kind, f"[ANSWER]{said}[/ANSWER]", **about)], real).probes
    assert scored.is_right is is_right


def test_incremental_consistency_of_two_places(real) -> None:
    def probes(state: str, path: str) -> list:
        return [
            answer(Ask.PROBES, AnswerKind.COVERAGE, "YES", line=8),
            answer(Ask.PROBES, AnswerKind.STATE, "0; int", line=8, visit=1, variable="i"),
            answer(Ask.PROBES, AnswerKind.PATH, "10", line=8, visit=1),
            answer(Ask.PROBES, AnswerKind.STATE, state, line=8, visit=2, variable="i"),
            answer(Ask.PROBES, AnswerKind.PATH, path, line=8, visit=2),
            answer(Ask.PROBES, AnswerKind.OUTPUT, "[ANSWER](1, 'a;b')[/ANSWER]"),
        ]

    # coverage, state and path right, output wrong: 0.5; only coverage and state right: 0.25; only coverage right: 0.125
    assert score_probes(probes("1; int", "9"), real).consistency().value == 0.5
    assert score_probes(probes("1; int", "10"), real).consistency().value == (0.5 + 0.25) / 2
    assert score_probes(probes("5; int", "10"), real).consistency().value == (0.5 + 0.125) / 2
    assert score_probes(probes("5; int", "9"), real).consistency().value == 0.25  # a right path after a wrong state has nothing


def test_coverage_counts_both_kinds_of_mistakes(real) -> None:
    said = {9: "YES", 10: "NO", 16: "YES", 2: "YES"}
    found = score_probes([answer(Ask.PROBES, AnswerKind.COVERAGE, word, line=line) for line, word in said.items()], real).coverage()
    assert (found.true_positive, found.false_positive, found.false_negative, found.true_negative) == (2, 1, 1, 0)


def position(real, line: int, visit: int) -> int:
    moments = real["p"].moments
    return next(place for place, moment in enumerate(moments) if (moment.line, moment.visit, moment.kind.value) == (line, visit, "line"))


@pytest.mark.parametrize(
    ("line", "visit", "said", "mistake"),
    [
        (5, 1, {"changed": {"total": "0"}, "next": 6}, None),
        (5, 1, {"changed": {"total": "0", "n": "2"}, "next": 6}, None),
        (5, 1, {"changed": {"total": "1"}, "next": 6}, Mistake.OFF_BY_ONE),
        (5, 1, {"changed": {}, "next": 6}, Mistake.STALE_VALUE),
        (5, 1, {"changed": {"total": "0", "n": "3"}, "next": 6}, Mistake.OFF_BY_ONE),
        (5, 1, {"changed": {"total": "0"}, "next": 7}, Mistake.LINE_SKIPPED),
        (7, 1, {"changed": {"i": "0"}, "next": 8}, None),
        (7, 1, {"changed": {"i": "0"}, "next": 11}, Mistake.LOOP_SHORT),
        (7, 3, {"changed": {}, "next": 8}, Mistake.LOOP_LONG),
        (7, 3, {"changed": {"i": "2"}, "next": 11}, Mistake.OFF_BY_ONE),
        (8, 1, {"changed": {}, "next": 9}, Mistake.BRANCH_FLIPPED),
        (10, 1, {"changed": {"items": "[0]"}, "next": 7}, None),
        (10, 1, {"changed": {"items": "[]"}, "next": 7}, Mistake.STALE_VALUE),
        (10, 1, {"changed": {"items": "[0]"}, "next": "return", "value": "0"}, Mistake.EARLY_EXIT),
        (12, 1, {"changed": {}, "next": 14}, None),
        (12, 1, {"changed": {}, "next": 13}, Mistake.LINE_SKIPPED),
        (2, 1, {"changed": {}, "next": "raise", "value": "ZeroDivisionError: division by zero"}, None),
        (2, 1, {"changed": {}, "next": "raise", "value": "ValueError"}, Mistake.EXCEPTION_TYPE),
        (2, 1, {"changed": {}, "next": "return", "value": "0"}, Mistake.EXCEPTION_MISSED),
        (18, 1, {"changed": {}, "next": "return", "value": "(-1, 'a;b')"}, None),
        (18, 1, {"changed": {}, "next": "return", "value": "(1, 'a;b')"}, Mistake.WRONG_RETURN),
        (18, 1, {"changed": {}, "next": "raise", "value": "KeyError"}, Mistake.EXCEPTION_INVENTED),
        (17, 1, {"changed": {"text": "'a;b'"}, "unset": ["total"], "next": 18}, Mistake.SCOPE),
        (5, 1, "no idea", Mistake.UNPARSEABLE),
    ],
)
def test_steps_are_judged(real, line: int, visit: int, said: dict[str, object], mistake: Mistake | None) -> None:
    raw = said if isinstance(said, str) else json.dumps({"unset": [], "value": None, **said})
    step = answer(Ask.STEPS, AnswerKind.STEP, raw, line=line, visit=visit, moment=position(real, line, visit))
    (scored,) = score_steps([step], real).steps
    assert scored.mistake is mistake
    assert scored.is_right is (mistake is None)


def test_an_exception_that_is_handled_in_its_function_may_be_told_by_its_handler() -> None:
    code = "def f(x):\n    try:\n        y = 1 // x\n    except ZeroDivisionError:\n        y = 0\n    return y\n"
    real = trace_programs([Program("p", code, "f(0)")])
    for following, is_right in ((4, True), (5, True), ("raise", True), (6, False)):
        raw = json.dumps({"changed": {}, "unset": [], "next": following, "value": "ZeroDivisionError" if following == "raise" else None})
        asked = Response("p", Ask.STEPS, AnswerKind.STEP, raw, code=code, about={"line": "3", "visit": "1", "moment": "2"})
        (scored,) = score_steps([read_response(asked)], real).steps
        assert scored.is_right is is_right, following


def test_the_accuracy_of_steps_is_that_of_all_steps(real) -> None:
    right = {"changed": {"total": "0"}, "unset": [], "next": 6, "value": None}
    steps = [right, right, {**right, "next": 7}]
    place = position(real, 5, 1)
    found = score_steps([answer(Ask.STEPS, AnswerKind.STEP, json.dumps(said), line=5, visit=1, moment=place) for said in steps], real)
    assert found.accuracy().value == pytest.approx(2 / 3)
    assert (found.state_accuracy(), found.next_accuracy()) == (1.0, pytest.approx(2 / 3))


SHORT = "def f(n):\n    a = n * 2\n    if a > 3:\n        a -= 1\n    return a\n"
HEAD = '{"k": "call", "fn": "f", "d": {"n": "2"}}'
LINES = {
    "a": '{"k": "line", "l": 2, "src": "a = n * 2", "d": {"a": "%s"}}',
    "if": '{"k": "line", "l": 3, "src": "if a > 3:", "d": {}}',
    "less": '{"k": "line", "l": 4, "src": "a -= 1", "d": {"a": "3"}}',
    "end": '{"k": "line", "l": 5, "src": "return a", "d": {}}\n{"k": "return", "fn": "f", "v": "%s"}',
}


@pytest.mark.parametrize(
    ("trace", "line", "step", "first"),
    [
        ([HEAD, LINES["a"] % 4, LINES["if"], LINES["less"], LINES["end"] % 3], 2, {}, FirstMistake.NONE),
        ([HEAD, LINES["a"] % 5, LINES["if"], LINES["less"], LINES["end"] % 3], 2, {"changed": {"a": "4"}, "next": 3}, FirstMistake.DRIFT),
        ([HEAD, LINES["a"] % 5, LINES["if"], LINES["less"], LINES["end"] % 3], 2, {"changed": {"a": "5"}, "next": 3}, FirstMistake.STEP),
        ([HEAD, LINES["a"] % 4, LINES["if"], LINES["end"] % 4], 3, {"changed": {}, "next": 4}, FirstMistake.DRIFT),
        ([HEAD, LINES["a"] % 4, LINES["if"], LINES["end"] % 4], 3, {"changed": {}, "next": 5}, FirstMistake.STEP),
        ([HEAD, LINES["a"] % 4, LINES["if"], LINES["end"] % 4], 2, {"changed": {"a": "4"}, "next": 3}, FirstMistake.NOT_ASKED),
        ([HEAD, LINES["a"] % 4, LINES["if"], LINES["less"], LINES["end"] % 9], 5, {"next": "return", "value": "3"}, FirstMistake.DRIFT),
    ],
    ids=range(7),
)
def test_forced_steps_tell_where_a_free_trace_goes_wrong(trace, line: int, step: dict[str, object], first: FirstMistake) -> None:
    program = Program("p", SHORT, "f(2)")
    real = trace_programs([program])
    place = next(place for place, moment in enumerate(real["p"].moments) if (moment.line, moment.kind.value) == (line, "line"))
    raw = json.dumps({"changed": {}, "unset": [], "value": None, "next": 3, **step})
    about = {"line": str(line), "visit": "1", "moment": str(place)}
    steps = score_steps([read_response(Response("p", Ask.STEPS, AnswerKind.STEP, raw, code=SHORT, about=about))], real)
    free = align_answers([read_response(Response("p", Ask.TRACE, AnswerKind.TRACE, "\n".join(trace), code=SHORT))], [program], real=real)
    (pair,) = compare_forced(steps, free).pairs
    assert pair.first is first
