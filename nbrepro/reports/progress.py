"""What a terminal shows while notebooks run."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from nbrepro.reports.characters import one_line
from nbrepro.reports.results import NotebookResult
from nbrepro.reports.wording import some

PATH_WIDTH = 48


class ProgressDisplay:
    """A bar for each notebook that runs, and a count of those that are done; all gone at the end.

    Says nothing where the console is no terminal: a log file is no place for moving bars (see `waiting`). The methods may
    be called from several threads.
    """

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._tasks: dict[str, TaskID] = {}
        self._lock = threading.Lock()
        self._done = 0
        self._bad = 0
        self._summary: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._progress.stop()

    def notebook_started(self, path: str, total: int) -> None:
        """A notebook with so many cells to run begins."""
        with self._lock:
            self._tasks[path] = self._progress.add_task(_end_of(path), total=total)

    def preparing(self, path: str, what: str) -> None:
        """What is done for a notebook before its first cell, such as resolving its environment."""
        self._update(path, description=f"{_end_of(path)}: {one_line(what, PATH_WIDTH)}")

    def step(self, path: str, position: int) -> None:
        """The cell at this position, counted from 1, begins: those before it are done."""
        self._update(path, description=_end_of(path), completed=position - 1)

    def _update(self, path: str, *, description: str, completed: int | None = None) -> None:
        with self._lock:
            task = self._tasks.get(path)
        if task is not None:
            self._progress.update(task, description=description, completed=completed)

    def notebook_finished(self, result: NotebookResult) -> None:
        """A notebook is done: its bar goes, and the count grows."""
        with self._lock:
            task = self._tasks.pop(result.path, None)
            self._done += 1
            self._bad += not result.is_success
            if task is not None:
                self._progress.remove_task(task)
            self._show_done()

    def _show_done(self) -> None:
        words = f"{some(self._done, 'notebook')} done, {self._bad} not reproduced"
        if self._summary is None:
            self._summary = self._progress.add_task(words, total=None)
        self._progress.update(self._summary, description=words)


def _end_of(path: str) -> str:
    """The end of a path says more than its beginning."""
    line = one_line(path, 4096)
    return line if len(line) <= PATH_WIDTH else f"…{line[1 - PATH_WIDTH :]}"
