"""Traces as pandas frames."""

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent

import pytest

from nbrepro.traces import Program, cell_frame, cells, event_frame, trace, variable_frame
from nbrepro.traces.frames import CELL_COLUMNS, EVENT_COLUMNS, VARIABLE_COLUMNS
from nbrepro.traces.views import TraceView

SOURCE = dedent("""\
    def f(n):
        found = []
        for i in range(n):
            found.append(i)
        print(n)
        return found
    """)


def test_one_row_for_each_event() -> None:
    found = trace(Program.of_call(SOURCE, "f(2)"))
    table = event_frame(found)
    assert list(table.columns) == list(EVENT_COLUMNS)
    assert table.index.tolist() == [event.index for event in found.events]
    assert table["kind"].tolist() == [str(event.kind) for event in found.events]
    steps = table[(table["kind"] == "line") & (table["function"] == "f")]
    assert steps["line"].tolist() == [2, 3, 4, 3, 4, 3, 5, 6]
    assert steps["visit"].tolist() == [1, 1, 1, 2, 2, 3, 1, 1]
    assert steps["source"].iloc[2] == "found.append(i)"
    assert steps["changed"].iloc[2] == {"found": [0]}
    assert set(steps["depth"]) == {1}
    assert table[table["kind"] == "return"]["value"].tolist()[0] == [0, 1]
    assert table[table["kind"] == "branch"]["value"].tolist() == [True, True, False]
    assert table[table["kind"] == "out"]["text"].tolist() == ["2\n"]
    assert TraceView(found).frame().equals(table)


def test_exceptions_and_what_was_dropped() -> None:
    table = event_frame(trace(Program("try:\n    1 / 0\nexcept ArithmeticError as error:\n    pass\ntry:\n    pass\nfinally:\n    pass\n")))
    assert table[table["kind"] == "raise"][["type", "text"]].values.tolist() == [["ZeroDivisionError", "division by zero"]]
    gone = table[table["unbound"].map(len) > 0]
    assert gone["unbound"].tolist() == [("error",)]


def test_the_history_of_a_variable() -> None:
    found = trace(Program("x = [1]\ndef g(a):\n    x = a\n    a.append(2)\n    return x\ng(x)\ndel x\npass\n"))
    table = variable_frame(found, "x")
    assert list(table.columns) == list(VARIABLE_COLUMNS)
    assert table["text"].tolist() == ["[1]", "[1, 2]", "[1]", "[1, 2]", ""]
    assert table["function"].tolist() == ["<module>", "<module>", "g", "g", "<module>"]
    assert table["is_bound"].tolist() == [True, True, True, True, False]
    assert variable_frame(found, "x", frame=1)["value"].tolist() == [[1], [1, 2]]
    assert variable_frame(found, "nobody").empty


def test_variables_of_cells() -> None:
    table = cell_frame(cells(["x = [1]", "x.append(2)", "del x", "pass"]))
    assert list(table.columns) == list(CELL_COLUMNS)
    assert table[["cell", "name", "action", "text"]].values.tolist() == [
        [0, "x", "binds", "[1]"],
        [1, "x", "reads", ""],
        [1, "x", "mutates", "[1, 2]"],
        [2, "x", "deletes", ""],
        [3, "", "", ""],
    ]
    assert table["value"].tolist()[2] == [1, 2]


@pytest.mark.parametrize("module", ["nbrepro.traces", "nbrepro.traces.views"])
def test_pandas_is_imported_only_where_it_is_needed(module: str) -> None:
    check = f"import sys, {module}; assert not {{'pandas', 'numpy'}} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def test_without_pandas_the_extra_is_named() -> None:
    check = dedent("""\
        import sys
        sys.modules["pandas"] = None
        from nbrepro.errors import MissingExtraError
        from nbrepro.traces import Program, event_frame, trace
        try:
            event_frame(trace(Program("x = 1")))
        except MissingExtraError as error:
            print(error)
        """)
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout == "event_frame needs pandas: install it with pip install 'nbrepro[pandas]'\n"
