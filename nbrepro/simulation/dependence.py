"""Which later mistakes an early one explains: wrong values that flow along the lines that were really executed."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from nbrepro.simulation.answers import RowKind
from nbrepro.simulation.divergence import Divergence, first_above_notation
from nbrepro.simulation.moments import Moment


@dataclass(frozen=True, slots=True)
class Flow:
    """What a line reads and what it binds or may change."""

    reads: frozenset[str] = frozenset()
    binds: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()
    """Names whose object it may change: bases of subscripts and attributes that are stored to, receivers of methods."""


@lru_cache(maxsize=256)
def flows_of(code: str) -> dict[int, Flow]:
    """The flow of each statement of a program, by its first line; empty for a text that can't be parsed.

    >>> flow = flows_of("items.append(total + x); y = 2")[1]
    >>> sorted(flow.binds)
    ['y']
    >>> sorted(flows_of("items.append(total)")[1].changes)
    ['items']
    """
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        return {}
    return {node.lineno: _flow(node) for node in ast.walk(tree) if isinstance(node, ast.stmt)}


def _flow(statement: ast.stmt) -> Flow:
    reads: set[str] = set()
    binds: set[str] = set()
    changes: set[str] = set()
    for node in own_nodes(statement):
        if isinstance(node, ast.Name):
            (reads if isinstance(node.ctx, ast.Load) else binds).add(node.id)
        if isinstance(node, (ast.Subscript, ast.Attribute)) and (not isinstance(node.ctx, ast.Load) or isinstance(node, ast.Attribute)):
            changes |= {base.id for base in [_base(node)] if isinstance(base, ast.Name)}
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        reads.add(statement.target.id)
    return Flow(frozenset(reads), frozenset(binds), frozenset(changes))


def own_nodes(statement: ast.stmt) -> Iterator[ast.AST]:
    """The nodes of a statement without the statements in it: of a loop or a branch its header."""
    open_nodes: list[ast.AST] = [statement]
    while open_nodes:
        node = open_nodes.pop()
        yield node
        open_nodes += [
            child for child in ast.iter_child_nodes(node) if not isinstance(child, (ast.stmt, ast.ExceptHandler, ast.match_case))
        ]


def _base(node: ast.expr) -> ast.expr:
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    return node


def with_dependence(divergences: Sequence[Divergence], moments: Sequence[Moment], code: str) -> tuple[Divergence, ...]:
    """Mark the divergences that are wrong in a name into which the first wrong names may have flowed.

    Names are followed through the real lines in order, whatever their frame; a name that is bound anew from others is free again.
    """
    first = first_above_notation(divergences)
    if first is None or divergences[first].moment is None:
        return tuple(divergences)
    suspects = {wrong.name for wrong in divergences[first].wrong if wrong.name}
    marked = list(divergences[: first + 1])
    place = (divergences[first].moment or 0) + 1
    flows = flows_of(code)
    for found in divergences[first + 1 :]:
        until = len(moments) if found.moment is None else min(found.moment + 1, len(moments))
        for moment in moments[place:until]:
            _follow(suspects, flows.get(moment.line, Flow()) if moment.kind is RowKind.LINE else Flow())
        place = max(place, until)
        marked.append(replace(found, depends_on_first=bool(suspects & {wrong.name for wrong in found.wrong})))
    return tuple(marked)


def _follow(suspects: set[str], flow: Flow) -> None:
    if flow.reads & suspects:
        suspects |= flow.binds | flow.changes
    else:
        suspects -= flow.binds
