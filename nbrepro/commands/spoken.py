"""What a verb has to say where it is no report: lines of text, in a terminal and in a notebook."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any


@dataclass(frozen=True, slots=True)
class Spoken:
    """Lines of text, and the exit status of the command."""

    lines: tuple[str, ...]
    exit_status: int = 0

    def __repr__(self) -> str:
        return "\n".join(self.lines)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:  # noqa: ANN401, ARG002 - IPython's protocol
        return {"text/plain": repr(self), "text/html": f"<pre>{escape(repr(self))}</pre>"}
