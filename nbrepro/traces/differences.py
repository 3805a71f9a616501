"""Two runs of the same cells: the first variable that differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbrepro.traces.cells import CellTrace
from nbrepro.traces.values import without_numbers


@dataclass(frozen=True, slots=True)
class VariableDifference:
    """A variable that is not the same after the same cell of two runs."""

    cell: int
    """Place in the first run."""
    name: str
    one: Any
    """Its tagged value in the first run; None where the cell did not change it."""
    other: Any


def first_difference(one: Sequence[CellTrace], other: Sequence[CellTrace], pairs: Mapping[int, int]) -> VariableDifference | None:
    """The first variable that differs between two runs of the same cells, perhaps in another order.

    Args:
        one: a run, such as one in the order in which the cells were run originally.
        other: another run.
        pairs: for places of cells in the first run, those of the same cells in the other.

    Returns:
        The difference after the earliest cell of the first run; None where there is none. Numbers of objects don't count.
    """
    by_place = {cell.cell: cell for cell in other}
    for cell in one:
        partner = by_place.get(pairs.get(cell.cell, -1))
        if partner is None:
            continue
        changed = cell.changed, partner.changed
        for name in sorted({*changed[0], *changed[1]}):
            values = changed[0].get(name), changed[1].get(name)
            if without_numbers(values[0]) != without_numbers(values[1]):
                return VariableDifference(cell.cell, name, *values)
    return None
