"""Who hears how the work on notebooks goes on: what all of them are told, and one that keeps it to itself."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from nbrepro.reports.results import NotebookResult


class Progress(Protocol):
    """Who wants to hear how the work goes on: called from several threads."""

    def notebook_started(self, path: str, total: int) -> None:
        """A notebook with so many cells to run begins."""

    def preparing(self, path: str, what: str) -> None:
        """What is done for a notebook before its first cell, in a few words, such as resolving its environment."""

    def step(self, path: str, position: int) -> None:
        """The cell at this position, counted from 1, begins: those before it are done."""

    def notebook_finished(self, result: NotebookResult) -> None:
        """A notebook is done."""


class Silence:
    """Hears everything and says nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        """Leave nothing."""

    def notebook_started(self, path: str, total: int) -> None:
        """Say nothing."""

    def preparing(self, path: str, what: str) -> None:
        """Say nothing."""

    def step(self, path: str, position: int) -> None:
        """Say nothing."""

    def notebook_finished(self, result: NotebookResult) -> None:
        """Say nothing."""
