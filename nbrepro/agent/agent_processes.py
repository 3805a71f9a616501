"""Processes of a run that must not outlive it: found among the server's own children, known by the run's marker.

The server takes over whatever loses its parent (Linux: `PR_SET_CHILD_SUBREAPER`), so nothing below it can hide.
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
SECONDS = 5.0


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


def is_of(pid: int, leader: int, marker: bytes) -> bool:
    """Whether a process belongs to the run with this first process and this marker."""
    try:
        if os.getsid(pid) == leader:
            return True
        with open("/proc/{}/environ".format(pid), "rb") as file:
            return marker in file.read().split(b"\0")
    except OSError:
        return False


def clear_away(leader: int, marker: bytes, known: Set[int]) -> None:
    """End what a run has left behind: its process group, and whatever has become a child of ours."""
    with suppress(OSError):
        os.killpg(leader, signal.SIGKILL)
    deadline = time.time() + SECONDS
    while time.time() < deadline:
        left = {pid for pid in children() - known if not _is_reaped(pid) and is_of(pid, leader, marker)}
        if not left:
            return
        kill(left)


def end_all() -> None:
    """End every process below this one."""
    deadline = time.time() + SECONDS
    while time.time() < deadline:
        left = {pid for pid in children() if not _is_reaped(pid)}
        if not left:
            return
        kill(left)


def kill(pids: Set[int]) -> None:
    """End processes, and give the system the time for it."""
    for pid in pids:
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    time.sleep(0.001)


def _is_reaped(pid: int) -> bool:
    with suppress(OSError):
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    return True
