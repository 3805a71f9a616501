"""Traces of programs: recorded in a target interpreter, read, written and shown."""

from nbrepro.traces.cells import CellTrace, VariableDifference, cells, first_difference
from nbrepro.traces.programs import Program, TraceLimits
from nbrepro.traces.reading import read, written
from nbrepro.traces.running import Backend, trace, trace_many
from nbrepro.traces.values import plain, shown

__all__ = [
    "Backend",
    "CellTrace",
    "Program",
    "TraceLimits",
    "VariableDifference",
    "cells",
    "first_difference",
    "plain",
    "read",
    "shown",
    "trace",
    "trace_many",
    "written",
]
