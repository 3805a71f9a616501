"""Traces as text: CodeExecutor's tokens, snoop's and PySnooper's prints, comments of NExT and LDB, SemCoder's monologue."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from nbrepro.simulation.answers import Answer, AnswerKind, Convention, Imported, Row, RowKind, Stated
from nbrepro.simulation.importers.extraction import element_answer, tagged_answer
from nbrepro.simulation.importers.records import response_of, task_of, text_of
from nbrepro.simulation.importers.stated_values import stated
from nbrepro.simulation.importers.statelens import assignments, split_outside

_LINE_TOKEN = re.compile(r"<line>\s*<(\d+)>\s*<state>(.*?)</state>", re.DOTALL)
_OUTPUT_TOKEN = re.compile(r"<output>(.*?)(?:</output>|<line>|$)", re.DOTALL)
_TIME = r"^(?:\d\d:\d\d:\d\d\.\d+\s+)?"
_SNOOP_LINE = re.compile(_TIME + r"\s*(\d+) \| (.*)$")
_SNOOP_VALUE = re.compile(_TIME + r"\.{3,}\s*(\w+) = (.*)$")
_SNOOP_CALL = re.compile(_TIME + r">>> Call to ([\w.<>]+)")
_SNOOP_RETURN = re.compile(_TIME + r"<<< Return value from ([\w.<>]+): (.*)$")
_PY_LINE = re.compile(_TIME + r"(call|line|return|exception)\s+(\d+)\s(.*)$")
_PY_VALUE = re.compile(r"^\s*(?:Starting|New|Modified) var:\.*\s*(\w+) = (.*)$")
_PY_RETURN = re.compile(r"^\s*Return value:\.*\s*(.*)$")
_PY_EXCEPTION = re.compile(r"^\s*(?:Exception:\.*|!!!)\s*(.*)$")
_STEPS = re.compile(r";\s*(?=\(\d+\))")
_STEP = re.compile(r"\((\d+)\)\s*(.*)", re.DOTALL)
_BLOCK = re.compile(r"^\[BLOCK-(\d+)\]")
_MONOLOGUE = re.compile(r"^\W*\[L(\d+)\]\W*\s*:?\s*(.*)$")
_TICKED = re.compile(r"`([A-Za-z_]\w*)\s*=(?!=)\s*([^`]+)`")

RowReader = Callable[[str], Iterator[Row]]


def _imported(
    form: str, records: Sequence[Mapping[str, Any] | str], name: str, read: RowReader, convention: Convention | None, *, is_complete: bool
) -> Imported:
    answers = []
    for position, record in enumerate(records):
        raw = response_of(record)
        rows = tuple(read(raw))
        answers.append(
            Answer(
                task=task_of(record, position),
                kind=AnswerKind.TRACE,
                raw=raw,
                text=_final(raw, rows),
                rows=rows,
                model=name,
                problem=None if rows else "no-trace",
                convention=convention,
                is_complete=is_complete,
                code=text_of(record, "code"),
            )
        )
    return Imported(form, tuple(answers))


def _final(raw: str, rows: Sequence[Row]) -> str | None:
    """The answer that a response gives, else what its trace returns."""
    tagged = tagged_answer(raw) or element_answer(raw)
    return tagged or next((row.value for row in reversed(rows) if row.kind is RowKind.RETURN), None)


def read_codeexecutor(records: Sequence[Mapping[str, Any] | str], *, name: str = "") -> Imported:
    """CodeExecutor (microsoft/CodeBERT): `<line> <0> <state> s : [ x , y ] <dictsep> n : 1 </state> … <output> … `; lines from 0."""
    return _imported("codeexecutor", records, name, codeexecutor_rows, Convention.AFTER, is_complete=True)


def codeexecutor_rows(text: str) -> Iterator[Row]:
    """Rows of CodeExecutor's tokens; the blanks around its tokens mean nothing to a literal."""
    for number, states in _LINE_TOKEN.findall(text):
        pairs = (part.partition(" : ") for part in states.split("<dictsep>") if part.strip())
        state = {key.strip(): Stated.value(value.strip()) for key, separator, value in pairs if separator}
        yield Row("", int(number) + 1, None, state)
    output = _OUTPUT_TOKEN.search(text)
    if output and output.group(1).strip():
        yield Row(kind=RowKind.OUTPUT, value=output.group(1).strip())


def read_printed(records: Sequence[Mapping[str, Any] | str], *, name: str = "") -> Imported:
    """What snoop and PySnooper print: changed variables stand under the line that changed them."""
    return _imported("snoop", records, name, printed_rows, Convention.AFTER, is_complete=True)


def printed_rows(text: str) -> Iterator[Row]:
    """Rows of a print of snoop or PySnooper, each with every variable known in its function so far."""
    stack: list[dict[str, Stated]] = [{}]
    pending: Row | None = None
    for line in text.splitlines():
        value = _SNOOP_VALUE.match(line) or _PY_VALUE.match(line)
        if value:
            stack[-1] = {**stack[-1], value.group(1): Stated.value(value.group(2))}
            continue
        begun = _printed_line(line)
        ended = _SNOOP_RETURN.match(line) or _PY_RETURN.match(line)
        if pending is not None and (begun or ended):
            yield _with_state(pending, stack[-1])
            pending = None
        if _SNOOP_CALL.match(line) or (begun and begun.kind is RowKind.CALL and "|" not in line):
            stack.append({} if _SNOOP_CALL.match(line) else stack[-1] if len(stack) == 1 else {})
        if ended:
            yield Row(kind=RowKind.RETURN, state=stack[-1], value=ended.groups()[-1])
            stack = stack[:-1] or [{}]
        elif begun:
            pending = begun
    if pending is not None:
        yield _with_state(pending, stack[-1])


def _printed_line(line: str) -> Row | None:
    snoop = _SNOOP_LINE.match(line)
    if snoop:
        kind = RowKind.CALL if re.match(r"\s*(?:async )?def ", snoop.group(2)) else RowKind.LINE
        return Row(snoop.group(2).strip(), int(snoop.group(1)), kind=kind)
    printed = _PY_LINE.match(line)
    if printed and printed.group(1) in {"call", "line"}:
        return Row(printed.group(3).strip(), int(printed.group(2)), kind=RowKind(printed.group(1)))
    raised = _PY_EXCEPTION.match(line)
    return Row(kind=RowKind.RAISE, value=raised.group(1)) if raised else None


def _with_state(row: Row, state: Mapping[str, Stated]) -> Row:
    return Row(row.source, row.line, row.visit, dict(state), row.kind, row.value, row.function, row.taken, row.note)


def read_comments(records: Sequence[Mapping[str, Any] | str], *, name: str = "") -> Imported:
    """NExT's comments behind lines, `# (0) x=2; (3) x=5`, and LDB's blocks, `[BLOCK-0]` with `# n = 0` before their code."""
    return _imported("comments", records, name, comment_rows, None, is_complete=False)


def comment_rows(text: str) -> Iterator[Row]:
    """Rows of inline comments in the order of their step numbers, or of blocks in their own order."""
    if any(_BLOCK.match(line.strip()) for line in text.splitlines()):
        yield from _block_rows(text)
        return
    steps: list[tuple[int, Row]] = []
    for number, line in enumerate(text.split("\n"), 1):
        source, marker, comment = line.rpartition("#")
        if marker and source.strip():
            found = (_STEP.fullmatch(part) for part in _STEPS.split(comment.strip()))
            found = (_STEP.fullmatch(part) for part in _STEPS.split(comment.strip()))
            steps += [(int(match.group(1)), Row(source.strip(), number, None, assignments(match.group(2)))) for match in found if match]
    yield from (row for _, row in sorted(steps, key=lambda step: step[0]))


def _block_rows(text: str) -> Iterator[Row]:
    """The state before a block stands beside its first line, the state after it is a row of its own without a place."""
    states: dict[str, Stated] = {}
    has_begun = False
    for line in text.splitlines():
        if _BLOCK.match(line.strip()):
            states, has_begun = {}, False
        elif line.strip().startswith("#"):
            states.update(_block_state(line.strip().lstrip("# ")))
        elif line.strip() and not has_begun:
            yield Row(line.strip(), None, None, states, note="before")
            states, has_begun = {}, True
        elif line.strip():
            yield Row(line.strip())


def _block_state(text: str) -> dict[str, Stated]:
    """`a=1 b=[1, 2]`: LDB parts its variables by blanks, others by commas."""
    pieces = [piece for part in split_outside(text, ",;") for piece in re.split(r"\s+(?=[A-Za-z_]\w*\s*=(?!=))", part) if piece.strip()]
    return assignments(";".join(pieces))


def read_semcoder(records: Sequence[Mapping[str, Any] | str], *, name: str = "") -> Imported:
    """SemCoder's monologue (ARISE-Lab/SemCoder): lines `[L5]: text` that tell what line 5 does; values where they stand in backticks."""
    return _imported("semcoder", records, name, monologue_rows, None, is_complete=False)


def monologue_rows(text: str) -> Iterator[Row]:
    """One row for each `[Lx]`, with what its text states in backticks."""
    for line in text.splitlines():
        match = _MONOLOGUE.match(line)
        if match:
            state = {key: stated(value) for key, value in _TICKED.findall(match.group(2))}
            yield Row("", int(match.group(1)), None, state, note=match.group(2))
