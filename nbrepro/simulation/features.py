"""What makes a program easy or hard to simulate: how long it is, how deep its loops are, what its value is."""

from __future__ import annotations

import ast
from functools import lru_cache

from nbrepro.simulation.literals import UNREADABLE, Named, read_value
from nbrepro.simulation.programs import Outcome, Program

_LOOPS = (ast.For, ast.While, ast.AsyncFor)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def features_of(program: Program | None, outcome: Outcome | None) -> dict[str, int | str]:
    """The features of a task by name: `length`, `loops` and `type`; one that can't be told is absent."""
    found: dict[str, int | str] = {}
    if program is not None:
        found["length"] = length(program.code)
        depth = loop_depth(program.code)
        if depth is not None:
            found["loops"] = depth
    kind = value_type(outcome.value if outcome is not None else program.expected if program is not None else None)
    if kind is not None:
        found["type"] = kind
    return found


@lru_cache(maxsize=1024)
def length(code: str) -> int:
    r"""Lines that hold more than blanks or a remark.

    >>> length("def f(x):\n\n    # a remark\n    return x\n")
    2
    """
    return sum(bool(line.strip()) and not line.strip().startswith("#") for line in code.splitlines())


@lru_cache(maxsize=1024)
def loop_depth(code: str) -> int | None:
    r"""How many loops stand in each other where most do; each `for` of a comprehension counts. None for what is no Python.

    >>> loop_depth("for x in y:\n    z = [a for b in x for a in b]"), loop_depth("f(1)"), loop_depth("f(")
    (3, 0, None)
    """
    try:
        return _depth(ast.parse(code))
    except (SyntaxError, ValueError, RecursionError):
        return None


def _depth(node: ast.AST) -> int:
    own = len(node.generators) if isinstance(node, _COMPREHENSIONS) else int(isinstance(node, _LOOPS))
    return own + max(map(_depth, ast.iter_child_nodes(node)), default=0)


@lru_cache(maxsize=1024)
def value_type(text: str | None) -> str | None:
    """The type of a value by its `repr`: `list`, `str`, … or `other` for what is no literal; None where there is no value.

    >>> value_type("[1]"), value_type("Counter({1: 2})"), value_type("None"), value_type("<object>"), value_type(None)
    ('list', 'Counter', 'None', 'other', None)
    """
    if text is None:
        return None
    value = read_value(text)
    if value is UNREADABLE:
        return "other"
    if isinstance(value, Named):
        return value.name
    return "None" if value is None else type(value).__name__
