"""Everything that is declared for one notebook, the strongest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from nbrepro.environments.discovery import searching
from nbrepro.environments.discovery.cells import read_cells
from nbrepro.environments.discovery.files import MAXIMUM_BYTES, MAXIMUM_LOCK_BYTES, ProjectFile, UnreadableFileError
from nbrepro.environments.discovery.findings import declaration, problem
from nbrepro.environments.discovery.formats import Candidate, Role, format_of
from nbrepro.environments.discovery.script import read_script, stored_lock
from nbrepro.environments.discovery.uv_lock import read_uv_lock
from nbrepro.errors import RequestError
from nbrepro.model import Declaration, SourceKind, Wish, WishKind

_READ_PER_FOLDER = 30
_READ_ELSEWHERE = 12
"""A repository with 800 requirements files holds 800 projects: those farther away say nothing about this notebook."""
_STRENGTH = {kind: number for number, kind in enumerate(SourceKind)}


@dataclass(frozen=True, slots=True)
class _Found:
    """A declaration, and what decides its place among the others."""

    declaration: Declaration
    role: Role = Role.MAIN

    @property
    def strength(self) -> tuple[bool, int, int]:
        """Sorts the strongest first; equals stay in the order in which they were found, the nearest first."""
        has_packages = any(wish.kind in {WishKind.PACKAGE, WishKind.REPOSITORY} for wish in self.declaration.wishes)
        return self.role is Role.SUPPLEMENT or not has_packages, _STRENGTH[self.declaration.kind], self.role


def discover(notebook: Path, project: Path, content: Mapping[str, Any]) -> tuple[Declaration, ...]:
    """Everything that is declared for one notebook, the strongest first.

    The order is that of `SourceKind`; within a kind what lies nearer to the notebook comes first. What names no package
    (a setup.py that requires nothing, constraints, a Python, system packages) comes after the others, and so do containers,
    which may serve anything.

    Nothing raises: what can't be read becomes a problem of its declaration.

    Args:
        notebook: the file.
        project: root of its project; nothing above it or outside of it is read.
        content: the notebook in nbformat 4 (`Document.content`).
    """
    notebook, project = notebook.absolute(), project.absolute()
    if not notebook.is_relative_to(project):
        project = notebook.parent
    folder = notebook.parent.relative_to(project).as_posix()
    path = ProjectFile(project, notebook.relative_to(project).as_posix(), SourceKind.INSTALL_CELL)
    found = list(_on_the_way(folder, project))
    if not any(_names_packages(one.declaration) for one in found):
        known = {one.declaration.path for one in found}
        found += _read(_READ_ELSEWHERE, (one for one in searching.elsewhere(folder, project) if one.file.path not in known))
    found += _in_notebook(content, path)
    found += _local_projects(found, project)
    strongest_first = (one.declaration for one in sorted(found, key=lambda one: one.strength) if _says_something(one.declaration))
    return _with_stated_names(tuple(strongest_first), project)


def _with_stated_names(declarations: tuple[Declaration, ...], project: Path) -> tuple[Declaration, ...]:
    """The same, with the project's own packages under the names that they state: `-e .` and `setup()` know only their folder's."""
    stated: dict[str, str] = {}
    for wish in (wish for one in declarations for wish in one.wishes if wish.kind is WishKind.LOCAL_PROJECT):
        if wish.name != _folder_name(wish, project):
            stated.setdefault(wish.requirement, wish.name)

    def named(wish: Wish) -> Wish:
        is_guessed = wish.kind is WishKind.LOCAL_PROJECT and wish.name == _folder_name(wish, project)
        return replace(wish, name=stated.get(wish.requirement, wish.name)) if is_guessed else wish

    return tuple(replace(one, wishes=tuple(map(named, one.wishes))) for one in declarations)


def _folder_name(wish: Wish, project: Path) -> str:
    return canonicalize_name((project / wish.requirement).name)


def declared_in(file: Path) -> Declaration:
    """What one named file declares, for a user who says which file counts.

    Raises:
        RequestError: there is no such file, or its name is none of a file that declares packages.
    """
    file = file.absolute()
    if not file.is_file():
        raise RequestError(f"{file}: there is no such file")
    form = format_of(file.name)
    if form is None:
        raise RequestError(f"{file}: no file of this name declares packages; name it like pylock.toml, requirements.txt or environment.yml")
    return read_candidate(Candidate(ProjectFile(file.parent, file.name, form.kind), form, Role.MAIN))


def _in_notebook(content: Mapping[str, Any], notebook: ProjectFile) -> Iterator[_Found]:
    """What the notebook itself declares: juv's lock, a script block, and cells that install."""
    lock = stored_lock(content)
    if lock is not None:
        as_lock = replace(notebook, kind=SourceKind.LOCK)
        yield _Found(declaration(as_lock, read_uv_lock(lock, as_lock), is_lock=True), Role.OWN)
    as_script = replace(notebook, kind=SourceKind.SCRIPT)
    yield _Found(declaration(as_script, read_script(content, as_script)))
    yield _Found(replace(declaration(notebook, read_cells(content, notebook)), is_exact=False))


def _local_projects(found: Iterable[_Found], project: Path) -> list[_Found]:
    """What the folders that are installed (`-e ./tool`) require in turn, as a supplement to what names them."""
    known = {one.declaration.path for one in found}
    wishes = (wish for one in found for wish in one.declaration.wishes if wish.kind is WishKind.LOCAL_PROJECT)
    folders = list(dict.fromkeys(wish.requirement for wish in wishes))[:_READ_PER_FOLDER]
    candidates = (one for folder in folders for one in searching.in_folder(project, folder) if one.file.path not in known)
    own = (replace(one, role=Role.SUPPLEMENT) for one in candidates if one.format.kind in {SourceKind.PYPROJECT, SourceKind.SETUP})
    return list(_read(_READ_PER_FOLDER, own))


def _on_the_way(folder: str, project: Path) -> Iterator[_Found]:
    for candidates in searching.on_the_way(folder, project):
        yield from _read(_READ_PER_FOLDER, candidates)


def _read(maximum: int, candidates: Iterable[Candidate]) -> Iterator[_Found]:
    """The declarations of the first candidates; the others are named, so that nobody takes them for unseen."""
    for number, candidate in enumerate(candidates):
        if number < maximum:
            yield _Found(read_candidate(candidate), candidate.role)
        else:
            unread = problem(candidate.file.source(), f"{maximum} files that are more likely to concern the notebook are read instead")
            yield _Found(declaration(candidate.file, [unread]), candidate.role)


def read_candidate(candidate: Candidate) -> Declaration:
    """What one file says; requirements that are pinned throughout are a lock."""
    file, form = candidate.file, candidate.format
    try:
        text = file.text(MAXIMUM_LOCK_BYTES if form.is_lock else MAXIMUM_BYTES)
    except UnreadableFileError as error:
        return declaration(file, [problem(file.source(), str(error))])
    read = declaration(file, form.reader(text, file), is_lock=form.is_lock)
    if form.is_lock and not (read.wishes or read.problems):
        return replace(read, problems=(problem(file.source(), "names no package that can be read").text,))
    is_lock = read.is_exact and form.kind is SourceKind.REQUIREMENTS and candidate.role is Role.MAIN
    return _as_lock(read, file) if is_lock else read


def _as_lock(read: Declaration, file: ProjectFile) -> Declaration:
    wishes = tuple(replace(wish, source=replace(wish.source, kind=SourceKind.LOCK)) for wish in read.wishes)
    return replace(read, kind=SourceKind.LOCK, path=file.path, wishes=wishes)


def _names_packages(found: Declaration) -> bool:
    return any(wish.kind not in {WishKind.CONSTRAINT, WishKind.SYSTEM} for wish in found.wishes)


def _says_something(found: Declaration) -> bool:
    return bool(found.wishes or found.python or found.problems or found.indexes or found.channels)
