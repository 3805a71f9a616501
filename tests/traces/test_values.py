"""Values as they are recorded: exact for builtins, summaries for arrays, and never by running code of the program."""

from __future__ import annotations

from typing import Any

import pytest
from traces.hostile_objects import CLASSES, EXPRESSIONS

from nbrepro.environments.pythons import find_interpreters
from nbrepro.model import Trace, TraceStatus
from nbrepro.traces import Backend, Program, TraceLimits, plain, shown, trace

PYTHONS = {found.minor: found.path for found in find_interpreters() if not found.minor.startswith("2.")}


def without_ids(value: Any) -> Any:
    if isinstance(value, list):
        return [without_ids(item) for item in value]
    if isinstance(value, dict):
        return {name: without_ids(item) for name, item in value.items() if name != "id"}
    return value


def last_state(found: Trace) -> dict[str, Any]:
    assert found.status is TraceStatus.OK, found.events[-1]
    return dict([state for _, state in found.states()][-1])


def recorded(expressions: list[str], prelude: str = "", **limits: int) -> list[Any]:
    """What is recorded of some values that one program makes."""
    lines = [f"v{place} = {expression}" for place, expression in enumerate(expressions)]
    state = last_state(trace(Program("\n".join([*lines, "pass"]) + "\n", prelude=prelude), limits=TraceLimits(**limits)))
    return [state[f"v{place}"] for place in range(len(expressions))]


@pytest.mark.parametrize("python", [PYTHONS[name] for name in sorted(PYTHONS, key=lambda name: int(name[2:]))[::3]])
def test_nothing_of_the_program_runs_for_the_trace(python: str) -> None:
    lines = [f"v{place} = {expression}" for place, expression in enumerate(EXPRESSIONS)]
    found = trace(Program("\n".join([CLASSES, *lines, "log = Noting.log", "pass"])), python=python)
    state = last_state(found)
    got = {expression: without_ids(state[f"v{place}"]) for place, expression in enumerate(EXPRESSIONS)}
    got["weakref.ref(Bad)"]["c"] = "ReferenceType"
    assert got == EXPRESSIONS
    assert state["log"]["v"] == []
    assert found.output() == ""


BUILTINS: list[tuple[str, Any]] = [
    ("-0.0", {"t": "float", "r": "-0.0"}),
    ("float('nan')", {"t": "float", "r": "nan"}),
    ("float('-inf')", {"t": "float", "r": "-inf"}),
    ("0.1 + 0.2", {"t": "float", "r": "0.30000000000000004"}),
    ("2 ** 53 - 1", 2**53 - 1),
    ("-2 ** 53", {"t": "int", "r": "-0x20000000000000"}),
    ("True", True),
    ("complex(0, -1)", {"t": "complex", "r": "-1j"}),
    ("b'\\x00\\xff'", {"t": "bytes", "v": "00ff"}),
    ("'\\ud800x'", "\ud800x"),
    ("range(1, 9, 2)", {"t": "range", "v": [1, 9, 2]}),
    ("{3, 1, 2}", {"t": "set", "v": [1, 2, 3], "n": 3}),
    ("frozenset([frozenset([1])])", {"t": "frozenset", "v": [{"t": "frozenset", "v": [1], "n": 1}], "n": 1}),
    ("{2: 'b', 1: 'a'}", {"t": "dict", "v": [[2, "b"], [1, "a"]], "n": 2}),
    ("{(1, None): '\\udfff'}", {"t": "dict", "v": [[{"t": "tuple", "v": [1, None], "n": 2}, "\udfff"]], "n": 1}),
    ("bytearray(b'a')", {"t": "bytearray", "v": "61"}),
    ("...", {"t": "obj", "c": "ellipsis"}),
    ("decimal.Decimal('1.50')", {"t": "obj", "c": "decimal.Decimal", "v": "1.50"}),
    ("fractions.Fraction(1, 3)", {"t": "obj", "c": "fractions.Fraction", "v": "1/3"}),
    ("datetime.date(2020, 1, 2)", {"t": "obj", "c": "date", "v": "datetime.date(2020, 1, 2)"}),
    ("pathlib.PurePosixPath('/a')", {"t": "obj", "c": "pathlib.PurePosixPath", "v": "/a"}),
    ("collections.OrderedDict(a=1)", {"t": "dict", "c": "OrderedDict", "v": [["a", 1]], "n": 1}),
    ("array.array('i', [1])", {"t": "array", "c": "array.array", "shape": [1], "dtype": "i", "h": 2583214201}),
]  # fmt: skip


def test_builtin_values_are_exact() -> None:
    prelude = "import array, collections, datetime, decimal, fractions, pathlib"
    assert [without_ids(value) for value in recorded([text for text, _ in BUILTINS], prelude)] == [value for _, value in BUILTINS]


def test_what_is_too_long_is_cut_and_still_told_apart() -> None:
    texts = ["'x' * 30", "'x' * 29 + 'y'", "b'x' * 30", "bytearray(30)", "list(range(30))", "{n: n for n in range(30)}", "set(range(30))"]
    one, other, *found = recorded(texts, items=10, characters=10)
    assert (one["v"], one["n"], one["v"] == other["v"], one["h"] == other["h"]) == ("x" * 10, 30, True, False)
    assert [value["n"] for value in found] == [30] * 5
    assert [len(value["v"]) for value in found] == [20, 20, 10, 10, 10]


def test_what_refers_to_itself_ends() -> None:
    source = "a = []\na.append(a)\nd = {}\nd['d'] = (d, a)\ndeep = ()\nfor _ in range(2000):\n    deep = [deep]\npass\n"
    state = last_state(trace(Program(source), limits=TraceLimits(per_site=2)))
    assert shown(state["a"]) == f"[<{state['a']['id']}>]"
    assert state["d"]["v"][0][1]["v"][0] == {"t": "ref", "id": state["d"]["id"]}
    assert "cut" in str(state["deep"])


def test_sets_of_objects_have_an_order_of_their_own() -> None:
    source = "class K:\n    def __init__(self, n):\n        self.n = n\n\ns = {K(n) for n in range(20)}\npass\n"
    found = [last_state(trace(Program(source), backend=backend))["s"] for backend in (Backend.INSTRUMENTED, Backend.SETTRACE)]
    assert found[0] == found[1]


NUMPY = [
    ("np.zeros(3)", "np.ones(3)"),
    ("np.zeros((2, 0))", "np.zeros((0, 2))"),
    ("np.array(['2020-01-01'], dtype='M8[D]')", "np.array(['2020-01-02'], dtype='M8[D]')"),
    ("np.array(['a', 1], dtype=object)", "np.array(['b', 1], dtype=object)"),
    ("np.asfortranarray([[1, 2], [3, 4]])", "np.asfortranarray([[1, 3], [2, 4]])"),
    ("np.arange(6)[::2]", "np.arange(6)[1::2]"),
    ("np.array([(1, 2.0)], dtype='i4,f8')", "np.array([(1, 3.0)], dtype='i4,f8')"),
    ("np.ma.array([1, 2], mask=[0, 1])", "np.ma.array([1, 2], mask=[1, 0])"),
    ("np.float32(1.5)", "np.float32(2.5)"),
    ("np.datetime64('2020-01-01')", "np.datetime64('2020-01-02')"),
    ("pd.Timestamp('2020-01-01')", "pd.Timestamp('2020-01-02')"),
    ("pd.Index(['a'])", "pd.Index(['b'])"),
    ("pd.RangeIndex(3)", "pd.RangeIndex(1, 4)"),
    ("pd.MultiIndex.from_tuples([(1, 2)])", "pd.MultiIndex.from_tuples([(1, 3)])"),
    ("pd.Series([1, None], dtype='Int64')", "pd.Series([1, 2], dtype='Int64')"),
    ("pd.Series(['a', 'b'], dtype='category')", "pd.Series(['b', 'a'], dtype='category')"),
    ("pd.Series(pd.to_datetime(['2020-01-01']))", "pd.Series(pd.to_datetime(['2020-01-02']))"),
    ("pd.DataFrame({'a': ['x', 'y']})", "pd.DataFrame({'a': ['x', 'z']})"),
    ("pd.DataFrame({'a': [1]})", "pd.DataFrame({'b': [1]})"),
    ("pd.DataFrame({'a': [1, 2]}, index=[1, 2])", "pd.DataFrame({'a': [1, 2]}, index=[2, 1])"),
]


def test_arrays_and_frames_are_summaries_of_what_they_hold() -> None:
    expressions = [expression for pair in NUMPY for expression in (pair[0], pair[0], pair[1])]
    found = [without_ids(value) for value in recorded(expressions, "import numpy as np\nimport pandas as pd")]
    for (text, _), one, same, other in zip(NUMPY, found[::3], found[1::3], found[2::3], strict=True):
        assert one == same, text
        assert one != other, text
        assert one["t"] in {"array", "frame", "obj"}


def test_a_message_that_never_comes_does_not_lose_the_trace() -> None:
    source = "class E(Exception):\n    def __str__(self):\n        while True:\n            pass\n\nx = 1\nraise E\n"
    found = trace(Program(source), limits=TraceLimits(seconds=1))
    assert (str(found.status), found.events[-1].data["type"], found.events[-1].data["msg"]) == ("error", "E", None)
    assert any(event.changed.get("x") == 1 for event in found.of_kind("line"))


def test_values_that_are_no_literals_have_a_text() -> None:
    enumeration, path = recorded(["C.RED", "pathlib.PurePosixPath('/a')"], "import enum, pathlib\nC = enum.Enum('C', 'RED')")
    assert plain(enumeration) == "C(name='RED', value=1)"
    assert plain(path) == "pathlib.PurePosixPath('/a')"
