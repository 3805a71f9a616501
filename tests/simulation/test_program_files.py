"""Programs as people name them: files with a call, the text of a cell, JSON lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nbrepro.errors import RequestError
from nbrepro.simulation.program_files import program_of_text, read_named_programs

DEFINED = "def f(x):\n    return x + 1\n"


@pytest.mark.parametrize(
    ("text", "call", "code"),
    [
        (f"{DEFINED}\nf(2)\n", "f(2)", DEFINED),
        (f"{DEFINED}f(\n    2,\n)\n\n# the end\n", "f(2)", DEFINED),
        (f"{DEFINED}y = 'é'; f(len(y))", "f(len(y))", f"{DEFINED}y = 'é'\n"),
        ("import math\n\nmath.sqrt(4)", "math.sqrt(4)", "import math\n"),
    ],
)
def test_the_last_expression_of_a_text_is_the_call(text: str, call: str, code: str) -> None:
    program = program_of_text(text, "cell")
    assert (program.call, program.code) == (call, code)


@pytest.mark.parametrize("text", ["", DEFINED, f"{DEFINED}y = f(2)\n", f"{DEFINED}'f(2)'\n", "def f(:\n", "\0"])
def test_a_text_without_a_call_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match=r"cell (has no call at its end|is no Python)"):
        program_of_text(text, "cell")


def test_files_of_both_kinds_may_be_named_together(tmp_path: Path) -> None:
    script, lines = tmp_path / "script.py", tmp_path / "lines.jsonl"
    script.write_text(f"{DEFINED}f(3)\n", encoding="utf-8")
    lines.write_text(json.dumps({"id": "one", "code": DEFINED, "input": "4"}), encoding="utf-8")
    found = read_named_programs([f"{script}::f(9)", str(script), str(lines)])
    assert [(program.task, program.call) for program in found] == [(f"{script}::f(9)", "f(9)"), (str(script), "f(3)"), ("one", "f(4)")]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", '{"code": 1}', "expected a JSON object with code"),
        ("a.jsonl", '{"code": 1, "input": "2"}', "expected a JSON object with code"),
        ("a.jsonl", '{"code": "x = 1", "function_call": 7}', "expected a JSON object with code"),
        ("a.jsonl", "[1]", "expected a JSON object with code"),
        ("a.py", b"\xff\xfe", "can't be read as a Python program"),
        ("a.jsonl", b"\xff\xfe", "can't be read as a file of programs"),
    ],
)
def test_what_is_no_program_is_named(tmp_path: Path, name: str, content: str | bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(RequestError, match=message):
        read_named_programs([str(path)])


def test_an_expected_value_may_be_json(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"code": DEFINED, "input": 2, "output": [3, None]}), encoding="utf-8")
    (program,) = read_named_programs([str(path)])
    assert (program.call, program.expected) == ("f(2)", "[3, None]")
