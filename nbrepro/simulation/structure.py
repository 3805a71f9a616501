"""What a program's text says of its paths: which lines stand in which loop or branch."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import lru_cache

_BLANKS = re.compile(r"\s+")
_REMARK = re.compile(r"\s*\([^()]*\)\s*$")
SHORTEST_QUOTE = 6
"""Characters, blanks not counted, from which on a part of a line is taken for a quotation of it."""
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)


@dataclass(frozen=True, slots=True)
class Block:
    """A loop or a branch: its header and the lines of its parts."""

    header: int
    is_loop: bool
    body: range
    otherwise: range
    """The lines of `else`, or of the `elif` that follows; empty where there is none."""

    def __contains__(self, line: int) -> bool:
        return line == self.header or line in self.body

    def part_of(self, line: int) -> str:
        """`body`, `else` or nothing."""
        return "body" if line in self.body else "else" if line in self.otherwise else ""


@dataclass(frozen=True, slots=True)
class Structure:
    """The lines of a program."""

    sources: tuple[str, ...]
    """Normalized text of each line, from line 1."""
    blocks: tuple[Block, ...]
    """Loops and branches, outer ones first."""
    inner: frozenset[int]
    """Lines of statements that hold a comprehension, a generator expression or a lambda: one statement, many evaluations."""
    starts: tuple[int, ...]
    """For each line, the first line of its statement."""

    def is_start(self, line: int) -> bool:
        """Whether a statement begins at a line; a line that isn't in the program counts as one."""
        return not 0 < line <= len(self.starts) or self.starts[line - 1] == line

    def block_at(self, line: int) -> Block | None:
        """The loop or branch whose header the line is."""
        return next((block for block in self.blocks if block.header == line), None)

    def loops_around(self, line: int) -> tuple[Block, ...]:
        """The loops that a line stands in or begins, the innermost first."""
        return tuple(block for block in reversed(self.blocks) if block.is_loop and line in block)

    def line_of(self, source: str, stated: int | None) -> int | None:
        """The line that a quoted source text stands for; None where it's no line of the program.

        Among equal lines the one that is nearest to the stated number. Without a text it is the number itself.
        """
        text = normalized(source)
        if not text:
            return stated
        if stated is not None and 0 < stated <= len(self.sources) and self.sources[stated - 1] == text:
            return stated
        found = self._equal(text) or self._equal(normalized(_REMARK.sub("", source))) or self._overlapping(text)
        if not found and stated is not None and not is_code(source):
            return stated
        return min(found, key=lambda number: abs(number - (stated or 0)), default=None)

    def _equal(self, text: str) -> list[int]:
        return [number for number, line in enumerate(self.sources, 1) if line == text and text]

    def _overlapping(self, text: str) -> list[int]:
        """Lines that the text cites in part, or with more beside them."""
        return [
            number
            for number, line in enumerate(self.sources, 1)
            if (len(line) >= SHORTEST_QUOTE and line in text) or (len(text) >= SHORTEST_QUOTE and text in line)
        ]


def is_code(source: str) -> bool:
    """Whether a text can be read as a line of Python, a header included. Three dots stand for lines that were left out.

    >>> is_code("for x in y:"), is_code("function entry (parameters bound)"), is_code("...")
    (True, False, False)
    """
    text = source.strip().strip("`").strip()
    if text == "...":
        return False
    for tail in ("", " pass", "\n    pass"):
        try:
            ast.parse(text + tail)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        return True
    return False


def normalized(source: str) -> str:
    """A line without blanks, code marks, remarks and its final colon: what has to be equal for two quotations to be the same."""
    text = source.strip().strip("`").strip()
    if len(text) > 1 and text[0] == text[-1] == '"' and is_code(text[1:-1]):
        text = text[1:-1]
    if "#" in text and "'" not in text and '"' not in text:
        text = text.partition("#")[0]
    return _BLANKS.sub("", text).rstrip(":")


@lru_cache(maxsize=256)
def structure_of(code: str) -> Structure:
    """The structure of a program; of a text that can't be parsed, its lines alone."""
    lines = code.split("\n")
    sources = tuple(normalized(line) for line in lines)
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        return Structure(sources, (), frozenset(), tuple(range(1, len(lines) + 1)))
    blocks: list[Block] = []
    inner: set[int] = set()
    starts = list(range(1, len(lines) + 1))
    for node in ast.walk(tree):
        if isinstance(node, (ast.For, ast.While, ast.AsyncFor, ast.If)):
            blocks.append(Block(node.lineno, not isinstance(node, ast.If), _span(node.body), _span(node.orelse)))
        if isinstance(node, _COMPREHENSIONS):
            inner.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            starts[node.lineno - 1 : node.end_lineno] = [node.lineno] * ((node.end_lineno or node.lineno) - node.lineno + 1)
    return Structure(sources, tuple(blocks), frozenset(inner), tuple(starts))


def _span(statements: list[ast.stmt]) -> range:
    return range(statements[0].lineno, (statements[-1].end_lineno or 0) + 1) if statements else range(0)
