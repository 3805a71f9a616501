"""Traces as Markdown tables, as lines of text, and as free reasoning, in the forms that StateLens asks models for.

Table: `| Line | Code | name … |` with `4 (iteration 2)` in the first column. Linear form: ``Line 4 (iteration 1): `src`; a=1, b=2``.
Responses hold the answer in `<answer>` or `<output>`, the table in `<table>`, the reasoning in `<think>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nbrepro.simulation.answers import Answer, AnswerKind, Imported, Row, Stated, StatedKind
from nbrepro.simulation.importers.extraction import asserted, element_answer
from nbrepro.simulation.importers.stated_values import stated, with_same_resolved

_NUMBER = re.compile(r"\s*(?:line\s+|L)?(\d+)(.*)", re.IGNORECASE | re.DOTALL)
_VISIT = re.compile(r"iter(?:ation)?\.?\s*#?\s*(\d+)", re.IGNORECASE)
_LINEAR = re.compile(r"^\W*line\s+(\d+)\s*(\([^)]*\))?\s*:?\s*`([^`]*)`\s*;?\s*(.*)$", re.IGNORECASE)
_ASSIGNMENT = re.compile(r"\s*([A-Za-z_]\w*)\s*=(?!=)\s*")
_RULE = re.compile(r"^[\s|:-]+$")


def read_statelens(records: Sequence[Mapping[str, Any]], *, name: str = "") -> Imported:
    """Records with `task_id, code, function_call, response`; `table_content` and `predicted_output` were cut out of the response."""
    answers = []
    for position, record in enumerate(records):
        response = str(record.get("response") or record.get("raw_response") or record.get("output") or "")
        rows = trace_rows(str(record.get("table_content") or "") or response)
        predicted = record.get("predicted_output")
        text = asserted(str(predicted)) if predicted not in {None, ""} else element_answer(response)
        answers.append(
            Answer(
                task=str(record.get("task_id", f"sample_{position}")),
                kind=AnswerKind.TRACE if rows else AnswerKind.OUTPUT,
                raw=response,
                text=text,
                rows=rows,
                model=name,
                problem=None if rows or text else "no-answer",
                code=str(record.get("code", "")),
                question={"call": str(record.get("function_call", "")), "expected": str(record.get("expected_output", ""))},
            )
        )
    return Imported("statelens", tuple(answers))


def trace_rows(text: str) -> tuple[Row, ...]:
    """The rows of a response: of its table, else of its lines in linear form; empty where there are neither."""
    return tuple(with_same_resolved(table_rows(text))) or tuple(with_same_resolved(linear_rows(text)))


def table_rows(text: str) -> Iterator[Row]:
    """The rows of the first Markdown table; what stands in cells beyond the header is joined to the last one."""
    lines = [line for line in text.splitlines() if line.strip().startswith("|")]
    if len(lines) < len(("header", "rule", "row")):
        return
    header = [name.strip("`* ") for name in split_cells(lines[0])]
    for line in lines[1:]:
        if not _RULE.match(line):
            yield _table_row(header, _fitted(line, len(header)))


def _fitted(line: str, count: int) -> list[str]:
    """The cells of a row; bars within values that are quoted don't part them where the number of cells is right so."""
    cells = split_cells(line)
    if len(cells) != count:
        plain = [cell.strip() for cell in line.strip().strip("|").split("|")]
        cells = plain if len(plain) == count else cells
    return cells[:count] + [""] * (count - len(cells))


def _table_row(header: Sequence[str], cells: Sequence[str]) -> Row:
    match = _NUMBER.match(cells[0])
    note = match.group(2).strip() if match else cells[0]
    visit = _VISIT.search(note)
    state = {name: stated(cell) for name, cell in zip(header[2:], cells[2:], strict=True)}
    return Row(
        source=cells[1] if len(cells) > 1 else "",
        line=int(match.group(1)) if match else None,
        visit=int(visit.group(1)) if visit else None,
        state=state,
        note=note,
    )


def split_cells(line: str) -> list[str]:
    """The cells of a Markdown row; a bar between quotation marks or after a backslash is text.

    >>> split_cells("| 1 | s = 'a|b' | 'a|b' |")
    ['1', "s = 'a|b'", "'a|b'"]
    """
    text = line.strip().removeprefix("|")
    cells, current, quote, position = [], "", "", 0
    while position < len(text):
        character = text[position]
        following = text[position + 1 : position + 2]
        if character == "\\" and following == "|":
            current, position = current + "|", position + 2
            continue
        if quote and character == "\\" and following:
            current, position = current + character + following, position + 2
            continue
        if character in "'\"":
            quote = "" if quote == character else quote or character
        if character == "|" and not quote:
            cells.append(current.strip())
            current = ""
        else:
            current += character
        position += 1
    return [*cells, current.strip()] if current.strip() else cells


def linear_rows(text: str) -> Iterator[Row]:
    """Rows of the form ``Line 4 (iteration 1): `src`; a=1, b=2``."""
    for line in text.splitlines():
        match = _LINEAR.match(line)
        if match:
            number, note, source, states = match.groups()
            visit = _VISIT.search(note or "")
            yield Row(source, int(number), int(visit.group(1)) if visit else None, assignments(states), note=(note or "").strip("()"))


def assignments(text: str) -> dict[str, Stated]:
    """The values of `a=1, b=[1, 2]`; commas within brackets and quotation marks part nothing.

    >>> sorted(assignments("a=1, b=[1, 2]"))
    ['a', 'b']
    """
    found: dict[str, Stated] = {}
    for part in split_outside(text, ",;"):
        match = _ASSIGNMENT.match(part)
        if match:
            found[match.group(1)] = stated(part[match.end() :])
        elif found and part.strip():
            name, value = found.popitem()
            found[name] = Stated(StatedKind.VALUE, f"{value.text},{part}")
    return found


def split_outside(text: str, separators: str) -> list[str]:
    """Split at characters that stand in no brackets and no quotation marks."""
    parts, depth, quote, start, escaped = [], 0, "", 0, False
    for position, character in enumerate(text):
        if escaped:
            escaped = False
        elif quote:
            escaped, quote = character == "\\", "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character in separators and depth <= 0:
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]
