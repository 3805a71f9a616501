"""A watch over the memory of a kernel."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from nbrepro.execution.processes import family, kill, resident_bytes

POLL_SECONDS = 0.1


class MemoryWatch:
    """Kills a process with all of its children as soon as they use more memory than the limit.

    Looks every tenth of a second: a process that takes gigabytes in less can go beyond the limit for so long.
    """

    def __init__(self, pid: int, limit: int | None) -> None:
        self._pid = pid
        self._limit = limit
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="nbrepro-memory", daemon=True)
        self.exceeded_by: int | None = None
        """Bytes in use when the process was killed; None while it has kept to the limit."""

    def __enter__(self) -> Self:
        if self._limit is not None:
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._ends.set()
        if self._thread.is_alive():
            self._thread.join()

    def _watch(self) -> None:
        while not self._ends.wait(POLL_SECONDS):
            members = family(self._pid)
            used = resident_bytes(members)
            if self._limit is not None and used > self._limit:
                self.exceeded_by = used
                kill(members)
                return
