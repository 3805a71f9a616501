"""Measures of a stated trace: CodeExecutor's, and the share of lines that are executed.

Source: Liu et al. 2023, "Code Execution with Pre-trained Language Models" (arXiv:2305.05383), section 4.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbrepro.simulation.answers import Convention, Row, RowKind, StatedKind
from nbrepro.simulation.literals import UNREADABLE
from nbrepro.simulation.metrics.agreement import Agreement, agreement
from nbrepro.simulation.moments import Moment
from nbrepro.simulation.notation import parsed
from nbrepro.simulation.structure import Structure


@dataclass(frozen=True, slots=True)
class StateScores:
    """How well a stated trace agrees with the real one."""

    is_exact: bool
    """Trace Accuracy of one answer: every line with every state, in order, and nothing else."""
    lines: Agreement
    """A line counts where its number and all of its states are equal."""
    identifiers: Agreement
    """A variable counts where the line, its name and its value are equal."""


def state_scores(
    rows: Sequence[Row], moments: Sequence[Moment], structure: Structure, convention: Convention = Convention.AFTER
) -> StateScores:
    """CodeExecutor's measures of one answer; lines are compared as a collection, their order only counts for exactness."""
    stated = [(structure.line_of(row.source, row.line), _stated_state(row)) for row in rows if row.kind is RowKind.LINE]
    real = [(moment.line, _real_state(moment, convention)) for moment in moments if moment.kind is RowKind.LINE]
    lines = agreement(stated, real)
    return StateScores(stated == real, lines, agreement(_identifiers(stated), _identifiers(real)))


State = frozenset[tuple[str, str]]


def _stated_state(row: Row) -> State:
    values = ((name, value.text) for name, value in row.state.items() if value.kind is StatedKind.VALUE)
    return frozenset((name, _canonical(parsed(text), text)) for name, text in values)


def _real_state(moment: Moment, convention: Convention) -> State:
    state: Mapping[str, Any] = moment.after if convention is Convention.AFTER else moment.before
    return frozenset((name, repr(value)) for name, value in state.items())


def _canonical(value: Any, text: str) -> str:  # noqa: ANN401 - any literal
    return text.strip() if value is UNREADABLE else repr(value)


def _identifiers(lines: Sequence[tuple[int | None, State]]) -> Iterator[tuple[int | None, str, str]]:
    for line, state in lines:
        yield from ((line, name, value) for name, value in state)


def executed_share(moments: Sequence[Moment], code: str) -> float:
    """The share of a program's statements that were executed: LExecutor's coverage (Souza and Pradel 2023, arXiv:2302.02343).

    Counted are the statements in functions, docstrings left out; `nan` for a program without any.
    """
    lines = {line for function in _functions(ast.parse(code)) for line in _statements(function)}
    executed = {moment.line for moment in moments if moment.kind is RowKind.LINE}
    return len(lines & executed) / len(lines) if lines else float("nan")


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


def _statements(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[int]:
    for node in ast.walk(function):
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        if (
            isinstance(node, ast.stmt)
            and node is not function
            and not is_text
            and not isinstance(node, (ast.Try, ast.Global, ast.Nonlocal))
        ):
            yield node.lineno
