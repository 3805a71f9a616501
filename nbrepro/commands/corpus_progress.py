"""How a round goes on, told in a terminal."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from nbrepro.commands.progress_line import write_over
from nbrepro.corpora.planning import RoundProgress
from nbrepro.reports.characters import one_line

_WIDTH = 110


class CorpusProgress:
    """One line that is written over in a terminal; elsewhere a line for each notebook that is done."""

    def __init__(self, words: str, *, quiet: bool) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()
        self._words = words
        self._began: tuple[float, int] | None = None

    def tell(self, progress: RoundProgress) -> None:
        """Show how far the round is, with an estimate of what is left."""
        if self._quiet or not (progress.message or self._terminal):
            return
        line = one_line(f"{progress.done:,} of {progress.total:,}{self._estimate(progress)}  {progress.message}", _WIDTH)
        if self._terminal:
            write_over(line)
        else:
            print(line, file=sys.stderr, flush=True)

    def _estimate(self, progress: RoundProgress) -> str:
        """How long the rest will take, by the notebooks of this call."""
        if not progress.running and self._began is None:
            return ""
        now = time.monotonic()
        if self._began is None:
            self._began = (now, progress.done)
        began, first = self._began
        done = progress.done - first
        if not done:
            return f", {progress.running} running"
        left = (now - began) / done * (progress.total - progress.done)
        return f", {progress.running} running, about {_duration(left)} left"

    def __enter__(self) -> Self:
        if not self._quiet:
            print(self._words, file=sys.stderr)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        if self._terminal and not self._quiet:
            print(file=sys.stderr)


def _duration(seconds: float) -> str:
    """Seconds as people say them.

    >>> _duration(59), _duration(600), _duration(90_000)
    ('59 s', '10 min', '25.0 h')
    """
    minute, hour = 60, 3_600
    if seconds < 2 * minute:
        return f"{seconds:.0f} s"
    return f"{seconds / minute:.0f} min" if seconds < 2 * hour else f"{seconds / hour:.1f} h"
