"""Chooses the places of a run that are asked about: spread over its lines and visits, the same for the same seed."""

from __future__ import annotations

import ast
import random
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import zip_longest

from nbrepro.simulation.answers import RowKind
from nbrepro.simulation.moments import Moment


def chosen_places(moments: Sequence[Moment], code: str, count: int, seed: str) -> list[int]:
    """Positions among the moments, in order: of each line one visit, then of each another one, until there are enough."""
    chance = random.Random(seed)  # noqa: S311 - a choice, not a secret
    visits: dict[int, list[int]] = {}
    for position in askable_places(moments, code):
        visits.setdefault(moments[position].line, []).append(position)
    lines = list(visits)
    chance.shuffle(lines)
    for line in lines:
        chance.shuffle(visits[line])
    rounds = zip_longest(*(visits[line] for line in lines))
    found = [position for each in rounds for position in each if position is not None]
    return sorted(found[:count])


def askable_places(moments: Sequence[Moment], code: str) -> list[int]:
    """Positions of the lines whose visits anybody counts in the same way, and after which something follows in their function.

    Left out are lines with several statements, and lines on which functions or lambdas are called that stand on them.
    """
    left_out = _crowded_lines(code) | {moment.line for moment in moments if moment.kind is RowKind.CALL}
    last = {moment.frame: position for position, moment in enumerate(moments) if moment.kind is not RowKind.CALL}
    return [
        position
        for position, moment in enumerate(moments)
        if moment.kind is RowKind.LINE and moment.line not in left_out and last[moment.frame] > position
    ]


def evenly(positions: Sequence[int], count: int) -> list[int]:
    """At most so many of some positions, at equal distances, the first and the last among them.

    >>> evenly([0, 1, 2, 3, 4, 5, 6], 3)
    [0, 3, 6]
    """
    if len(positions) <= count:
        return list(positions)
    if count == 1:
        return [positions[0]]
    return [positions[round(number * (len(positions) - 1) / (count - 1))] for number in range(count)]


def unexecuted_lines(moments: Sequence[Moment], code: str) -> list[int]:
    """Lines of statements in functions that the run never reaches."""
    executed = {moment.line for moment in moments}
    return [line for line in _statement_lines(code) if line not in executed]


@lru_cache(maxsize=256)
def _statements(code: str) -> tuple[ast.stmt, ...]:
    return tuple(node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.stmt))


def _crowded_lines(code: str) -> set[int]:
    """Lines on which more than one statement begins."""
    counts = Counter(statement.lineno for statement in _statements(code))
    return {line for line, count in counts.items() if count > 1}


def _statement_lines(code: str) -> list[int]:
    """Lines within functions on which one statement begins that does something."""
    inside = {
        statement.lineno
        for function in _statements(code)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        for body in function.body
        for statement in ast.walk(body)
        if isinstance(statement, ast.stmt) and not isinstance(statement, (ast.Global, ast.Nonlocal)) and not _is_text(statement)
    }
    return sorted(inside - _crowded_lines(code))


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
