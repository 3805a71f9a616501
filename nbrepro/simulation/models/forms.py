"""How a request is worded, and how it is worded anew where a server refuses a part of it.

Servers that speak the protocol accept different parts of it: newer models know no `max_tokens` and one temperature only, older servers
know neither schemas nor `stream_options`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from nbrepro.simulation.models.protocol import Prompt
from nbrepro.simulation.models.retrying import Failure

_REFUSALS = frozenset({400, 422})
_TOO_LONG = re.compile(r"context.{0,10}(length|window|size)|too many tokens|too long", re.IGNORECASE)
_OUT_OF_RANGE = re.compile(r"\bbetween\b|\brange\b|(maximum|minimum) value|(less|greater) than|[<>]=|negative")
"""Says that a number is wrong, not that there is one: without it something else would be asked."""
_NUMBERS = frozenset({"temperature", "seed", "limit"})
_NAMED = (
    ("limit", re.compile(r"max_completion_tokens")),
    ("counts", re.compile(r"stream_options|include_usage")),
    ("schema", re.compile(r"response_format|json_schema|\bschema\b|structured output|guided", re.IGNORECASE)),
    ("temperature", re.compile(r"\btemperature\b", re.IGNORECASE)),
    ("seed", re.compile(r"\bseed\b", re.IGNORECASE)),
    ("stop", re.compile(r"""["'`]stop["'`]|\bstop sequences?\b""")),
    ("stream", re.compile(r"""["'`]stream["'`]|\bstreaming\b""", re.IGNORECASE)),
)
_PARAMETERS = {"max_tokens": "limit", "stream_options": "counts", "response_format": "schema"}


@dataclass(frozen=True, slots=True)
class Form:
    """What a server accepts, as far as it is known.

    >>> from nbrepro.simulation.models.protocol import Message, Role, Sampling
    >>> prompt = Prompt((Message(Role.USER, "1 + 1?"),), Sampling(max_tokens=8))
    >>> refusal = Failure("bad-request", "Unsupported parameter: use 'max_completion_tokens' instead", 400)
    >>> Form().after(refusal, prompt).body(prompt, "small")["max_completion_tokens"]
    8
    """

    left_out: frozenset[str] = frozenset()
    """Parts of prompts that it refuses: `schema`, `temperature`, `seed`, `stop`."""
    is_limit_old: bool = True
    """Whether it calls the limit of tokens `max_tokens`; else `max_completion_tokens`."""
    is_streamed: bool = True
    counts: bool = True
    """Whether it can be asked to count the tokens of a stream."""

    def body(self, prompt: Prompt, model: str) -> dict[str, Any]:
        """The request as keyword arguments of the client."""
        sampling = prompt.sampling
        said: dict[str, Any] = {
            "temperature": sampling.temperature,
            "max_tokens" if self.is_limit_old else "max_completion_tokens": sampling.max_tokens,
            "seed": sampling.seed,
            "stop": list(sampling.stop) or None,
            "schema": prompt.schema,
        }
        kept = {name: value for name, value in said.items() if value is not None and name not in self.left_out}
        if "schema" in kept:
            described = {"name": "answer", "schema": dict(kept.pop("schema")), "strict": True}
            kept["response_format"] = {"type": "json_schema", "json_schema": described}
        if self.is_streamed:
            kept["stream"] = True
        if self.is_streamed and self.counts:
            kept["stream_options"] = {"include_usage": True}
        messages = [{"role": message.role.value, "content": message.text} for message in prompt.messages]
        return {"model": model, "messages": messages, **kept}

    def missing(self, prompt: Prompt) -> tuple[str, ...]:
        """What of a prompt is left out."""
        return tuple(sorted(self.left_out & self._parts(prompt)))

    def after(self, failure: Failure, prompt: Prompt) -> Form | None:
        """How to ask after a refusal; None where no other wording helps. Each form is tried once, as each asks for less."""
        if failure.status not in _REFUSALS or _TOO_LONG.search(failure.words):
            return None
        named = _named(failure)
        for part in named:
            other = None if _is_value_wrong(part, failure) else self._without(part, prompt)
            if other is not None:
                return other
        return None if named else self._without("schema", prompt)

    def joined(self, other: Form) -> Form:
        """What is refused by either: two threads may have learned different things.

        >>> Form(is_streamed=False).joined(Form(frozenset({"seed"}))) == Form(frozenset({"seed"}), is_streamed=False)
        True
        """
        return Form(
            self.left_out | other.left_out,
            is_limit_old=self.is_limit_old and other.is_limit_old,
            is_streamed=self.is_streamed and other.is_streamed,
            counts=self.counts and other.counts,
        )

    def _without(self, part: str, prompt: Prompt) -> Form | None:
        if part == "limit":
            return replace(self, is_limit_old=False) if self.is_limit_old and prompt.sampling.max_tokens is not None else None
        if part == "counts":
            return replace(self, counts=False) if self.counts and self.is_streamed else None
        if part == "stream":
            return replace(self, is_streamed=False) if self.is_streamed else None
        is_sent = part in self._parts(prompt) - self.left_out
        return replace(self, left_out=self.left_out | {part}) if is_sent else None

    @staticmethod
    def _parts(prompt: Prompt) -> frozenset[str]:
        """The parts of a prompt that can be left out."""
        sampling = prompt.sampling
        has = {"schema": prompt.schema is not None, "seed": sampling.seed is not None, "stop": bool(sampling.stop), "temperature": True}
        return frozenset(part for part, is_there in has.items() if is_there)


def _named(failure: Failure) -> list[str]:
    """The parts that a refusal speaks of; the one that the server names as the wrong one comes first."""
    parameter = failure.parameter.partition(".")[0]
    first = [_PARAMETERS.get(parameter, parameter)] if parameter else []
    return first + [part for part, pattern in _NAMED if pattern.search(failure.words)]


def _is_value_wrong(part: str, failure: Failure) -> bool:
    return part in _NUMBERS and _OUT_OF_RANGE.search(failure.words) is not None
