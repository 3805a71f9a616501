"""One answer as JSON data: how the cache and recordings keep it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from nbrepro.simulation.models.identity import as_json, from_json, prompt_hash
from nbrepro.simulation.models.protocol import Completion, Prompt, Usage

SCHEMA = "nbrepro.answers/1"


@dataclass(frozen=True, slots=True)
class Record:
    """What was asked, of whom, when, and what came back."""

    prompt: Prompt
    prompt_hash: str
    model: str
    completion: Completion
    time: str
    """When the answer was there: ISO 8601, UTC."""

    @classmethod
    def now(cls, prompt: Prompt, model: str, completion: Completion) -> Record:
        """The record of an answer that has just come."""
        return cls(prompt, prompt_hash(prompt), model, completion, datetime.now(UTC).isoformat(timespec="seconds"))

    @property
    def again(self) -> Completion:
        """The completion as it is given a second time: nothing was asked for it."""
        return replace(self.completion, attempts=0, is_cached=True)

    def as_json(self) -> dict[str, Any]:
        """The record as plain JSON data."""
        said, usage = self.completion, self.completion.usage
        return {
            "schema": SCHEMA,
            "prompt_hash": self.prompt_hash,
            "prompt_version": self.prompt.prompt_version,
            "model": self.model,
            "prompt": as_json(self.prompt),
            "completion": {
                "text": said.text,
                "finish": said.finish,
                "problem": said.problem,
                "attempts": said.attempts,
                "seconds": round(said.seconds, 3),
                "left_out": list(said.left_out),
            },
            "usage": None if usage is None else {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens},
            "time": self.time,
        }

    @classmethod
    def from_json(cls, written: object) -> Record:
        """The record that `as_json` wrote.

        Raises:
            ValueError: it is none, is damaged, or is of another version of the schema.
        """
        if not isinstance(written, Mapping) or written.get("schema") != SCHEMA:
            raise ValueError(f"it is no record of {SCHEMA}")
        try:
            record = cls(from_json(written["prompt"]), written["prompt_hash"], written["model"], _completion(written), written["time"])
            is_whole = record.prompt_hash == prompt_hash(record.prompt)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"a field is missing or of the wrong kind: {error}") from None
        if not is_whole:
            raise ValueError("the prompt is not the one that its hash stands for")
        return record


def _completion(written: Mapping[str, Any]) -> Completion:
    said, usage = written["completion"], written["usage"]
    if not isinstance(said["text"], str) or not isinstance(said["finish"], str):
        raise TypeError("text and finish have to be texts")
    return Completion(
        text=said["text"],
        finish=said["finish"],
        usage=None if usage is None else Usage(usage["prompt_tokens"], usage["completion_tokens"]),
        problem=said["problem"],
        attempts=said["attempts"],
        seconds=said["seconds"],
        left_out=tuple(said["left_out"]),
    )
