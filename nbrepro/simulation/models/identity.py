"""Which prompts are the same: a hash of everything that an answer may depend on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from nbrepro.simulation.models.protocol import Message, Prompt, Role, Sampling


def as_json(prompt: Prompt) -> dict[str, Any]:
    """The prompt as plain JSON data, from which `from_json` makes it again."""
    sampling = prompt.sampling
    return {
        "messages": [{"role": message.role.value, "text": message.text} for message in prompt.messages],
        "sampling": {
            "temperature": sampling.temperature + 0.0,  # 0, 0.0 and -0.0 are one number
            "max_tokens": sampling.max_tokens,
            "seed": sampling.seed,
            "stop": list(sampling.stop),
        },
        "schema": None if prompt.schema is None else dict(prompt.schema),
        "sample": prompt.sample,
        "prompt_version": prompt.prompt_version,
    }


def from_json(written: Mapping[str, Any]) -> Prompt:
    r"""The prompt that `as_json` wrote.

    >>> prompt = Prompt((Message(Role.USER, "1 + 1?"),), Sampling(stop=("\n",)), {"type": "integer"}, 2, "output@1")
    >>> from_json(as_json(prompt)) == prompt
    True

    Raises:
        KeyError, TypeError, ValueError: it is no prompt.
    """
    sampling = written["sampling"]
    return Prompt(
        messages=tuple(Message(Role(message["role"]), message["text"]) for message in written["messages"]),
        sampling=Sampling(sampling["temperature"], sampling["max_tokens"], sampling["seed"], tuple(sampling["stop"])),
        schema=written["schema"],
        sample=written["sample"],
        prompt_version=written["prompt_version"],
    )


def prompt_hash(prompt: Prompt) -> str:
    """SHA-256 of messages, sampling, schema and sample number, in hexadecimal.

    The version of the prompt file is left out: two versions that ask the same words get the same answer.

    >>> same = prompt_hash(Prompt((Message(Role.USER, "1 + 1?"),), prompt_version="output@1"))
    >>> same == prompt_hash(Prompt((Message(Role.USER, "1 + 1?"),), prompt_version="output@2"))
    True
    """
    written = as_json(prompt)
    del written["prompt_version"]
    return hash_of(written)


def answer_key(prompt: Prompt, model: str, address: str) -> str:
    """SHA-256 of a prompt and of who is asked: the model's name and its address without credentials."""
    return hash_of([model, address, prompt_hash(prompt)])


def hash_of(value: object) -> str:
    """SHA-256 of JSON data, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")).hexdigest()
