"""Traces in the token text of CWM, Meta's code world model (facebookresearch/cwm, `PROMPTING_GUIDE.md`).

`<|trace_context_start|>SRC<|frame_sep|>`, then frames: `<|call_sep|>LOCALS<|action_sep|>SRC`, `<|line_sep|>…`,
`<|return_sep|><|action_sep|>SRC<|arg_sep|>VALUE`, `<|exception_sep|>…`, each ended by `<|frame_sep|>`. LOCALS is a JSON object
of `repr` texts; `".."` and an absent name stand for "as before". The state is the one before the line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from nbrepro.simulation.answers import Answer, AnswerKind, Convention, Imported, Row, RowKind, Stated
from nbrepro.simulation.importers.records import response_of, task_of

START, FRAME, ACTION, ARGUMENT, END = "<|trace_context_start|>", "<|frame_sep|>", "<|action_sep|>", "<|arg_sep|>", "<|end_of_text|>"
_KINDS = {
    "<|call_sep|>": RowKind.CALL,
    "<|line_sep|>": RowKind.LINE,
    "<|return_sep|>": RowKind.RETURN,
    "<|exception_sep|>": RowKind.RAISE,
}


def read_cwm(records: Sequence[Mapping[str, Any] | str], *, name: str = "") -> Imported:
    """One trace a record; a frame that can't be read cuts the trace there, and the answer says so."""
    answers = []
    for position, record in enumerate(records):
        raw = response_of(record)
        code, rows, is_cut = trace_rows(raw)
        returned = next((row.value for row in reversed(rows) if row.kind is RowKind.RETURN and row.function == rows[0].function), None)
        answers.append(
            Answer(
                task=task_of(record, position),
                kind=AnswerKind.TRACE,
                raw=raw,
                text=returned,
                rows=rows,
                model=name,
                problem=("malformed" if is_cut else "no-trace") if not rows else "cut-off" if is_cut else None,
                convention=Convention.BEFORE,
                is_complete=True,
                code=code,
            )
        )
    return Imported("cwm", tuple(answers))


def trace_rows(text: str) -> tuple[str, tuple[Row, ...], bool]:
    """The program, its rows, and whether the text ends amid a frame or in one that can't be read."""
    _, _, rest = text.rpartition(START) if START in text else ("", "", text)
    first, separator, frames = rest.partition(FRAME) if START in text else ("", FRAME, rest)
    rows: list[Row] = []
    stack: list[dict[str, Stated]] = []
    names: list[str] = []
    body = frames.partition(END)[0]
    parts = body.split(FRAME)
    is_cut = bool(separator) and bool(parts[-1].strip())
    for part in parts[:-1] if is_cut else parts:
        if not part.strip():
            continue
        row = _frame(part.strip("\n"), stack, names)
        if row is None:
            return first.strip("\n"), tuple(rows), True
        rows.append(row)
    return first.strip("\n"), tuple(rows), is_cut


def _frame(part: str, stack: list[dict[str, Stated]], names: list[str]) -> Row | None:
    token = next((token for token in _KINDS if part.startswith(token)), None)
    if token is None or ACTION not in part:
        return None
    kind = _KINDS[token]
    states, _, action = part.removeprefix(token).partition(ACTION)
    source, _, value = action.partition(ARGUMENT)
    if kind is RowKind.CALL:
        stack.append({})
        names.append(source.strip().removeprefix("def ").partition("(")[0])
    elif not stack:
        stack.append({})
        names.append("")
    stated = _locals(states)
    if stated is None:
        return None
    stack[-1].update({key: Stated.value(text) for key, text in stated.items() if text != ".."})
    row = Row(source.strip().partition("# << START_OF_TRACE")[0].strip(), None, None, dict(stack[-1]), kind, _value(value, kind), names[-1])
    if kind is RowKind.RETURN:
        stack.pop()
        names.pop()
    return row


def _locals(text: str) -> dict[str, str] | None:
    if not text.strip():
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else None


def _value(text: str, kind: RowKind) -> str | None:
    """The value behind a return or an exception: a `repr`, as a JSON string in newer texts."""
    if kind not in {RowKind.RETURN, RowKind.RAISE} or not text.strip():
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return text.strip()
    return found if isinstance(found, str) and text.strip().startswith('"') else text.strip()
