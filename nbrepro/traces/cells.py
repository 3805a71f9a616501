"""Variables of a notebook, cell by cell: what each reads, binds, changes in place and deletes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbrepro.errors import RequestError
from nbrepro.model.trace import Trace, TraceStatus
from nbrepro.traces.programs import TraceLimits
from nbrepro.traces.reading import read
from nbrepro.traces.running import Backend, run_tracer


@dataclass(frozen=True, slots=True)
class CellTrace:
    """What one cell did to the variables of its notebook. Values are tagged, as in events."""

    cell: int
    """Its place among the sources, from 0 on."""
    status: TraceStatus
    error: str
    """Class and message of what it raised; empty without."""
    output: str
    """What it printed."""
    reads: tuple[str, ...]
    """Variables of earlier cells that it uses, itself or through functions of earlier cells."""
    binds: Mapping[str, Any]
    """Variables that have a new object, and their values after the cell."""
    mutates: Mapping[str, Any]
    """Variables whose object is the same and holds something else."""
    deletes: tuple[str, ...]
    trace: Trace | None = None
    """Its steps, where they were asked for."""

    @property
    def changed(self) -> Mapping[str, Any]:
        """All variables that are different after the cell."""
        return {**self.binds, **self.mutates}


def cells(
    sources: Sequence[str],
    *,
    python: str | os.PathLike[str] = sys.executable,
    backend: Backend | None = None,
    folder: str = "",
    limits: TraceLimits | None = None,
) -> tuple[CellTrace, ...]:
    r"""Run the cells of a notebook in one namespace and give what each did; the first that fails is the last.

    The cells are plain Python: magics and shell commands have to be left out before. Names that begin with an underscore belong to nobody.

    Args:
        sources: the texts of the cells, in the order in which they are run.
        python: the interpreter to run them with, 3.6 or newer.
        backend: `MONITORING` or `SETTRACE` records the steps of each cell, too; None only its variables.
        folder: where imports are looked for first; empty: the current folder.
        limits: how much of values and steps is kept.

    Raises:
        RequestError: the interpreter can't run the tracer, or not with this backend.

    >>> [cell.reads for cell in cells(["a = [1]", "b = a", "b.append(2)"])]
    [(), ('a',), ('b',)]
    """
    if backend is Backend.INSTRUMENTED:
        raise RequestError("cells can be traced with the backends monitoring and settrace, not instrumented: their functions outlive them")
    request = {"cells": list(sources), "folder": folder}
    (text,) = run_tracer([request], python=python, backend=backend and str(backend), limits=limits or TraceLimits())
    lines = [json.loads(line) for line in text.split("\n") if line]
    if lines and "cell" not in lines[0]:
        raise RequestError(f"the interpreter ended while the cells ran: {lines[-1]['msg'] or lines[-1]['status']}")
    return tuple(map(_cell, lines))


def _cell(line: Mapping[str, Any]) -> CellTrace:
    return CellTrace(
        cell=line["cell"],
        status=TraceStatus(line["status"]),
        error=f"{line['type']}: {line['msg']}" if line["type"] else "",
        output=line["output"],
        reads=tuple(line["reads"]),
        binds=line["binds"],
        mutates=line["mutates"],
        deletes=tuple(line["deletes"]),
        trace=read("\n".join(line["trace"])) if line["trace"] else None,
    )


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
        for name in sorted({*cell.changed, *partner.changed}):
            values = cell.changed.get(name), partner.changed.get(name)
            if _without_numbers(values[0]) != _without_numbers(values[1]):
                return VariableDifference(cell.cell, name, *values)
    return None


def _without_numbers(value: Any) -> str:  # noqa: ANN401 - any tagged value
    """A tagged value as text, without the numbers of objects: these differ where cells ran in another order."""
    return json.dumps(_stripped(value), sort_keys=True)


def _stripped(value: Any) -> Any:  # noqa: ANN401 - any tagged value
    if isinstance(value, list):
        return [_stripped(item) for item in value]
    if isinstance(value, dict):
        return {name: _stripped(item) for name, item in value.items() if name != "id"}
    return value
