"""Processes of a run: finding them all, ending them all, and saying in words how one ended.

Most runs end by themselves: what looks at processes (psutil) is imported where it is needed.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from nbrepro.agent import guard

PROC = Path("/proc")


def family(pid: int) -> set[int]:
    """A process, everything that descends from it, and whatever else is in its session.

    A child whose parent has ended no longer descends from anybody here, but keeps the session.
    """
    import psutil

    members = {pid}
    with suppress(psutil.Error):
        members |= {child.pid for child in psutil.Process(pid).children(recursive=True)}
    for other in psutil.pids():
        with suppress(OSError):
            if os.getsid(other) == pid:
                members.add(other)
    return members


def resident_bytes(pids: Iterable[int]) -> int:
    """Sum of the resident memory of processes; pages that several of them share count for each."""
    import psutil

    total = 0
    for pid in pids:
        with suppress(psutil.Error):
            total += psutil.Process(pid).memory_info().rss
    return total


def marked(name: str, value: str) -> set[int]:
    """Processes that were started with this environment variable, wherever they have gone since."""
    if PROC.is_dir():
        return guard.marked({f"{name}={value}".encode()}) - {os.getpid()}
    import psutil

    found = set()
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(name) == value:
                found.add(process.pid)
    return found - {os.getpid()}


def kill(pids: set[int]) -> None:
    """End processes at once; those that remove shared memory then do so and end by themselves, or `kill_all` ends them."""
    _kill(pids - guard.trackers(pids))


def _kill(pids: Iterable[int]) -> None:
    for pid in pids:
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def kill_all(pid: int, marker: tuple[str, str], seconds: float = 5.0) -> None:
    """End a process and everything that it has started, again until nothing is left, at most so long."""
    start = time.monotonic()
    while time.monotonic() < start + seconds:
        left = {other for other in family(pid) | marked(*marker) if _is_running(other)}
        if not left:
            return
        (kill if time.monotonic() < start + guard.TRACKER_SECONDS else _kill)(left)
        time.sleep(0.002)


def _is_running(pid: int) -> bool:
    """Whether a process still runs: one that nobody has waited for (a zombie) doesn't."""
    import psutil

    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def exit_evidence(status: int) -> tuple[tuple[str, str], ...]:
    """How a process ended, in words: a negative status is the number of a signal.

    >>> exit_evidence(-9)
    (('exit status', '-9'), ('signal', 'SIGKILL'))
    >>> exit_evidence(3)
    (('exit status', '3'),)
    """
    evidence = (("exit status", str(status)),)
    if status >= 0:
        return evidence
    try:
        return (*evidence, ("signal", signal.Signals(-status).name))
    except ValueError:
        return (*evidence, ("signal", str(-status)))


def out_of_memory_kills() -> dict[str, int]:
    """How many processes the system has killed for want of memory: on this machine, and in this control group.

    Empty where the system doesn't say (macOS, old kernels).
    """
    counters = {"machine": _counter(PROC / "vmstat", "oom_kill")}
    with suppress(OSError):
        for line in (PROC / "self" / "cgroup").read_text().splitlines():
            _, controllers, group = line.split(":", 2)
            place = Path("/sys/fs/cgroup") / (f"memory{group}/memory.oom_control" if controllers else f".{group}/memory.events")
            if not controllers or "memory" in controllers.split(","):
                counters["control group"] = _counter(place, "oom_kill")
    return {name: count for name, count in counters.items() if count is not None}


def _counter(path: Path, name: str) -> int | None:
    with suppress(OSError):
        for line in path.read_text().splitlines():
            key, _, value = line.partition(" ")
            if key == name:
                return int(value)
    return None
