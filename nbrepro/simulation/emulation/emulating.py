"""Runs a program for real and has a model answer the calls of functions that nobody has defined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nbrepro.simulation.emulation.answering import Answerer
from nbrepro.simulation.emulation.process import EmulatedProcess
from nbrepro.simulation.emulation.pseudocode import simulate_whole
from nbrepro.simulation.emulation.result import Emulation, EmulationStatus
from nbrepro.simulation.emulation.settings import EmulationLimits, EmulationSettings
from nbrepro.simulation.emulation.undefined import check_call, syntax_problem, undefined_of
from nbrepro.simulation.models.protocol import Model
from nbrepro.simulation.programs import Program


def emulate(
    program: Program,
    model: Model,
    *,
    python: str | None = None,
    limits: EmulationLimits | None = None,
    settings: EmulationSettings | None = None,
) -> Emulation:
    """Run a program, and its call where it has one; a model answers the calls of undefined functions.

    What is defined runs in a real interpreter, under limits and without network, as programs to be scored do. Every answer of the
    model is in the result. A text that is no Python at all is simulated by the model as a whole, and `simulated_because` says so.

    Args:
        program: `call` may be empty, for a program that runs by itself.
        model: who answers.
        python: the interpreter, 3.6 or newer; None for the one that runs nbrepro.
        limits: what the program may use.
        settings: how the model is asked.

    Raises:
        RequestError: the program can be read, and its call can't.
        NbreproError: the interpreter can't be started, or is too old.
    """
    wanted, how = limits or EmulationLimits(), settings or EmulationSettings()
    with EmulatedProcess(program, python, wanted) as process:
        names = process.begun()
        check_call(names, program.call)
        problem = syntax_problem(names)
        if problem is None:
            begun = Emulation(program, model.name, names["python"], EmulationStatus.OK, undefined=undefined_of(names))
            return _followed(process, begun, Answerer(program, model, wanted, how))
    because = f"it is no Python {names['python']} ({problem})"
    if how.simulates_other_text:
        return simulate_whole(program, model, names["python"], because, how.sampling)
    kind, _, line = names["problem"]
    return Emulation(program, model.name, names["python"], EmulationStatus.ERROR, problem=(kind, because), line=line, ran={})


def _followed(process: EmulatedProcess, begun: Emulation, answerer: Answerer) -> Emulation:
    """Listen to a program until its end."""
    written: dict[str, list[str]] = {"stdout": [], "stderr": []}
    left = answerer.limits.output_characters
    while True:
        message = process.receive()
        if message["k"] == "out":
            written[message["stream"]].append(message["text"][: max(left, 0)])
            left -= len(message["text"])
        elif message["k"] == "call":
            process.send(answerer.answer(message))
        else:
            output, errors = ("".join(written[stream]) for stream in ("stdout", "stderr"))
            ended = replace(begun, output=output, errors=errors, is_output_cut=left < 0, calls=tuple(answerer.calls))
            return _with_end(ended, message)


def _with_end(begun: Emulation, end: Mapping[str, Any]) -> Emulation:
    status = EmulationStatus(end["status"])
    problem = None if status is EmulationStatus.OK else (end["type"] or str(status), end["message"] or "")
    ran = None if end["ran"] is None else {int(line): count for line, count in sorted(end["ran"].items(), key=lambda item: int(item[0]))}
    return replace(begun, status=status, problem=problem, line=end["line"], value=end["value"], is_literal=bool(end["literal"]), ran=ran)
