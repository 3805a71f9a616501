"""`nbrepro simulate` from end to end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nbrepro.commands.main import main

CODE = "def f(n):\n    total = 0\n    for i in range(n):\n        total += i\n    return total\n"
PROGRAMS = [{"id": "sample_0", "code": CODE, "input": "3", "output": "3"}, {"id": "sample_1", "code": CODE, "input": "4", "output": "6"}]
HEAD = "| Line | Code | total | i |\n|--|--|--|--|\n"
TABLE = HEAD + "| 4 (iteration 2) | total += i | {} | 1 |\n| 5 | return total | 3 | 2 |\n<answer>3</answer>"


@pytest.fixture
def programs(tmp_path: Path) -> str:
    path = tmp_path / "programs.jsonl"
    path.write_text("\n".join(map(json.dumps, PROGRAMS)), encoding="utf-8")
    return str(path)


def answers(path: Path, content: object) -> str:
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


def test_import_says_what_is_in_a_file(tmp_path, capsys) -> None:
    good = answers(tmp_path / "a.json", {"sample_0": ["3", ""]})
    assert main(["simulate", "import", good]) == 0
    assert "cruxeval-generations: 2 answers to 1 tasks, 0 with a trace, 1 unreadable" in capsys.readouterr().out
    assert main(["simulate", "import", answers(tmp_path / "b.json", {"what": 1})]) == 2
    assert "name it with --format" in capsys.readouterr().err


def test_score_and_its_table(tmp_path, programs, capsys) -> None:
    pandas = pytest.importorskip("pandas")
    path = answers(tmp_path / "a.json", {"sample_0": ["3", "4"], "sample_1": ["6", "6"], "sample_9": ["1"]})
    table = tmp_path / "answers.csv"
    assert main(["simulate", "score", path, "--programs", programs, "--csv", str(table)]) == 0
    out = capsys.readouterr().out
    assert "pass@1: 0.7500" in out
    assert "off-by-one: 1" in out
    assert "not compared: 1" in out
    assert list(pandas.read_csv(table)["right"]) == [True, False, True, True, False]


def test_stated_traces_are_aligned_and_shown(tmp_path, programs, capsys) -> None:
    records = [
        {"task_id": "sample_0", "code": CODE, "function_call": "f(3)", "response": TABLE.format(1)},
        {"task_id": "sample_0", "code": CODE, "function_call": "f(3)", "response": TABLE.format("<b>2</b>")},
        {"task_id": "sample_0", "code": CODE, "function_call": "f(3)", "response": TABLE.format(2)},
    ]
    page, table = tmp_path / "page.html", tmp_path / "traces.csv"
    path = answers(tmp_path / "t.json", records)
    assert main(["simulate", "score", path, "--programs", programs, "--html", str(page), "--traces-csv", str(table)]) == 0
    out = capsys.readouterr().out
    assert "traces: 3" in out
    assert "off-by-one (value): 1" in out
    html = page.read_text(encoding="utf-8")
    assert "off-by-one (value)" in html
    assert "<b>2</b>" not in html
    assert len(table.read_text(encoding="utf-8").splitlines()) == 4


def test_compare_two_models(tmp_path, programs, capsys) -> None:
    one = answers(tmp_path / "one.json", {"sample_0": ["3"], "sample_1": ["6"]})
    other = answers(tmp_path / "other.json", {"sample_0": ["3"], "sample_1": ["7"]})
    assert main(["simulate", "compare", one, other, "--programs", programs]) == 0
    out = capsys.readouterr().out
    assert "common tasks: 2" in out
    assert "both right 1, only first 1, only second 0, neither 0" in out
    assert "p = 1" in out
    nothing = answers(tmp_path / "nothing.json", {"sample_7": ["3"]})
    assert main(["simulate", "compare", one, nothing, "--programs", programs]) == 2
    assert "no task in common" in capsys.readouterr().err
