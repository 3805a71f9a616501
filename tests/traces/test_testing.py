"""One test of pytest is traced, with its fixtures and parameters, in the interpreter that runs it."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent

import pytest

from nbrepro.commands.main import main
from nbrepro.errors import RequestError
from nbrepro.model import Trace, TraceStatus
from nbrepro.traces import Backend, TraceLimits, event_frame, trace_test
from nbrepro.traces.testing import is_test
from nbrepro.traces.views import TraceView

pytestmark = pytest.mark.slow
FILES = {
    "calc.py": """
        LIMIT = 3

        class Box:
            def __init__(self, value):
                self.value = value

            def add(self, number):
                global LIMIT
                LIMIT += number
                self.value += number
                return self.value

        def total(items):
            found = 0
            for item in items:
                found += item
            return found

        def numbers():
            for number in range(3):
                yield number
    """,
    "tests/conftest.py": """
        import pytest
        from calc import Box, numbers

        @pytest.fixture
        def box():
            found = Box(1)
            yield found
            found.value = None

        @pytest.fixture
        def begun():
            found = numbers()
            next(found)
            return found

        @pytest.fixture
        def broken():
            raise LookupError("no fixture")
    """,
    "tests/test_calc.py": """
        import unittest
        import pytest
        from calc import total

        @pytest.mark.parametrize("number", [1, 2], ids=["one", "two::x"])
        def test_total(number, box):
            print("from", number)
            assert total([number, box.add(number)]) == 2 * number + 1

        def test_capture(capsys):
            print("<kept>")
            assert capsys.readouterr().out == "<kept>\\n"

        class TestBox:
            def test_fails(self, box):
                with pytest.raises(KeyError):
                    {}[1]
                assert box.value == 2

        class OfUnittest(unittest.TestCase):
            def test_sum(self):
                self.assertEqual(total([1]), 1)

        def test_generator(begun):
            assert list(begun) == [1, 2]

        def test_broken(broken):
            pass

        def test_endless():
            while True:
                pass
    """,
    "tests/test_unreadable.py": "def test_a(:\n",
    "lib/python3/site-packages/installed.py": "def f():\n    return 1\n",
    "tests/test_installed.py": """
        import sys
        from pathlib import Path
        sys.path.insert(0, str(Path(__file__).parents[1] / "lib/python3/site-packages"))
        from installed import f

        def test_f():
            assert f() == 1
    """,
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / ".git").mkdir()
    for name, text in {**FILES, "conftest.py": "", "pytest.ini": "[pytest]\naddopts = -p no:cacheprovider\n"}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip(), encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def _in_the_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setenv("PYTHONHASHSEED", "0")


def functions(found: Trace) -> list[str]:
    return [event.data["fn"] for event in found.of_kind("call")]


BACKENDS = [Backend.INSTRUMENTED, Backend.SETTRACE, *([Backend.MONITORING] if sys.version_info >= (3, 12) else [])]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_test_with_fixtures_and_parameters(backend: Backend) -> None:
    found = trace_test("tests/test_calc.py::test_total[two::x]", backend=backend)
    assert found.status is TraceStatus.OK
    assert functions(found) == ["test_total", "Box.add", "total"]
    assert [Path(file).name for file, _ in found.sources().values()] == ["test_calc.py", "calc.py", "calc.py"]
    assert found.events[0].changed["number"] == 2
    assert found.returned(2) == 5
    steps = {event.line: event.changed for event in found.of_kind("line") if event.frame == 1}
    assert steps[9]["LIMIT"] == 5
    assert found.output() == "from 2\n"
    assert found.events == trace_test("tests/test_calc.py::test_total[two::x]").events


def test_each_step_is_shown_with_the_source_of_its_file() -> None:
    found = trace_test("tests/test_calc.py::test_total[one]")
    table = event_frame(found)
    assert "found += item" in set(table[table["function"] == "total"]["source"])
    assert "calc.py" in repr(TraceView(found))


@pytest.mark.parametrize(
    ("name", "status", "kind", "message", "called"),
    [
        ("test_capture", "ok", None, None, ["test_capture"]),
        ("TestBox::test_fails", "error", "AssertionError", "", ["TestBox.test_fails"]),
        ("OfUnittest::test_sum", "ok", None, None, ["OfUnittest.test_sum", "total"]),
        ("test_generator", "ok", None, None, ["test_generator"]),
        ("test_broken", "error", "LookupError", "no fixture", []),
    ],
)
def test_how_tests_end(name: str, status: str, kind: str | None, message: str | None, called: list[str]) -> None:
    found = trace_test(f"tests/test_calc.py::{name}")
    end = found.events[-1].data
    assert (end["status"], end["type"], end["msg"]) == (status, kind, message)
    assert functions(found) == called


def test_a_test_that_never_ends() -> None:
    found = trace_test("tests/test_calc.py::test_endless", limits=TraceLimits(events=20, seconds=1))
    assert found.status is TraceStatus.TIMEOUT
    assert len(found.of_kind("line")) == 20


def test_what_is_installed_in_the_project_s_folder_is_not_recorded() -> None:
    assert functions(trace_test("tests/test_installed.py::test_f")) == ["test_f"]


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("tests/test_calc.py::test_total", r"stands for 2 tests; name one of them: tests/test_calc.py::test_total\[one\]"),
        ("tests/test_calc.py::test_none", "finds no test"),
        ("tests/test_unreadable.py::test_a", "can't read"),
        ("tests/test_absent.py::test_a", "no file of this name"),
    ],
)
def test_wrong_requests(named: str, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        trace_test(named)


def test_an_interpreter_without_pytest(tmp_path: Path) -> None:
    import venv

    venv.create(tmp_path / "bare", with_pip=False)
    with pytest.raises(RequestError, match="pytest can't be imported"):
        trace_test("tests/test_calc.py::test_capture", python=tmp_path / "bare" / "bin" / "python")


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "tests/test_calc.py::OfUnittest::test_sum"]) == 0
    assert "total(items=[1]) is called" in capsys.readouterr().out
    assert main(["trace", "tests/test_calc.py::test_total"]) == 2


@pytest.mark.parametrize(
    ("named", "is_one"),
    [
        ("test_a.py::test_b", True),
        ("a_test.py::T::test_b[x y]", True),
        ("test_a.py::f(1)", False),
        ("test_a.py", False),
        ("a.py::b", False),
    ],
)
def test_what_names_a_test(named: str, is_one: bool) -> None:
    assert is_test(named) is is_one
