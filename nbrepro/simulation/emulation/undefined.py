"""What a program lacks: functions that can be emulated, and names that can't."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nbrepro.errors import RequestError
from nbrepro.simulation.emulation.process import EmulatedProcess
from nbrepro.simulation.emulation.settings import EmulationLimits
from nbrepro.simulation.programs import Program


@dataclass(frozen=True, slots=True)
class MissingFunction:
    """A function that is called and has no definition."""

    name: str
    """With the classes or functions around it, such as `Dog.speak`, where it has a head."""
    lines: tuple[int, ...]
    """Where it is used; where it has a head and no body, the line of the head. 0 is the call, which stands on no line."""
    is_awaited: bool = False
    has_head: bool = False
    """Whether there is a `def` whose body is only a docstring, `...`, `pass` or `raise NotImplementedError`."""


@dataclass(frozen=True, slots=True)
class RefusedName:
    """A name without a definition that no answer of a model can stand for."""

    name: str
    lines: tuple[int, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Undefined:
    """What a program lacks."""

    functions: tuple[MissingFunction, ...] = ()
    refused: tuple[RefusedName, ...] = ()
    has_stars: bool = False
    """Whether `from … import *` may define some of these names: what it defines is not emulated."""

    @property
    def names(self) -> tuple[str, ...]:
        """The functions to be emulated."""
        return tuple(function.name for function in self.functions)


def undefined(source: str, call: str = "", *, python: str | None = None) -> Undefined:
    r"""The functions that a program, or a call of something in it, uses and nobody has defined.

    Nothing is run. Builtins, imports, parameters and everything that is bound in reach of its use count as defined.

    Args:
        source: the program.
        call: an expression that belongs to it.
        python: the interpreter for which it is meant, 3.6 or newer; None for the one that runs nbrepro.

    Raises:
        RequestError: the source or the call is no Python for this interpreter.
        NbreproError: the interpreter can't be started.

    >>> found = undefined("def f(x):\n    return sorted(x, key=beauty) + tidy(x)\n\nshape.area()")
    >>> found.names, found.refused[0].name
    (('beauty', 'tidy'), 'shape')
    """
    with EmulatedProcess(Program("", source, call), python, EmulationLimits(), only_names=True) as process:
        names = process.begun()
    problem = syntax_problem(names)
    if problem:
        raise RequestError(f"this is no program for Python {names['python']}: {problem}")
    check_call(names, call)
    return undefined_of(names)


def undefined_of(names: Mapping[str, Any]) -> Undefined:
    """What a process says that its program lacks."""
    missing = [MissingFunction(found["name"], tuple(found["lines"]), found["is_async"]) for found in names["functions"]]
    missing += [MissingFunction(found["name"], tuple(found["lines"]), has_head=True) for found in names["empty"]]
    refused = tuple(RefusedName(found["name"], tuple(found["lines"]), found["why"]) for found in names["refused"])
    return Undefined(tuple(missing), refused, names["has_stars"])


def check_call(names: Mapping[str, Any], call: str) -> None:
    """Refuse a call that is none.

    Raises:
        RequestError: the program can be read, and the call can't.
    """
    if names["call_problem"]:
        raise RequestError(f"expected an expression such as f(1), found {call!r}: {names['call_problem']}")


def syntax_problem(names: Mapping[str, Any]) -> str | None:
    """Why a text is no Python; None where it is."""
    if not names["problem"]:
        return None
    _, message, line = names["problem"]
    return f"line {line}: {message}" if line else str(message)
