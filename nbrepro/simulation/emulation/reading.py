"""Reads what a model says that a call gives: strictly a literal, an object of the annotated class, or an exception."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nbrepro.agent.emulator_answers import PLAIN, built
from nbrepro.simulation.importers.extraction import FENCE, INLINE, tagged_answer

_LABEL = re.compile(
    r"^[\W_]*(?:returns?\s+|(?:the\s+)?(?:final\s+)?(?:answer|output|result|value)(?:\s+is\b|\s*[:=])[\s*]*)", re.IGNORECASE
)
_RAISE = re.compile(r"raise\s+([A-Za-z_]\w*)\s*(\(.*\))?", re.DOTALL)
SHOWN = 80
UNBUILT = (ValueError, SyntaxError, TypeError, RecursionError, MemoryError)
CHECKED_TYPES = {
    "int": (int,),
    "float": (float, int),
    "str": (str,),
    "bool": (bool,),
    "list": (list,),
    "dict": (dict,),
    "tuple": (tuple,),
    "set": (set,),
}
"""Annotations that a value can be held against at a glance."""


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """What an answer says, or why it says nothing."""

    text: str = ""
    """The value as Python text; of an exception, its arguments as a tuple."""
    raised: str | None = None
    """The class of the exception; None for a value."""
    notation: tuple[str, ...] = ()
    """In what it departs from what was asked for: `no-tags`, `code-fence`, `prose`."""
    problem: str | None = None
    """Why nothing can be read; None where something was."""


def read_emulated(said: str, returns: str = "", longest: int = 100_000) -> ReadAnswer:
    """Read an answer.

    Args:
        said: everything that the model wrote.
        returns: the annotation of the function's result: classes in it may be called, and a plain type is held against the value.
        longest: how many characters an answer may have.

    >>> read_emulated("[ANSWER][1, 2][/ANSWER]").text, read_emulated("It gives `4`.").notation
    ('[1, 2]', ('no-tags', 'prose'))
    >>> read_emulated("[ANSWER]raise KeyError('x')[/ANSWER]")
    ReadAnswer(text="('x',)", raised='KeyError', notation=(), problem=None)
    >>> read_emulated("[ANSWER]sorted(x)[/ANSWER]").problem
    'no literal: a call that is no literal: sorted'
    """
    problem = "the answer is empty"
    for text, notation in _candidates(said):
        if len(text) > longest:
            return ReadAnswer(problem=f"too long: {len(text)} characters, at most {longest} are taken")
        found = _read(text, returns)
        if found.problem is None:
            return ReadAnswer(found.text, found.raised, notation)
        problem = found.problem if problem == "the answer is empty" else problem
    return ReadAnswer(problem=problem)


def _candidates(said: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The texts that may be the value, the strictest reading first, each with its notation."""
    tagged = tagged_answer(said)
    asked: tuple[str, ...] = () if tagged is not None else ("no-tags",)
    text = (tagged if tagged is not None else said).strip()
    if not text:
        return
    yield text, asked
    yield from ((match.group(1).strip(), (*asked, "code-fence")) for match in reversed(list(FENCE.finditer(text))))
    yield from ((match.group(1).strip(), (*asked, "prose")) for match in reversed(list(INLINE.finditer(text))))
    for line in (text, text.splitlines()[-1].strip()):
        if _LABEL.match(line):
            yield _LABEL.sub("", line, count=1).rstrip("."), (*asked, "prose")


def _read(text: str, returns: str) -> ReadAnswer:
    raised = _RAISE.fullmatch(text)
    arguments = _as_tuple(raised.group(2)) if raised else None
    body = arguments if raised and arguments is not None else text
    classes = {*PLAIN, *(() if raised else re.findall(r"\w+", returns))}
    try:
        value = built(body, lambda name: _Object if name in classes else None)
    except UNBUILT as error:
        return ReadAnswer(problem=f"no literal: {str(error).partition(chr(10))[0][:SHOWN] or type(error).__name__}")
    if raised:
        return ReadAnswer(body, raised.group(1))
    wanted = CHECKED_TYPES.get(returns.strip().partition("[")[0].lower() if returns[:1].isupper() else returns.partition("[")[0])
    if wanted and not _fits(value, wanted):
        return ReadAnswer(problem=f"the function returns {returns}, this is {type(value).__name__}")
    return ReadAnswer(body)


def _as_tuple(arguments: str | None) -> str | None:
    """The arguments of an exception as the text of a tuple; None where they can't be read."""
    try:
        call = ast.parse(f"_{arguments or '()'}", mode="eval").body
    except UNBUILT:
        return None
    if not isinstance(call, ast.Call) or call.keywords:
        return None
    inner = ", ".join(ast.unparse(argument) for argument in call.args)
    return f"({inner}{',' if len(call.args) == 1 else ''})"


def _fits(value: object, wanted: tuple[type, ...]) -> bool:
    return isinstance(value, _Object) or (isinstance(value, wanted) and not (isinstance(value, bool) and bool not in wanted))


class _Object:
    """Stands for an object: what its class makes of the arguments is found out where the program runs, under its limits."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:  # noqa: ANN401 - any literals
        """Take whatever is given."""
