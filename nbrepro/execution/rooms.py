"""A private folder for the temporary files of one run: connection file, sockets, what the notebook itself puts there."""

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

LONGEST_SOCKET_FOLDER = 90
"""Characters of a folder in which sockets can be made: Linux accepts 107 for a socket's path, macOS 103."""


@dataclass(frozen=True, slots=True)
class Room:
    """The private folder of one run."""

    folder: Path

    @property
    def connection_file(self) -> Path:
        """Where the kernel reads how to reach its client."""
        return self.folder / "kernel.json"

    @property
    def socket_prefix(self) -> str:
        """How the paths of the kernel's sockets begin."""
        return str(self.folder / "s")

    @property
    def marker(self) -> tuple[str, str]:
        """A variable by which processes of this run are known, even after they have left their parent."""
        return ("IPYTHONDIR", str(self.folder / "ipython"))

    def variables(self) -> Mapping[str, str]:
        """Variables that keep a kernel's own files in this room: temporary files, IPython's profile and history."""
        name, value = self.marker
        return {"TMPDIR": str(self.folder / "tmp"), name: value}


@contextmanager
def room() -> Iterator[Room]:
    """A new room, removed with everything in it at the end."""
    place = tempfile.gettempdir()
    folder = Path(tempfile.mkdtemp(prefix="nbrepro-", dir=place if len(place) < LONGEST_SOCKET_FOLDER - 20 else "/tmp"))  # noqa: S108 - only where TMPDIR is too long for a socket; mkdtemp makes a private folder
    made = Room(folder)
    with guarded(folder, made.marker):
        try:
            (folder / "tmp").mkdir()
            (folder / "ipython").mkdir()
            yield made
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
