"""A program with every statement on a line of its own: line events then say exactly which statement begins."""

import ast
import copy
from typing import Any, List, cast

from tracer_plan import LOOPS, SCOPES, TRIES, Plan, has_docstring

MARK = "_nbrepro_mark"
SAME = "_nbrepro_same"
WEAK = (ast.Pass, ast.Break, ast.Continue, ast.Global, ast.Nonlocal, ast.Assert, ast.AnnAssign, ast.Expr, ast.If, *TRIES)
"""Statements for which some Pythons have no instruction."""


def relocated(plan: Plan) -> ast.Module:
    """The tree of the program in which every position is the number of a statement.

    A statement that may have no instruction of its own gets the name `MARK` before it, which does nothing; a condition
    that the compiler would settle is passed through `SAME`.
    """
    tree: ast.Module = copy.deepcopy(plan.tree)
    tree.body = _block(tree.body, tree)
    _place(tree, 1)
    return tree


def _block(nodes: List[Any], owner: Any) -> List[Any]:
    found: List[Any] = []
    for place, node in enumerate(nodes):
        _open_up(node)
        is_documentation = place == 0 and isinstance(owner, (ast.Module, *SCOPES)) and has_docstring(nodes, owner)
        if (isinstance(node, WEAK) or _has_lambda(node)) and not is_documentation:
            found.append(_mark(node.trace_number))
        found.append(node)
    return found


def _has_lambda(node: Any) -> bool:
    """Whether a lambda's line may come before the statement's own: until Python 3.7 lines only grow within a statement."""
    return not isinstance(node, LOOPS) and any(isinstance(part, ast.Lambda) for part in ast.walk(node))


def _open_up(node: Any) -> None:
    """The blocks inside a statement."""
    for field in ("body", "orelse", "finalbody"):
        block = getattr(node, field, None)
        if isinstance(block, list):
            setattr(node, field, _block(block, node))
    for handler in getattr(node, "handlers", []):
        handler.body = [_mark(handler.trace_number), *_block(handler.body, handler)]
    for case in getattr(node, "cases", []):
        case.body = _block(case.body, case)
    if isinstance(node, (ast.If, ast.While)) and not any(isinstance(part, (ast.Name, ast.Call)) for part in ast.walk(node.test)):
        node.test = ast.Call(ast.Name(SAME, ast.Load()), [node.test], [])


def _mark(number: int) -> ast.Expr:
    mark: Any = ast.Expr(ast.Name(MARK, ast.Load()))
    mark.trace_number = number
    return cast(ast.Expr, mark)


def _place(node: Any, number: int) -> None:
    """Put a node and what is below it on the line of its statement."""
    number = getattr(node, "trace_number", number)
    at = number
    if isinstance(node, ast.ExceptHandler):
        number = at = node.trace_try
    if "lineno" in node._attributes:
        node.lineno, node.col_offset = at, 0
    if "end_lineno" in node._attributes:
        node.end_lineno, node.end_col_offset = at, 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ExceptHandler):
            child.trace_try = number  # type: ignore[attr-defined]
        _place(child, number)
