"""What may be behind a divergence: a hint from the text of its line, never a verdict."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from nbrepro.simulation.answers import Row, RowKind
from nbrepro.simulation.dependence import own_nodes
from nbrepro.simulation.divergence import Divergence, first_above_notation
from nbrepro.simulation.mistakes import Mistake, Tier
from nbrepro.simulation.moments import Moment

_SHORTCUT = re.compile(r"\band so on\b|\betc\b|\bsimilarly\b|\bcontinu\w+|\bremaining\b|\.\.\.|…", re.IGNORECASE)


@lru_cache(maxsize=256)
def _difficulties(code: str) -> dict[int, Mistake]:
    """What each statement does that is known to be simulated badly: subscripts, else calls of methods and functions."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        return {}
    own = {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))}
    found: dict[int, Mistake] = {}
    for statement in (node for node in ast.walk(tree) if isinstance(node, ast.stmt)):
        nodes = list(own_nodes(statement))
        if any(isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) for node in nodes):
            found[statement.lineno] = Mistake.INDEXING
        elif any(isinstance(node, ast.Call) and not (isinstance(node.func, ast.Name) and node.func.id in own) for node in nodes):
            found[statement.lineno] = Mistake.NATIVE_CALL
    return found


def with_hint(divergences: Sequence[Divergence], rows: Sequence[Row], moments: Sequence[Moment], code: str) -> tuple[Divergence, ...]:
    """Give the first divergence above notation a hint at its cause; the others follow from it or are left alone."""
    position = first_above_notation(divergences)
    if position is None:
        return tuple(divergences)
    first = divergences[position]
    hinted = replace(first, hint=_hint(first, rows, moments, code))
    return (*divergences[:position], hinted, *divergences[position + 1 :])


def _hint(first: Divergence, rows: Sequence[Row], moments: Sequence[Moment], code: str) -> Mistake | None:
    before = rows[max(0, first.row - 1) : first.row + 1]
    if any(_SHORTCUT.search(f"{row.source if not row.state else ''} {row.note}") for row in before):
        return Mistake.SHORTCUT
    if first.moment is None or first.moment >= len(moments) or first.tier is not Tier.VALUE:
        return None
    moment = moments[first.moment]
    if moment.kind is RowKind.CALL:
        is_outermost = all(earlier.frame == moment.frame for earlier in moments[: first.moment])
        return Mistake.INPUT_MISREAD if is_outermost else None
    return _difficulties(code).get(moment.line)
