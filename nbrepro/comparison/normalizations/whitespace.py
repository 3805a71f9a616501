"""Whitespace: line endings, blanks at the ends of lines and between columns, empty lines."""

from __future__ import annotations

import re

from nbrepro.comparison.normalizations.registry import Normalization, each, has_any

_TRAILING = re.compile(r"(?<![ \t])[ \t]++(?=\n|\Z)")
_BLANKS = (" ", "\t")
_BLANK_ENDS = (" \n", "\t\n")
_BLANK_LINES = re.compile(r"\n(?:[ \t]*+\n)++")
_BLOCK_END = re.compile(r"\n[ \t]*+\n")
_GAP = re.compile(r"(?<=[^ \n]) {2,}+(?=[^ \n])")
_INDENT = re.compile(r"(?m)^ ++(?=[^ \n])")


_NARROWEST, _WIDEST = 60, 200


def _join_cut_repr(text: str) -> str:
    """One line for a text that was cut into lines of the same width, if a memory address in it tells that it is a repr."""
    lines = text.rstrip("\n").split("\n")
    width = len(lines[0])
    if not _NARROWEST <= width <= _WIDEST or any(len(line) != width for line in lines[:-1]) or len(lines[-1]) > width:
        return text
    whole = "".join(lines)
    return whole if len(lines) > 1 and " at 0x" in whole else text


def _unify_line_endings(text: str) -> str:
    return text.replace("\r\n", "\n")


def _strip_ends(text: str) -> str:
    if has_any(text, _BLANK_ENDS) or text[-1:] in _BLANKS:
        text = _TRAILING.sub("", text)
    return text.rstrip("\n")


def _drop_blank_lines(text: str) -> str:
    if "\n\n" in text or has_any(text, _BLANK_ENDS):
        text = _BLANK_LINES.sub("\n", text)
    return text.strip("\n")


def _narrow_columns(text: str) -> str:
    """Leaves one blank between columns, and one before them in blocks of lines that have columns at all."""
    return _BLOCK_END.sub("\n\n", "\n\n".join(_narrow_block(block) for block in _BLOCK_END.split(text)))


def _narrow_block(block: str) -> str:
    narrowed = _GAP.sub(" ", block)
    # Without columns the indentation may be all that a text says: a triangle of stars, nested keys.
    return narrowed if narrowed == block else _INDENT.sub(" ", narrowed)


FIRST = (
    Normalization("line-endings", "Lines may end as on Windows (CR LF) or as elsewhere (LF).", each(_unify_line_endings), ("\r\n",)),
    Normalization(
        "cut-reprs",
        "A repr with a memory address that was cut into lines of one width, as SymPy does, is one line: addresses differ in length.",
        each(_join_cut_repr),
        ("0x", "0\n", "\nx"),
    ),
)
LAST = (
    Normalization(
        "trailing-whitespace",
        "Blanks at the ends of lines and line breaks at the end of the text don't count.",
        each(_strip_ends),
        (*_BLANKS, "\n"),
    ),
    Normalization(
        "column-spacing",
        "The number of blanks between columns doesn't count, nor the indentation of a block of lines that has columns.",
        each(_narrow_columns),
        ("  ",),
    ),
    Normalization("blank-lines", "Empty lines between others and at both ends of a text don't count.", each(_drop_blank_lines), ("\n",)),
)
