"""Variables of a notebook, cell by cell: what each reads, binds, changes in place and deletes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Collection, Mapping, Sequence
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
    result: Any = None
    """The tagged value of its last expression, where a notebook shows one; None where not, and where steps were asked for."""

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
    working_folder: str = "",
    may_fail: Collection[int] = (),
    variables: Mapping[str, str] | None = None,
    limits: TraceLimits | None = None,
) -> tuple[CellTrace, ...]:
    r"""Run the cells of a notebook in one namespace and give what each did; the first that fails is the last.

    The cells are plain Python: `plain_cell` leaves magics and shell commands out. Names that begin with an underscore belong to nobody.
    A cell with which the process ends is the last, with nothing but its status.

    Args:
        sources: the texts of the cells, in the order in which they are run.
        python: the interpreter to run them with, 3.6 or newer.
        backend: `MONITORING` or `SETTRACE` records the steps of each cell, too; None only its variables.
        folder: where imports are looked for first; empty: the current folder.
        working_folder: the folder in which they run; empty: the current one.
        may_fail: places of cells after which it goes on even if they raise.
        variables: environment variables of the process; None: the caller's.
        limits: how much of values and steps is kept.

    Raises:
        RequestError: the interpreter can't run the tracer, or not with this backend.

    >>> [cell.reads for cell in cells(["a = [1]", "b = a", "b.append(2)"])]
    [(), ('a',), ('b',)]
    """
    if backend is Backend.INSTRUMENTED:
        raise RequestError("cells can be traced with the backends monitoring and settrace, not instrumented: their functions outlive them")
    request = {"cells": list(sources), "folder": folder, "may_fail": sorted(may_fail)}
    limits = limits or TraceLimits()
    name = backend and str(backend)
    (text,) = run_tracer([request], python=python, backend=name, limits=limits, variables=variables, working_folder=working_folder)
    lines = [json.loads(line) for line in text.split("\n") if line]
    found = [_cell(line) for line in lines if "cell" in line]
    if lines and "cell" not in lines[-1]:
        return (*found, _ended(len(found), lines[-1]))
    may_go_on = not found or found[-1].status is TraceStatus.OK or (found[-1].status is TraceStatus.ERROR and found[-1].cell in may_fail)
    if len(found) < len(sources) and may_go_on:
        return (*found, _ended(len(found), {"status": "died", "msg": "the process ended"}))
    return tuple(found)


def _ended(cell: int, end: Mapping[str, Any]) -> CellTrace:
    """A cell with which the process has ended."""
    return CellTrace(cell, TraceStatus(end["status"]), f"{end['status']}: {end['msg']}", "", (), {}, {}, ())


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
        result=line["result"],
    )
