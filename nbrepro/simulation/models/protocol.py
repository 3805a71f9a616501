"""What is asked of a language model, what comes back, and what every model can do.

A model is anything with a name that completes prompts: an endpoint on the network, a cache before it, a file of recorded answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol


class Role(StrEnum):
    """Who speaks."""

    SYSTEM = "system"
    """The instructions that stand above the conversation."""
    USER = "user"
    ASSISTANT = "assistant"
    """The model itself: an example of an answer, or what it said before."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How an answer is drawn."""

    temperature: float = 0.0
    """0 asks for the likeliest answer; few servers promise the same one twice."""
    max_tokens: int | None = None
    """Where the answer is cut, in tokens; None leaves it to the server."""
    seed: int | None = None
    """None sends none; a server may ignore it."""
    stop: tuple[str, ...] = ()
    """Texts before which the answer ends."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question, with everything that the answer may depend on.

    >>> prompt = Prompt((Message(Role.USER, "What does len('abc') give?"),), prompt_version="output@1")
    >>> prompt.sampling.temperature, prompt.schema, prompt.sample
    (0.0, None, 0)
    >>> prompt == Prompt((Message(Role.USER, "What does len('abc') give?"),), sample=1, prompt_version="output@1")
    False
    """

    messages: tuple[Message, ...]
    sampling: Sampling = Sampling()
    schema: Mapping[str, Any] | None = field(default=None, hash=False)
    """JSON schema that the answer has to keep to; None leaves it free."""
    sample: int = 0
    """Number among otherwise equal prompts, from 0, so that several answers to one question are kept apart."""
    prompt_version: str = ""
    """Prompt file that it was made from, as `name@version`; empty for a prompt of its own."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What the server counted, in tokens; None where it didn't say."""

    prompt_tokens: int | None
    completion_tokens: int | None


@dataclass(frozen=True, slots=True)
class Completion:
    """What came back.

    >>> Completion("3", "stop", Usage(12, 1), None, attempts=1, seconds=0.4).is_complete
    True
    >>> Completion("", "error", None, "time-out: no answer within 60 s", attempts=4, seconds=250.0).slug
    'time-out'
    """

    text: str
    """What the model said, as far as it came; empty where nothing did."""
    finish: str
    """Why it ends: `stop`, `length` (the limit of tokens), `cut-off` (the connection broke), `error`, or the server's own word."""
    usage: Usage | None
    """None where the server counted nothing."""
    problem: str | None
    """Why there is no text or not all of it, as `slug: words`; None where all is well."""
    attempts: int
    """Requests that were sent for it; 0 where none was."""
    seconds: float
    """From the first request to the end of the answer, waiting included; for a cached answer, what it took then."""
    is_cached: bool = False
    """Whether nothing was asked for it: it comes from the cache or from a recording."""
    left_out: tuple[str, ...] = ()
    """What the server refused, so that it was asked without: `schema`, `temperature`, `seed`, `stop`."""

    @property
    def is_complete(self) -> bool:
        """Whether the model ended by itself, so that the text is all that it had to say."""
        return self.problem is None and self.finish == "stop"

    @property
    def slug(self) -> str:
        """The problem in one word; empty where there is none."""
        return (self.problem or "").partition(":")[0]


class Model(Protocol):
    """Anything that completes prompts. It never raises for what a server or a network does: that is a `Completion` with a problem.

    `complete` is called from several threads at once.
    """

    @property
    def name(self) -> str:
        """The model, as reports name it."""

    def complete(self, prompt: Prompt) -> Completion:
        """Ask once, and wait for the answer."""
