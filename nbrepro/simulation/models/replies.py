"""Reads what a server sends: chat completions as server-sent events, or whole as JSON, whatever its content type says.

Formats: the chat completions of OpenAI's API reference; server-sent events of the HTML standard, section 9.2.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from nbrepro.simulation.models.protocol import Usage
from nbrepro.simulation.models.retrying import Failure, is_passing


@dataclass(slots=True)
class Reply:
    """What has come so far. `feed` it bytes as they arrive; `failure` says at the end what is wrong with it."""

    usage: Usage | None = None
    _pieces: list[str] = field(default_factory=list)
    _finish: str | None = None
    _refusal: str = ""
    _error: Failure | None = None
    _is_stream: bool = False
    _is_done: bool = False
    _has_choice: bool = False
    _rest: list[bytes] = field(default_factory=list)
    _event: str = ""
    _whole: list[str] = field(default_factory=list)
    _garbage: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What the model said, as far as it came."""
        return "".join(self._pieces)

    @property
    def is_over(self) -> bool:
        """Whether a stream said that it is at its end, so that nothing is lost if the connection breaks now."""
        return self._is_done or (self._is_stream and self._finish is not None)

    @property
    def is_done(self) -> bool:
        """Whether a stream has sent its last message."""
        return self._is_done

    @property
    def finish(self) -> str:
        """Why it ends, in the server's word; `cut-off` where the end is missing, `error` where there is nothing."""
        if self._finish is not None:
            return self._finish
        if self._has_choice and (self._is_done or not self._is_stream):
            return "stop"
        return "cut-off" if self.text else "error"

    def feed(self, received: bytes) -> None:
        """Take in the next bytes. Only LF ends a line: JSON text may hold every other separator."""
        self._rest.append(received)
        if b"\n" not in received:
            return
        *lines, rest = b"".join(self._rest).split(b"\n")
        self._rest = [rest]
        for line in lines:
            self._take(line.decode("utf-8", "replace").rstrip("\r"))

    def end(self) -> None:
        """Nothing more will come."""
        self.feed(b"\n\n")
        if not self._is_stream:
            self._take_whole("\n".join(self._whole))

    def failure(self) -> Failure | None:
        """What is wrong with the reply; None where nothing is."""
        if self._error is not None:
            return self._error
        is_cut = self._is_stream and not self.is_over
        first = self._garbage[0][:80] if self._garbage else ""
        found = (
            (bool(self._garbage), "malformed", f"{len(self._garbage)} of the server's messages can't be read, first {first!r}"),
            (is_cut, "cut-off", "the connection ended before the answer did"),
            (not self._has_choice, "no-choice", "the server sent no answer in its reply"),
            (bool(self._refusal), "refused", self._refusal),
            (self._finish == "content_filter", "filtered", "the server's filter held the answer back, or a part of it"),
            (self.finish != "length" and not self.text, "empty", "the answer has no text"),
        )
        return next((Failure(slug, words, is_passing=slug == "cut-off") for is_so, slug, words in found if is_so), None)

    def _take(self, line: str) -> None:
        if line.startswith("data:"):
            self._is_stream = True
            self._take_data(line.removeprefix("data:").removeprefix(" "))
        elif self._is_stream:
            if not line and self._event:
                self._garbage.append(self._event)
                self._event = ""
        else:
            self._whole.append(line)

    def _take_data(self, data: str) -> None:
        """An event ends with an empty line, which some servers leave out: it is complete as soon as it can be read."""
        if data.strip() == "[DONE]":
            self._is_done = True
            return
        self._event = f"{self._event}\n{data}" if self._event else data
        try:
            message = json.loads(self._event)
        except (ValueError, RecursionError):
            return
        self._event = ""
        self._take_message(message)

    def _take_whole(self, text: str) -> None:
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            self._garbage.append(text.strip() or "nothing at all")
            return
        self._take_message(message)

    def _take_message(self, message: object) -> None:
        if not isinstance(message, dict):
            self._garbage.append(str(message))
            return
        if message.get("error"):
            self._error = _error(message["error"])
        if isinstance(message.get("usage"), dict):
            self.usage = Usage(_count(message["usage"].get("prompt_tokens")), _count(message["usage"].get("completion_tokens")))
        choices = message.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            if isinstance(choice, dict) and choice.get("index") in (0, None):
                self._take_choice(choice)

    def _take_choice(self, choice: dict[str, Any]) -> None:
        self._has_choice = True
        said = choice.get("delta") or choice.get("message")
        if isinstance(said, dict):
            self._pieces.append(_text(said.get("content")))
            self._refusal += _text(said.get("refusal"))
        else:
            self._pieces.append(_text(choice.get("text")))
        if isinstance(choice.get("finish_reason"), str):
            self._finish = choice["finish_reason"]


def _text(content: object) -> str:
    """The text of a message, which may come in parts."""
    if isinstance(content, list):
        return "".join(_text(part.get("text")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _error(error: object) -> Failure:
    """An error within a reply that began as a good one."""
    code = str(error.get("code")) if isinstance(error, dict) else ""
    status = int(code) if re.fullmatch(r"[1-5][0-9]{2}", code) else None
    words = error.get("message") if isinstance(error, dict) else error
    return Failure("server-error", str(words), status, is_passing=status is not None and is_passing(status))
