"""Files in the exact forms of other projects."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from nbrepro.errors import RequestError
from nbrepro.simulation.answers import AnswerKind, Convention, RowKind, StatedKind
from nbrepro.simulation.importers import FORMATS, read_answers
from nbrepro.simulation.importers.extraction import asserted, element_answer, output_answer, tagged_answer
from nbrepro.simulation.importers.stated_values import stated
from nbrepro.simulation.importers.statelens import split_cells

TABLE = """<think>Let me trace.</think><table>
| Line | Code | total | text |
|------|------|-------|------|
| 1 | def f(n): | <unassigned> | not defined |
| 4 (iteration 2) | `total += "a|b"` | 3 | 'a|b' |
| 5 | return total | (unchanged) | ... |
</table><answer>assert f(1) == 3</answer>"""
LINEAR = "Line 2: `total = 0`; total=0\nLine 4 (iteration 3): `total += n`; total=3, items=[1, 2], text='a, b'\n"
CWM = (
    "<|begin_of_text|><|trace_context_start|>def f(n):\n    m = n + 1\n    return m\n\n"
    "def main(): # << START_OF_TRACE\n    return f(1)\n<|frame_sep|>"
    "<|call_sep|>{}<|action_sep|>def main(): # << START_OF_TRACE\n<|frame_sep|>"
    "<|line_sep|>{}<|action_sep|>    return f(1)\n<|frame_sep|>"
    '<|call_sep|>{"n": "1"}<|action_sep|>def f(n):\n<|frame_sep|>'
    '<|line_sep|>{"n": ".."}<|action_sep|>    m = n + 1\n<|frame_sep|>'
    '<|line_sep|>{"n": "..", "m": "2"}<|action_sep|>    return m\n<|frame_sep|>'
    '<|return_sep|><|action_sep|>    return m\n<|arg_sep|>"2"<|frame_sep|>'
    '<|return_sep|><|action_sep|>    return f(1)\n<|arg_sep|>"2"<|frame_sep|><|end_of_text|>'
)
TUTOR = {
    "code": "def f(s):\n    t = [s, (1, 2.5)]\n    return t\nf('a')",
    "trace": [
        {"line": 4, "event": "step_line", "func_name": "<module>", "stack_to_render": [], "heap": {}},
        {"line": 1, "event": "call", "func_name": "f", "stack_to_render": [{"encoded_locals": {"s": "a"}}], "heap": {}},
        {"line": 2, "event": "step_line", "func_name": "f", "stack_to_render": [{"encoded_locals": {"s": "a"}}], "heap": {}},
        {
            "line": 3,
            "event": "return",
            "func_name": "f",
            "stack_to_render": [{"encoded_locals": {"s": "a", "t": ["REF", 1], "__return__": ["REF", 1]}}],
            "heap": {"1": ["LIST", "a", ["REF", 2]], "2": ["TUPLE", 1, 2.5]},
        },
        {"event": "instruction_limit_reached", "exception_msg": "Stopped after 1000 steps"},
    ],
}
CES = """[REASONING]it counts[/REASONING]
[ANSWER]
def f(n):
    for i in range(n): ## [STATE]i=[0, 1][/STATE][STATE]range(n)=[0, 1][/STATE]
        if i == 1: ## [CONDITION](i == 1)=[False, True][/CONDITION][BRANCH]taken=['N', 'Y'][/BRANCH]
            n += 1
    return n ## [STATE]n=??[/STATE]
[/ANSWER]
[OUTPUT]
3
[/OUTPUT]"""
SNOOP = """12:00:00.00 >>> Call to f in File "/x.py", line 1
12:00:00.00 ...... n = 2
12:00:00.00    1 | def f(n):
12:00:00.00    2 |     m = n + 1
12:00:00.00 .......... m = 3
12:00:00.00    3 |     return m
12:00:00.00 <<< Return value from f: 3
"""
PYSNOOPER = """Source path:... /x.py
Starting var:.. n = 2
12:00:00.000000 call         1 def f(n):
12:00:00.000000 line         2     m = n + 1
New var:....... m = 3
12:00:00.000000 line         3     return m
12:00:00.000000 return       3     return m
Return value:.. 3
Elapsed time: 00:00:00.000100
"""
OWN = """{"schema": "nbrepro.trace/1", "origin": "llm", "task": "t9", "source": [{"text": "def f(n):\\n    m = n\\n"}]}
{"i": 0, "k": "call", "f": 1, "l": 1, "fn": "f", "d": {"n": 1}}
{"i": 1, "k": "line", "f": 1, "l": 2, "n": 1, "d": {"m": {"t": "float", "r": "2.5"}}}
and then it goes on
{"i": 2, "k": "line", "f": 1, "l": 3, "d": {"m": {"t": "same"}, "k": {"t": "unset"}}, "x": ["n"]}
{"i": 3, "k": "return", "f": 1, "l": 3, "v": {"t": "tuple", "v": [1, 2], "n": 2}}
"""


def imported(tmp_path: Path, content: object, name: str = "answers.json", form: str | None = None):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return read_answers(path, form)


def texts(row):
    return {name: value.text for name, value in row.state.items()}


def test_generations_and_their_scored_form(tmp_path) -> None:
    plain = imported(tmp_path, {"sample_0": ["1", "  ", "[ANSWER]assert f(1) == 2[/ANSWER]"]}, "model_input/generations.json")
    assert plain.format == "cruxeval-generations"
    assert [answer.text for answer in plain.answers] == ["1", None, "2"]
    assert {answer.kind for answer in plain.answers} == {AnswerKind.INPUT}
    assert plain.unreadable == 1
    scored = imported(tmp_path, {"raw_generations": {"sample_0": ["1", "2"]}, "raw_scored_generations": {"sample_0": [True, False]}})
    assert [answer.published for answer in scored.answers] == [True, False]
    uneven = imported(tmp_path, {"raw_generations": {"sample_0": ["1", "2"]}, "raw_scored_generations": {"sample_0": [True]}})
    assert [answer.published for answer in uneven.answers] == [None, None]
    assert uneven.problems == ("sample_0: 2 answers, 1 verdicts",)


def test_livecodebench_results(tmp_path) -> None:
    record = {
        "id": "e1",
        "code": "c",
        "input": "f(1)",
        "output": "2",
        "output_list": ["so 2", "no"],
        "pred_list": ["2", ""],
        "graded_list": [True, False],
    }
    found = imported(tmp_path, [record])
    assert found.format == "livecodebench"
    assert [(answer.text, answer.published, answer.problem) for answer in found.answers] == [("2", True, None), (None, False, "no-answer")]


def test_cruxeval_x(tmp_path) -> None:
    lines = ['{"id": 3, "res": "pass", "answer": "4", "code": "f"}', '{"id": 4, "res": "error", "error": "E", "answer": ""}', "broken"]
    found = imported(tmp_path, "\n".join(lines), "phi_output.jsonl")
    assert [(answer.task, answer.text, answer.published) for answer in found.answers] == [
        ("sample_3", "4", True),
        ("sample_4", None, False),
    ]
    assert found.problems == ("line 3 is no JSON object: broken",)
    assert found.answers[1].question == {"error": "E"}


def test_tables_of_statelens(tmp_path) -> None:
    record = {"task_id": "sample_1", "code": "def f(n): pass", "function_call": "f(1)", "response": TABLE}
    (answer,) = imported(tmp_path, json.dumps(record)).answers
    assert (answer.text, answer.kind) == ("3", AnswerKind.TRACE)
    first, second, third = answer.rows
    assert {name: value.kind for name, value in first.state.items()} == {"total": StatedKind.UNSET, "text": StatedKind.UNSET}
    assert (second.line, second.visit, texts(second)) == (4, 2, {"total": "3", "text": "'a|b'"})
    assert (third.state["total"].text, third.state["text"].kind) == ("3", StatedKind.NOT_STATED)


def test_a_bar_behind_a_backslash_is_text_even_in_quotes() -> None:
    assert split_cells(r"| 4 | s.insert(1, '\|') | '|' |") == ["4", "s.insert(1, '|')", "'|'"]


def test_the_linear_form(tmp_path) -> None:
    record = {"task_id": "s", "function_call": "f(1)", "response": f"{LINEAR}<answer>3</answer>"}
    (answer,) = imported(tmp_path, [record]).answers
    assert [(row.line, row.visit) for row in answer.rows] == [(2, None), (4, 3)]
    assert texts(answer.rows[1]) == {"total": "3", "items": "[1, 2]", "text": "'a, b'"}


def test_cwm(tmp_path) -> None:
    (answer,) = imported(tmp_path, CWM, "trace.txt").answers
    assert (answer.text, answer.problem, answer.convention, answer.is_complete) == ("2", None, Convention.BEFORE, True)
    assert answer.code.startswith("def f(n):")
    assert [row.kind for row in answer.rows].count(RowKind.RETURN) == 2
    inner = [row for row in answer.rows if row.function == "f"]
    assert [(row.source, texts(row)) for row in inner if row.kind is RowKind.LINE] == [
        ("m = n + 1", {"n": "1"}),
        ("return m", {"n": "1", "m": "2"}),
    ]
    (cut,) = imported(tmp_path, CWM[:-120], "trace.txt").answers
    assert cut.problem == "cut-off"
    assert len(cut.rows) > 3
    (bad,) = imported(
        tmp_path, "<|trace_context_start|>def f(): pass<|frame_sep|><|line_sep|>{no<|action_sep|>x<|frame_sep|>", "t.txt"
    ).answers
    assert (bad.problem, bad.rows) == ("malformed", ())


def test_python_tutor(tmp_path) -> None:
    found = imported(tmp_path, TUTOR)
    (answer,) = found.answers
    assert [(row.kind, row.line) for row in answer.rows] == [(RowKind.CALL, 1), (RowKind.LINE, 2), (RowKind.RETURN, 3)]
    assert answer.text == "['a', (1, 2.5)]"
    assert found.problems == ("point 4: instruction_limit_reached: Stopped after 1000 steps",)
    assert imported(tmp_path, TUTOR["trace"]).answers[0].text == "['a', (1, 2.5)]"


def test_own_traces(tmp_path) -> None:
    found = imported(tmp_path, OWN, "trace.jsonl")
    (answer,) = found.answers
    assert (answer.task, answer.text, answer.is_complete) == ("t9", "(1, 2)", True)
    assert texts(answer.rows[1]) == {"n": "1", "m": "2.5"}
    assert texts(answer.rows[2]) == {"m": "2.5", "k": ""}
    assert answer.rows[2].state["k"].kind is StatedKind.UNSET
    assert found.problems == ("line 4 is no event: and then it goes on",)


def test_reval(tmp_path) -> None:
    records = [
        {
            "task_id": "DREval/0",
            "generation": [{"input_idx": 1, "results": [{"generated": "[ANSWER]YES[/ANSWER]", "response": True, "expected": False}]}],
        },
        {"acc": 0.0},
    ]
    lines = "\n".join(json.dumps(record) for record in records)
    (coverage,) = imported(tmp_path, lines, "coverage@model_direct/run.jsonl").answers
    assert (coverage.task, coverage.kind, coverage.text, coverage.published) == ("DREval/0/1", AnswerKind.COVERAGE, "YES", False)
    records[0]["generation"][0]["results"] = [{"generated": "3; int", "eq": True}, {"generated": "", "eq": False}]
    state = imported(tmp_path, json.dumps(records[0]), "state@model/run.jsonl").answers
    assert [(answer.text, answer.published, answer.problem) for answer in state] == [("3; int", True, None), (None, False, "no-answer")]
    records[0]["generation"][0]["results"] = [{"generated": "x = 1", "response": [3, 4], "expected": [4, -1]}]
    (path,) = imported(tmp_path, json.dumps(records[0]), "path@model/run.jsonl").answers
    assert (path.kind, path.published) == (AnswerKind.PATH, True)


def test_ces(tmp_path) -> None:
    (answer,) = imported(tmp_path, CES, "response.txt").answers
    assert answer.text == "3"
    loop, branch, last = answer.rows
    assert (loop.source, texts(loop)) == ("for i in range(n):", {"i": "[0, 1]", "range(n)": "[0, 1]"})
    assert texts(branch) == {"condition: (i == 1)": "[False, True]", "branch: taken": "['N', 'Y']"}
    assert last.state["n"].kind is StatedKind.NOT_STATED


def test_surge(tmp_path) -> None:
    records = [
        {"question": "q", "gt": "4", "custom_categoey": "ML", "response": "Thought: 2*2\nOutput:\n```\n4\n```"},
        {"gt": "5", "custom_category": "CL", "response": "none"},
    ]
    found = imported(tmp_path, records)
    assert [answer.text for answer in found.answers] == ["4", None]
    assert (found.unreadable, found.answers[0].question["category"]) == (1, "ML")


def test_codeexecutor(tmp_path) -> None:
    text = "<line> <0> <state> s : [ 1 , 2 ] <dictsep> n : 'a' </state> <line> <1> <state> s : [ 1 ] </state> <output> [ 1 ]"
    (answer,) = imported(tmp_path, text, "trace.txt").answers
    assert [(row.line, texts(row)) for row in answer.rows[:2]] == [(1, {"s": "[ 1 , 2 ]", "n": "'a'"}), (2, {"s": "[ 1 ]"})]
    assert answer.rows[2].kind is RowKind.OUTPUT


@pytest.mark.parametrize("text", [SNOOP, PYSNOOPER])
def test_prints_of_snoop_and_pysnooper(tmp_path, text) -> None:
    (answer,) = imported(tmp_path, text, "trace.txt").answers
    assert answer.text == "3"
    lines = [(row.kind, row.line, texts(row)) for row in answer.rows]
    assert lines[:3] == [(RowKind.CALL, 1, {"n": "2"}), (RowKind.LINE, 2, {"n": "2", "m": "3"}), (RowKind.LINE, 3, {"n": "2", "m": "3"})]
    assert lines[3][0] is RowKind.RETURN


def test_comments_of_next_and_ldb(tmp_path) -> None:
    (numbered,) = imported(tmp_path, "x = 1  # (0) x=1\nwhile x < 3:\n    x += 1  # (1) x=2; (2) x=3\n", "t.txt", "comments").answers
    assert [(row.line, texts(row)) for row in numbered.rows] == [(1, {"x": "1"}), (3, {"x": "2"}), (3, {"x": "3"})]
    (blocks,) = imported(
        tmp_path, "[BLOCK-0]\n# n = 0 items=[1, 2]\nfor i in items:\n    n += i\n[BLOCK-1]\n# n=3\nreturn n\n", "t.txt"
    ).answers
    assert [(row.source, texts(row)) for row in blocks.rows] == [
        ("for i in items:", {"n": "0", "items": "[1, 2]"}),
        ("n += i", {}),
        ("return n", {"n": "3"}),
    ]


def test_semcoder(tmp_path) -> None:
    text = (
        "[MONOLOGUE]\n[L1]: The function is called.\n[L2]: Now `total = 3` and `s = 'x'`.\n[/MONOLOGUE]\n[ANSWER]assert f(1) == 3[/ANSWER]"
    )
    (answer,) = imported(tmp_path, text, "t.txt").answers
    assert [(row.line, texts(row)) for row in answer.rows] == [(1, {}), (2, {"total": "3", "s": "'x'"})]
    assert answer.text == "3"


def test_ldb_results_even_compressed(tmp_path) -> None:
    record = {
        "task_id": "MBPP/1",
        "implementations": ["def f(): return 1", "def f(): return 2"],
        "test_feedback": [["assert f() == 2 # Real Execution Output: 1"], []],
        "is_solved": True,
    }
    path = tmp_path / "results.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(record).encode()))
    first, last = read_answers(path).answers
    assert (first.question, first.published) == ({"assert f() == 2": "1"}, None)
    assert (last.published, last.code) == (True, "def f(): return 2")


def test_mgdebugger(tmp_path) -> None:
    cases = '```json\n{"test_cases": [{"input": {"n": 1}, "expected_output": [true, null]}, {"input": {"n": 2}}]}\n```'
    found = imported(tmp_path, [{"task_id": "t", "response": cases}], form="mgdebugger")
    assert [(answer.text, answer.problem) for answer in found.answers] == [("[True, None]", None), (None, "malformed")]
    (repaired,) = imported(tmp_path, "It adds.\n```python\ndef f(n):\n    return n\n```\n", "t.md").answers
    assert repaired.text == "def f(n):\n    return n"


def test_every_format_has_a_name_and_reads_nothing_into_rubbish(tmp_path) -> None:
    path = tmp_path / "rubbish.txt"
    path.write_text("nothing of the kind", encoding="utf-8")
    with pytest.raises(RequestError, match="expected answers in one of the formats"):
        read_answers(path)
    with pytest.raises(RequestError, match="can't be read"):
        read_answers(tmp_path / "absent.json")
    for form in FORMATS:
        try:
            found = read_answers(path, form)
        except RequestError:
            continue
        assert found.unreadable == len(found.answers), form


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("[THOUGHT]f(1) == 9[/THOUGHT][ANSWER]\nassert f(1) == 2\n[/ANSWER]", "2"),
        ("f(1) == 2[/ANSWER]", "2"),
        ("[ANSWER]f('==') == '=='[/ANSWER]", "'=='"),
        ("no tags", None),
        ("[ANSWER] [/ANSWER]", None),
    ],
)
def test_answers_between_tags(text, answer) -> None:
    assert tagged_answer(text) == answer


def test_other_ways_to_give_an_answer() -> None:
    assert element_answer("<answer>1</answer> <answer>2</answer>") == "2"
    assert output_answer("Output: 1\nOutput:\nit is `7`, I think") == "7"
    assert asserted("a == b") == "a == b"
    assert asserted("assert f(1) == [1,") == "[1,"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("5", "value"), ("'not set'", "value"), ("None", "value"), ("[]", "value"), ("-1", "value"),
        ("<unassigned>", "unset"), ("undefined", "unset"), ("—", "unset"), ("N/A", "unset"), ("(not yet assigned)", "unset"),
        ("(unchanged)", "same"), ("same as before", "same"), ("...", "not-stated"), ("", "not-stated"),
    ],
)  # fmt: skip
def test_what_a_cell_states(text, kind) -> None:
    assert stated(text).kind == kind
