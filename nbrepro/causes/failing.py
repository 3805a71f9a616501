"""The error that ended a run, taken apart."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nbrepro.model import ErrorOutput, Execution, Failure, FailureKind, Step

_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_LIBRARY = re.compile(r".{0,300}?(?:site|dist)-packages[/\\]([\w.]+?)(?:\.py)?[/\\:\s]")
_CELL = re.compile(r"(?:File )?(?:<ipython-input-|Cell |Input In |.{0,300}?ipykernel_\d)")
_CODE = re.compile(r"[\s\d-]")
"""How the lines of a traceback begin that show code."""
_LONGEST = 4_000
"""Characters of a message that are looked at: what it says of the error stands at its beginning."""
_QUOTED = 300


@dataclass(frozen=True, slots=True)
class Failing:
    """A run that an error of the notebook ended."""

    saved: Execution
    observed: Execution
    failure: Failure
    step: Step
    error: ErrorOutput

    @property
    def kind(self) -> str:
        """The class of the error without its module."""
        return self.error.name.rpartition(".")[2]

    @property
    def message(self) -> str:
        """What the error says."""
        return _COLOURS.sub("", self.error.value[:_LONGEST])

    @property
    def quoted(self) -> str:
        """The beginning of the message, as evidence holds it."""
        return self.message[:_QUOTED]

    @property
    def traceback(self) -> str:
        """The traceback without colours."""
        return _COLOURS.sub("", "\n".join(self.error.traceback))

    @property
    def library(self) -> str | None:
        """The top-level module in whose code the error was raised; None where that was the notebook's own.

        Compiled parts of a library leave no path, so the last Python code before them counts.
        """
        for line in reversed(self.traceback.splitlines()):
            if _CODE.match(line) or line.startswith((f"{self.error.name}:", f"{self.kind}:")):
                continue
            if found := _LIBRARY.match(f"{line} "):
                return found[1]
            if _CELL.match(line):
                return None
        return None


def failing(saved: Execution, observed: Execution) -> Failing | None:
    """The error that ended a run; None where none did."""
    failure = observed.failure
    if failure is None or failure.kind is not FailureKind.STEP_ERROR:
        return None
    step = next((step for step in observed.steps if step.index == failure.step), None)
    if step is None or step.error is None:
        return None
    return Failing(saved, observed, failure, step, step.error)
