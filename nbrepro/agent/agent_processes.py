"""Processes of a run that must not outlive it.

The server and every kernel take over whatever loses its parent below them (Linux: `PR_SET_CHILD_SUBREAPER`). So what a
kernel has started stays below it while it lives, whatever it does, and comes to the server when it has ended.
"""

import ctypes
import os
import signal
import time
from contextlib import suppress
from typing import Iterable, Set

PLACEHOLDER = "NBREPRO_MARKER"
"""A variable that the server is started with; a child writes its run's marker over it."""
LIBRARY = ctypes.CDLL(None)
"""The system's own functions."""
PARENT_DEATH_SIGNAL = 1
CHILD_SUBREAPER = 36
SECONDS = 10.0
TRACKERS = (b"resource_tracker", b"semaphore_tracker")
"""Modules of multiprocessing and loky whose processes remove the shared memory of programs that have ended."""
TRACKER_SECONDS = 2.0
"""How long trackers may take to end by themselves."""
PAUSE_SECONDS = 0.002
LOOKS = 2
"""How often nothing may be found until it is believed: the list of children can miss one that begins while it is read."""


def prctl(option: int, value: int) -> None:
    """Set a property of this process."""
    LIBRARY.prctl(option, value, 0, 0, 0)


class Marker:
    """The memory from which the system reads a process's first variables (`/proc/PID/environ`).

    Processes that are forked, and their forks, show the variables of the server there, whatever they have set since.
    """

    def __init__(self) -> None:
        getenv = LIBRARY.getenv
        getenv.restype = ctypes.c_void_p
        value = getenv(PLACEHOLDER.encode())
        self._address = value - len(PLACEHOLDER) - 1 if value else 0
        self._size = len(PLACEHOLDER) + 1 + len(os.environ.pop(PLACEHOLDER, ""))

    def write(self, name: str, value: str) -> None:
        """Show this variable instead of the placeholder."""
        content = os.fsencode("{}={}".format(name, value))
        if self._address and len(content) < self._size:
            ctypes.memmove(self._address, content.ljust(self._size, b"\0"), self._size)


def children() -> Set[int]:
    """The processes whose parent this one is, zombies included."""
    try:
        with open("/proc/self/task/{}/children".format(os.getpid())) as file:
            return {int(number) for number in file.read().split()}
    except OSError:
        return {int(name) for name in os.listdir("/proc") if name.isdigit() and _parent(name) == os.getpid()}


def _parent(name: str) -> int:
    try:
        with open("/proc/{}/stat".format(name)) as file:
            return int(file.read().rsplit(")", 1)[1].split()[1])
    except (OSError, IndexError):
        return 0


def end_all(known: Set[int]) -> None:
    """End every process below this one, except for the known ones; as fast as can be, since some fork while they are looked for.

    A kernel takes over whatever loses its parent below it. So while it lives, nothing of it is a child of its server.
    """
    start = time.time()
    quiet = 0
    while quiet < LOOKS and time.time() < start + SECONDS:
        left = children() - known
        quiet = 0 if left else quiet + 1
        spared = _trackers(left) if time.time() < start + TRACKER_SECONDS else set()
        for pid in left - spared:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        for pid in left:
            with suppress(OSError):
                os.waitpid(pid, os.WNOHANG)
        if spared:
            time.sleep(PAUSE_SECONDS)


def _trackers(pids: Iterable[int]) -> Set[int]:
    """Those of the processes that remove shared memory as soon as all others have ended that use it, and then end."""
    found = set()
    for pid in pids:
        with suppress(OSError):
            with open("/proc/{}/cmdline".format(pid), "rb") as file:
                command = file.read()
            if any(name in command for name in TRACKERS):
                found.add(pid)
    return found
