"""Answers the questions of an emulated program: from earlier answers, or by asking a model, once more where it can't be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from nbrepro.simulation.emulation.asking import CallQuestion, prompt_of, repair_of
from nbrepro.simulation.emulation.reading import ReadAnswer, read_emulated
from nbrepro.simulation.emulation.result import EmulatedCall
from nbrepro.simulation.emulation.settings import EmulationLimits, EmulationSettings
from nbrepro.simulation.models.protocol import Completion, Model, Prompt
from nbrepro.simulation.programs import Program

Key = tuple[str, int, tuple[str, ...], str]
"""Function, number of positional arguments, names of the others, digest of all values."""


@dataclass(slots=True)
class Conversation:
    """What was asked and said about one call."""

    question: CallQuestion
    prompt: Prompt
    place: int
    """Of the call among all calls."""
    completions: list[Completion] = field(default_factory=list)


@dataclass(slots=True)
class Answerer:
    """Gives a program its answers, and keeps every one of them."""

    program: Program
    model: Model
    limits: EmulationLimits
    settings: EmulationSettings
    calls: list[EmulatedCall] = field(default_factory=list)
    _last: dict[Key, Conversation] = field(default_factory=dict)
    _samples: Counter[Key] = field(default_factory=Counter)
    """How often the model was asked about each call, repairs aside."""
    _known: dict[Key, tuple[EmulatedCall, dict[str, Any]]] = field(default_factory=dict)
    _repeated: int = 0

    def answer(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """The reply to a question of the program: a value, an exception, a problem, or that it has to stop."""
        key = (message["function"], len(message["arguments"]), tuple(message["keywords"]), message["digest"])
        if "refused" in message:
            reply = self._again(key, f"the program can't take this value: {message['refused']}")
        elif key in self._known:
            reply = self._repeat(key, message["line"])
        elif self._samples.total() >= self.limits.calls:
            reply = _stop("too-many-calls", f"the model was asked about {self.limits.calls} calls; raise the limit `calls` to go on")
        else:
            reply = self._first(key, message)
        return {**reply, "n": message["n"]}

    def _repeat(self, key: Key, line: int | None) -> dict[str, Any]:
        self._repeated += 1
        if self._repeated > self.limits.repeated_calls:
            return _stop("too-many-calls", f"{self.limits.repeated_calls} calls were answered as equal ones before")
        call, reply = self._known[key]
        self.calls.append(replace(call, line=line, completions=(), is_repeated=True))
        return reply

    def _first(self, key: Key, message: Mapping[str, Any]) -> dict[str, Any]:
        question = CallQuestion.of_message(message)
        prompt = prompt_of(question, self.program, self.settings.sampling, sample=self._samples[key])
        conversation = self._last[key] = Conversation(question, prompt, len(self.calls))
        self._samples[key] += 1
        self.calls.append(question.call())
        return self._ask(key, conversation)

    def _again(self, key: Key, problem: str) -> dict[str, Any]:
        """Say what is wrong and ask again, as often as that is wanted; then the call fails."""
        conversation = self._last[key]
        self._known.pop(key, None)
        if len(conversation.completions) <= self.settings.repairs:
            conversation.prompt = repair_of(conversation.prompt, conversation.completions[-1], problem)
            return self._ask(key, conversation)
        return self._note(key, conversation, ReadAnswer(problem=problem))

    def _ask(self, key: Key, conversation: Conversation) -> dict[str, Any]:
        completion = self.model.complete(conversation.prompt)
        conversation.completions.append(completion)
        if completion.problem and not completion.text.strip():
            self._note(key, conversation, ReadAnswer(problem=completion.problem))
            return _stop("no-answer", completion.problem)
        read = read_emulated(completion.text, conversation.question.returns, self.limits.answer_characters)
        return self._again(key, read.problem) if read.problem else self._note(key, conversation, read)

    def _note(self, key: Key, conversation: Conversation, read: ReadAnswer) -> dict[str, Any]:
        """Keep what a call was answered with; gives the reply."""
        done = conversation.completions
        raised = f"{read.raised}{_bare(read.text)}" if read.raised else None
        value = read.text if not read.raised and not read.problem else None
        call = replace(
            self.calls[conversation.place],
            answer=done[-1].text,
            value=value,
            raised=raised,
            notation=read.notation,
            problem=read.problem,
            completions=tuple(done),
        )
        self.calls[conversation.place] = call
        reply: dict[str, Any] = {"k": "value", "text": read.text}
        if read.problem:
            reply = {"k": "problem", "message": read.problem}
        elif read.raised:
            reply = {"k": "raise", "type": read.raised, "arguments": read.text}
        if self.settings.remembers:
            self._known[key] = call, reply
        return reply


def _stop(status: str, message: str) -> dict[str, Any]:
    return {"k": "stop", "status": status, "message": message}


def _bare(arguments: str) -> str:
    """The text of a tuple as arguments of a call."""
    return arguments.removesuffix(",)") + ")" if arguments.endswith(",)") else arguments
