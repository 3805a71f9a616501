"""The notebooks of a project: which there are, what can be told of each, or why it can't be read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
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
    """The notebooks of a project, in the order of their paths; one that can't be read comes with its problem."""
    if project.folder is None:
        return
    for file in _files(project, project.folder):
        yield _found(file, project, project.folder)


def _files(project: Project, folder: Path) -> Iterator[Path]:
    if project.source.kind is SourceKind.NOTEBOOK:
        yield Path(project.source.address)
    elif project.source.notebooks:
        for name in project.source.notebooks:
            file = folder / name
            # A list may name anything: only what lies in the project is read.
            yield file if file.resolve().is_relative_to(folder.resolve()) else folder / Path(name).name
    else:
        yield from notebooks_below(folder)


def _found(file: Path, project: Project, folder: Path) -> Found:
    path = file.relative_to(folder).as_posix()
    try:
        content = file.read_bytes()
    except OSError as error:
        return Found(file, path, problem=f"{path}: can't be read: {error.strerror or error}", problem_slug="unreadable-notebook")
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        document = parse(content, str(file))
    except UnreadableNotebookError as error:
        problem = f"{path}, {error.place}: " if error.place else f"{path}: "
        problem += f"expected {error.expected}, found {error.found}"
        return Found(file, path, sha256, len(content), problem=problem, problem_slug=error.slug)
    return Found(file, path, sha256, len(content), document, facts_of(document, file, project.root or folder))
