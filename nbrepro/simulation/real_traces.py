"""Traces programs that models are asked about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from nbrepro.model.trace import EventKind, Trace, TraceStatus
from nbrepro.simulation.answers import RowKind
from nbrepro.simulation.moments import Moment, moments_of
from nbrepro.simulation.programs import Program
from nbrepro.simulation.tagged import has_literal
from nbrepro.traces import Program as TracedProgram
from nbrepro.traces import trace_many

MODULE = 0
"""Number of the module's frame."""
LINES_TO_CALL = 3
"""From the number of line breaks in a program to the line of the call that is appended to it."""
_WHOLE = frozenset({TraceStatus.OK, TraceStatus.ERROR})


@dataclass(frozen=True, slots=True)
class RealTrace:
    """What a program really did."""

    moments: tuple[Moment, ...]
    problem: str | None = None
    """Why it isn't the whole run; None where it is, an exception at its end included."""

    @property
    def value(self) -> str | None:
        """`repr` of what the call returns; None where it returns nothing that a literal stands for."""
        last = self.moments[-1] if self.moments else None
        is_end = last is not None and last.kind is RowKind.RETURN and last.frame == self.moments[0].frame
        return repr(last.value) if last is not None and is_end and has_literal(last.value) else None


def trace_programs(programs: Sequence[Program], python: str | None = None) -> dict[str, RealTrace]:
    """The real traces by task, with the line numbers of the programs' own code.

    Raises:
        RequestError: the interpreter can't trace.
    """
    if not programs:
        return {}
    asked = [TracedProgram.of_call(program.setup + program.code, program.call) for program in programs]
    traces = trace_many(asked, python=python) if python else trace_many(asked)
    return {program.task: _real(trace, program) for program, trace in zip(programs, traces, strict=True)}


def _real(trace: Trace, program: Program) -> RealTrace:
    begin = _begin(trace, (program.setup + program.code).rstrip().count("\n") + LINES_TO_CALL)
    moments = tuple(moment for moment in moments_of(trace) if moment.index > begin)
    own = tuple(_counted_anew(moments, program.setup.count("\n")))
    return RealTrace(own, _problem(trace, own))


def _begin(trace: Trace, line: int) -> int:
    """Number of the event with which the call begins; what comes before it, such as the bodies of classes, isn't asked about."""
    calls = (event.index for event in trace.events if event.kind is EventKind.LINE and event.frame == MODULE and event.line == line)
    return max(calls, default=-1)


def _counted_anew(moments: Sequence[Moment], shift: int) -> Iterator[Moment]:
    """The moments with the lines of the program's own code, and with visits counted from the call on."""
    visits: Counter[int] = Counter()
    for moment in moments:
        if moment.kind in {RowKind.CALL, RowKind.LINE}:
            visits[moment.line] += 1
            yield replace(moment, line=moment.line - shift, visit=visits[moment.line])
        else:
            yield replace(moment, line=moment.line - shift)


def _problem(trace: Trace, moments: Sequence[Moment]) -> str | None:
    if trace.status not in _WHOLE:
        return f"its run ended by {trace.status}"
    if not trace.is_complete:
        return "its run is longer than a trace may be"
    return None if moments else "none of its functions is called"
