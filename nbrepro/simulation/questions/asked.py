"""What is asked about a program, and what came back, before it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from nbrepro.simulation.answers import Answer, AnswerKind
from nbrepro.simulation.models.protocol import Message, Prompt, Sampling
from nbrepro.simulation.moments import Moment
from nbrepro.simulation.programs import Program
from nbrepro.simulation.prompts import Wording
from nbrepro.simulation.structure import Structure, structure_of

CUT_SHORT = frozenset({"length", "cut-off"})
"""Ends of a response that are not its own: what stands last in it may be half of something."""


class Ask(StrEnum):
    """Ways of asking."""

    OUTPUT = "output"
    """The value of the call."""
    INPUT = "input"
    """A call that has the value."""
    TRACE = "trace"
    """Every step, as JSON."""
    PROBES = "probes"
    """Single questions about lines and variables."""
    NARRATION = "narration"
    """Every line, in words and values."""
    STEPS = "steps"
    """One step at a time, each from its true state."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A program that is asked about, with what is known of its real run."""

    program: Program
    value: str | None = None
    """`repr` of the real value of the call; None where there is none."""
    moments: tuple[Moment, ...] = ()
    """The real trace; empty where the way of asking needs none."""

    @property
    def structure(self) -> Structure:
        """The lines of the program."""
        return structure_of(self.program.code)


@dataclass(frozen=True, slots=True)
class Manner:
    """How questions are put."""

    wording: Wording
    sampling: Sampling = field(default_factory=Sampling)
    places: int | None = None
    """About how many places of a run to ask, where the way asks about places; None for its own number."""
    seed: int = 0
    """Of the choice of places: equal seeds ask about equal places."""

    def prompt(self, values: Mapping[str, str], schema: Mapping[str, Any] | None = None) -> Prompt:
        """The prompt with values in the places of its names.

        Raises:
            RequestError: the wording lacks one of the names, or has one too many.
        """
        self.wording.check(values)
        messages: tuple[Message, ...] = self.wording.filled(values)
        return Prompt(messages, self.sampling, schema, prompt_version=self.wording.label)


@dataclass(frozen=True, slots=True)
class Question:
    """One prompt, and what it asks about."""

    program: Program
    ask: Ask
    kind: AnswerKind
    prompt: Prompt
    about: Mapping[str, str] = field(default_factory=dict)
    """Line, visit, variable and the like, as an answer's `question` holds them."""

    def sampled(self, number: int) -> Question:
        """The same question, asked once more; with another seed where there is one, as equal seeds may give equal answers."""
        sampling = self.prompt.sampling
        seed = None if sampling.seed is None else sampling.seed + number
        return replace(self, prompt=replace(self.prompt, sample=number, sampling=replace(sampling, seed=seed)))


@dataclass(frozen=True, slots=True)
class Response:
    """What came back to a question, as it is saved and read."""

    task: str
    ask: Ask
    kind: AnswerKind
    raw: str
    finish: str = "stop"
    """Why it ends, as a completion says it."""
    sample: int = 0
    model: str = ""
    code: str = ""
    call: str = ""
    prompt: str = ""
    """`name@version` of the prompt."""
    about: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_cut(self) -> bool:
        """Whether the response ends before its end."""
        return self.finish in CUT_SHORT

    def answer(self) -> Answer:
        """An answer in which nothing has been read yet; its problem says so."""
        known = {"ask": self.ask.value, "prompt": self.prompt, "call": self.call, **self.about}
        return Answer(
            self.task,
            self.kind,
            self.raw,
            sample=self.sample,
            model=self.model,
            problem="cut-off" if self.is_cut else "no-answer",
            code=self.code,
            question=known,
        )


def numbered(code: str) -> str:
    r"""A program with the numbers of its lines.

    >>> print(numbered("def f():\n    return 1\n"))
    1  def f():
    2      return 1
    """
    lines = code.rstrip("\n").split("\n")
    width = len(str(len(lines)))
    return "\n".join(f"{number:>{width}}  {line}".rstrip() for number, line in enumerate(lines, 1))
