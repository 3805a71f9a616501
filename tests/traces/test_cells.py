"""What each cell of a notebook reads, binds, changes in place and deletes."""

from __future__ import annotations

import sys

import pytest

from nbrepro.errors import RequestError
from nbrepro.model import TraceStatus
from nbrepro.traces import Backend, CellTrace, cells, first_difference
from nbrepro.traces.differences import VariableDifference

SOURCES = [
    "import math\nnumbers = [3, 1]\nlimit = 2",
    "def above(x):\n    return x > limit",
    "numbers.append(5)\nprint(len(numbers))",
    "kept = [n for n in numbers if above(n)]",
    "limit = 0\nlimit += 1",
    "del kept",
    "1 / 0",
    "never = 1",
]


def summary(cell: CellTrace) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    return cell.reads, tuple(cell.binds), tuple(cell.mutates), cell.deletes


@pytest.mark.parametrize("backend", [None, Backend.SETTRACE])
def test_variables_of_cells(backend: Backend | None) -> None:
    found = cells(SOURCES, backend=backend)
    assert [summary(cell) for cell in found] == [
        ((), ("limit", "math", "numbers"), (), ()),
        ((), ("above",), (), ()),
        (("numbers",), (), ("numbers",), ()),
        (("above", "limit", "numbers"), ("kept",), (), ()),
        ((), ("limit",), (), ()),
        ((), (), (), ("kept",)),
        ((), (), (), ()),
    ]
    assert found[2].output == "3\n"
    assert found[-1].status is TraceStatus.ERROR
    assert found[-1].error == "ZeroDivisionError: division by zero"
    assert (found[3].trace is not None) == (backend is not None)


def test_cells_can_not_be_instrumented() -> None:
    with pytest.raises(RequestError, match="not instrumented"):
        cells(["1"], backend=Backend.INSTRUMENTED)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring is new in Python 3.12")
def test_cells_can_be_monitored() -> None:
    found = cells(["a = 1"], backend=Backend.MONITORING)
    assert found[0].trace is not None


def test_the_first_variable_that_differs_between_two_orders() -> None:
    a, b, c = "x = 1", "x = x + 1 if 'x' in dir() else 0\ny = [x]", "z = y[0]"
    one, other = cells([a, b, c]), cells([b, a, c])
    assert first_difference(one, other, {0: 1, 1: 0, 2: 2}) == VariableDifference(1, "x", 2, 0)
    assert first_difference(one, one, {0: 0, 1: 1, 2: 2}) is None
