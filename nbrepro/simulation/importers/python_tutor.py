"""Traces of Python Tutor: a list of execution points, or `{"code", "trace"}` (pgbovine/OnlinePythonTutor, version 3 and 5).

The state of a point is the one before its line. Values are primitives or `["REF", id]` into the heap of the same point;
floats are rounded to four digits by the tool itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nbrepro.simulation.answers import Answer, AnswerKind, Convention, Imported, Row, RowKind, Stated, StatedKind

_KINDS = {"call": RowKind.CALL, "step_line": RowKind.LINE, "return": RowKind.RETURN, "exception": RowKind.RAISE}
DEEPEST = 40


def read_python_tutor(content: Any, *, name: str = "") -> Imported:  # noqa: ANN401 - decoded JSON
    """One trace; points that the tool adds about itself (`instruction_limit_reached`) are problems of the file."""
    points: Sequence[Mapping[str, Any]] = content["trace"] if isinstance(content, Mapping) else content
    code = str(content.get("code", "")) if isinstance(content, Mapping) else ""
    lines = code.split("\n")
    rows, problems = [], []
    for number, point in enumerate(points):
        kind = _KINDS.get(str(point.get("event")))
        if kind is None:
            problems.append(f"point {number}: {point.get('event')}: {point.get('exception_msg', '')}")
        elif point.get("func_name") != "<module>":
            rows.append(_row(point, kind, lines))
    answer = Answer(
        task="sample_0",
        kind=AnswerKind.TRACE,
        raw="",
        text=next((row.value for row in reversed(rows) if row.kind is RowKind.RETURN), None),
        rows=tuple(rows),
        model=name,
        problem=None if rows else "no-trace",
        convention=Convention.BEFORE,
        is_complete=True,
        code=code,
    )
    return Imported("python-tutor", (answer,), tuple(problems))


def _row(point: Mapping[str, Any], kind: RowKind, lines: Sequence[str]) -> Row:
    line, heap = point.get("line"), point.get("heap") or {}
    frames = point.get("stack_to_render") or [{}]
    local = frames[-1].get("encoded_locals") or {}
    state = {key: _stated(value, heap) for key, value in local.items() if key != "__return__"}
    returned = _text(local["__return__"], heap, 0) if kind is RowKind.RETURN and "__return__" in local else None
    value = f"{str(point.get('exception_msg', '')).strip()}" if kind is RowKind.RAISE else returned
    source = lines[line - 1].strip() if isinstance(line, int) and 0 < line <= len(lines) and kind is RowKind.LINE else ""
    return Row(source, line, None, state, kind, value, str(point.get("func_name", "")))


def _stated(value: Any, heap: Mapping[str, Any]) -> Stated:  # noqa: ANN401 - decoded JSON
    text = _text(value, heap, 0)
    return Stated(StatedKind.NOT_STATED) if text is None else Stated.value(text)


def _text(value: Any, heap: Mapping[str, Any], depth: int) -> str | None:  # noqa: ANN401 - decoded JSON
    """A value as Python would write it; None for what is no plain value, and for what refers to itself."""
    if not isinstance(value, list):
        return repr(value)
    if depth > DEEPEST or not value:
        return None
    if value[0] == "REF":
        return _text(heap.get(str(value[1])), heap, depth + 1) if heap.get(str(value[1])) is not None else None
    if value[0] == "SPECIAL_FLOAT":
        return {"NaN": "nan", "Infinity": "inf", "-Infinity": "-inf"}.get(str(value[1]), str(value[1]))
    return _container(value, heap, depth)


def _container(value: Sequence[Any], heap: Mapping[str, Any], depth: int) -> str | None:
    tag, elements = value[0], value[1:]
    if tag == "DICT":
        pairs = [(_text(key, heap, depth + 1), _text(item, heap, depth + 1)) for key, item in elements]
        return None if any(None in pair for pair in pairs) else "{" + ", ".join(f"{key}: {item}" for key, item in pairs) + "}"
    texts = [_text(element, heap, depth + 1) for element in elements] if tag in {"LIST", "TUPLE", "SET"} else [None]
    if any(text is None for text in texts):
        return None
    inner = ", ".join(str(text) for text in texts)
    if tag == "TUPLE":
        return f"({inner},)" if len(texts) == 1 else f"({inner})"
    return f"[{inner}]" if tag == "LIST" else f"{{{inner}}}" if texts else "set()"
