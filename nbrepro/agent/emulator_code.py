"""Makes a program ready to be run with some of its functions emulated: counts statements, marks functions that have no body."""

import ast
from typing import Any, List

from emulator_names import empty_functions

RAN = "__nbrepro_ran__"
EMULATED = "__nbrepro_emulated__"
BLOCKS = ("body", "orelse", "finalbody")


def prepared(tree: ast.Module) -> ast.Module:
    """The same program, which says of every statement that it begins, and hands functions without a body to `EMULATED`."""
    for node, name in list(empty_functions(tree)):
        node.decorator_list.append(_expression("%s(%r)" % (EMULATED, name), node.body[0]))
    _count(tree)
    return tree


def _count(node: Any) -> None:
    for child in ast.iter_child_nodes(node):
        _count(child)
    for field in BLOCKS:
        block = getattr(node, field, None)
        if isinstance(block, list):
            setattr(node, field, _counted(block, is_first_special=field == "body"))


def _counted(block: List[Any], is_first_special: bool) -> List[Any]:
    found: List[Any] = []
    for place, statement in enumerate(block):
        is_docstring = is_first_special and place == 0 and _is_text(statement)
        is_future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        if not is_docstring and not is_future:
            found.append(ast.copy_location(ast.Expr(value=_expression("%s(%d)" % (RAN, statement.lineno), statement)), statement))
        found.append(statement)
    return found


def _is_text(statement: Any) -> bool:
    if not isinstance(statement, ast.Expr):
        return False
    return isinstance(getattr(statement.value, "value", getattr(statement.value, "s", None)), str)


def _expression(text: str, place: Any) -> Any:
    """An expression all of which stands at the place of another node."""
    tree = ast.parse(text, mode="eval").body
    for node in ast.walk(tree):
        ast.copy_location(node, place)
    return tree
