"""Models without a network: they do what a function says, and keep what they were asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any

from nbrepro.simulation.models.protocol import Completion, Prompt, Usage

CALLED = re.compile(r"calls `(.+)`\.", re.DOTALL)


class Scripted:
    """Says what a function of the prompt gives; of a list, one text after the other."""

    name = "scripted"

    def __init__(self, says: Callable[[Prompt], str] | Iterable[str]) -> None:
        self.asked: list[Prompt] = []
        self._lock = Lock()
        texts = None if callable(says) else iter(says)
        self._says: Callable[[Prompt], str] = says if callable(says) else lambda _: next(texts)  # type: ignore[arg-type]

    def complete(self, prompt: Prompt) -> Completion:
        with self._lock:
            self.asked.append(prompt)
            text = self._says(prompt)
        return Completion(text, "stop", Usage(10, 2), None, attempts=1, seconds=0.25)


class Silent:
    """A model whose server is gone."""

    name = "silent"

    def complete(self, prompt: Prompt) -> Completion:
        return Completion("", "error", None, "connection: nobody listens", attempts=3, seconds=1.0)


def asked_call(prompt: Prompt) -> str:
    """The call that a prompt of an emulation asks about."""
    question = prompt.messages[-1].text if len(prompt.messages) < 5 else prompt.messages[3].text
    found = CALLED.search(question.rpartition("\n\n")[2] if "Of the function" not in question else question)
    assert found is not None, question
    return found.group(1).partition("`.\n")[0]


def by_truth(functions: dict[str, Any]) -> Scripted:
    """A model that knows the functions."""

    def says(prompt: Prompt) -> str:
        try:
            value = eval(asked_call(prompt), dict(functions))
        except Exception as error:  # noqa: BLE001 - the function may raise anything
            return f"[ANSWER]raise {type(error).__name__}({', '.join(map(repr, error.args))})[/ANSWER]"
        return f"[ANSWER]{value!r}[/ANSWER]"

    return Scripted(says)
