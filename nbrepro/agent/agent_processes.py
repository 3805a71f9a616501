"""Processes of a run that must not outlive it.

The server and every kernel take over whatever loses its parent below them (Linux: `PR_SET_CHILD_SUBREAPER`). So what a
kernel has started stays below it while it lives, whatever it does, and comes to the server when it has ended.
"""

import ctypes
import os
import signal
import time
from contextlib import suppress
from typing import Set

PLACEHOLDER = "NBREPRO_MARKER"
"""A variable that the server is started with; a child writes its run's marker over it."""
PARENT_DEATH_SIGNAL = 1
CHILD_SUBREAPER = 36
SECONDS = 10.0
LOOKS = 2
"""How often nothing may be found until it is believed: the list of children can miss one that begins while it is read."""


def prctl(option: int, value: int) -> None:
    """Set a property of this process."""
    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


class Marker:
    """The memory from which the system reads a process's first variables (`/proc/PID/environ`).

    Processes that are forked, and their forks, show the variables of the server there, whatever they have set since.
    """

    def __init__(self) -> None:
        getenv = ctypes.CDLL(None).getenv
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


def clear_away(leader: int, known: Set[int]) -> None:
    """End what a run has left behind: its process group, and every child of ours that is no kernel.

    A kernel takes over whatever loses its parent below it. So while it lives, nothing of it is a child of ours.
    """
    with suppress(OSError):
        os.killpg(leader, signal.SIGKILL)
    end_all(known)


def end_all(known: Set[int]) -> None:
    """End every process below this one, except for the known ones; as fast as can be, since some fork while they are looked for."""
    deadline = time.time() + SECONDS
    quiet = 0
    while quiet < LOOKS and time.time() < deadline:
        left = children() - known
        quiet = 0 if left else quiet + 1
        for pid in left:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        for pid in left:
            with suppress(OSError):
                os.waitpid(pid, os.WNOHANG)
