"""Cells of a notebook as plain Python: magics and shell commands are left out, and each is named."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from dataclasses import dataclass

_CELL_MAGIC = re.compile(r"\s*%%(?P<name>\w+)(?P<rest>[^\n]*)")
_SPECIAL = re.compile(
    r"(?P<indent>[^\S\n]*)(?P<assigned>[\w.][\w.,\t ]*=[^\S\n]*)?(?:%(?P<magic>\w+)[^\S\n]*(?P<rest>.*)|!.*|\?{1,2}.*)$|.*[^\s#]\?{1,2}\s*$"
)
_WITH_PYTHON = frozenset({"time", "capture", "prun", "memit", "mprun", "lprun"})
"""Cell magics that run their body in the notebook itself."""
_WITH_STATEMENT = frozenset({"time", "prun", "memit"})
"""Line magics that run the rest of their line in the notebook itself."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A line that is no Python; of a cell magic that takes its whole cell, the first one."""

    line: int
    """From 1 on."""
    text: str


@dataclass(frozen=True, slots=True)
class PlainCell:
    """A cell without what only IPython understands. Lines keep their numbers."""

    python: str
    left_out: tuple[LeftOut, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out, in words."""
        return tuple(f"left out, as it is no Python: line {what.line}: {what.text}" for what in self.left_out)


def plain_cell(source: str) -> PlainCell:
    r"""A code cell as plain Python.

    `%time` and `%%time` run their statement without being timed; of other magics, and of shell commands, nothing is run.

    >>> plain_cell("%matplotlib inline\nx = 1").python
    'pass\nx = 1'
    >>> plain_cell("%%bash\nls")
    PlainCell(python='\n', left_out=(LeftOut(line=1, text='%%bash'),))
    """
    source = source.replace("\r\n", "\n")
    magic = _CELL_MAGIC.match(source)
    if magic is None:
        return _plain_lines(source)
    line = source[: magic.start("name")].count("\n") + 1
    said = LeftOut(line, magic[0].strip())
    body = source[magic.end() :]
    if magic["name"] not in _WITH_PYTHON:
        return PlainCell("\n" * source.count("\n"), (said,))
    inner = plain_cell(body.removeprefix("\n"))
    below = tuple(LeftOut(each.line + line, each.text) for each in inner.left_out)
    return PlainCell("\n" * line + inner.python, (said, *below))


def _plain_lines(source: str) -> PlainCell:
    if _is_python(source):
        return PlainCell(source)
    lines: list[str] = []
    left_out: list[LeftOut] = []
    is_continued = False
    for number, line in enumerate(source.split("\n"), start=1):
        special = None if is_continued else _SPECIAL.match(line)
        if is_continued or (special is not None and _begins_a_statement(lines)):
            left_out += [LeftOut(number, line.strip())] if not is_continued else []
            lines.append("" if special is None else _in_place_of(special))
            is_continued = line.endswith("\\")
        else:
            lines.append(line)
    return PlainCell("\n".join(lines), tuple(left_out))


def _in_place_of(special: re.Match[str]) -> str:
    """What stands where a magic stood: its statement, or one that does nothing."""
    rest = (special["rest"] or "").strip()
    if special["magic"] in _WITH_STATEMENT and rest and not special["assigned"] and _is_python(rest):
        return f"{special['indent']}{rest}"
    indent = special["indent"] if special["indent"] is not None else special[0][: len(special[0]) - len(special[0].lstrip())]
    return f"{indent}pass"


def _begins_a_statement(lines: list[str]) -> bool:
    """Whether what follows these lines is a line of its own: not inside of brackets or of a text."""
    try:
        for _ in tokenize.generate_tokens(io.StringIO("\n".join([*lines, ""])).readline):
            pass
    except tokenize.TokenError:
        return bool(lines) and lines[-1].rstrip().endswith(":") and _is_python("\n".join([*lines, "    pass"]))
    except SyntaxError:
        return True
    return not (lines and lines[-1].endswith("\\"))


def _is_python(source: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True
