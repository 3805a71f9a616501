"""Turns: how many runs work at a time. One that only waits for what another one does lets a third one work meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from heapq import heappop, heappush

WAITING = 16
"""How many runs may have begun and wait for others, beside those that work."""


class Turns:
    """So many turns for so many runs.

    Runs begin in the order of their numbers, from 0, and all of them must come. One that goes on comes before one that begins.

    >>> turns = Turns(1, runs=2)
    >>> with turns.taken(0), given_away(), turns.taken(1):
    ...     print("the second one works while the first one waits")
    the second one works while the first one waits
    """

    def __init__(self, count: int, runs: int) -> None:
        self._free = count
        self._changed = threading.Condition()
        self._waiting = [(True, number) for number in range(runs)]
        """Whether it begins, and its number."""

    @contextmanager
    def taken(self, number: int) -> Iterator[None]:
        """Wait for a turn of this thread, and have it for as long."""
        self.take(number, begins=True)
        outer = _own.set((self, number))
        try:
            yield
        finally:
            _own.reset(outer)
            self.give()

    def take(self, number: int, *, begins: bool) -> None:
        """Wait for a turn."""
        with self._changed:
            place = (begins, number)
            if not begins:
                heappush(self._waiting, place)
            self._changed.wait_for(lambda: self._free > 0 and self._waiting[0] == place)
            heappop(self._waiting)
            self._free -= 1
            self._changed.notify_all()

    def give(self) -> None:
        """Give a turn back."""
        with self._changed:
            self._free += 1
            self._changed.notify_all()


_own: ContextVar[tuple[Turns, int] | None] = ContextVar("turn", default=None)


@contextmanager
def given_away() -> Iterator[None]:
    """Give away the turn of this thread for as long, if it has one."""
    own = _own.get()
    if own is None:
        yield
        return
    turns, number = own
    turns.give()
    try:
        yield
    finally:
        turns.take(number, begins=False)
