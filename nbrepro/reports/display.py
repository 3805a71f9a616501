"""What a command shows in a terminal: progress while it works, then its report. What draws it is loaded when there is something to draw."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

from nbrepro.reports.listeners import Silence
from nbrepro.reports.results import NotebookResult, Report
from nbrepro.reports.waiting import WaitingLines

if TYPE_CHECKING:
    from nbrepro.reports.progress import ProgressDisplay


class TerminalDisplay:
    """Progress on stderr while notebooks run, then the report on stdout.

    Args:
        quiet: say nothing but which files could not be read or run, on stderr.
        only_progress: leave the report to somebody else, such as the notebook that shows it as the cell's result.
    """

    def __init__(self, *, quiet: bool = False, only_progress: bool = False) -> None:
        self._progress = Silence() if quiet else _progress()
        self._is_quiet = quiet
        self._shows = not (quiet or only_progress)

    def __enter__(self) -> Self:
        self._progress.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._progress.__exit__(kind, error, traceback)

    def notebook_started(self, path: str, total: int) -> None:
        """A notebook with so many cells to run begins."""
        self._progress.notebook_started(path, total)

    def preparing(self, path: str, what: str) -> None:
        """What is done for a notebook before its first cell."""
        self._progress.preparing(path, what)

    def step(self, path: str, position: int) -> None:
        """The cell at this position, counted from 1, begins."""
        self._progress.step(path, position)

    def notebook_finished(self, result: NotebookResult) -> None:
        """A notebook is done."""
        self._progress.notebook_finished(result)

    def show(self, report: Report) -> None:
        """The table and the first differences; of a quiet display only the problems that leave no verdict."""
        if self._shows:
            report.print()
        elif self._is_quiet and any(result.problem is not None for result in report):
            from nbrepro.reports.terminal import print_problems

            print_problems(report)


def _progress() -> ProgressDisplay | WaitingLines:
    """Moving bars on a terminal, seldom a line in a log."""
    if not sys.stderr.isatty():
        return WaitingLines(_say)
    from nbrepro.reports.progress import ProgressDisplay
    from nbrepro.reports.terminal import standard_error

    return ProgressDisplay(standard_error())


def _say(line: str) -> None:
    from nbrepro.reports.terminal import print_line, standard_error

    print_line(line, "", standard_error())
