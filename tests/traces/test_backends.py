"""All backends give equal traces, on every construct of the language and on every Python."""

from __future__ import annotations

from pathlib import Path

import pytest
from traces.programs import PROGRAMS

from nbrepro.environments.pythons import find_interpreters
from nbrepro.errors import RequestError
from nbrepro.model import Event, Trace, TraceStatus
from nbrepro.traces import Backend, Program, TraceLimits, read, trace, trace_many, written

QUIRKS = {
    (3, 9): {"with", "asynchronous"},  # its compiler puts the end of these blocks on the line of their last statement
}
PYTHONS = {tuple(map(int, found.minor.split("."))): found for found in find_interpreters()}
VERSIONS = sorted(version for version in PYTHONS if version >= (3, 6))


def names_and_programs(version: tuple[int, ...]) -> tuple[list[str], list[Program]]:
    chosen = [(name, Program(source)) for name, since, source in PROGRAMS if since <= version and name not in QUIRKS.get(version, ())]
    return [name for name, _ in chosen], [program for _, program in chosen]


@pytest.fixture(autouse=True)
def _equal_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "0")


def unlike(one: Trace, other: Trace) -> list[tuple[Event, Event]]:
    pairs = [(a, b) for a, b in zip(one.events, other.events, strict=False) if a != b]
    return pairs[:1] or ([] if len(one.events) == len(other.events) else [(one.events[-1], other.events[-1])])


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS, ids=str)
@pytest.mark.parametrize("steps", [10_000, 60])
def test_backends_agree(version: tuple[int, ...], steps: int) -> None:
    names, programs = names_and_programs(version)
    limits = TraceLimits(events=steps)
    python = PYTHONS[version].path
    oracle = trace_many(programs, python=python, backend=Backend.SETTRACE, limits=limits)
    assert {found.status for found in oracle} == {TraceStatus.OK, TraceStatus.ERROR, TraceStatus.EXIT}
    for backend in [Backend.INSTRUMENTED, *([Backend.MONITORING] if version >= (3, 12) else [])]:
        others = trace_many(programs, python=python, backend=backend, limits=limits)
        assert {name: unlike(a, b) for name, a, b in zip(names, oracle, others, strict=True) if unlike(a, b)} == {}, backend


def test_a_backend_that_a_python_lacks_is_a_wrong_request() -> None:
    version = VERSIONS[0]
    with pytest.raises(RequestError, match="has no backend 'monitoring'"):
        trace(Program("1"), python=PYTHONS[version].path, backend=Backend.MONITORING)


def of_call(source: str, call: str, **limits: int) -> Trace:
    return trace(Program.of_call(source, call), limits=TraceLimits(**limits))


def test_a_trace_reads_as_it_was_written() -> None:
    found = of_call("def f(x):\n    print(x)\n    return [x, 1.5]", "f(2)")
    assert read(written(found)) == found
    assert found.output() == "2\n"
    assert found.is_complete


def test_a_mutation_by_a_callee_belongs_to_the_step_of_the_caller() -> None:
    found = of_call("def g(a):\n    a.append(1)\n\ndef f():\n    a = b = []\n    g(a)\n    return b", "f()")
    frame = found.frames("f")[0]
    step = next(event for event in found.events if event.kind == "line" and event.frame == frame and event.line == 6)
    assert set(step.changed) == {"a", "b"}
    assert step.changed["a"]["id"] == step.changed["b"]["id"]
    assert step.changed["a"]["v"] == [1]


def test_frames_of_a_recursion_are_kept_apart() -> None:
    found = of_call("def f(n):\n    m = n * 10\n    if n:\n        f(n - 1)\n    return m", "f(2)")
    assert [found.returned(frame) for frame in found.frames("f")] == [20, 10, 0]
    parents = [event.data["p"] for event in found.events if event.kind == "call"]
    assert parents == [None, 0, 1, 2]


def test_variables_of_comprehensions_belong_to_no_frame() -> None:
    found = of_call("def f(x):\n    y = [x for x in range(9)]\n    return x, y", "f(1)")
    assert all(state.get("x", 1) == 1 for _, state in found.states())


@pytest.mark.parametrize("backend", [Backend.INSTRUMENTED, Backend.SETTRACE])
def test_what_a_budget_leaves_out_is_an_event(backend: Backend) -> None:
    source = "def f(n):\n    s = 0\n    for i in range(n):\n        s += i\n    return s"
    found = trace(Program.of_call(source, "f(1000)"), backend=backend, limits=TraceLimits(events=50))
    assert len(found.of_kind("line")) == 50
    assert [event.data["why"] for event in found.of_kind("drop")] == ["events"]
    few = trace(Program.of_call(source, "f(100)"), backend=backend, limits=TraceLimits(per_site=2))
    assert [event.visit for event in few.of_kind("line") if event.line == 4] == [1, 2, 99, 100]
    assert sum(event.data["count"] for event in few.of_kind("drop")) > 200


def test_values_are_bounded() -> None:
    found = of_call(
        "def f():\n    a = list(range(5000))\n    a[4000] = 0\n    s = 'x' * 5000\n    return 1", "f()", items=10, characters=20
    )
    changed = [dict(event.changed) for event in found.of_kind("line") if event.changed.keys() & {"a", "s"}]
    assert [len(step["a"]["v"]) for step in changed[:2]] == [10, 10]
    assert changed[0]["a"]["cut"] != changed[1]["a"]["cut"]
    assert changed[2]["s"]["n"] == 5000


def test_how_a_program_ends() -> None:
    endings = ["1", "1 / 0", "raise SystemExit(3)", "while True: pass", "def", "import os; os.kill(os.getpid(), 9)"]
    found = trace_many([Program(source) for source in endings], limits=TraceLimits(events=10, seconds=1))
    assert [str(each.status) for each in found] == ["ok", "error", "exit", "timeout", "error", "died"]
    assert [each.events[-1].data["type"] for each in found][1:5:3] == ["ZeroDivisionError", "SyntaxError"]


def test_nothing_of_the_program_runs_for_the_trace() -> None:
    source = """
class Own:
    def __init__(self):
        self.x = 1
    def __repr__(self):
        raise AssertionError
    def __eq__(self, other):
        raise AssertionError
    @property
    def y(self):
        raise AssertionError
    def __getattr__(self, name):
        raise AssertionError(name)
"""
    found = trace(Program.of_call(source, "a = Own()"))
    assert found.status is TraceStatus.OK
    assert found.of_kind("line")[-2].changed["a"]["a"] == {"x": 1} or any(
        event.changed.get("a", {}).get("a") == {"x": 1} for event in found.of_kind("line")
    )


def test_scripts_and_tests_are_programs(tmp_path: Path) -> None:
    module = tmp_path / "test_module.py"
    module.write_text("from beside import two\n\nclass TestIt:\n    def test_sum(self):\n        assert two + 1 == 3\n", encoding="utf-8")
    (tmp_path / "beside.py").write_text("two = 2\n", encoding="utf-8")
    found = trace(Program.of_test(module, "TestIt::test_sum"))
    assert found.status is TraceStatus.OK
    assert found.frames("TestIt.test_sum")
    assert trace(Program.of_script(module)).status is TraceStatus.OK
    with pytest.raises(RequestError, match="can't be read"):
        Program.of_script(tmp_path / "absent.py")


def test_arrays_are_summaries() -> None:
    found = trace(Program("import numpy as np\na = np.arange(6).reshape(2, 3)\nb = a\nb[0, 0] = 9\n"))
    steps = {event.line: event.changed for event in found.of_kind("line")}
    assert steps[2]["a"]["shape"] == [2, 3]
    assert steps[4]["a"] == steps[4]["b"] != steps[2]["a"]


def test_a_data_frame_that_changes_in_place_is_seen() -> None:
    found = trace(Program("import pandas as pd\nd = pd.DataFrame({'x': [1, 2]})\nd.loc[0, 'x'] = 5\nd['y'] = 'text'\n"))
    steps = {event.line: event.changed for event in found.of_kind("line")}
    assert [steps[line]["d"]["shape"] for line in (2, 3, 4)] == [[2, 1], [2, 1], [2, 2]]
    assert steps[2]["d"]["h"] != steps[3]["d"]["h"]
