"""Wide tables of pandas, which are wrapped into blocks of columns at the width of a display."""

from __future__ import annotations

from itertools import pairwise

from nbrepro.comparison.excerpts import first_difference
from nbrepro.comparison.normalizations.registry import Normalization, each


def _unwrap_tables(text: str) -> str:
    """Joins the blocks of each wrapped table: a header that ends in a backslash is continued in the next block."""
    lines = text.split("\n")
    if not any(_is_continued(line) for line in lines):
        return text
    result: list[str] = []
    position = 0
    while position < len(lines):
        blocks, position = _read_blocks(lines, position)
        result.extend(_join_blocks(blocks))
    return "\n".join(result)


def _is_continued(line: str) -> bool:
    return line.rstrip().endswith("  \\")


def _read_blocks(lines: list[str], position: int) -> tuple[list[list[str]], int]:
    """The blocks of the table that starts at a line, and where the text goes on; other lines come as one block."""
    blocks: list[list[str]] = []
    start = position
    while start < len(lines) and _is_continued(lines[start]):
        end = start + 1
        while end < len(lines) and lines[end].strip() and not _is_continued(lines[end]):
            end += 1
        blocks.append(lines[start:end])
        start = end + 1
        if end < len(lines) and lines[end].strip():
            return [lines[position:end]], end
    height = len(blocks[0]) if blocks else 1
    end = min(start + height, len(lines))
    blocks.append(lines[start:end])
    if any(len(block) != height for block in blocks):
        return [lines[position:end]], end
    return blocks, end


def _join_blocks(blocks: list[list[str]]) -> list[str]:
    if len(blocks) == 1:
        return blocks[0]
    width = min(_index_width(first, second) for first, second in pairwise(blocks))
    rows = [line.rstrip().removesuffix("\\").rstrip() for line in blocks[0]]
    for block in blocks[1:]:
        rows = [f"{row} {line[width:].rstrip().removesuffix(chr(92)).rstrip()}" for row, line in zip(rows, block, strict=True)]
    return rows


def _index_width(first: list[str], second: list[str]) -> int:
    """Width of the index, which every block repeats: up to the last gap through all lines before which both blocks are equal.

    Names of columns differ between blocks, so a column of cells that happens to be equal doesn't count.
    """
    equal = first_difference(first[0], second[0])
    gaps = [
        place
        for place in range(1, equal + 1)
        if all(a[:place] == b[:place] and a[place : place + 1] in {" ", ""} for a, b in zip(first[1:], second[1:], strict=True))
    ]
    return _last_before_cells(gaps, first[1:], second[1:])


def _last_before_cells(gaps: list[int], first: list[str], second: list[str]) -> int:
    """The last gap that still lies before the first column of cells: cells are padded on the left, so a gap ends in blanks."""
    for place in reversed(gaps):
        if any(line[place - 1 : place].strip() for line in (*first, *second)):
            return place
    return 0


NORMALIZATIONS = (
    Normalization(
        "pandas-wrapping",
        "A wide table may be wrapped into blocks of columns (their headers end in a backslash) at another width.",
        each(_unwrap_tables),
        ("  \\",),
    ),
)
