"""Text that no interpreter can run: a model simulates the whole of it, as in Think-and-Execute."""

from __future__ import annotations

import re

from nbrepro.simulation.emulation.reading import read_emulated
from nbrepro.simulation.emulation.result import Emulation, EmulationStatus
from nbrepro.simulation.literals import UNREADABLE, read_literal
from nbrepro.simulation.models.protocol import Completion, Model, Prompt, Sampling
from nbrepro.simulation.programs import Program
from nbrepro.simulation.prompts.reading import read_prompt

_OUTPUT = re.compile(r"\[OUTPUT\][ \t]*\n?(.*?)\[/OUTPUT\]", re.DOTALL)


def simulate_whole(program: Program, model: Model, python: str, because: str, sampling: Sampling) -> Emulation:
    """Ask a model what a text prints, and what its call gives; nothing is run.

    Args:
        program: the text, and the call where there is one.
        model: who simulates.
        python: version of the interpreter that could not read it.
        because: why it can't be run.
        sampling: how the model is asked.
    """
    wording = read_prompt("pseudocode", 1)
    asked = f"The call `{program.call}` is asked for." if program.call else "No call is asked for."
    completion = model.complete(Prompt(wording.filled({"code": program.code, "asked": asked}), sampling, prompt_version=wording.label))
    output, value, problem = _read(completion, has_call=bool(program.call))
    return Emulation(
        program,
        model.name,
        python,
        EmulationStatus.OK if problem is None else EmulationStatus.NO_ANSWER,
        output=output,
        value=value,
        is_literal=value is not None and read_literal(value) is not UNREADABLE,
        problem=(str(EmulationStatus.NO_ANSWER), problem) if problem else None,
        ran={},
        simulated_because=because,
        simulation=(completion,),
    )


def _read(completion: Completion, *, has_call: bool) -> tuple[str, str | None, str | None]:
    """Output, value and problem."""
    found = _OUTPUT.findall(completion.text)
    if not found:
        return "", None, completion.problem or "the answer has no [OUTPUT] … [/OUTPUT]"
    output = str(found[-1])
    if not has_call:
        return output, None, None
    read = read_emulated(completion.text.rpartition("[/OUTPUT]")[2])
    return output, read.text or None, read.problem and f"the call's value can't be read: {read.problem}"
