"""Cells that install: shell lines, magics, and Python that calls pip."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

from nbrepro.environments.discovery.commands import Place, read_command, read_words
from nbrepro.environments.discovery.files import ProjectFile
from nbrepro.environments.discovery.findings import Finding, Problem, problem

_MAY_INSTALL = re.compile(r"install|\benv\s+(?:update|create)\b")
_SHELL_CELL = re.compile(r"\s*%%(bash|sh|cmd|script\s+(ba|z)?sh|!)")
_OTHER_CELL = re.compile(r"\s*%%(writefile|file|html|javascript|js|latex|markdown|svg|R|perl|ruby|julia)\b")
_SHELL_LINE = re.compile(r"\s*(?:[A-Za-z_][\w, ]*=\s*)?(?:!{1,2}|%(?:sx|system|sc)\s)\s*(?P<command>.*)", re.DOTALL)
_MAGIC_LINE = re.compile(r"\s*%?(?P<command>(?:pip|conda|mamba|micromamba)3?\s+(?:install|env)\b.*)", re.DOTALL)
_COMMENTED = re.compile(r"\s*#+\s*(?P<command>(?:!|%)?\s*(?:sudo\s+)?(?:\{?[\w.]+\}?\s+-m\s+)?(?:pip[\d.]*|conda|mamba)\s+install\s+\S.*)")
_RUNNERS = frozenset({"system", "popen", "run", "call", "check_call", "check_output", "Popen", "getoutput", "getstatusoutput"})
_MAXIMUM_CELL = 200_000
"""Characters of a cell that is searched; longer ones hold data."""


def read_cells(content: Mapping[str, Any], file: ProjectFile) -> Iterator[Finding]:
    """What the code cells of a notebook install.

    An install that is commented out is named as a problem but not taken: whoever saved the notebook ran it without.

    Args:
        content: the notebook in nbformat 4.
        file: the notebook; paths in cells are relative to its folder.
    """
    for number, cell in enumerate(content.get("cells", ()), start=1):
        source = str(cell.get("source", ""))
        if cell.get("cell_type") == "code" and _MAY_INSTALL.search(source) and len(source) <= _MAXIMUM_CELL:
            yield from _cell(source, Place(file, file.source(number), file.folder))


def _cell(source: str, place: Place) -> Iterator[Finding]:
    if _OTHER_CELL.match(source):
        return
    is_shell = bool(_SHELL_CELL.match(source))
    python: list[str] = []
    for line in _joined_lines(source):
        shell = _SHELL_LINE.match(line) or _MAGIC_LINE.match(line)
        commented = _COMMENTED.match(line)
        if commented:
            yield problem(place.source, "an install that is commented out is not taken", commented["command"])
        elif shell:
            yield from read_command(shell["command"], place)
        elif is_shell:
            yield from read_command(line.strip(), place)
        elif not line.lstrip().startswith("%"):
            python.append(line)
    if not is_shell:
        yield from _calls("\n".join(python), place)


def _joined_lines(source: str) -> Iterator[str]:
    """The lines; a shell line that ends in a backslash goes on in the next."""
    waiting = ""
    for line in source.splitlines():
        joined = waiting + line
        if line.endswith("\\") and (_SHELL_LINE.match(joined) or _MAGIC_LINE.match(joined) or waiting):
            waiting = joined[:-1] + " "
        else:
            waiting = ""
            yield joined
    if waiting:
        yield waiting


def _calls(source: str, place: Place) -> Iterator[Finding]:
    """Calls such as `pip.main([...])` and `subprocess.check_call([sys.executable, "-m", "pip", …])`."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            yield from _call(node, place)


def _call(node: ast.Call, place: Place) -> Iterator[Finding]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    first = node.args[0]
    if name == "main" and isinstance(first, ast.List | ast.Tuple) and "pip" in ast.dump(node.func):
        yield from _told(read_words(["pip", *_words(first)], place))
    elif name in _RUNNERS and isinstance(first, ast.List | ast.Tuple):
        yield from _told(read_words(_words(first), place))
    elif name in _RUNNERS and isinstance(first, ast.Constant) and isinstance(first.value, str):
        yield from read_command(first.value, place)
    elif name == "run_line_magic":
        yield from read_command(" ".join(_words(ast.List(node.args))), place)


def _words(node: ast.List | ast.Tuple) -> list[str]:
    """The words of a list; what is no literal becomes `{}`, which no reader takes for a package."""
    return [str(item.value) if isinstance(item, ast.Constant) else "{}" for item in node.elts]


def _told(findings: Iterator[Finding]) -> Iterator[Finding]:
    """A function with the package as its argument says nothing new each time it is seen."""
    seen: set[Problem] = set()
    for found in findings:
        if not isinstance(found, Problem):
            yield found
        elif found not in seen:
            seen.add(found)
            yield found
