"""Small programs in a real child process of an interpreter."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbrepro.environments.pythons import find_interpreters
from nbrepro.errors import NbreproError, RequestError
from nbrepro.simulation.programs import Program, RunLimits, read_programs
from nbrepro.simulation.running import run_programs

QUICK = RunLimits(seconds=1.0, memory_bytes=400 << 20)


def outcome(code: str, call: str = "f()", statements: tuple[str, ...] = (), setup: str = ""):
    return run_programs([Program("t", code, call, setup=setup)], {"t": statements}, limits=QUICK)["t"]


@pytest.mark.parametrize(
    ("code", "value", "is_literal"),
    [
        ("def f(): return [1, 'a', None, 0.5]", "[1, 'a', None, 0.5]", True),
        ("def f():\n    print('noise')\n    return {1: (2,)}", "{1: (2,)}", True),
        ("from collections import Counter\ndef f(): return Counter('aab')", "Counter({'a': 2, 'b': 1})", False),
        ("def f(): return float('nan')", "nan", False),
        ("import asyncio\nasync def g(): return 1\ndef f(): return asyncio.run(g())", "1", True),
    ],
)
def test_the_value_of_a_call(code, value, is_literal) -> None:
    found = outcome(code)
    assert (found.value, found.is_literal, found.problem) == (value, is_literal, None)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("def f(): return 1 / 0", "ZeroDivisionError"),
        ("def f(:", "SyntaxError"),
        ("def f():\n    while True: pass", "timed-out"),
        ("def f(): return len('x' * 10**10)", "out-of-memory"),
        ("import os\ndef f(): os._exit(0)", "died"),
        ("import os\ndef f(): os.system('true')", "PermissionError"),
        ("def f(): open('left-behind', 'w')", "PermissionError"),
        ("import socket\ndef f(): socket.create_connection(('127.0.0.1', 9))", "PermissionError"),
        ("import socket\ndef f(): socket.socket(socket.AF_UNIX).connect('/nowhere')", "PermissionError"),
        ("import socket\ndef f(): socket.socket(socket.AF_INET)", "PermissionError"),
        ("def f(): return f()", "RecursionError"),
        ("raise SystemExit(3)", "SystemExit"),
        ("def f(): return 'x' * 2_000_000", "value-too-long"),
    ],
)
def test_what_goes_wrong_is_a_value(code, kind) -> None:
    found = outcome(code)
    assert found.value is None
    assert found.problem is not None
    assert found.problem[0] == kind


def test_statements_see_the_program_and_not_each_other() -> None:
    statements = ("assert f() == 1", "seen.append(2)", "assert seen == []", "assert f() == 2", "assert f() ==")
    found = outcome("seen = []\ndef f(): return 1", statements=statements)
    assert found.value == "1"
    kinds = [problem and problem[0] for problem in found.statements.values()]
    assert kinds == [None, None, None, "AssertionError", "SyntaxError"]


def test_one_bad_program_does_not_harm_the_next() -> None:
    programs = [Program("a", "def f():\n    while True: pass", "f()"), Program("b", "def f(): return 2", "f()"), Program("c", "(", "f()")]
    found = run_programs(programs, limits=QUICK, processes=1)
    assert [found[task].value for task in "abc"] == [None, "2", None]


def test_nothing_of_our_environment_is_visible(monkeypatch) -> None:
    monkeypatch.setenv("NBREPRO_TEST_SECRET", "1")
    assert outcome("import os\ndef f(): return 'NBREPRO_TEST_SECRET' in os.environ").value == "False"


@pytest.mark.slow
def test_every_python_from_3_6_on() -> None:
    oldest = [interpreter for interpreter in find_interpreters() if interpreter.minor.startswith("3.")]
    for interpreter in oldest:
        program = Program("t", "def f(x): return sorted(x)", "f([2, 1])")
        found = run_programs([program], {"t": ["assert f([1]) == [1]"]}, python=interpreter.path, limits=QUICK)["t"]
        assert (found.value, found.statements) == ("[1, 2]", {"assert f([1]) == [1]": None}), interpreter


def test_an_interpreter_that_is_absent() -> None:
    with pytest.raises(NbreproError, match="can't be started"):
        run_programs([Program("t", "def f(): return 1", "f()")], python="/nowhere/python")


def test_programs_of_both_publications(tmp_path: Path) -> None:
    path = tmp_path / "programs.jsonl"
    path.write_text(
        '{"code": "def f(x): return x", "input": "1", "output": "1", "id": "sample_7"}\n\n'
        '{"code": "def g(n: List[int]): return n", "function_name": "g", "input": "g(n = [1])", "output": "[1]"}\n',
        encoding="utf-8",
    )
    first, second = read_programs(path)
    assert (first.task, first.call, first.setup) == ("sample_7", "f(1)", "")
    assert (second.task, second.call) == ("sample_1", "g(n = [1])")
    assert run_programs([second], limits=QUICK)["sample_1"].value == "[1]"
    path.write_text('{"code": 1}\n', encoding="utf-8")
    with pytest.raises(RequestError, match="line 1"):
        read_programs(path)
