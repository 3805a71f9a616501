"""Makes a program ready to be run with some of its functions emulated: counts statements, marks functions that have no body."""

import ast
from typing import Any, List

from emulator_names import empty_functions
from tracer_plan import has_docstring

RAN = "__nbrepro_ran__"
EMULATED = "__nbrepro_emulated__"
BLOCKS = ("body", "orelse", "finalbody")


def prepared(tree: ast.Module) -> ast.Module:
    """The same program, which counts in the list `RAN` how often a statement begins on each line.

    Functions without a body are handed to `EMULATED`, with their names.
    """
    for node, name in list(empty_functions(tree)):
        node.decorator_list.append(_at(node.body[0], ast.parse("%s(%r)" % (EMULATED, name), mode="eval").body))
    _count(tree)
    return tree


def _count(node: Any) -> None:
    for child in ast.iter_child_nodes(node):
        _count(child)
    for field in BLOCKS:
        block = getattr(node, field, None)
        if isinstance(block, list):
            setattr(node, field, _counted(block, begins_with_docstring=field == "body" and has_docstring(block, node)))


def _counted(block: List[Any], begins_with_docstring: bool) -> List[Any]:
    found: List[Any] = []
    for place, statement in enumerate(block):
        is_docstring = begins_with_docstring and place == 0
        is_future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        if not is_docstring and not is_future:
            found.append(_at(statement, ast.parse("%s[%d] += 1" % (RAN, statement.lineno)).body[0]))
        found.append(statement)
    return found


def _at(place: Any, tree: Any) -> Any:
    """A piece of code, all of which is said to stand at the place of another node."""
    for node in ast.walk(tree):
        ast.copy_location(node, place)
    return tree
