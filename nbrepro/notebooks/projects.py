"""Where a notebook's project begins."""

from __future__ import annotations

from pathlib import Path


def project_of(folder: Path) -> Path:
    """The root of the project that a folder belongs to: the nearest folder above it that git keeps, else the folder itself.

    The user's home folder and the root of the file system are no projects of a folder below them, even under version control.
    """
    folder = folder.absolute()
    for candidate in (folder, *folder.parents):
        if candidate in {Path.home(), Path(candidate.anchor)} and candidate != folder:
            break
        if (candidate / ".git").exists():
            return candidate
    return folder
