"""Temporary folders that are removed even where who made them was killed: by the next one who makes one.

Each is locked as long as its owner lives; the system releases the lock with the process.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

_PREFIX = "nbrepro-scratch-"
"""What begins so in the folder for temporary files is held by a lock, or nobody's."""


@contextmanager
def scratch_folder(purpose: str) -> Iterator[Path]:
    """A folder of its own as long as this lasts.

    Args:
        purpose: a word that stands in its name, such as `build`.
    """
    _sweep_once()
    folder, descriptor = _held(purpose)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def _held(purpose: str) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{purpose}-"))
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Before it was locked, it could be taken for nobody's.
            if folder.exists():
                return folder, descriptor
        except BlockingIOError:
            pass
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


@cache
def _sweep_once() -> None:
    sweep()


def sweep() -> None:
    """Removes what belongs to nobody any more, of this user."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                continue
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(descriptor)
