"""The imports of Python source, by its syntax tree where it has one and line by line where not."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from nbrepro.environments.imports.implied import implied_modules
from nbrepro.environments.imports.tolerant import tolerant_imports

_MAXIMUM_PARSED = 2_000_000
"""Characters; a longer source is data, and its tree would take gigabytes."""
_REMEMBERED = 512
"""Sources whose imports are remembered."""
_DYNAMIC = frozenset({"__import__", "import_module"})
_FORGIVING = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name, as far as the source says it."""

    name: str
    """Dotted: `from google.cloud import storage` gives `google.cloud.storage`; empty for a bare `from . import *`."""
    line: int
    """Counted from 1."""
    level: int = 0
    """Number of dots of a relative import."""
    is_optional: bool = False
    """The code goes on without it: it stands in `try … except ImportError` or under `TYPE_CHECKING`."""
    instead_of: tuple[str, ...] = ()
    """What the code tried first: this one matters only where none of those can be had."""
    is_deferred: bool = False
    """It stands in a function, which nobody may ever call, or it is what a call needs."""
    is_of_program: bool = False
    """It runs only where its file is the program itself: under `if __name__ == "__main__"`, as cells are, and modules never."""


def tree_of(source: str) -> ast.Module | None:
    """The syntax tree; None where the source is no Python 3, or too long or too deep to be parsed."""
    if len(source) > _MAXIMUM_PARSED:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def imports_of(source: str) -> list[Import]:
    r"""Every import of a source, in order; whatever can't be parsed is read line by line.

    >>> [found.name for found in imports_of("import numpy as np; from scipy import stats")]
    ['numpy', 'scipy.stats']
    >>> [found.name for found in imports_of("import numpy\nprint numpy.pi")]
    ['numpy']
    """
    return list(_imports_of(source))


@lru_cache(maxsize=_REMEMBERED)
def _imports_of(source: str) -> tuple[Import, ...]:
    """Remembered, as the notebooks of one project import the same modules."""
    implied = (Import(name, line, is_deferred=True) for name, line in implied_modules(source))
    return (*_stated_in(source), *implied)


def _stated_in(source: str) -> tuple[Import, ...]:
    tree = tree_of(source)
    if tree is not None:
        try:
            return tuple(_of_statements(tree.body, _Context()))
        except RecursionError:
            pass
    return tuple(
        Import(
            name=found.name,
            line=found.line,
            level=found.level,
            is_optional=found.is_optional,
            instead_of=found.instead_of,
            is_deferred=found.is_deferred,
            is_of_program=found.is_of_program,
        )
        for found in tolerant_imports(source)
    )


@dataclass(frozen=True, slots=True)
class _Context:
    """What the statements around an import say of it."""

    is_optional: bool = False
    instead_of: tuple[str, ...] = ()
    is_deferred: bool = False
    is_of_program: bool = False


def _of_statements(statements: Iterable[ast.stmt], context: _Context) -> Iterator[Import]:
    for statement in statements:
        yield from _of_statement(statement, context)


def _of_statement(statement: ast.stmt, context: _Context) -> Iterator[Import]:
    match statement:
        case ast.Import(names=names):
            for alias in names:
                yield _import(alias.name, statement, context)
        case ast.ImportFrom(module=module, names=names, level=level):
            for alias in names:
                name = ".".join(part for part in (module, alias.name) if part and part != "*")
                yield _import(name, statement, context, level or 0)
        case ast.Try() | ast.TryStar():
            yield from _of_try(statement, context)
        case ast.If(test=test) if "TYPE_CHECKING" in {getattr(test, "id", None), getattr(test, "attr", None)}:
            yield from _of_statements(statement.body, replace(context, is_optional=True, is_deferred=True))
            yield from _of_statements(statement.orelse, context)
        case ast.If(test=test) if _asks_for_program(test):
            yield from _of_statements(statement.body, replace(context, is_of_program=True))
            yield from _of_statements(statement.orelse, context)
        case _:
            yield from _of_other(statement, context)


def _of_other(statement: ast.stmt, context: _Context) -> Iterator[Import]:
    """Statements that hold others, and the calls in those that don't."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        context = replace(context, is_deferred=True)
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.stmt):
            yield from _of_statement(child, context)
        elif isinstance(child, ast.match_case):
            yield from _of_statements(child.body, context)
        else:
            yield from (_import(_called_module(call), call, context) for call in _calls(child) if _called_module(call))


def _of_try(statement: ast.Try | ast.TryStar, context: _Context) -> Iterator[Import]:
    if not any(_forgives(handler) for handler in statement.handlers):
        yield from _of_other(statement, context)
        for handler in statement.handlers:
            yield from _of_statements(handler.body, context)
        return
    tried = list(_of_statements(statement.body, replace(context, is_optional=True, instead_of=())))
    yield from tried
    first_choice = tuple(found.name for found in tried if not found.level)
    fallback = replace(context, is_optional=True, instead_of=first_choice)
    for handler in statement.handlers:
        yield from _of_statements(handler.body, fallback)
    yield from _of_statements([*statement.orelse, *statement.finalbody], context)


def _asks_for_program(test: ast.expr) -> bool:
    """Whether a condition is `__name__ == "__main__"`, alone or with others."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return any(_asks_for_program(value) for value in test.values)
    if not (isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq)):
        return False
    sides = (test.left, test.comparators[0])
    names = {side.id for side in sides if isinstance(side, ast.Name)}
    return "__name__" in names and any(isinstance(side, ast.Constant) and side.value == "__main__" for side in sides)


def _forgives(handler: ast.ExceptHandler) -> bool:
    """Whether the code goes on after an import that failed: not where all that is done about it is to raise again."""
    if isinstance(handler.body[-1], ast.Raise):
        return False
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(getattr(kind, "id", getattr(kind, "attr", None)) in _FORGIVING for kind in kinds)


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    return (found for found in ast.walk(node) if isinstance(found, ast.Call))


def _called_module(call: ast.Call) -> str:
    """The module that `importlib.import_module("x")` or `__import__("x")` names; empty for any other call."""
    called = getattr(call.func, "id", getattr(call.func, "attr", None))
    argument = call.args[0] if call.args else None
    if called in _DYNAMIC and isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value if not argument.value.startswith(".") else ""
    return ""


def _import(name: str, node: ast.stmt | ast.expr, context: _Context, level: int = 0) -> Import:
    return Import(name, node.lineno, level, context.is_optional, context.instead_of, context.is_deferred, context.is_of_program)
