"""Traces in a terminal and in a notebook."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbrepro.commands.main import main
from nbrepro.traces import Program, read, trace
from nbrepro.traces.values import plain, shown
from nbrepro.traces.views import TraceView

SOURCE = "def f(n):\n    text = '<b>'\n    if n:\n        text += str(n)\n    return text\n"


def test_a_trace_is_shown_as_a_table() -> None:
    view = TraceView(trace(Program.of_call(SOURCE, "print(f(2))")))
    lines = repr(view).splitlines()
    assert lines[0].split() == ["frame", "line", "visit", "source", "what", "happened"]
    assert any(line.split()[:3] == ["1", "4", "1"] and line.endswith("text='<b>2'") for line in lines)
    assert lines[-1].strip() == "ends: ok"
    assert "<b>2" not in view.as_html()
    assert "&lt;b&gt;2" in view.as_html()


def test_long_traces_are_cut_in_the_middle() -> None:
    found = trace(Program("for i in range(100):\n    pass\n"))
    lines = repr(TraceView(found, longest=10)).splitlines()
    assert len(lines) == 12
    assert lines[6].strip() == f"… {len(found.events) - 10} more events"


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program, page, events = tmp_path / "program.py", tmp_path / "page.html", tmp_path / "trace.jsonl"
    program.write_text(SOURCE, encoding="utf-8")
    assert main(["trace", f"{program}::f(0)", "--html", str(page), "--json", str(events)]) == 0
    assert "returns '<b>'" in capsys.readouterr().out
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert read(events.read_text(encoding="utf-8")).header["entry"] == "f(0)"
    assert main(["trace", str(tmp_path / "absent.py")]) == 2


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"t": "tuple", "v": [1], "n": 1}, "(1,)"),
        ({"t": "list", "id": 1, "v": [1], "n": 5, "cut": {"h": 3}}, "[1, … 4 more]"),
        ({"t": "dict", "c": "Counter", "id": 1, "v": [["a", 2]], "n": 1}, "Counter({'a': 2})"),
        ({"t": "set", "id": 1, "v": [], "n": 0}, "set()"),
        ({"t": "array", "shape": [2, 3], "dtype": "int64", "h": 7}, "<array 2×3 int64 #7>"),
        ({"t": "obj", "c": "function", "n": "f"}, "<function f>"),
        ({"t": "unset"}, "<unset>"),
        ({"t": "int", "r": "0x20000000000000"}, "9007199254740992"),
    ],
)
def test_values_as_text(value: object, text: str) -> None:
    assert shown(value) == text


def test_values_that_are_no_literals_are_text() -> None:
    assert plain({"t": "dict", "id": 1, "v": [[1, {"t": "bytes", "v": "61"}]], "n": 1}) == {1: b"a"}
    assert plain({"t": "list", "id": 1, "v": [1], "n": 9, "cut": {"h": 0}}) == "[1, … 8 more]"


def test_the_magic_traces_its_cell() -> None:
    from IPython.core.error import UsageError
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shell.run_line_magic("load_ext", "nbrepro_magics")
    view = shell.run_cell_magic("nbrepro", "trace --steps 5", "a = 1\nb = a + 1\n")
    assert "b=2" in view._repr_mimebundle_()["text/html"]
    with pytest.raises(UsageError, match="takes the verb trace"):
        shell.run_cell_magic("nbrepro", "diff a b", "a = 1")
