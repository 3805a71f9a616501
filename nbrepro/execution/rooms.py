"""Private folders for the temporary files of one run: connection file, sockets, what the notebook itself puts there.

What the kernel itself needs is small, and is kept in memory where the system has a place for that: to remove a dozen
folders from a disk can take as long as to run a small notebook.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nbrepro.execution.guards import guarded

MEMORY = Path("/dev/shm")  # noqa: S108 - only private folders are made in it
"""Where Linux keeps files in memory."""
MEMORY_BYTES = 16_000_000
"""How much must be free there."""
LONGEST_SOCKET_FOLDER = 90
"""Characters of a folder in which sockets can be made: Linux accepts 107 for a socket's path, macOS 103."""


@dataclass(frozen=True, slots=True)
class Room:
    """The private folders of one run."""

    folder: Path
    """For what the notebook itself puts into its temporary folder."""
    own: Path
    """For what the kernel needs; it may be the same."""

    @property
    def connection_file(self) -> Path:
        """Where the kernel reads how to reach its client."""
        return self.own / "kernel.json"

    @property
    def socket_prefix(self) -> str:
        """How the paths of the kernel's sockets begin."""
        return str(self.own / "s")

    @property
    def marker(self) -> tuple[str, str]:
        """A variable by which processes of this run are known, even after they have left their parent."""
        return ("IPYTHONDIR", str(self.own / "ipython"))

    def variables(self) -> Mapping[str, str]:
        """Variables that keep a kernel's own files in this room: temporary files, IPython's profile and history."""
        name, value = self.marker
        return {"TMPDIR": str(self.folder / "tmp"), name: value}


@contextmanager
def room() -> Iterator[Room]:
    """A new room, removed with everything in it at the end."""
    place = tempfile.gettempdir()
    folder = Path(tempfile.mkdtemp(prefix="nbrepro-", dir=place if len(place) < LONGEST_SOCKET_FOLDER - 20 else "/tmp"))  # noqa: S108 - only where TMPDIR is too long for a socket; mkdtemp makes a private folder
    with _removed(folder), _removed(_in_memory() or folder) as own:
        made = Room(folder, own)
        with guarded(folder, made.marker), guarded(own, made.marker):
            (folder / "tmp").mkdir()
            (own / "ipython").mkdir()
            yield made


def _in_memory() -> Path | None:
    """A private folder in memory; None where there is no place for it."""
    try:
        free = os.statvfs(MEMORY)
        return Path(tempfile.mkdtemp(prefix="nbrepro-", dir=MEMORY)) if free.f_bavail * free.f_frsize >= MEMORY_BYTES else None
    except (OSError, AttributeError):  # no such folder; another system
        return None


@contextmanager
def _removed(folder: Path) -> Iterator[Path]:
    try:
        yield folder
    finally:
        remove(folder)


def remove(folder: Path) -> None:
    """Remove a folder with everything in it, also where a program has made folders in it read-only."""
    shutil.rmtree(folder, ignore_errors=True)
    if not folder.exists():
        return
    folder.chmod(stat.S_IRWXU)
    for place, names, _ in os.walk(folder):
        for name in names:
            path = Path(place, name)
            if not path.is_symlink():
                path.chmod(stat.S_IRWXU)
    shutil.rmtree(folder, ignore_errors=True)
