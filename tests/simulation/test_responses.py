"""What models really write: fences, prose, half of an answer, other spellings, and text that is meant to break the reader."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbrepro.simulation.answers import AnswerKind
from nbrepro.simulation.questions.asked import Ask, Response
from nbrepro.simulation.questions.final_answers import final_call, final_value
from nbrepro.simulation.questions.json_events import find_events
from nbrepro.simulation.questions.narration import narrated_rows
from nbrepro.simulation.questions.probes import probe_text
from nbrepro.simulation.questions.saved import read_saved, written
from nbrepro.simulation.questions.steps import StatedStep, stated_step
from nbrepro.simulation.questions.ways import WAYS, read_response

CODE = "def f(n):\n    total = 0\n    for i in range(n):\n        total += i\n    return total\n"
EVENTS = (
    '{"k": "call", "fn": "f", "d": {"n": "1"}}',
    '{"k": "line", "l": 2, "src": "total = 0", "d": {"total": "0"}}',
    '{"k": "line", "l": 3, "src": "for i in range(n):", "d": {"i": "0"}}',
    '{"k": "line", "l": 4, "src": "total += i", "d": {}}',
    '{"k": "line", "l": 3, "src": "for i in range(n):", "d": {}}',
    '{"k": "line", "l": 5, "src": "return total", "d": {}}',
    '{"k": "return", "fn": "f", "v": "0"}',
)
WHOLE = '{"events": [\n' + ",\n".join(EVENTS) + '\n], "answer": "0"}'
LINES = "\n".join(EVENTS)
KIND_OF = {
    Ask.OUTPUT: AnswerKind.OUTPUT,
    Ask.INPUT: AnswerKind.INPUT,
    Ask.TRACE: AnswerKind.TRACE,
    Ask.NARRATION: AnswerKind.TRACE,
    Ask.PROBES: AnswerKind.STATE,
    Ask.STEPS: AnswerKind.STEP,
}


def response(ask: Ask, raw: str, finish: str = "stop") -> Response:
    about = {"line": "4", "visit": "1", "variable": "total", "moment": "3"}
    return Response("t", ask, KIND_OF[ask], raw, finish, code=CODE, call="f(1)", about=about)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("[ANSWER]3[/ANSWER]", "3"),
        ("[ANSWER]\n```python\n[1, 2]\n```\n[/ANSWER]", "[1, 2]"),
        ("[THOUGHT]maybe [ANSWER]4[/ANSWER][/THOUGHT][ANSWER]f(1) == 3[/ANSWER]", "3"),
        ("<think>[ANSWER]9[/ANSWER]</think>\n3", "3"),
        ("[ANSWER]1[/ANSWER] No: [ANSWER]2[/ANSWER]", "2"),
        ("[ANSWER]3", "3"),
        ("<answer>(1,)</answer>", "(1,)"),
        ("**Output:** `'a'`", "'a'"),
        ("`{'a': 1}`", "{'a': 1}"),
        ("The loop adds up.\n\n6", "6"),
        ("It gives:\n```python\n[1]\n```\nas you see.", "[1]"),
        ("nan", "nan"),
        ("I can't execute code.", None),
        ("", None),
        ("   \n ", None),
        ("<think>and then", None),
        ("[ANSWER][/ANSWER]", None),
    ],
)
def test_values_are_found_where_models_put_them(raw: str, value: str | None) -> None:
    assert final_value(raw) == value


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("[ANSWER]12", None),
        ("It is 12", None),
        ("12", None),
        ("[ANSWER]12[/ANSWER] and besi", "12"),
        ("[ANSWER]12[/ANSWER] or rather [ANSWER]1", None),
    ],
)
def test_half_a_value_is_none(raw: str, value: str | None) -> None:
    assert final_value(raw, is_cut=True) == value


@pytest.mark.parametrize(
    ("raw", "call"),
    [
        ("[ANSWER]f([1], 'a')[/ANSWER]", "f([1], 'a')"),
        ("[ANSWER]assert f(2) == 3[/ANSWER]", "f(2)"),
        ("[ANSWER]f(2) == 3[/ANSWER]", "f(2)"),
        ("[ANSWER]`f(2)`[/ANSWER]", "f(2)"),
        ("Try f(1), better f('(', ')').", "f('(', ')')"),
        ("f(3)", "f(3)"),
        ("g(3)", None),
        ("[ANSWER][/ANSWER]", None),
        ("f(f(f(f(f(" * 200, None),
    ],
)
def test_calls_are_found(raw: str, call: str | None) -> None:
    assert final_call(raw, "f") == call


@pytest.mark.parametrize(
    "raw",
    [
        WHOLE,
        LINES,
        f"```json\n{WHOLE}\n```",
        f"Here is the trace:\n```jsonl\n{LINES}\n```\nI hope that helps.",
        f"<think>Let me see: {EVENTS[0]}</think>{WHOLE}",
        "[" + ",\n".join(EVENTS) + "]",
        json.dumps(json.loads(WHOLE), indent=2),
        WHOLE.replace('"0"', "0"),
        LINES.replace('"', "'"),
        '{"schema": "nbrepro.trace/1"}\n' + LINES,
        WHOLE.replace("\n", "\r\n"),
        "The program {is} short {}.\n" + LINES,
    ],
    ids=range(12),
)
def test_a_whole_trace_is_read_whatever_is_around_it(raw: str) -> None:
    answer = read_response(response(Ask.TRACE, raw))
    assert answer.problem is None
    assert answer.text == "0"
    assert [row.line for row in answer.rows] == [1, 2, 3, 4, 3, 5, None]
    assert {name: value.text for name, value in answer.rows[4].state.items()} == {"n": "1", "total": "0", "i": "0"}


@pytest.mark.parametrize(
    ("raw", "finish", "rows", "problem"),
    [
        ('{"events": [\n' + ",\n".join(EVENTS[:3]) + ',\n{"k": "line", "l": 4, "sr', "length", 3, "cut-off"),
        ('{"events": [\n' + ",\n".join(EVENTS[:3]) + ',\n{"k": "line", "l": 4, "sr', "stop", 3, "cut-off"),
        ("\n".join(EVENTS[:3]) + '\n{"k": "li', "length", 3, "cut-off"),
        ("\n".join(EVENTS[:3]), "length", 3, "cut-off"),
        ('{"events": [\n' + ",\n".join(EVENTS[:3]) + "\n", "stop", 3, "cut-off"),
        ('{"events": [\n' + ",\n".join(EVENTS), "length", 7, None),
        ('{"events": [\n' + ",\n".join(EVENTS) + '\n], "answer": "', "length", 7, None),
        ("\n".join(EVENTS[:3]), "stop", 3, None),
        ("\n".join([*EVENTS[:3], '{"k": "line", "l": oops}', *EVENTS[4:]]), "stop", 6, "malformed"),
        ('{"events": [' + EVENTS[0] + ', 7, "x", {"k": 3}], "answer": "0"}', "stop", 1, "malformed"),
        ("I won't.", "stop", 0, "no-trace"),
        ("", "stop", 0, "no-trace"),
        ('{"events": []}', "stop", 0, "no-trace"),
        ("", "length", 0, "cut-off"),
    ],
    ids=range(14),
)
def test_what_is_there_of_a_damaged_trace_is_kept(raw: str, finish: str, rows: int, problem: str | None) -> None:
    answer = read_response(response(Ask.TRACE, raw, finish))
    assert (len(answer.rows), answer.problem) == (rows, problem)


@pytest.mark.parametrize(
    "raw",
    [
        '{"k": "line"}',
        '{"k": "line", "l": "two", "d": [1], "x": 3, "fn": 4}',
        '{"k": "return"}\n{"k": "return"}\n{"k": "return"}',
        '{"k": "done", "l": 9, "d": {"a": "1"}}',
        '{"k": "raise"}\n{"k": "raise"}\n{"k": "line", "l": 4}',
        '{"k": "call", "fn": null, "d": null}\n{"k": "line", "l": 2, "d": {"total": null}}',
        '{"k": "line", "l": 4, "d": {"total": {"t": "list", "v": 3}}}',
        '{"k": "line", "l": 4, "d": {"total": {"t": "unset"}, "i": {"t": "same"}}}',
        '{"k": "line", "l": 4, "src": "\\ud800", "d": {"total": "\\ud800"}}',
        '{"k": "line", "l": 1e400, "d": {"total": NaN}}',
        '{"k": "line", "l": true, "f": [1]}',
        "{" * 50_000,
        '{"a":' * 50_000,
        "[" * 50_000,
        '{"k":' * 20_000,
        '{"k": "line", "l": ' + "9" * 5_000 + "}",
    ],
    ids=range(16),
)
def test_hostile_traces_break_nothing(raw: str) -> None:
    answer = read_response(response(Ask.TRACE, raw))
    assert answer.raw == raw
    assert len(answer.rows) <= 3


@pytest.mark.parametrize("ask", list(Ask), ids=str)
@given(raw=st.text() | st.text(alphabet="{}[]\"':,kld 0123\n[/ANSWER]`L=", max_size=200), finish=st.sampled_from(("stop", "length")))
def test_any_text_gives_an_answer(ask: Ask, raw: str, finish: str) -> None:
    answer = read_response(response(ask, raw, finish))
    assert answer.raw == raw
    assert answer.text is not None or answer.rows or answer.problem is not None


@given(cut=st.integers(0, len(WHOLE)))
def test_a_trace_cut_anywhere_gives_a_part_of_its_rows(cut: int) -> None:
    whole = read_response(response(Ask.TRACE, WHOLE)).rows
    part = read_response(response(Ask.TRACE, WHOLE[:cut], "length"))
    assert part.rows == whole[: len(part.rows)]
    assert part.problem == (None if len(part.rows) == len(whole) else "cut-off")


def test_exceptions_that_pass_through_functions_may_be_told_again() -> None:
    code = "def g(x):\n    return 1 // x\n\ndef f(x):\n    try:\n        return g(x)\n    except ZeroDivisionError:\n        return 0\n"
    lines = [
        '{"k": "call", "fn": "f", "d": {"x": "0"}}',
        '{"k": "line", "l": 5, "src": "try:", "d": {}}',
        '{"k": "line", "l": 6, "src": "return g(x)", "d": {}}',
        '{"k": "call", "fn": "g", "d": {"x": "0"}}',
        '{"k": "line", "l": 2, "src": "return 1 // x", "d": {}}',
        '{"k": "raise", "type": "ZeroDivisionError", "msg": "integer division or modulo by zero"}',
        '{"k": "raise", "type": "ZeroDivisionError", "msg": "integer division or modulo by zero"}',
        '{"k": "line", "l": 8, "src": "return 0", "d": {}}',
        '{"k": "return", "fn": "f", "v": "0"}',
    ]
    answer = read_response(Response("t", Ask.TRACE, AnswerKind.TRACE, "\n".join(lines), code=code, call="f(0)"))
    assert [row.kind.value for row in answer.rows] == ["call", "line", "line", "call", "line", "raise", "line", "return"]
    assert [row.function for row in answer.rows[-2:]] == ["f", "f"]


def test_events_are_counted_that_can_not_be_read() -> None:
    found = find_events('{"k": "line", "l": }\n{"k": "line", "l": 2}')
    assert (len(found.events), found.unreadable, found.is_cut) == (1, 1, False)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("[L2] total = 0\n    total = 0", [(2, {"total": "0"})]),
        ("**[L2]** `total = 0`\n- total = 0\n", [(2, {"total": "0"})]),
        ("[Line 2] total = 0\n  total = [1, 2, 'a; b = 3']  ", [(2, {"total": "[1, 2, 'a; b = 3']"})]),
        ("[L2] a\n    x = nan\n    # y = 3\n    z == 4", [(2, {"x": "nan"})]),
        ("[L6] y = g(1)\n[L2] return 1\n[back L6]\n    y = 1", [(6, {"y": "1"}), (2, {})]),
        ("[L6] y = g(1)\n[L6] y = g(0)\n[back L6]\n    y = 0\n[back L6]\n    y = 1", [(6, {"y": "1"}), (6, {"y": "0"})]),
        ("[back L9]\n    y = 1\n[L1] z", [(1, {})]),
        ("[L5] return total\n[ANSWER]3[/ANSWER]\n    total = 9", [(5, {})]),
        ("nothing at all", []),
    ],
)
def test_narrations_are_read(text: str, rows: list[tuple[int, dict[str, str]]]) -> None:
    assert [(row.line, {name: value.text for name, value in row.state.items()}) for row in narrated_rows(text)] == rows


def test_a_narration_in_another_form_is_read_as_that_form() -> None:
    table = "| Line | Code | total |\n|--|--|--|\n| 2 | total = 0 | 0 |\n[ANSWER]0[/ANSWER]"
    answer = read_response(response(Ask.NARRATION, table))
    assert (len(answer.rows), answer.convention, answer.problem, answer.text) == (1, None, None, "0")
    nothing = read_response(response(Ask.NARRATION, "I'd rather not."))
    assert (nothing.rows, nothing.problem) == ((), "no-trace")


@pytest.mark.parametrize(
    ("raw", "kind", "text"),
    [
        ("[ANSWER]YES[/ANSWER]", AnswerKind.COVERAGE, "YES"),
        ("No, it isn't.", AnswerKind.COVERAGE, "NO"),
        ("Yes and no", AnswerKind.COVERAGE, None),
        ("[ANSWER]maybe[/ANSWER]", AnswerKind.COVERAGE, None),
        ("[ANSWER]'a;b'; str[/ANSWER]", AnswerKind.STATE, "'a;b'; str"),
        ("After that it is\n`5; int`", AnswerKind.STATE, "5; int"),
        ("[ANSWER]5: return total[/ANSWER]", AnswerKind.PATH, "5: return total"),
        ("", AnswerKind.PATH, None),
    ],
)
def test_answers_to_probes_are_read(raw: str, kind: AnswerKind, text: str | None) -> None:
    assert probe_text(raw, kind) == text


@pytest.mark.parametrize(
    ("raw", "step"),
    [
        ('{"changed": {"i": "1"}, "unset": [], "next": 4, "value": null}', StatedStep({"i": "1"}, (), 4)),
        ('```json\n{"changed": {"i": 1}, "next": "line 4"}\n```', StatedStep({"i": "1"}, (), 4)),
        ('{"changed": {}, "unset": ["i", 3], "next": "return", "value": "[1]"}', StatedStep({}, ("i",), "return", "[1]")),
        ('{"changed": null, "unset": null, "next": "RAISE", "value": "KeyError"}', StatedStep({}, (), "raise", "KeyError")),
        ('{"changed": {}, "next": "somewhere"}', StatedStep()),
        ('{"changed": {"i": null}, "next": true}', StatedStep()),
        ('{"changed": {"i": "1"}}', None),
        ('{"next": 4', None),
        ("line 4 comes next", None),
        ("", None),
    ],
)
def test_steps_are_read(raw: str, step: StatedStep | None) -> None:
    assert stated_step(raw) == step


@pytest.mark.parametrize("ask", list(Ask), ids=str)
def test_saved_responses_are_read_as_they_were(ask: Ask) -> None:
    given_ = response(ask, WHOLE + "\ud800 é [ANSWER]1; int[/ANSWER]", "length")
    records = [json.loads(line) for line in written([given_]).splitlines()]
    assert read_saved(records).answers == (read_response(given_),)
    damaged = read_saved([*records, {"ask": "dreams"}, {**records[0], "kind": "x"}, {**records[0], "about": 3}])
    assert (len(damaged.answers), len(damaged.problems)) == (1, 3)


@pytest.mark.parametrize(
    ("ask", "kind", "about"),
    [
        ("probes", "trace", {}),
        ("probes", "coverage", {}),
        ("probes", "state", {"line": "1", "visit": "1"}),
        ("probes", "path", {"line": "one", "visit": "1"}),
        ("steps", "step", {"line": "1", "visit": "1", "moment": "-1"}),
        ("steps", "output", {}),
        ("output", "step", {}),
    ],
)
def test_a_record_that_does_not_say_what_was_asked_is_reported(ask: str, kind: str, about: dict[str, str]) -> None:
    found = read_saved([{"task": "t", "raw": "1", "ask": ask, "kind": kind, "about": about}])
    assert (found.answers, len(found.problems)) == ((), 1)


def test_every_way_of_asking_is_tried_here() -> None:
    assert set(KIND_OF) == set(WAYS)
