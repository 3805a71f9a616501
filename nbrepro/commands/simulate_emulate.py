"""`nbrepro simulate emulate`: runs a program for real while a model answers the calls that have no definition."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from nbrepro.commands.asked_model import reached_model
from nbrepro.commands.spoken import Spoken
from nbrepro.errors import MissingExtraError, RequestError
from nbrepro.notebooks.writing import write_atomically
from nbrepro.reports.characters import visible
from nbrepro.simulation.emulation import Emulation, EmulationLimits, EmulationSettings, EmulationStatus, emulate
from nbrepro.simulation.models.protocol import Sampling
from nbrepro.simulation.programs import Program

ENDED = {EmulationStatus.OK, EmulationStatus.EXIT}


def perform(arguments: argparse.Namespace) -> Spoken:
    """Emulate a program; the exit status is 1 where it didn't end by itself or a call had no usable answer.

    Raises:
        RequestError: the program or a recording can't be read, or no model is named.
        NbreproError: the interpreter can't be started.
    """
    program = read_emulated_program(arguments.program)
    wanted = {"seconds": arguments.seconds, "calls": arguments.calls}
    limits = replace(EmulationLimits(), **{name: value for name, value in wanted.items() if value is not None})
    settings = EmulationSettings(remembers=not arguments.forget, sampling=Sampling(arguments.temperature, arguments.max_tokens))
    with reached_model(arguments) as model:
        found = emulate(program, model, python=arguments.python, limits=limits, settings=settings)
    written = _write(found, arguments)
    is_good = found.status in ENDED and not found.unanswered
    return Spoken((*visible(repr(found)).splitlines(), *written), 0 if is_good else 1)


def read_emulated_program(named: str) -> Program:
    """The program that `FILE` or `FILE::CALL` names.

    Raises:
        RequestError: the file can't be read.
    """
    path, _, call = named.partition("::")
    try:
        return Program(path, Path(path).read_text(encoding="utf-8-sig"), call.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(f"{path} can't be read as a program: {error}") from error


def _write(found: Emulation, arguments: argparse.Namespace) -> list[str]:
    written = []
    if arguments.html:
        page = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Emulation</title>{found.as_html()}</html>'
        write_atomically(Path(arguments.html), visible(page).encode())
        written.append(f"written: {arguments.html}")
    if arguments.csv:
        try:
            table = found.frame()
        except ImportError as error:
            raise MissingExtraError("a table of calls", "pandas") from error
        write_atomically(Path(arguments.csv), visible(table.to_csv(index=False)).encode())
        written.append(f"written: {arguments.csv}")
    return written
