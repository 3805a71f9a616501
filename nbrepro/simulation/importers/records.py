"""What the readers of records have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RESPONSE_FIELDS = ("response", "generation", "prediction", "generated", "completion", "trace", "answer", "output")
TASK_FIELDS = ("task_id", "id", "idx", "question_id")


def response_of(record: Mapping[str, Any] | str) -> str:
    """What the model wrote; empty where the record holds nothing of the kind."""
    if isinstance(record, str):
        return record
    found = next((record[name] for name in RESPONSE_FIELDS if record.get(name)), "")
    return found if isinstance(found, str) else str(found)


def task_of(record: Mapping[str, Any] | str, position: int) -> str:
    """The task of a record; `sample_<position>` where it names none."""
    if isinstance(record, str):
        return f"sample_{position}"
    found = next((record[name] for name in TASK_FIELDS if record.get(name) is not None), None)
    return str(found) if found is not None else f"sample_{position}"


def text_of(record: Mapping[str, Any] | str, *names: str) -> str:
    """The first of some text fields; empty where there is none."""
    if isinstance(record, str):
        return ""
    return str(next((record[name] for name in names if record.get(name) is not None), ""))
