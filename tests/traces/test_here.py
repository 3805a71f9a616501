"""Code is traced in the process of a running notebook, with its objects; afterwards everything is as it was."""

from __future__ import annotations

from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from nbrepro.commands.trace_here import call_in
from nbrepro.errors import RequestError
from nbrepro.model import Trace, TraceStatus
from nbrepro.traces.here import trace_here

CELL = """\
import functools
LIMIT = 3

def inner(x):
    y = x + LIMIT
    return y

def f(items):
    total = 0
    for item in items:
        total += inner(item)
    items.append(total)
    return total

def counted(function):
    @functools.wraps(function)
    def wrapper(*arguments):
        wrapper.calls += 1
        return function(*arguments)
    wrapper.calls = 0
    return wrapper

@counted
def twice(x):
    return x * 2

class Box:
    def __init__(self, value):
        self.value = value
    @property
    def double(self):
        return self.value * 2
    @classmethod
    def of(cls, value):
        return cls(value)

first, second = lambda x: x, lambda x: -x
"""


@pytest.fixture
def shell() -> InteractiveShell:
    found = InteractiveShell()
    found.run_cell(CELL).raise_error()
    found.run_line_magic("load_ext", "nbrepro_magics")
    return found


def functions(found: Trace) -> list[str]:
    return [event.data["fn"] for event in found.of_kind("call")]


def test_a_call_of_functions_that_the_notebook_has_defined(shell: InteractiveShell) -> None:
    names = shell.user_ns
    names["numbers"] = [1, 2]
    code = names["f"].__code__
    found = trace_here("f(numbers)", names)
    assert functions(found) == ["<module>", "f", "inner", "inner"]
    assert found.returned(1) == 9
    assert names["numbers"] == [1, 2, 9]
    assert names["f"].__code__ is code
    assert "total += inner(item)" in found.sources()[1][1]


def test_wrapped_functions_methods_and_properties(shell: InteractiveShell) -> None:
    found = trace_here("Box.of(twice(4)).double", shell.user_ns)
    assert functions(found) == ["<module>", "counted.<locals>.wrapper", "twice", "Box.of", "Box.__init__", "Box.double"]
    assert shell.user_ns["twice"].calls == 1


def test_a_cell_leaves_what_it_defines(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    names = shell.user_ns
    found = trace_here("def g(n):\n    print('<', n)\n    return [n]\n\nnew = g(LIMIT)\n", names)
    assert found.output() == capsys.readouterr().out == "< 3\n"
    assert (names["new"], names["g"](5)) == ([3], [5])
    assert not {name for name in names["g"].__code__.co_names if "nbrepro" in name}
    again = trace_here("g(7)", names)
    assert functions(again) == ["<module>", "g"]
    assert again.sources()[1][1].startswith("def g(n):")


def test_what_is_raised_belongs_to_the_trace(shell: InteractiveShell) -> None:
    found = trace_here("f(None)", shell.user_ns)
    assert found.status is TraceStatus.ERROR
    assert found.events[-1].data["type"] == "TypeError"
    assert functions(trace_here("f([])", shell.user_ns)) == ["<module>", "f"]


def test_a_generator_that_outlives_its_trace_goes_on(shell: InteractiveShell) -> None:
    names = shell.user_ns
    trace_here("def numbers():\n    for n in range(4):\n        yield n\n\nleft = numbers()\nnext(left)\n", names)
    found = trace_here("rest = list(left)", names)
    assert names["rest"] == [1, 2, 3]
    assert found.status is TraceStatus.OK


def test_an_interruption_is_passed_on(shell: InteractiveShell) -> None:
    code = shell.user_ns["f"].__code__
    with pytest.raises(KeyboardInterrupt):
        trace_here("raise KeyboardInterrupt", shell.user_ns)
    assert shell.user_ns["f"].__code__ is code


def test_no_python() -> None:
    with pytest.raises(RequestError, match="line 2"):
        trace_here("x = 1\nx +\n", {})


def test_the_magics(shell: InteractiveShell) -> None:
    shell.user_ns["word"] = "a b"
    view: Any = shell.run_line_magic("nbrepro", "trace --steps 50 f([len('a b'), 1])")
    assert "f(items=[3, 1]) is called" in repr(view)
    cell: Any = shell.run_cell_magic("nbrepro", "trace --here", "%matplotlib inline\nlast = inner(LIMIT)")
    assert shell.user_ns["last"] == 6
    assert "inner(x=3) is called" in repr(cell)
    assert "left out, as it is no Python: line 1: %matplotlib inline" in cell.as_html()
    alone: Any = shell.run_cell_magic("nbrepro", "trace", "%time x = 5\n")
    assert "x=5" in repr(alone)
    assert "x" not in shell.user_ns


@pytest.mark.parametrize(
    ("line", "call"),
    [
        ("trace f()", "f()"),
        ("trace --steps 5 a.b(1)['x'](2)", "a.b(1)['x'](2)"),
        ("trace  f('--html x')", "f('--html x')"),
        ("trace --html f.html f(x for x in y)", "f(x for x in y)"),
        ("trace a.ipynb --compare-orders", ""),
        ("trace test_a.py::test_b[f(1)]", ""),
        ("trace f", ""),
        ("simulate run f(1)", ""),
    ],
)
def test_calls_in_lines(line: str, call: str) -> None:
    assert call_in(line) == call
