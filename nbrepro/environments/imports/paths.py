"""Folders that a notebook puts on `sys.path` or changes into, as far as they are written out."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from nbrepro.environments.imports.statements import tree_of

_PATH_METHODS = frozenset({"append", "insert", "extend"})
_MENTIONED = re.compile(r"\bpath\b|chdir|getcwd")
_UNCHANGED = frozenset(
    {"abspath", "realpath", "normpath", "expanduser", "str", "Path", "PurePath", "resolve", "absolute", "as_posix", "fspath"}
)


@dataclass(slots=True)
class PathReader:
    """Follows the cells of a notebook, in order, through what they do to the working folder and to `sys.path`."""

    folder: str = ""
    """The working folder, relative to the notebook's; absolute where the code names an absolute one."""
    names: dict[str, str] = field(default_factory=dict)
    """Variables that hold a path."""

    def read(self, source: str) -> Iterator[str]:
        r"""The folders that the source adds, relative to the notebook's folder or absolute.

        >>> list(PathReader().read("import sys, os\nhere = os.path.join('..', 'src')\nsys.path.insert(0, here)"))
        ['../src']
        """
        for node in _nodes(source):
            if isinstance(node, ast.Assign | ast.AnnAssign):
                self._assign(node)
            elif isinstance(node, ast.AugAssign) and _is_sys_path(node.target):
                yield from self._values(node.value)
            elif isinstance(node, ast.Call):
                yield from self._called(node)

    def _assign(self, node: ast.Assign | ast.AnnAssign) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        value = self._value(node.value) if node.value is not None else None
        for target in targets:
            if isinstance(target, ast.Name):
                self.names.pop(target.id, None)
                if value is not None:
                    self.names[target.id] = value

    def _called(self, call: ast.Call) -> Iterator[str]:
        function = call.func
        if not isinstance(function, ast.Attribute) or not call.args:
            return
        if function.attr in _PATH_METHODS and _is_sys_path(function.value):
            yield from self._values(call.args[-1])
        elif function.attr == "addsitedir":
            yield from self._values(call.args[0])
        elif function.attr == "chdir":
            for value in self._values(call.args[0]):
                self.folder = value
                yield value

    def _values(self, node: ast.expr) -> Iterator[str]:
        nodes = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
        for value in map(self._value, nodes):
            if value is not None:
                yield posixpath.normpath(posixpath.join(self.folder, value)) if value else self.folder or "."

    def _value(self, node: ast.expr) -> str | None:
        """The path that an expression comes to; None where that can't be told without running it."""
        try:
            return self._path(node)
        except RecursionError:
            return None

    def _path(self, node: ast.expr) -> str | None:
        value: str | None = None
        match node:
            case ast.Constant(value=str() as text):
                value = text.replace("\\", "/")
            case ast.Name(id=name):
                value = self.names.get(name)
            case ast.Attribute(attr="parent", value=inner):
                value = _joined(self._value(inner), "..")
            case ast.Attribute(attr="pardir" | "curdir" as name):
                value = {"pardir": "..", "curdir": "."}[name]
            case ast.BinOp(op=ast.Div() | ast.Add() as operation, left=left, right=right):
                value = _joined(self._value(left), self._value(right), is_text=isinstance(operation, ast.Add))
            case ast.Call():
                value = self._call_value(node)
        return value

    def _call_value(self, call: ast.Call) -> str | None:
        name = getattr(call.func, "attr", getattr(call.func, "id", None))
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        subject = call.args[0] if call.args else owner
        match name, len(call.args):
            case (("getcwd" | "cwd"), 0):
                return "."
            case "dirname", 1:
                return _joined(self._value(call.args[0]), "..")
            case "join", _:
                return _joined(*map(self._value, call.args))
            case "joinpath", _ if owner is not None:
                return _joined(*map(self._value, (owner, *call.args)))
            case unchanged, (0 | 1) if unchanged in _UNCHANGED and subject is not None:
                return self._value(subject)
            case _:
                return None


def _nodes(source: str) -> Iterator[ast.AST]:
    """The parts of a source; where it is no Python 3, those of each line that is by itself."""
    tree = tree_of(source)
    trees = [tree] if tree else map(tree_of, (line.strip() for line in source.split("\n") if _MENTIONED.search(line)))
    for parsed in trees:
        if parsed is not None:
            yield from ast.walk(parsed)


def _is_sys_path(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "path" and getattr(node.value, "id", None) == "sys"


def _joined(*parts: str | None, is_text: bool = False) -> str | None:
    """Parts put together; None where one of them is not known. `is_text`: as `+` does it, without a slash."""
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return "".join(known) if is_text else posixpath.join(*known) if known else None
