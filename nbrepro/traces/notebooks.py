"""The variables of a notebook, cell by cell."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nbrepro.model import Step
from nbrepro.model.trace import TraceStatus
from nbrepro.traces.cells import CellTrace, cells
from nbrepro.traces.plain_cells import LeftOut, plain_cell
from nbrepro.traces.programs import TraceLimits
from nbrepro.traces.running import Backend

SCHEMA = "nbrepro.cells/1"


@dataclass(frozen=True, slots=True)
class NotebookTrace:
    """What the cells of a notebook did to its variables. Cells are numbered as in the notebook, from 0 on, over cells of every kind."""

    path: str
    steps: tuple[Step, ...]
    """The cells that were to run, in the order of running."""
    cells: tuple[CellTrace, ...]
    """Those that have run, in that order."""
    left_out: tuple[tuple[int, LeftOut], ...] = ()
    """Magics and shell commands that were not run, each with its cell."""
    environment: str = ""
    """In words."""
    order: str = ""
    """In words, such as `top-down`."""
    deviations: tuple[str, ...] = ()
    """Every departure from what the notebook says."""

    @property
    def is_whole(self) -> bool:
        """Whether every cell has run without an error."""
        return len(self.cells) == len(self.steps) and all(cell.status is TraceStatus.OK for cell in self.cells)

    def as_json(self) -> dict[str, Any]:
        """As plain JSON values, schema `nbrepro.cells/1`; values of variables are tagged as in traces."""
        return {
            "schema": SCHEMA,
            "notebook": self.path,
            "environment": self.environment,
            "order": self.order,
            "deviations": list(self.deviations),
            "left_out": [{"cell": cell, "line": what.line, "text": what.text} for cell, what in self.left_out],
            "cells": [_as_json(cell) for cell in self.cells],
        }


def trace_steps(
    steps: Sequence[Step],
    *,
    path: str = "",
    python: str | os.PathLike[str] = sys.executable,
    folder: str = "",
    may_fail: Collection[int] = (),
    backend: Backend | None = None,
    variables: Mapping[str, str] | None = None,
    limits: TraceLimits | None = None,
) -> NotebookTrace:
    """Run the cells of a notebook in one process, in this order, and give what each did to the variables.

    Args:
        steps: the cells; magics and shell commands in them are left out.
        path: what the notebook is called.
        python: the interpreter to run them with, 3.6 or newer.
        folder: where they run, and where imports are looked for first.
        may_fail: numbers of cells after which it goes on even if they raise.
        backend: `MONITORING` or `SETTRACE` records the steps of each cell, too.
        variables: environment variables of the process; None: the caller's.
        limits: how much is kept.

    Raises:
        RequestError: the interpreter can't run the tracer, or not with this backend.
    """
    plain = [plain_cell(step.source) for step in steps]
    found = cells(
        [cell.python for cell in plain],
        python=python,
        backend=backend,
        folder=folder,
        working_folder=folder,
        may_fail=[place for place, step in enumerate(steps) if step.index in may_fail],
        variables={"MPLBACKEND": "agg", **(os.environ if variables is None else variables)},
        limits=limits,
    )
    return NotebookTrace(
        path,
        tuple(steps),
        tuple(replace(cell, cell=steps[cell.cell].index) for cell in found),
        tuple((step.index, what) for step, cell in zip(steps, plain, strict=True) for what in cell.left_out),
    )


def _as_json(cell: CellTrace) -> dict[str, Any]:
    return {
        "cell": cell.cell,
        "status": str(cell.status),
        "error": cell.error,
        "output": cell.output,
        "result": cell.result,
        "reads": list(cell.reads),
        "binds": dict(cell.binds),
        "mutates": dict(cell.mutates),
        "deletes": list(cell.deletes),
    }
