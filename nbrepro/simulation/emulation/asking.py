"""The questions about single calls: what the model is told about a function that nobody has written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from nbrepro.simulation.emulation.result import EmulatedCall
from nbrepro.simulation.models.protocol import Completion, Message, Prompt, Role, Sampling
from nbrepro.simulation.programs import Program
from nbrepro.simulation.prompts.reading import Wording, read_prompt

WHOLE_LINES = 120
"""A program of at most so many lines is shown whole."""
LINES_AROUND = 30
"""Of a longer one, so many before and after the call."""
SAID_CHARACTERS = 2000
"""Of an answer that can't be read, so much is shown to the model again."""


@dataclass(frozen=True, slots=True)
class CallQuestion:
    """A call that waits for its value, as the program's process tells of it."""

    function: str
    arguments: tuple[str, ...]
    keywords: Mapping[str, str]
    line: int | None
    head: str
    """`def` with the signature; empty where the function is only a name."""
    doc: str
    returns: str
    """The annotation of the result; empty without one."""
    definitions: Mapping[str, str]
    """Source of the program's functions and classes among the arguments."""

    @classmethod
    def of_message(cls, message: Mapping[str, Any]) -> CallQuestion:
        """The question that a message asks."""
        names = ("function", "keywords", "line", "head", "doc", "returns", "definitions")
        return cls(arguments=tuple(message["arguments"]), **{name: message[name] for name in names})

    def call(self) -> EmulatedCall:
        """The call, not answered yet."""
        return EmulatedCall(self.function, self.arguments, self.keywords, self.line, "", None)


@cache
def _wording(name: str) -> Wording:
    return read_prompt(name, 1)


def prompt_of(question: CallQuestion, program: Program, sampling: Sampling, *, sample: int = 0) -> Prompt:
    """What the model is asked."""
    wording = _wording("emulate")
    call = question.call().text
    place = f"Line {question.line} calls `{call}`." if question.line else f"`{program.call or 'The program'}` calls `{call}`."
    values = {
        "program": excerpt(program.code, question.line),
        "place": place,
        "about": _about(question, is_whole=program.code.count("\n") < WHOLE_LINES),
    }
    return Prompt(wording.filled(values), sampling, sample=sample, prompt_version=wording.label)


def repair_of(prompt: Prompt, completion: Completion, problem: str) -> Prompt:
    """The same conversation, in which the model is told that its answer is no use."""
    said = Message(Role.ASSISTANT, completion.text[:SAID_CHARACTERS].strip() or "(nothing)")
    wording = _wording("emulate-repair")
    return replace(prompt, messages=(*prompt.messages, said, *wording.filled({"problem": problem})))


def excerpt(code: str, line: int | None) -> str:
    r"""A program with the numbers of its lines, or what stands around a line of it.

    >>> excerpt("a = 1\nb = 2", None)
    '1  a = 1\n2  b = 2'
    """
    numbered = list(enumerate(lines_of(code), 1))
    if len(numbered) > WHOLE_LINES:
        middle = line or 1
        numbered = [(number, text) for number, text in numbered if abs(number - middle) <= LINES_AROUND]
    width = len(str(numbered[-1][0])) if numbered else 1
    return "\n".join(f"{number:>{width}}  {text}".rstrip() for number, text in numbered)


def lines_of(code: str) -> list[str]:
    r"""The lines of a program as Python counts them: a form feed or a separator within a string ends none.

    >>> lines_of("a = 'x\x0cy'\nb = 2\n")
    ["a = 'x\x0cy'", 'b = 2']
    """
    return code.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")


def _about(question: CallQuestion, *, is_whole: bool) -> str:
    """What is known of the function, and, where the program isn't shown whole, of its things among the arguments."""
    parts = []
    if question.head:
        doc = f'\n    """{question.doc}"""' if question.doc else ""
        parts.append(f"Of the function there is only this:\n```python\n{question.head}:{doc}\n    ...\n```")
    if question.definitions and not is_whole:
        parts.append("Among the arguments:\n```python\n{}\n```".format("\n\n".join(question.definitions.values())))
    return "".join(f"\n\n{part}" for part in parts)
