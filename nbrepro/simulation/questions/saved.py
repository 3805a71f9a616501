"""The file of answers that a model gave: what was asked and what came back, read anew whenever it is scored.

JSON lines of the schema `nbrepro.simulation/1`; the answer itself isn't kept, as it follows from the response.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from nbrepro.simulation.answers import Answer, AnswerKind, Imported
from nbrepro.simulation.questions.asked import Ask, Response
from nbrepro.simulation.questions.ways import read_response

SCHEMA = "nbrepro.simulation/1"
_KINDS: Mapping[Ask, Mapping[AnswerKind, tuple[str, ...]]] = {
    Ask.OUTPUT: {AnswerKind.OUTPUT: ()},
    Ask.INPUT: {AnswerKind.INPUT: ()},
    Ask.TRACE: {AnswerKind.TRACE: ()},
    Ask.NARRATION: {AnswerKind.TRACE: ()},
    Ask.PROBES: {
        AnswerKind.COVERAGE: ("line",),
        AnswerKind.STATE: ("line", "visit"),
        AnswerKind.PATH: ("line", "visit"),
        AnswerKind.OUTPUT: (),
    },
    Ask.STEPS: {AnswerKind.STEP: ("line", "visit", "moment")},
}
"""Kinds of answers that each way of asking has, with the numbers that their questions name."""
_TEXTS = ("task", "raw", "finish", "model", "code", "call", "prompt")


def written(responses: Iterable[Response]) -> str:
    """Responses as JSON lines."""
    return "".join(json.dumps(_record(response)) + "\n" for response in responses)


def _record(response: Response) -> dict[str, Any]:
    texts = {name: getattr(response, name) for name in _TEXTS}
    fields = {"ask": response.ask.value, "kind": response.kind.value, "sample": response.sample, "about": dict(response.about)}
    return {"schema": SCHEMA, **texts, **fields}


def read_saved(records: Iterable[Mapping[str, Any]], *, name: str = "") -> Imported:
    """The answers of a file; a record of another shape is reported, not dropped in silence."""
    answers: list[Answer] = []
    problems: list[str] = []
    for number, record in enumerate(records, 1):
        try:
            answers.append(read_response(_response(record, name)))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            problems.append(f"record {number} is no response: {type(error).__name__}: {error}")
    return Imported("nbrepro-answers", tuple(answers), tuple(problems))


def _response(record: Mapping[str, Any], name: str) -> Response:
    texts = {field: str(record.get(field, "")) for field in _TEXTS} | {field: str(record[field]) for field in ("task", "raw")}
    texts["model"] = texts["model"] or name
    about = {str(key): str(value) for key, value in record.get("about", {}).items()}
    ask, kind, sample = Ask(record["ask"]), AnswerKind(record["kind"]), int(record.get("sample", 0))
    numbers = [int(about[name]) for name in _KINDS[ask][kind]]
    if any(number < 0 for number in numbers) or (kind is AnswerKind.STATE and "variable" not in about):
        raise ValueError(f"it doesn't say what was asked: {about}")
    return Response(ask=ask, kind=kind, sample=sample, about=about, **texts)
