"""Finding the files: up from the notebook to the root of the project; elsewhere only where nothing was found on the way."""

from __future__ import annotations

import os
import posixpath
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from nbrepro.environments.discovery.files import ProjectFile
from nbrepro.environments.discovery.formats import Candidate, Role, format_of, role_of
from nbrepro.model import SourceKind

_BINDER = ("binder", ".binder")
_REQUIREMENTS_FOLDER = "requirements"
_LISTED_BY_FOLDER = re.compile(r"(base|common|core|main|prod(uction)?|notebooks?|examples?|[\w\-]+)\.(txt|in)", re.IGNORECASE)
_PASSED_OVER = frozenset({"node_modules", "site-packages", "__pycache__", "venv", "env", "dist", "build", "vendor", "third_party"})
_MAXIMUM_FOLDERS = 5_000
_MAXIMUM_ENTRIES = 100_000
"""Of one folder; a folder of data may hold millions."""
_MAXIMUM_DEPTH = 8


def on_the_way(notebook_folder: str, project: Path) -> Iterator[list[Candidate]]:
    """The candidates of each folder from the notebook's up to the root; `binder/` comes before the folder it lies in."""
    folder = notebook_folder
    while True:
        for binder in _BINDER:
            yield in_folder(project, posixpath.normpath(posixpath.join(folder, binder)), SourceKind.BINDER)
        yield in_folder(project, folder)
        yield _in_requirements(project, posixpath.normpath(posixpath.join(folder, _REQUIREMENTS_FOLDER)))
        if folder == ".":
            return
        folder = posixpath.dirname(folder) or "."


def is_on_the_way(path: str, notebook_folder: str) -> bool:
    """Whether a file lies beside the notebook or above it, or in one of the folders there that are made for declarations.

    >>> [is_on_the_way(path, "docs/guide") for path in ("setup.py", "docs/binder/environment.yml", "docs/other/setup.py")]
    [True, True, False]
    """
    folder = posixpath.dirname(path)
    if posixpath.basename(folder) in {*_BINDER, _REQUIREMENTS_FOLDER}:
        folder = posixpath.dirname(folder)
    return not folder or f"{notebook_folder}/".startswith(f"{folder}/")


def elsewhere(notebook_folder: str, project: Path) -> list[Candidate]:
    """All candidates in the project, the nearest to the notebook first; the search is bounded in depth and breadth."""
    waiting = deque([(".", 0)])
    found: list[Candidate] = []
    visited = 0
    while waiting and visited < _MAXIMUM_FOLDERS:
        folder, depth = waiting.popleft()
        visited += 1
        kind = SourceKind.BINDER if posixpath.basename(folder) in _BINDER else None
        found += in_folder(project, folder, kind)
        if depth < _MAXIMUM_DEPTH:
            waiting.extend((posixpath.normpath(posixpath.join(folder, name)), depth + 1) for name in _subfolders(project / folder))
    return sorted(found, key=lambda one: (one.role, distance(notebook_folder, one.file.folder), one.preference))


def distance(first: str, second: str) -> int:
    """Steps from one folder of the project to another.

    >>> distance("docs/notebooks", "docs"), distance("a", "b"), distance(".", "b")
    (1, 2, 1)
    """
    one, other = ([part for part in path.split("/") if part != "."] for path in (first, second))
    shared = len(posixpath.commonprefix([one, other]))
    return len(one) + len(other) - 2 * shared


def in_folder(project: Path, folder: str, kind: SourceKind | None = None) -> list[Candidate]:
    """The candidates in one folder, the most telling first; none where it is absent or can't be listed.

    Args:
        project: root of the project.
        folder: relative to it.
        kind: as what its files count; None: as what their names say.
    """
    found = []
    for name in _names(project / folder):
        form = format_of(name)
        if form is None:
            continue
        role = role_of(name, form)
        # What pins everything stays a lock in binder/ too; what says nothing of packages never decides there.
        stated = form.kind if kind is None or form.is_lock or role is Role.SUPPLEMENT else kind
        found.append(Candidate(ProjectFile(project, posixpath.normpath(posixpath.join(folder, name)), stated), form, role))
    return sorted(found, key=lambda one: one.preference)


def _in_requirements(project: Path, folder: str) -> list[Candidate]:
    """`requirements/base.txt`: the folder's name says what the files are."""
    form = format_of("requirements.txt")
    if form is None:
        return []
    names = (name for name in _names(project / folder) if _LISTED_BY_FOLDER.fullmatch(name))
    found = [Candidate(ProjectFile(project, posixpath.join(folder, name), form.kind), form, role_of(name, form)) for name in names]
    return sorted(found, key=lambda one: one.preference)


def _names(folder: Path) -> list[str]:
    """The names of a folder's files; none where it can't be listed."""
    try:
        with os.scandir(folder) as listing:
            return sorted(entry.name for entry, _ in zip(listing, range(_MAXIMUM_ENTRIES), strict=False) if not _is_folder(entry))
    except (OSError, ValueError):
        return []


def _subfolders(folder: Path) -> list[str]:
    """The folders below that may hold something of the project's; links are not followed, so there is no loop."""
    try:
        with os.scandir(folder) as listing:
            names = sorted(entry.name for entry, _ in zip(listing, range(_MAXIMUM_ENTRIES), strict=False) if _is_folder(entry))
    except (OSError, ValueError):
        return []
    return [name for name in names if name in _BINDER or not (name.startswith(".") or name in _PASSED_OVER)]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False
