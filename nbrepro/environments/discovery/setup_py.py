"""setup.py: read, never run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from packaging.utils import canonicalize_name

from nbrepro.environments.discovery.files import ProjectFile, UnreadableFileError
from nbrepro.environments.discovery.findings import Finding, problem
from nbrepro.environments.discovery.literals import FileLines, Names, NotLiteralError, known_values_of, names_of, values_of
from nbrepro.environments.discovery.pythons_wished import python_wish
from nbrepro.environments.discovery.requirement_lines import read_requirement
from nbrepro.environments.discovery.requirements import read_requirements
from nbrepro.environments.discovery.toml_tables import Lines
from nbrepro.model import Wish, WishKind

_REQUIRED = ("install_requires", "requires")
_MAXIMUM_LENGTH = 200_000
_PRINT = re.compile(r"(?m)^(\s*)print\s+(?=[\"'\w])(.*)$")
"""Python 2's statement, the commonest thing in an old setup.py that Python 3 can't parse."""


def read_setup_py(text: str, file: ProjectFile) -> Iterator[Finding]:
    """What the call of `setup` requires, as far as it can be told without running anything."""
    if len(text) > _MAXIMUM_LENGTH:
        yield problem(file.source(), f"has more than {_MAXIMUM_LENGTH:,} characters, so it is not parsed")
        return
    try:
        arguments, names = call_of_setup(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        yield problem(file.source(getattr(error, "lineno", None)), "can't be parsed as Python")
        return
    if arguments is None:
        return
    yield Wish(_name(arguments, names, file), file.folder, file.source(), kind=WishKind.LOCAL_PROJECT)
    if "python_requires" in arguments:
        yield from _python(arguments["python_requires"], names, file)
    required = next((arguments[name] for name in _REQUIRED if name in arguments), None)
    if required is not None:
        yield from _required(required, names, file, Lines(text))


def call_of_setup(text: str) -> tuple[dict[str, ast.expr] | None, Names]:
    """The keyword arguments of `setup(…)`, None where it isn't called; and what the names of the file are bound to.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: the text can't be parsed.
    """
    tree = _parsed(text)
    names = names_of(tree)
    return _arguments(tree, names), names


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except SyntaxError:
        return ast.parse(_PRINT.sub(r"\1print(\2)", text))


def _arguments(tree: ast.Module, names: Names) -> dict[str, ast.expr] | None:
    """The keyword arguments of `setup(…)`, those of a dictionary among them; None where it isn't called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (getattr(node.func, "id", "") == "setup" or getattr(node.func, "attr", "") == "setup"):
            arguments: dict[str, ast.expr] = {}
            for keyword in node.keywords:
                arguments |= {keyword.arg: keyword.value} if keyword.arg else _entries(keyword.value, names, tree)
            return arguments
    return None


def _entries(node: ast.expr, names: Names, tree: ast.Module) -> dict[str, ast.expr]:
    """The entries of a dictionary: written out, called as `dict(…)`, or set one by one."""
    if isinstance(node, ast.Name):
        entries: dict[str, ast.expr] = {}
        for bound in names.values.get(node.id, ()):
            if not isinstance(bound, ast.Name):
                entries |= _entries(bound, names, tree)
        return entries | _set_later(node.id, tree)
    if isinstance(node, ast.Dict):
        return {
            key.value: value
            for key, value in zip(node.keys, node.values, strict=True)
            if isinstance(key, ast.Constant) and isinstance(key.value, str)
        }
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "dict":
        return {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
    return {}


def _set_later(name: str, tree: ast.Module) -> dict[str, ast.expr]:
    return {
        target.slice.value: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Subscript)
        and getattr(target.value, "id", "") == name
        and isinstance(target.slice, ast.Constant)
        and isinstance(target.slice.value, str)
    }


def _name(arguments: dict[str, ast.expr], names: Names, file: ProjectFile) -> str:
    try:
        stated = values_of(arguments["name"], names) if "name" in arguments else []
    except (NotLiteralError, RecursionError):
        stated = []
    name = stated[0] if stated and isinstance(stated[0], str) else file.name_of(file.folder)
    return canonicalize_name(name)


def _python(node: ast.expr, names: Names, file: ProjectFile) -> Iterator[Finding]:
    try:
        stated = values_of(node, names)
    except (NotLiteralError, RecursionError):
        stated = []
    if stated and isinstance(stated[0], str):
        yield from python_wish(stated[0], file.source(node.lineno))


def _required(node: ast.expr, names: Names, file: ProjectFile, lines: Lines) -> Iterator[Finding]:
    values, computed = known_values_of(node, names)
    for part in computed:
        yield problem(file.source(part.lineno), "computes what it requires; only running it would tell", ast.unparse(part)[:200])
    for value in dict.fromkeys(values):
        if isinstance(value, FileLines):
            yield from _from_file(value.name, file, node.lineno)
        else:
            yield from read_requirement(value, file, file.source(lines.of(value) or node.lineno))


def _from_file(name: str, file: ProjectFile, line: int) -> Iterator[Finding]:
    other = file.sibling(name)
    try:
        text = other.text()
    except UnreadableFileError as error:
        yield problem(file.source(line), f"names {other.path}, which {error}")
        return
    yield from read_requirements(text, other)
