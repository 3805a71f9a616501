"""Why cells of a run that reached them gave something else than what is saved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nbrepro.causes.cause import Cause, Certainty
from nbrepro.causes.circumstances import Circumstances
from nbrepro.causes.randomness import Drawing, unseeded
from nbrepro.causes.shown import differs_by_versions, picture_scale, shows_clock, shows_machine, shows_versions
from nbrepro.model import Comparison, Execution, OutputComparison, StepStatus


def differing(comparison: Comparison, known: Circumstances) -> Iterator[Cause]:
    """A cause for each cell that ran to its end and differs."""
    steps = {step.index: step for step in comparison.observed.steps}
    draws = unseeded(comparison.observed.steps)
    disordered = out_of_order(comparison.expected)
    for compared in comparison.steps:
        output = next((output for output in compared.judged if output.verdict.is_compared and not output.verdict.is_same), None)
        step = steps.get(compared.index)
        if output is not None and step is not None and step.status is StepStatus.COMPLETED:
            yield _cause(_Differing(compared.index, step.source, output), known, draws, disordered)


@dataclass(frozen=True, slots=True)
class _Differing:
    """A cell with its first output that differs."""

    place: int
    source: str
    output: OutputComparison


def _cause(cell: _Differing, known: Circumstances, draws: Mapping[int, Drawing], disordered: frozenset[int]) -> Cause:
    is_unsteady = known.unsteady is not None and cell.place in known.unsteady
    certainty = Certainty.STATED if is_unsteady else Certainty.LIKELY
    twice = (("run twice", "two runs in the same environment disagree here"),) if is_unsteady else ()
    what = f"{cell.output.kind} of cell {cell.place + 1}"
    shown = _shown(cell)
    if shown is not None:
        slug, words = shown
        return Cause(slug, f"{what} {words}", certainty, cell.place, cell.output.kind, twice)
    # Two runs that agree were not moved by chance.
    draw = draws.get(cell.place) if is_unsteady or known.unsteady is None else None
    if draw is not None:
        message = f"{what} depends on {draw.call} of cell {draw.step + 1}, which has no seed"
        return Cause(
            "unseeded-randomness", message, certainty, cell.place, draw.call, (("call", f"{draw.call}, cell {draw.step + 1}"), *twice)
        )
    if is_unsteady:
        return Cause("unsteady", f"{what} was not the same in two runs in the same environment", Certainty.STATED, cell.place, "", twice)
    scale = picture_scale(cell.output)
    if scale is not None:
        message = f"{what} was saved at {scale:.2g} times the size of this one: other settings of figures, or another kernel's, than here"
        return Cause("picture-size", message, Certainty.LIKELY, cell.place, "", (("scale", f"{scale:.2f}"),))
    if cell.place in disordered:
        message = f"{what} was saved after cells had run in another order than they stand in"
        return Cause("execution-order", message, Certainty.POSSIBLE, cell.place)
    return _other_environment(cell, known, what)


def _shown(cell: _Differing) -> tuple[str, str] | None:
    if shows_clock(cell.source, cell.output):
        return "clock", "shows when or how long it ran"
    if shows_versions(cell.source, cell.output) or differs_by_versions(cell.output):
        return "versions-shown", "shows versions of software"
    if shows_machine(cell.source, cell.output):
        return "machine-shown", "shows paths or properties of the machine"
    return None


def _other_environment(cell: _Differing, known: Circumstances, what: str) -> Cause:
    """What is left to suppose: other versions than the author's."""
    where = {True: "one made for the notebook as of its date", False: "one that was there already", None: "not known"}[
        known.own_environment
    ]
    steady = (("run twice", "two runs in the same environment agree"),) if known.unsteady is not None else ()
    message = f"{what} differs, and nothing recorded says why: perhaps other versions than the author's"
    return Cause("other-environment", message, Certainty.POSSIBLE, cell.place, cell.output.kind, (("environment", where), *steady))


def out_of_order(saved: Execution) -> frozenset[int]:
    """Cells that were saved with a smaller execution count than a cell before them: these saw what later cells had done.

    A cell before which every smaller count stands is in order, whatever comes later.
    """
    counted = [(step.index, step.execution_count) for step in saved.steps if step.execution_count is not None]
    highest, found = 0, set()
    for index, count in counted:
        if count <= highest:
            found.add(index)
        highest = max(highest, count)
    return frozenset(found)
