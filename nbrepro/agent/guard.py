"""Cleans up after a program that could not do so itself: what its runs have left is ended and removed.

Standard input brings one line for each folder: `["+", FOLDER, MARKER]` when it is made, `["-", FOLDER, ""]` when it is
gone. A marker is a variable, `NAME=VALUE`, that the processes of its run were started with, or nothing. The end of the
input is the end of the program: it is seen at once, before kernels notice that nobody is there any more, so that whatever
they have started is still found below them.

Every program that runs notebooks starts it, so it imports little: what it seldom needs only where it does.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from contextlib import suppress

PROC = "/proc"
SECONDS = 10.0
LOOKS = 2
"""How often nothing may be found until it is believed: a process may be missed that begins while they are looked for."""
PAUSE_SECONDS = 0.05
TRACKERS = (b"resource_tracker", b"semaphore_tracker")
"""Modules of multiprocessing and loky whose processes remove the shared memory of programs that have ended."""
TRACKER_SECONDS = 2.0
"""How long trackers may take to end by themselves."""


def main() -> None:
    """Listen until the program ends, then clean up."""
    left: dict[str, str] = {}
    for line in sys.stdin.buffer:
        with suppress(ValueError):  # the last line of a program that was killed while it wrote
            sign, folder, marker = json.loads(line.decode())
            if sign == "+":
                left[folder] = marker
            else:
                left.pop(folder, None)
    clean_up(left)


def clean_up(left: dict[str, str]) -> None:
    """End the processes of these runs, and remove their folders."""
    markers = {marker.encode() for marker in left.values() if marker}
    start = time.monotonic()
    quiet = 0
    while markers and quiet < LOOKS and time.monotonic() < start + SECONDS:
        found = with_descendants(marked(markers))
        spared = trackers(found) if time.monotonic() < start + TRACKER_SECONDS else set()
        for pid in found - spared:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        quiet = 0 if found else quiet + 1
        time.sleep(PAUSE_SECONDS)
    for folder in left:
        _remove(folder, start + SECONDS)


def _remove(folder: str, deadline: float) -> None:
    """Remove a folder, again while somebody who carries no marker still writes into it."""
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
    while os.path.lexists(folder) and time.monotonic() < deadline:
        time.sleep(PAUSE_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


def marked(markers: set[bytes]) -> set[int]:
    """Processes that were started with one of these variables."""
    return {pid for pid in processes() if markers.intersection(_content(pid, "environ").split(b"\0"))}


def with_descendants(pids: set[int]) -> set[int]:
    """These processes, and all that are below them."""
    found = set(pids)
    parents = {pid: _parent(pid) for pid in processes()} if found else {}
    size = 0
    while size < len(found):
        size = len(found)
        found |= {pid for pid, parent in parents.items() if parent in found}
    return found - {os.getpid()}


def processes() -> set[int]:
    """All processes of this machine; none where the system doesn't list them in a folder."""
    with suppress(OSError):
        return {int(name) for name in os.listdir(PROC) if name.isdigit()}
    return set()


def trackers(pids: set[int]) -> set[int]:
    """Those of the processes that remove shared memory as soon as all others have ended that use it, and then end."""
    return {pid for pid in pids if any(name in _content(pid, "cmdline") for name in TRACKERS)}


def guards(pids: set[int]) -> set[int]:
    """Those of the processes that clean up as this program does: they end by themselves, once what they guard has ended."""
    return {pid for pid in pids if os.fsencode(os.path.abspath(__file__)) in _content(pid, "cmdline")}


def _parent(pid: int) -> int:
    fields = _content(pid, "stat").rpartition(b")")[2].split()
    return int(fields[1]) if len(fields) > 1 else 0


def _content(pid: int, name: str) -> bytes:
    try:
        with open("{}/{}/{}".format(PROC, pid, name), "rb") as file:
            return file.read()
    except OSError:
        return b""


if __name__ == "__main__":
    main()
