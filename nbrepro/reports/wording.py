"""The words and marks of the reports: a verdict reads the same in all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nbrepro.model import NotebookVerdict, StepStatus, Verdict

if TYPE_CHECKING:
    from nbrepro.reports.results import NotebookResult

MARKS: Final = {
    "good": "✓",
    "close": "≈",
    "bad": "✗",
    "neutral": "○",
}
"""A mark for each tone, so that nothing is told by colour alone."""

_TONES: Final = {
    Verdict.IDENTICAL: "good",
    Verdict.EQUIVALENT: "good",
    Verdict.CLOSE: "close",
    Verdict.NOTHING_TO_COMPARE: "neutral",
    Verdict.NOT_COMPARED: "neutral",
    NotebookVerdict.REPRODUCED: "good",
    NotebookVerdict.REPRODUCED_WITHIN_TOLERANCE: "close",
    NotebookVerdict.NOTHING_TO_COMPARE: "neutral",
    StepStatus.COMPLETED: "good",
    StepStatus.NOT_RUN: "neutral",
}
_WORDS: Final = {
    Verdict.NOTHING_TO_COMPARE: "nothing to compare",
    Verdict.NOT_COMPARED: "not compared",
    NotebookVerdict.REPRODUCED_WITHIN_TOLERANCE: "reproduced within tolerance",
    NotebookVerdict.TIMED_OUT: "timed out",
    NotebookVerdict.ENVIRONMENT_FAILED: "environment failed",
    StepStatus.TIMED_OUT: "timed out",
    StepStatus.NOT_RUN: "not run",
}
UNREADABLE: Final = "unreadable"
MEANINGS: Final = {
    Verdict.IDENTICAL: "equal byte for byte",
    Verdict.EQUIVALENT: "equal after the normalizations that are named",
    Verdict.CLOSE: "numbers or pictures within the tolerance, with the measured deviation",
    Verdict.DIFFERENT: "not equal",
    Verdict.MISSING: "expected, but not observed",
    Verdict.EXTRA: "observed, but not expected",
    Verdict.NOT_COMPARED: "was there, but could not be compared, for the reason given",
}
"""What the verdict of an output means."""


def tone_of(verdict: Verdict | NotebookVerdict | StepStatus) -> str:
    """`good`, `close`, `bad` or `neutral`."""
    return _TONES.get(verdict, "bad")


def mark_of(verdict: Verdict | NotebookVerdict | StepStatus) -> str:
    """The mark that stands beside the word."""
    return MARKS[tone_of(verdict)]


def word_of(verdict: Verdict | NotebookVerdict | StepStatus) -> str:
    """The verdict in words.

    >>> word_of(NotebookVerdict.REPRODUCED_WITHIN_TOLERANCE)
    'reproduced within tolerance'
    """
    return _WORDS.get(verdict, verdict.value)


def word_of_result(result: NotebookResult) -> str:
    """What became of a notebook, in a few words."""
    if result.verdict is not None:
        return word_of(result.verdict)
    if result.execution is None:
        return UNREADABLE
    if result.execution.failure is None:
        return "ran to its end" if result.problem is None else "not written"
    return "timed out" if "timed-out" in result.execution.failure.kind else "failed"


def tone_of_result(result: NotebookResult) -> str:
    """`good`, `close`, `bad` or `neutral`."""
    if result.verdict is not None:
        return tone_of(result.verdict)
    return "good" if result.is_success else "bad"


def cell_name(index: int, count: int | None = None) -> str:
    """How a cell is called: by its place in the notebook, counted from 1 over cells of every kind, and its execution count.

    >>> cell_name(0), cell_name(4, 3)
    ('cell 1', 'cell 5 [3]')
    """
    return f"cell {index + 1}" if count is None else f"cell {index + 1} [{count}]"


def some(number: int, noun: str) -> str:
    """A number with its noun.

    >>> some(1, "cell"), some(2, "cell")
    ('1 cell', '2 cells')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def share_of(part: int, whole: int, noun: str) -> str:
    """A share with the numbers it is made of; of nothing there is no share.

    >>> share_of(3, 4, "cell"), share_of(0, 0, "cell")
    ('3 of 4 cells', 'no cells')
    """
    return f"{part:,} of {some(whole, noun)}" if whole else f"no {noun}s"


def duration(seconds: float | None) -> str:
    """A wall time for people; empty where it isn't known.

    >>> duration(0.42), duration(12.3), duration(125.0), duration(None)
    ('0.42 s', '12 s', '2 min 5 s', '')
    """
    if seconds is None:
        return ""
    if seconds < 10:  # noqa: PLR2004 - below this, decimals tell something
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
