"""All ways of asking, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from nbrepro.simulation.answers import Answer
from nbrepro.simulation.questions import final_answers, full_trace, narration, probes, steps
from nbrepro.simulation.questions.asked import Ask, Manner, Question, Response, Subject


@dataclass(frozen=True, slots=True)
class Way:
    """A way of asking: what it asks about a program, and how it reads what comes back."""

    prompt: str
    """The prompt that it takes where no other is given."""
    questions: Callable[[Subject, Manner], Iterator[Question]]
    read: Callable[[Response], Answer]
    reasoned: str = ""
    """The prompt that has the model think first; empty where the way has its steps anyway."""
    needs_value: bool = False
    """Whether only programs whose call gives a value can be asked about."""
    needs_trace: bool = False
    """Whether the questions, or what is right, come from the real trace."""


WAYS: Mapping[Ask, Way] = {
    Ask.OUTPUT: Way("output", final_answers.output_questions, final_answers.read_output, "output-reasoned", needs_value=True),
    Ask.INPUT: Way("input", final_answers.input_questions, final_answers.read_input, "input-reasoned", needs_value=True),
    Ask.TRACE: Way("trace", full_trace.trace_questions, full_trace.read_trace, needs_trace=True),
    Ask.NARRATION: Way("narration", narration.narration_questions, narration.read_narration, needs_trace=True),
    Ask.PROBES: Way("probes", probes.probe_questions, probes.read_probe, needs_trace=True),
    Ask.STEPS: Way("step", steps.step_questions, steps.read_step, needs_trace=True),
}


def read_response(response: Response) -> Answer:
    """What a response says, as an answer; where nothing can be read the answer says why."""
    return WAYS[response.ask].read(response)
