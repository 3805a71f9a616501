"""Values from the text of an answer: literals, what `repr` writes of the standard library's values, and objects of allowed classes.

Nothing of the text is run but the classes that the caller allows.
"""

import ast
import collections
import datetime as dt
import decimal
import fractions
from typing import Any, Callable, List

MODULES = {"collections", "datetime", "decimal", "fractions", "math"}
PLAIN = {
    "set": set, "frozenset": frozenset, "bytes": bytes, "bytearray": bytearray, "complex": complex, "float": float, "range": range,
    "Counter": collections.Counter, "deque": collections.deque, "OrderedDict": collections.OrderedDict, "Decimal": decimal.Decimal,
    "Fraction": fractions.Fraction, "date": dt.date, "datetime": dt.datetime, "timedelta": dt.timedelta,
}  # fmt: skip
"""Classes of the standard library that every answer may use."""
NUMBERS = {"nan": float("nan"), "inf": float("inf")}


def built(text: str, class_of: Callable[[str], Any]) -> Any:
    """The value that a text describes. `class_of` gives the class of a name, and None where it isn't allowed.

    Raises ValueError, SyntaxError, TypeError, RecursionError or MemoryError where there is none; what a class raises comes out, too.
    """
    return _built(ast.parse(text.strip(), mode="eval").body, class_of)


def _built(node: Any, class_of: Callable[[str], Any]) -> Any:  # noqa: PLR0911 - one return for each kind of node
    if isinstance(node, ast.List):
        return _elements(node.elts, class_of)
    if isinstance(node, ast.Tuple):
        return tuple(_elements(node.elts, class_of))
    if isinstance(node, ast.Set):
        return set(_elements(node.elts, class_of))
    if isinstance(node, ast.Dict):
        if None in node.keys:
            raise ValueError("`**` stands in a dictionary")
        return dict(zip(_elements(node.keys, class_of), _elements(node.values, class_of)))
    if isinstance(node, ast.Call):
        return _called(node, class_of)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and _number(node.operand) is not None:
        return -NUMBERS[_number(node.operand)]
    if _number(node) is not None:
        return NUMBERS[_number(node)]
    return ast.literal_eval(node)


def _elements(nodes: List[Any], class_of: Callable[[str], Any]) -> List[Any]:
    return [_built(node, class_of) for node in nodes]


def _number(node: Any) -> Any:
    name = node.attr if isinstance(node, ast.Attribute) and _module(node) == "math" else getattr(node, "id", None)
    return name if name in NUMBERS else None


def _module(node: ast.Attribute) -> str:
    return getattr(node.value, "id", "")


def _called(node: ast.Call, class_of: Callable[[str], Any]) -> Any:
    is_dotted = isinstance(node.func, ast.Attribute) and _module(node.func) in MODULES
    name = node.func.attr if is_dotted else getattr(node.func, "id", "")
    found = class_of(name)
    if found is None:
        raise ValueError("a call that is no literal: %s" % (name or "of an expression"))
    if any(isinstance(argument, ast.Starred) for argument in node.args) or any(keyword.arg is None for keyword in node.keywords):
        raise ValueError("`*` or `**` stands among arguments")
    named = {keyword.arg: _built(keyword.value, class_of) for keyword in node.keywords}
    return found(*_elements(node.args, class_of), **named)
