"""Traces of programs and notebooks: recorded in a target interpreter, read, written, compared and shown."""

from nbrepro.traces.cells import CellTrace, cells
from nbrepro.traces.differences import VariableDifference, first_difference
from nbrepro.traces.following import Beginning, DifferenceBehind, differing_outputs, first_difference_behind
from nbrepro.traces.frames import cell_frame, event_frame, variable_frame
from nbrepro.traces.notebooks import NotebookTrace, trace_steps
from nbrepro.traces.plain_cells import PlainCell, plain_cell
from nbrepro.traces.programs import Program, TraceLimits
from nbrepro.traces.reading import read, written
from nbrepro.traces.running import Backend, trace, trace_many
from nbrepro.traces.testing import trace_test
from nbrepro.traces.values import plain, shown

__all__ = [
    "Backend",
    "Beginning",
    "CellTrace",
    "DifferenceBehind",
    "NotebookTrace",
    "PlainCell",
    "Program",
    "TraceLimits",
    "VariableDifference",
    "cell_frame",
    "cells",
    "differing_outputs",
    "event_frame",
    "first_difference",
    "first_difference_behind",
    "plain",
    "plain_cell",
    "read",
    "shown",
    "trace",
    "trace_many",
    "trace_steps",
    "trace_test",
    "variable_frame",
    "written",
]
