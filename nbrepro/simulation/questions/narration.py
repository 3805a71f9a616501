"""Asks for a narration, line by line with the values that change, and reads the rows of what comes back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from nbrepro.simulation.answers import Answer, AnswerKind, Convention, Row, Stated
from nbrepro.simulation.importers.stated_values import stated
from nbrepro.simulation.importers.statelens import trace_rows as table_rows
from nbrepro.simulation.importers.text_traces import monologue_rows
from nbrepro.simulation.literals import UNREADABLE, read_value
from nbrepro.simulation.questions.asked import Ask, Manner, Question, Response, Subject, numbered
from nbrepro.simulation.questions.final_answers import final_value, without_thoughts

_HEAD = re.compile(r"^[\s>*#-]*\[\s*(back\s+)?L(?:ine\s*)?(\d+)\s*\][\s*:]*(.*)$", re.IGNORECASE)
_VALUE = re.compile(r"^(?:\s+[-*]?\s*|[-*]\s+)`?([A-Za-z_]\w*)\s*=(?!=)\s*(.+?)`?\s*$")


def narration_questions(subject: Subject, manner: Manner) -> Iterator[Question]:
    """The one question about the whole run."""
    program = subject.program
    prompt = manner.prompt({"numbered": numbered(program.code), "call": program.call})
    yield Question(program, Ask.NARRATION, AnswerKind.TRACE, prompt)


def read_narration(response: Response) -> Answer:
    """The rows of a response: in the form that was asked for, else of a table, of lines in linear form, or of a monologue."""
    said = without_thoughts(response.raw)
    readers: tuple[Callable[[str], tuple[Row, ...]], ...] = (narrated_rows, table_rows, lambda text: tuple(monologue_rows(text)))
    rows = next((rows for reader in readers if (rows := reader(said))), ())
    problem = "cut-off" if response.is_cut else None if rows else "no-trace"
    text = final_value(response.raw, is_cut=response.is_cut)
    is_told = bool(rows) and rows == narrated_rows(said)
    # A narration may be short of lines, but not of all of them.
    return replace(
        response.answer(),
        text=text,
        rows=rows,
        problem=problem,
        convention=Convention.AFTER if is_told else None,
        is_complete=not rows,
    )


def narrated_rows(text: str) -> tuple[Row, ...]:
    r"""One row for each `[L3] …`, with the values that stand below it; those below `[back L3]` belong to the last such line that waits.

    >>> rows = narrated_rows("[L3] y = g(x)\n[L1] return x\n[back L3]\n    y = 2\n    # g gives 2")
    >>> [(row.line, {name: value.text for name, value in row.state.items()}) for row in rows]
    [(3, {'y': '2'}), (1, {})]
    """
    rows: list[Row] = []
    open_row: int | None = None
    for line in text.splitlines():
        head, value = _HEAD.match(line), _VALUE.match(line)
        if head and head[1]:
            open_row = _waiting(rows, int(head[2]))
        elif head:
            rows.append(Row(head[3].strip().strip("`"), int(head[2])))
            open_row = len(rows) - 1
        elif value and open_row is not None:
            row = rows[open_row]
            rows[open_row] = replace(row, state={**row.state, value[1]: _stated(value[2])})
        elif "[ANSWER]" in line:
            open_row = None
    return tuple(rows)


def _stated(text: str) -> Stated:
    """Literals stand for themselves, `nan` among them; other text is read as in tables."""
    return Stated.value(text) if text != "..." and read_value(text) is not UNREADABLE else stated(text)


def _waiting(rows: list[Row], line: int) -> int | None:
    """The last row of a line of which nothing is stated yet, else the last row of that line."""
    found = [number for number, row in enumerate(rows) if row.line == line]
    return next((number for number in reversed(found) if not rows[number].state), found[-1] if found else None)
