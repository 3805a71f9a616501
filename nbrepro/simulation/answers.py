"""What a model said about a task: a final answer, a trace in rows, or both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class AnswerKind(StrEnum):
    """What was asked."""

    OUTPUT = "output"
    """The value of a call."""
    INPUT = "input"
    """A call that gives the stated value."""
    TRACE = "trace"
    """Lines and states, with or without the final value."""
    COVERAGE = "coverage"
    """Whether a line is executed."""
    STATE = "state"
    """The value of a variable after a line."""
    PATH = "path"
    """The line that is executed next."""
    STEP = "step"
    """What one line does, from a given state."""
    VERDICT = "verdict"
    """Whether code is right, or what is wrong with it."""


class StatedKind(StrEnum):
    """What an answer says of a variable. The three ways to say nothing are kept apart: mixing them makes false differences."""

    VALUE = "value"
    """It has the value that the text stands for."""
    UNSET = "unset"
    """It has no value here."""
    SAME = "same"
    """It has the value of the row before."""
    NOT_STATED = "not-stated"
    """Nothing that can be held against a value: prose, an ellipsis, an empty field."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What an answer says of one variable at one row."""

    kind: StatedKind
    text: str = ""
    """As it was written; empty where nothing was."""

    @classmethod
    def value(cls, text: str) -> Stated:
        """A value, as text."""
        return cls(StatedKind.VALUE, text)


UNSET = Stated(StatedKind.UNSET)
SAME = Stated(StatedKind.SAME)


class RowKind(StrEnum):
    """What a row tells."""

    LINE = "line"
    CALL = "call"
    RETURN = "return"
    RAISE = "raise"
    OUTPUT = "output"
    NOTE = "note"
    """Text that belongs to no event."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a stated trace."""

    source: str = ""
    """The quoted source text; empty where only a line number is stated."""
    line: int | None = None
    """The stated line number, from 1. Where source is quoted, the number is only a hint: one in four is wrong."""
    visit: int | None = None
    """How often the line was reached, from 1; None where it isn't stated."""
    state: Mapping[str, Stated] = field(default_factory=dict)
    kind: RowKind = RowKind.LINE
    value: str | None = None
    """Returned value, or the exception as `Type: message`."""
    function: str = ""
    taken: int | None = None
    """1 where the row says that a branch or loop is entered, 0 where not; None where it says nothing of it."""
    note: str = ""
    """What else the row says."""


class Convention(StrEnum):
    """Which state stands beside a line."""

    BEFORE = "before"
    """As it is when the line is reached."""
    AFTER = "after"
    """As it is when the line is done."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model said about one task."""

    task: str
    kind: AnswerKind
    raw: str
    """The whole response, or the field that the format keeps of it."""
    text: str | None = None
    """The final answer found in it; None where none was found."""
    rows: tuple[Row, ...] = ()
    sample: int = 0
    """Number among the answers to the same task, from 0."""
    model: str = ""
    published: bool | None = None
    """Whether the publication counts it as right; None where it says nothing."""
    problem: str | None = None
    """Why nothing could be read: `no-answer`, `no-trace`, `malformed`, `cut-off`."""
    convention: Convention | None = None
    """As the format defines it; None where each model does as it likes."""
    is_complete: bool = False
    """Whether the format asks for a row for every line that is executed, so that an absent row says something."""
    code: str = ""
    """The program, where the format holds it."""
    question: Mapping[str, str] = field(default_factory=dict)
    """What else belongs to the question: a line, a variable, a call, an expected value."""


@dataclass(frozen=True, slots=True)
class Imported:
    """The answers of a file, none dropped: those that can't be read are there with their problem."""

    format: str
    answers: tuple[Answer, ...]
    problems: tuple[str, ...] = ()
    """What of the file itself could not be read: record or line, and why."""

    @property
    def unreadable(self) -> int:
        """How many answers give nothing to compare."""
        return sum(answer.problem is not None for answer in self.answers)
