"""The error that ended a run, taken apart."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nbrepro.model import ErrorOutput, Execution, Failure, FailureKind, Step

_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_LIBRARY = re.compile(r"(?:site|dist)-packages[/\\]([\w.]+?)(?:\.py)?(?=[/\\:\s])")
_FRAME = re.compile(
    r"^(?:File )?\S[^\n]*?(?:(?:site|dist)-packages[/\\]\S+|<ipython-input-\S+|\S*ipykernel_\d+\S*|Cell \S+|Input In \S+)", re.MULTILINE
)


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
        return _COLOURS.sub("", self.error.value)

    @property
    def traceback(self) -> str:
        """The traceback without colours."""
        return _COLOURS.sub("", "\n".join(self.error.traceback))

    @property
    def library(self) -> str | None:
        """The top-level module in whose code the error was raised; None where that was the notebook's own.

        Compiled parts of a library leave no path, so the last Python code before them counts.
        """
        frames = [match[0] for match in _FRAME.finditer(self.traceback)]
        found = _LIBRARY.search(frames[-1] + " ") if frames else None
        return found[1] if found else None


def failing(saved: Execution, observed: Execution) -> Failing | None:
    """The error that ended a run; None where none did."""
    failure = observed.failure
    if failure is None or failure.kind is not FailureKind.STEP_ERROR:
        return None
    step = next((step for step in observed.steps if step.index == failure.step), None)
    if step is None or step.error is None:
        return None
    return Failing(saved, observed, failure, step, step.error)
