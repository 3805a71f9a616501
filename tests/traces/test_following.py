"""A difference is followed back to the first variable that differs: pure functions on runs made by hand, and on real ones."""

from __future__ import annotations

from typing import Any

from nbrepro.model import TraceStatus
from nbrepro.traces import Beginning, CellTrace, cells, differing_outputs, first_difference_behind


def cell(number: int, reads: str = "", *, output: str = "", deletes: str = "", **binds: Any) -> CellTrace:
    return CellTrace(number, TraceStatus.OK, "", output, tuple(reads.split()), binds, {}, tuple(deletes.split()))


def way(found: Any) -> list[tuple[int, str]]:
    return [(link.cell, link.name) for link in found.links]


def test_a_cell_that_reads_the_same_differs_by_itself() -> None:
    one = [cell(0, x=1), cell(1, "x", output="a")]
    other = [cell(0, x=1), cell(1, "x", output="b")]
    found = first_difference_behind(1, one, other)
    assert (found.begins_at, found.beginning, found.links) == (1, Beginning.ITSELF, ())
    assert differing_outputs(one, other) == (1,)


def test_a_difference_is_followed_through_cells_that_read_one_another() -> None:
    one = [cell(0, r=1), cell(1, "r", a=10), cell(2, k=5), cell(3, "a k", b=15), cell(4, "b", output="15")]
    other = [cell(0, r=2), cell(1, "r", a=20), cell(2, k=5), cell(3, "a k", b=25), cell(4, "b", output="25")]
    found = first_difference_behind(4, one, other)
    assert way(found) == [(4, "b"), (3, "a"), (1, "r")]
    assert (found.begins_at, found.beginning) == (0, Beginning.ITSELF)


def test_of_several_beginnings_it_is_the_earliest() -> None:
    one = [cell(0, a=1), cell(1, b=1), cell(2, "a b", output="2")]
    other = [cell(0, a=2), cell(1, b=2), cell(2, "a b", output="4")]
    assert first_difference_behind(2, one, other).begins_at == 0


def test_a_variable_that_other_cells_have_set_is_a_matter_of_order() -> None:
    one = [cell(0, x=1), cell(1, x=2), cell(2, "x", output="2")]
    other = [cell(1, x=2), cell(0, x=1), cell(2, "x", output="1")]
    found = first_difference_behind(2, one, other)
    assert found.beginning is Beginning.ORDER
    assert found.links[-1].set_by == (1, 0)
    assert (found.links[-1].one, found.links[-1].other) == (2, 1)


def test_a_variable_that_only_one_run_has_is_a_matter_of_order() -> None:
    one = [cell(0, x=1), cell(1, "x", output="1")]
    other = [cell(0, x=1), cell(2, deletes="x"), cell(1, output="")]
    found = first_difference_behind(1, one, other)
    assert (found.links[0].other, found.links[0].set_by) == (None, (0, None))


def test_a_cell_that_one_run_did_not_come_to() -> None:
    assert first_difference_behind(1, [cell(0), cell(1)], [cell(0)]).beginning is Beginning.NOT_RUN


def test_equal_descriptions_of_functions_that_other_cells_define_may_differ() -> None:
    function = {"t": "obj", "c": "function", "n": "f"}
    module = {"t": "obj", "c": "module", "n": "math"}
    one = [cell(0, f=function, m=module), cell(1, f=function, m=module), cell(2, "f m")]
    other = [one[1], one[0], one[2]]
    assert way(first_difference_behind(2, one, other)) == [(2, "f")]


def test_numbers_of_objects_are_no_difference() -> None:
    one = [cell(0, x={"t": "list", "id": 1, "v": [1], "n": 1}), cell(1, "x")]
    other = [cell(0, x={"t": "list", "id": 7, "v": [1], "n": 1}), cell(1, "x")]
    assert first_difference_behind(1, one, other).beginning is Beginning.ITSELF


def test_real_runs_in_two_orders() -> None:
    sources = ["step = 2", "def advance(x):\n    return x + step", "step = 5", "total = advance(1)", "print(total)"]
    one = cells(sources)
    moved = cells([sources[0], sources[1], sources[3], sources[2], sources[4]])
    places = [0, 1, 3, 2, 4]
    other = [CellTrace(places[each.cell], *(getattr(each, name) for name in CellTrace.__slots__[1:])) for each in moved]
    found = first_difference_behind(4, one, other)
    assert way(found) == [(4, "total"), (3, "step")]
    assert found.beginning is Beginning.ORDER
    text = repr(found)
    assert "total: 6 and 3, set by cell 4" in text
    assert "step: 5 and 2, set by cell 3 and cell 1" in text
    assert found.as_html().count("<li>") == 2
