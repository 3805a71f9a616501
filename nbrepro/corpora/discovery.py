"""The notebooks of a project: which there are, what can be told of each, or why it can't be read."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nbrepro.corpora.facts import NotebookFacts, facts_of
from nbrepro.corpora.projects import Project
from nbrepro.corpora.sources import SourceKind
from nbrepro.errors import UnreadableNotebookError
from nbrepro.notebooks import Document, parse
from nbrepro.notebooks.finding import notebooks_below


@dataclass(frozen=True, slots=True)
class Found:
    """A notebook file of a project."""

    file: Path
    path: str
    """Relative to the folder of the project's source."""
    sha256: str = ""
    """Of the file's bytes; empty where it can't be read."""
    size: int = 0
    document: Document | None = None
    facts: NotebookFacts | None = None
    """None where it is no notebook that can be read."""
    problem: str | None = None
    problem_slug: str | None = None


def discover_notebooks(project: Project) -> Iterator[Found]:
    """The notebooks of a project, in the order of their paths; one that can't be read comes with its problem.

    So does a folder whose notebooks nobody can list.
    """
    if project.folder is None:
        return
    unreadable: list[OSError] = []
    for file in _files(project, project.folder, unreadable.append):
        yield _found(file, project, project.folder)
    for error in unreadable:
        path = Path(error.filename).relative_to(project.folder).as_posix()
        problem = f"{path}: this folder can't be read, so nothing is known about notebooks in it: {error.strerror or error}"
        yield Found(Path(error.filename), path, problem=problem, problem_slug="unreadable-folder")


def _files(project: Project, folder: Path, unreadable: Callable[[OSError], None]) -> Iterator[Path]:
    if project.source.kind is SourceKind.NOTEBOOK:
        yield Path(project.source.address)
    elif project.source.notebooks:
        # Two names may mean the same file.
        yield from dict.fromkeys(_named(name, folder) for name in project.source.notebooks)
    else:
        yield from notebooks_below(folder, unreadable)


def _named(name: str, folder: Path) -> Path:
    """The file that a list names; it may name anything, and only what lies in the project is read."""
    file = folder / name
    try:
        is_inside = file.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):  # no file has such a name, or a link leads to itself
        is_inside = True
    return file if is_inside else folder / Path(name).name


def _found(file: Path, project: Project, folder: Path) -> Found:
    path = file.relative_to(folder).as_posix()
    try:
        if stat.S_ISFIFO(file.stat().st_mode):
            # Nobody may ever write into it.
            return Found(file, path, problem=f"{path}: expected a file, found a pipe", problem_slug="unreadable-notebook")
        content = file.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        return Found(file, path, problem=f"{path}: can't be read: {reason}", problem_slug="unreadable-notebook")
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        document = parse(content, str(file))
    except UnreadableNotebookError as error:
        problem = f"{path}, {error.place}: " if error.place else f"{path}: "
        problem += f"expected {error.expected}, found {error.found}"
        return Found(file, path, sha256, len(content), problem=problem, problem_slug=error.slug)
    return Found(file, path, sha256, len(content), document, facts_of(document, file, project.root or folder))
