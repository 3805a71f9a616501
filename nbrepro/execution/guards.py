"""A process that outlives this program for a moment, to clean up where it is killed before it can do so itself."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nbrepro import agent

PROGRAM = Path(agent.__file__).parent / "guard.py"
END_SECONDS = 10.0

_lock = threading.Lock()
_process: subprocess.Popen[bytes] | None = None


@contextmanager
def guarded(folder: Path, marker: tuple[str, str] | None = None) -> Iterator[None]:
    """For as long: should this program be killed, the folder is removed, and with it ends every process that carries the marker.

    Args:
        folder: made by this program, which removes it itself where it can.
        marker: name and value of a variable that the processes of a run are started with.
    """
    _tell("+", folder, "" if marker is None else "=".join(marker))
    try:
        yield
    finally:
        _tell("-", folder, "")


def _tell(sign: str, folder: Path, marker: str) -> None:
    line = json.dumps([sign, str(folder), marker]).encode() + b"\n"
    with _lock, suppress(OSError):  # no process more can be had: the run itself will say so
        pipe = _running().stdin
        assert pipe is not None  # noqa: S101 - it was asked for with PIPE
        pipe.write(line)


def _running() -> subprocess.Popen[bytes]:
    """The process, started if there is none."""
    global _process  # noqa: PLW0603 - one for the whole program
    if _process is None or _process.poll() is not None:
        _close()
        _process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(PROGRAM)],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )
    return _process


@atexit.register
def _close() -> None:
    """Let the process end."""
    global _process
    process, _process = _process, None
    if process is not None and process.stdin is not None:
        process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(END_SECONDS)


def _forget() -> None:
    """In a process that this program forks, the guard belongs to the parent: it must see that the parent alone has ended."""
    global _process, _lock
    process, _process, _lock = _process, None, threading.Lock()
    if process is not None and process.stdin is not None:
        process.stdin.close()
        process.returncode = 0  # it is nobody's child here


os.register_at_fork(after_in_child=_forget)
