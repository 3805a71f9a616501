"""Values that stand as text in an answer: reading them, and telling in what sense two of them are equal."""

from __future__ import annotations

import ast
import math
import warnings
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

UNREADABLE: Final = object()
"""Stands for a text that is no Python literal."""
LITERAL_CHARACTERS = 1_000_000


def read_literal(text: str) -> Any:  # noqa: ANN401 - any literal
    """The value of a Python literal, or `UNREADABLE`.

    >>> read_literal(" [1, 'a'] "), read_literal("f(1)") is UNREADABLE
    ([1, 'a'], True)
    """
    if len(text) > LITERAL_CHARACTERS:
        return UNREADABLE
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return UNREADABLE


def read_value(text: str) -> Any:  # noqa: ANN401 - any literal
    """As `read_literal`, and also what `repr` writes though it is no literal: `nan`, `inf`, `set()`, `deque([1])`.

    >>> read_value("[inf, -inf]")
    [inf, -inf]
    >>> read_value("Counter({'a': 1})")
    Named(name='Counter', arguments=({'a': 1},))
    """
    value = read_literal(text)
    if value is not UNREADABLE:
        return value
    try:
        tree = ast.parse(text.strip(), mode="eval")
        return _evaluate(tree.body)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return UNREADABLE


class Named(NamedTuple):
    """A value that `repr` shows as a call of its type."""

    name: str
    arguments: tuple[Any, ...]


def _evaluate(node: ast.expr) -> Any:  # noqa: ANN401, PLR0911 - one return for each kind of node
    match node:
        case ast.Name(id="nan" | "inf" as name):
            return math.nan if name == "nan" else math.inf
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_evaluate(operand)
        case ast.List(elts=elements):
            return [_evaluate(element) for element in elements]
        case ast.Tuple(elts=elements):
            return tuple(_evaluate(element) for element in elements)
        case ast.Set(elts=elements):
            return {_evaluate(element) for element in elements}
        case ast.Dict(keys=keys, values=values) if all(keys):
            return {_evaluate(key): _evaluate(value) for key, value in zip(keys, values, strict=True) if key is not None}
        case ast.Call(func=ast.Name(id="set" | "frozenset" as name), args=[], keywords=[]):
            return set() if name == "set" else frozenset()
        case ast.Call(func=ast.Name(id="frozenset"), args=[argument], keywords=[]):
            return frozenset(_evaluate(argument))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=keywords) if name[:1].isupper() or name in {"deque", "defaultdict"}:
            named = tuple((keyword.arg, _evaluate(keyword.value)) for keyword in keywords)
            return Named(name, (*(_named_type(argument) for argument in arguments), *named))
    return ast.literal_eval(node)


def _named_type(node: ast.expr) -> Any:  # noqa: ANN401 - any literal
    """`<class 'int'>` is no expression, so a default factory only comes as its bare name."""
    return node.id if isinstance(node, ast.Name) and node.id not in {"nan", "inf"} else _evaluate(node)


def same_value(first: Any, second: Any) -> bool:  # noqa: ANN401 - any literal
    """Whether two values are equal in value and type all the way down; `nan` equals itself, `0.0` isn't `-0.0`.

    >>> same_value([1, 2.0], [1, 2.0]), same_value([1], [1.0]), same_value((1,), [1]), same_value(1, True)
    (True, False, False, False)
    """
    if type(first) is not type(second):
        return False
    if isinstance(first, float):
        return repr(first) == repr(second)
    if isinstance(first, (list, tuple)):
        return len(first) == len(second) and all(map(same_value, first, second))
    if isinstance(first, dict):
        return len(first) == len(second) and all(
            same_value(key, other) and same_value(first[key], second[other]) for key, other in zip(first, second, strict=True)
        )
    if isinstance(first, (set, frozenset)):
        return bool(first == second) and sorted(map(repr, first)) == sorted(map(repr, second))
    return bool(first == second)


def numbers_of(value: Any) -> Iterator[float]:  # noqa: ANN401 - any literal
    """Every number in a value, in order; truth values are none."""
    if isinstance(value, bool):
        return
    if isinstance(value, (int, float)):
        yield value
    elif isinstance(value, (list, tuple)):
        for element in value:
            yield from numbers_of(element)
    elif isinstance(value, dict):
        for key in value:
            yield from numbers_of(key)
            yield from numbers_of(value[key])
