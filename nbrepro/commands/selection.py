"""Which notebooks a call means."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from nbrepro.errors import RequestError
from nbrepro.notebooks.finding import notebooks_below


def select(paths: Iterable[str | os.PathLike[str]]) -> tuple[Path, ...]:
    """The notebooks that the paths name: files as they stand, folders searched; each once, in the order given.

    Folders whose name begins with a dot, checkpoints and installed packages are left out. A file that is named is taken
    whatever its ending, and even if it doesn't exist: reading it will say so, and the others still run.

    Raises:
        RequestError: there is no path, or a folder holds no notebook.
    """
    chosen: dict[Path, None] = {}
    for path in map(Path, paths):
        if path.is_dir():
            found = sorted(notebooks_below(path))
            if not found:
                raise RequestError(f"{path}: this folder holds no notebook (*.ipynb)")
            chosen.update(dict.fromkeys(found))
        else:
            chosen[path] = None
    if not chosen:
        raise RequestError("which notebook? Give the path of a notebook or of a folder")
    return tuple(chosen)


def common_folder(paths: Iterable[Path]) -> Path:
    """The deepest folder that holds all of the notebooks: what executed copies keep their place below.

    >>> common_folder([Path("a/b/one.ipynb"), Path("a/two.ipynb")]).name
    'a'
    """
    return Path(os.path.commonpath([path.absolute().parent for path in paths]))
