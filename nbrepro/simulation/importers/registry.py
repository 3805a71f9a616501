"""All formats by name, and finding out which one a file has."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbrepro.errors import RequestError
from nbrepro.simulation.answers import Imported
from nbrepro.simulation.importers import cwm, debuggers, generations, own_traces, probes, python_tutor, statelens, text_traces

Reader = Callable[..., Imported]

_OF_JSON: Mapping[str, Reader] = {
    "cruxeval": generations.read_generations,
    "python-tutor": python_tutor.read_python_tutor,
}


def _read_saved(records: Sequence[Mapping[str, Any]], *, name: str = "") -> Imported:
    from nbrepro.simulation.questions.saved import read_saved  # it stands on the readers of this package

    return read_saved(records, name=name)


_OF_RECORDS: Mapping[str, Reader] = {
    "nbrepro-answers": _read_saved,
    "livecodebench": generations.read_livecodebench,
    "cruxeval-x": generations.read_cruxeval_x,
    "statelens": statelens.read_statelens,
    "cwm": cwm.read_cwm,
    "reval": probes.read_reval,
    "ces": probes.read_ces,
    "surge": probes.read_surge,
    "codeexecutor": text_traces.read_codeexecutor,
    "printed": text_traces.read_printed,
    "comments": text_traces.read_comments,
    "semcoder": text_traces.read_semcoder,
    "ldb": debuggers.read_ldb,
    "mgdebugger": debuggers.read_mgdebugger,
}
_OF_TEXT: Mapping[str, Reader] = {"nbrepro-trace": own_traces.read_own_traces}
FORMATS: tuple[str, ...] = (*_OF_JSON, *_OF_RECORDS, *_OF_TEXT)
"""Names of the formats."""

_MARKS: tuple[tuple[str, Callable[[Mapping[str, Any]], bool]], ...] = (
    ("livecodebench", lambda record: "pred_list" in record or "output_list" in record),
    ("ldb", lambda record: "implementations" in record and "test_feedback" in record),
    ("reval", lambda record: "generation" in record and isinstance(record["generation"], list)),
    ("cruxeval-x", lambda record: {"res", "answer"} <= record.keys()),
    ("surge", lambda record: "gt" in record and any(name.startswith("custom_categ") for name in record)),
    ("statelens", lambda record: "function_call" in record and ("response" in record or "table_content" in record)),
)
_TEXT_MARKS = (
    ("cwm", "<|frame_sep|>"),
    ("codeexecutor", "<state>"),
    ("ces", "[/STATE]"),
    ("ces", "[/CONDITION]"),
    ("printed", "Return value:.."),
    ("printed", "<<< Return value from"),
    ("printed", ">>> Call to"),
    ("comments", "[BLOCK-"),
    ("semcoder", "[L1]"),
    ("semcoder", "[MONOLOGUE]"),
    ("mgdebugger", '"test_cases"'),
    ("mgdebugger", "```python"),
    ("surge", "Output:"),
)


def read_answers(path: Path, form: str | None = None) -> Imported:
    """The answers of a file.

    Args:
        path: JSON, JSON lines or text; may be compressed with gzip.
        form: one of `FORMATS`; None to find out.

    Raises:
        RequestError: the file can't be read, or has another format than asked for, or none that is known.
    """
    text = _text(path)
    content = _content(text)
    chosen = form or detect(content, text)
    if chosen not in FORMATS:
        raise RequestError(f"{path}: expected answers in one of the formats {', '.join(FORMATS)}; name it with --format")
    try:
        found = _read(chosen, content, text, _name(path))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise RequestError(f"{path}: can't be read as {chosen}: {type(error).__name__}: {error}; name the format with --format") from error
    return replace(found, problems=(*found.problems, *(_unread(text) if isinstance(content, list) and chosen not in _OF_TEXT else ())))


def _name(path: Path) -> str:
    """What the answers are known by: the file, with its folder where only that says something, as in CRUXEval and REval."""
    says_nothing = path.name.startswith(("generations.", "results.")) or "@" in path.parent.name
    return f"{path.parent.name}/{path.name}" if says_nothing else path.name


def _read(form: str, content: Any, text: str, name: str) -> Imported:  # noqa: ANN401 - decoded JSON
    if form in _OF_TEXT:
        return _OF_TEXT[form](text, name=name)
    if form in _OF_JSON:
        return _OF_JSON[form](content, name=name)
    return _OF_RECORDS[form](_records(content, text), name=name)


def _records(content: Any, text: str) -> Sequence[Any]:  # noqa: ANN401 - decoded JSON
    """The records of a file; a text that is no JSON is one response."""
    if isinstance(content, list):
        return content
    return [content] if isinstance(content, dict) else [text]


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
        return (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8", errors="replace")
    except (OSError, EOFError) as error:
        raise RequestError(f"{path}: can't be read: {error}") from error


def _content(text: str) -> Any:  # noqa: ANN401 - decoded JSON
    """Decoded JSON, or the list of the decoded lines of JSON lines; None for text that is neither."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    lines = [_decoded(line) for line in text.splitlines() if line.strip()]
    found = [line for line in lines if isinstance(line, dict)]
    return found if found and len(found) * 2 > len(lines) else None


def _decoded(line: str) -> Any:  # noqa: ANN401 - decoded JSON
    try:
        return json.loads(line)
    except ValueError:
        return None


def _unread(text: str) -> list[str]:
    """Lines of a JSON-lines file that could not be decoded: each would have been an answer."""
    if text.lstrip().startswith("["):
        return []
    lines = enumerate(text.splitlines(), 1)
    return [
        f"line {number} is no JSON object: {line[:60]}" for number, line in lines if line.strip() and not isinstance(_decoded(line), dict)
    ]


def detect(content: Any, text: str) -> str | None:  # noqa: ANN401 - decoded JSON
    """The format of a file, from its fields or from the marks in its responses; None where nothing tells."""
    if isinstance(content, dict) and ("raw_generations" in content or _is_generations(content)):
        return "cruxeval"
    first = content[0] if isinstance(content, list) and content else content
    if isinstance(first, dict):
        if str(first.get("schema", "")).startswith("nbrepro.trace"):
            return "nbrepro-trace"
        if str(first.get("schema", "")).startswith("nbrepro.simulation"):
            return "nbrepro-answers"
        if "stack_to_render" in first or ("trace" in first and isinstance(first["trace"], list)):
            return "python-tutor"
        named = next((form for form, is_it in _MARKS if is_it(first)), None)
        if named:
            return named
    return next((form for form, mark in _TEXT_MARKS if mark in text), None)


def _is_generations(content: Mapping[str, Any]) -> bool:
    values = list(content.values())[:5]
    return bool(values) and all(isinstance(value, list) and all(isinstance(text, str) for text in value) for value in values)
