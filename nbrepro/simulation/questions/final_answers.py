"""Asks for the value of a call, or for a call that has a value, and finds the answer in what comes back."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from nbrepro.simulation.answers import Answer, AnswerKind
from nbrepro.simulation.importers.extraction import asserted, element_answer, output_answer, tagged_answer
from nbrepro.simulation.literals import UNREADABLE, read_value
from nbrepro.simulation.questions.asked import Ask, Manner, Question, Response, Subject

MOST_TRIED = 40
"""Beginnings of a call in free text, and of each its possible ends."""
_THOUGHT = re.compile(r"\[THOUGHT\].*?(?:\[/THOUGHT\]|$)|<think>.*?(?:</think>|$)", re.DOTALL | re.IGNORECASE)
_TAGGED = re.compile(r"\[ANSWER\](.*?)\[/ANSWER\]", re.DOTALL)
_FENCED = re.compile(r"```[\w+-]*\n(.*?)\n?```", re.DOTALL)


def output_questions(subject: Subject, manner: Manner) -> Iterator[Question]:
    """The one question about the value of the call."""
    program = subject.program
    prompt = manner.prompt({"code": program.code.rstrip(), "call": program.call})
    yield Question(program, Ask.OUTPUT, AnswerKind.OUTPUT, prompt)


def input_questions(subject: Subject, manner: Manner) -> Iterator[Question]:
    """The one question about a call that has the value; the real value is told, the real call isn't."""
    program = subject.program
    value = program.expected if program.expected is not None else subject.value or ""
    prompt = manner.prompt({"code": program.code.rstrip(), "function": function_of(program.call), "value": value})
    yield Question(program, Ask.INPUT, AnswerKind.INPUT, prompt, {"expected": value})


def function_of(call: str) -> str:
    """What is called.

    >>> function_of("f(1, 2)")
    'f'
    """
    return call.partition("(")[0].strip()


def without_thoughts(raw: str) -> str:
    """A response without what the model said to itself; thoughts that are cut off take the rest with them.

    >>> without_thoughts("<think>4?</think>5")
    '5'
    """
    return _THOUGHT.sub("", raw)


def read_output(response: Response) -> Answer:
    """The answer about a value; one that is cut short counts only where its end is marked."""
    text = final_value(response.raw, is_cut=response.is_cut)
    return replace(response.answer(), text=text, problem=None) if text else response.answer()


def read_input(response: Response) -> Answer:
    """The answer about a call."""
    text = final_call(response.raw, function_of(response.call), is_cut=response.is_cut)
    return replace(response.answer(), text=text, problem=None) if text else response.answer()


def final_value(raw: str, *, is_cut: bool = False) -> str | None:
    r"""The stated value: between tags, else after `Output:`, else the whole response or its last line where that is a value.

    Args:
        raw: the response.
        is_cut: whether it ends before its end; then only what stands between both tags counts.

    >>> final_value("[THOUGHT]3 + 4[/THOUGHT] [ANSWER]f(1) == 7[/ANSWER]"), final_value("It gives\n`[1, 2]`")
    ('7', '[1, 2]')
    >>> final_value("[ANSWER]12", is_cut=True) is None, final_value("I can't tell.") is None
    (True, True)
    """
    said = without_thoughts(raw)
    if is_cut:
        return tagged_answer(said) if "[/ANSWER]" in said.rpartition("[ANSWER]")[2] else None
    return tagged_answer(said) or element_answer(said) or _value_alone(said) or output_answer(said)


def _value_alone(said: str) -> str | None:
    """A response, its only fenced block or its last line, where it is a value."""
    fenced = _FENCED.findall(said)
    lines = said.strip().splitlines()
    for text in (said, *fenced[-1:], *lines[-1:]):
        value = asserted(text.strip().strip("`"))
        if value.strip() and read_value(value) is not UNREADABLE:
            return value
    return None


def final_call(raw: str, function: str, *, is_cut: bool = False) -> str | None:
    """The stated call: of an assertion between the tags its left side, else the last call of the function.

    >>> final_call("[ANSWER]assert f([1]) == 1[/ANSWER]", "f"), final_call("Try `f('a')`.", "f")
    ('f([1])', "f('a')")
    """
    said = without_thoughts(raw)
    tagged = _TAGGED.findall(said)
    if tagged:
        return _left_side(tagged[-1].strip().strip("`")) or None
    if is_cut:
        return None
    opened = said.rpartition("[ANSWER]")[2].strip() if "[ANSWER]" in said else said.strip()
    return _left_side(opened) if _is_call(_left_side(opened), function) else _last_call(said, function)


def _left_side(text: str) -> str:
    """The call of `assert f(…) == value`, or the text itself."""
    bare = text.removeprefix("assert ").strip()
    try:
        tree = ast.parse(bare, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return bare
    return ast.get_source_segment(bare, tree.left) or bare if isinstance(tree, ast.Compare) else bare


def _is_call(text: str, function: str) -> bool:
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return isinstance(tree, ast.Call) and ast.unparse(tree.func) == function


def _last_call(said: str, function: str) -> str | None:
    """The last call of the function that stands anywhere in the response."""
    starts = [match.start() for match in re.finditer(rf"\b{re.escape(function)}\(", said)]
    for start in reversed(starts[-MOST_TRIED:]):
        ends = islice((start + match.end() for match in re.finditer(r"\)", said[start:])), MOST_TRIED)
        found = next((said[start:end] for end in ends if _is_call(said[start:end], function)), None)
        if found:
            return found
    return None
