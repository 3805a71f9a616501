"""Which names a cell binds and which it reads, by its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from nbrepro.environments.imports.cells import read_cell
from nbrepro.environments.imports.statements import tree_of

_REMEMBERED = 1024
_OPENING: Final = frozenset({"exec", "execfile", "globals"})
_OPENING_MAGICS: Final = ("%pylab", "%run", "%load", "%store", "%%capture", "%bind")
_SCOPES: Final = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)


@dataclass(frozen=True, slots=True)
class Bindings:
    """The names of a cell."""

    binds: frozenset[str] = frozenset()
    """Bound at the top level: what later cells can read."""
    reads: frozenset[str] = frozenset()
    calls: frozenset[str] = frozenset()
    """What is called, dotted as far as it is written so: `np.random.rand`."""
    is_open: bool = False
    """Whether it may bind more than it says: a star import, `%pylab`, `%run`, `exec`, or code that can't be read."""


@lru_cache(maxsize=_REMEMBERED)
def bindings_of(source: str) -> Bindings:
    r"""The names of a cell; of one that Python can't read nothing is known.

    >>> found = bindings_of("%matplotlib inline\nimport numpy as np\nx, y = np.ones(2)\ndef f(z):\n    w = z\n")
    >>> sorted(found.binds), "np.ones" in found.calls, found.is_open
    (['f', 'np', 'x', 'y'], True, False)
    """
    reading = read_cell(source)
    tree = tree_of(reading.python)
    if tree is None:
        return Bindings(is_open=True)
    found = _Collected()
    try:
        found.walk(tree)
    except RecursionError:
        return Bindings(is_open=True)
    is_open = found.is_open or bool(reading.run) or any(magic in source for magic in _OPENING_MAGICS)
    return Bindings(frozenset(found.binds), frozenset(found.reads), frozenset(found.calls), is_open)


def dotted(node: ast.expr) -> str:
    """A name with its attributes, such as `np.random.rand`; empty where it is something else."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join((node.id, *reversed(parts))) if isinstance(node, ast.Name) else ""


@dataclass(slots=True)
class _Collected:
    """What a walk through a cell has found so far."""

    binds: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)
    is_open: bool = False

    def walk(self, node: ast.AST, *, is_inside: bool = False) -> None:
        """Take in a node and all below it; what is bound inside of functions, classes and comprehensions stays there."""
        self.reads.update([node.id] if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) else [])
        bound = tuple(_bound_by(node))
        self.is_open |= "*" in bound
        if not is_inside or isinstance(node, ast.Global):
            self.binds.update(bound)
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            self.calls.add(name)
            self.is_open |= name in _OPENING
        for child in ast.iter_child_nodes(node):
            self.walk(child, is_inside=is_inside or isinstance(node, _SCOPES))


def _bound_by(node: ast.AST) -> Iterator[str]:
    """The names that a node itself binds; `*` for those of a star import."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            yield name
        case ast.Import(names=names):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in names)
        case ast.ImportFrom(names=names):
            yield from (alias.asname or alias.name for alias in names)
        case ast.Global(names=names):
            yield from names
