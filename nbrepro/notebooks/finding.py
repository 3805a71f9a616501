"""Which files below a folder are notebooks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

LEFT_OUT = frozenset({".ipynb_checkpoints", "__pycache__", "node_modules", "site-packages"})


def notebooks_below(folder: Path, unreadable: Callable[[OSError], None] | None = None) -> Iterator[Path]:
    """The notebooks of a folder and its subfolders.

    Folders whose name begins with a dot, checkpoints and installed packages are left out; links to folders are not followed.

    Args:
        folder: where to look.
        unreadable: is told of each folder that can't be listed; None passes over them.
    """
    for parent, folders, files in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if name not in LEFT_OUT and not name.startswith("."))
        yield from (Path(parent, name) for name in sorted(files) if name.endswith(".ipynb") and not name.startswith("."))
