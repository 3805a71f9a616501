"""Small pieces of syntax trees, of which the records of segments are made."""

import ast
import copy
from typing import Any, List

PREFIX = "_nbrepro_"


def tracer_name(name: str) -> ast.Name:
    """A name of the tracer."""
    return ast.Name(PREFIX + name, ast.Load())


def constant(value: int) -> Any:
    """A whole number."""
    return ast.parse(str(value), mode="eval").body


def variable(name: str) -> ast.Name:
    """A name that is read."""
    return ast.Name(name, ast.Load())


def stored(name: str, value: Any) -> ast.Assign:
    """A value that gets a name."""
    return ast.Assign([ast.Name(name, ast.Store())], value)


def tracer_call(name: str, *arguments: Any) -> ast.Call:
    """A call of the tracer."""
    return ast.Call(tracer_name(name), list(arguments), [])


def tuple_of(parts: List[Any]) -> Any:
    """A tuple."""
    return ast.Tuple(parts, ast.Load())


def is_same_object(left: Any, right: Any) -> ast.Compare:
    """Whether two values are one object."""
    return ast.Compare(left, [ast.Is()], [right])


def all_of(tests: List[Any]) -> Any:
    """Whether all tests hold."""
    return tests[0] if len(tests) == 1 else ast.BoolOp(ast.And(), tests)


def is_atom(value: Any) -> ast.BoolOp:
    """Whether a value is an atom; most are whole numbers, which is asked faster."""
    whole = is_same_object(tracer_call("type", value), tracer_name("int"))
    return ast.BoolOp(ast.Or(), [whole, ast.Compare(tracer_call("type", copy.deepcopy(value)), [ast.In()], [tracer_name("atoms")])])


def loaded(node: Any) -> Any:
    """A copy that is read."""
    found = copy.deepcopy(node)
    for part in ast.walk(found):
        if hasattr(part, "ctx"):
            part.ctx = ast.Load()
    return found
