"""From everything that was found to what is wanted: which declaration decides, and what is laid over it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from nbrepro.environments.dates import NotebookDate, notebook_date
from nbrepro.environments.discovery import declared_in, discover
from nbrepro.environments.discovery.searching import is_on_the_way
from nbrepro.environments.imports import ImportReading, ModuleOrigin, dated, read_imports
from nbrepro.environments.own_wheels import with_own_wheels
from nbrepro.environments.pins import applies, minor_of
from nbrepro.environments.pythons import newest_settled
from nbrepro.environments.saved_versions import saved_versions
from nbrepro.environments.saved_wishes import with_saved_versions
from nbrepro.environments.unsaid_needs import with_unsaid_needs
from nbrepro.model import Declaration, Deviation, EnvironmentSpec, PythonWish, Source, SourceKind, Wish, WishKind
from nbrepro.notebooks.projects import project_of

_PIN = re.compile(r"(?<![<>!~=])={1,3}\s*\d")
"""`==1.2` of a requirement, and `=1.2` of a conda package."""
_OVERLAYS = frozenset({SourceKind.INSTALL_CELL})
"""Declarations that never decide alone but are laid over the one that does."""


def specify(notebook: Path, content: Mapping[str, Any], declared: Path | None = None) -> EnvironmentSpec:
    """What a notebook wants, and where each wish comes from.

    Args:
        notebook: the file; declarations are looked for beside and above it, up to the root of its project.
        content: the notebook in nbformat 4 (`Document.content`).
        declared: the one file that counts, as the user says; None: those that are found.

    Raises:
        RequestError: the named file is absent, or none that declares packages.
    """
    project = project_of(notebook.parent)
    declarations = (declared_in(declared),) if declared else discover(notebook, project, content)
    imports = read_imports(notebook, project, content)
    cells = [cell["metadata"] for cell in content["cells"]]
    date = _date_beside(declarations, notebook_date(notebook, content["metadata"], cells))
    root = declared.absolute().parent if declared else project
    stated = _stated_python(content, date)
    found = combine(str(notebook), declarations, imports, date, stated)
    if not declared:
        found = replace(found, deviations=(*found.deviations, *_from_elsewhere(found, notebook.absolute().parent, project)))
    found = with_own_wheels(replace(found, project=str(root)), root)
    return with_unsaid_needs(with_saved_versions(found, saved_versions(content), notebook.name))


def _date_beside(declarations: tuple[Declaration, ...], date: NotebookDate | None) -> NotebookDate | None:
    """The day that counts: beside a file that pins versions the one of the last commit, as the file may be younger than the outputs."""
    winner = _winner(declarations)
    is_pinned = winner is not None and any(_PIN.search(wish.requirement) or wish.hashes for wish in winner.wishes)
    return date.touched if date and date.touched and is_pinned else date


def _from_elsewhere(spec: EnvironmentSpec, folder: Path, project: Path) -> Iterator[Deviation]:
    """That the declaration which decides lies in none of the folders above the notebook, so that it may be another notebook's."""
    winner = _winner(spec.declarations)
    if winner is None or not folder.is_relative_to(project) or is_on_the_way(winner.path, folder.relative_to(project).as_posix()):
        return
    others = len([found for found in spec.declarations if found is not winner and found.kind is winner.kind])
    among = f", the nearest of {others + 1} of its kind" if others else ""
    yield Deviation("declared-elsewhere", f"nothing beside or above the notebook declares packages; {winner.path} counts{among}")


def combine(
    notebook: str,
    declarations: tuple[Declaration, ...],
    imports: ImportReading,
    date: NotebookDate | None,
    stated_python: PythonWish | None,
) -> EnvironmentSpec:
    """The specification that the findings come to; pure, so that every rule can be tested by itself.

    Args:
        notebook: its path, for messages.
        declarations: everything that was found, the strongest first.
        imports: what the code imports.
        date: the day of the notebook; None where nothing says it.
        stated_python: the Python that the notebook was saved with; None where it doesn't say.
    """
    winner = _winner(declarations)
    declared = [*_overlaid(winner, declarations), *_own_requirements(winner, declarations, imports)]
    cut = date.moment if date else None
    declared = list(_bounded(declared, imports))
    imports = replace(imports, unknown=tuple(_unknown(imports, declared)))
    python = _python(winner, declarations, stated_python, date)
    weaker = [found for found in declarations if found is not winner]
    filled = list(_undeclared(declared, weaker, dated(imports.wishes, cut), minor_of(python)))
    return EnvironmentSpec(
        notebook=notebook,
        python=python,
        wishes=(*declared, *filled),
        declarations=declarations,
        cut=cut,
        cut_source=date.source if date else "",
        channels=winner.channels if winner else (),
        indexes=tuple(dict.fromkeys(index for declaration in _used(winner, declarations) for index in declaration.indexes)),
        local_modules=imports.local_modules,
        import_paths=imports.import_paths,
        unknown_imports=imports.unknown,
        deviations=tuple(_deviations(winner, filled, imports, date)),
    )


def _winner(declarations: tuple[Declaration, ...]) -> Declaration | None:
    return next((found for found in declarations if found.wishes and found.kind not in _OVERLAYS), None)


def _used(winner: Declaration | None, declarations: tuple[Declaration, ...]) -> Iterator[Declaration]:
    if winner:
        yield winner
    yield from (found for found in declarations if found.kind in _OVERLAYS)


def _overlaid(winner: Declaration | None, declarations: tuple[Declaration, ...]) -> Iterator[Wish]:
    """The wishes of the winner, with those of install cells in the place of wishes for the same package."""
    overlay: dict[str, Wish] = {}
    for wish in (wish for found in declarations if found.kind in _OVERLAYS for wish in found.wishes):
        if not wish.is_bare or wish.name not in overlay:
            overlay[wish.name] = wish
    for wish in winner.wishes if winner else ():
        replacement = overlay.get(wish.name)
        if replacement is None or not _says_more(replacement, wish):
            yield wish
            overlay.pop(wish.name, None)
    yield from overlay.values()


def _says_more(overlay: Wish, wish: Wish) -> bool:
    """Whether an install cell really asks for another version: a bare `pip install pandas` leaves a declared pin alone."""
    return overlay.requirement != wish.requirement and not overlay.is_bare


def _own_requirements(winner: Declaration | None, declarations: tuple[Declaration, ...], imports: ImportReading) -> Iterator[Wish]:
    """What the repository's own package requires, where the notebook uses that package or it is installed, and something else decides."""
    if winner is None or winner.is_exact:
        return
    if not imports.local_modules and not any(wish.kind is WishKind.LOCAL_PROJECT for wish in winner.wishes):
        return
    present = {wish.name for wish in winner.wishes}
    for found in declarations:
        if found is not winner and found.kind in {SourceKind.PYPROJECT, SourceKind.SETUP}:
            yield from (wish for wish in found.wishes if wish.name not in present and wish.kind is not WishKind.LOCAL_PROJECT)


def _bounded(declared: Iterable[Wish], imports: ImportReading) -> Iterator[Wish]:
    """The wishes; packages that are declared in any version come in one that has what the code imports from them."""
    bounds = {wish.name: wish for wish in imports.wishes if wish.requirement != wish.name}
    for wish in declared:
        bound = bounds.get(wish.name) if wish.kind is WishKind.PACKAGE and wish.is_bare else None
        yield replace(wish, requirement=bound.requirement, source=bound.source) if bound else wish


def _unknown(imports: ImportReading, declared: Iterable[Wish]) -> Iterator[str]:
    """Imports for which no package is known, without those whose own name is declared: somebody knew."""
    names = {wish.name for wish in declared}
    yield from (module for module in imports.unknown if canonicalize_name(module.partition(".")[0]) not in names)


def _undeclared(declared: Iterable[Wish], weaker: Sequence[Declaration], imported: Iterable[Wish], python: str) -> Iterator[Wish]:
    """Packages that the code imports and nothing chosen so far brings; by a weaker declaration's wish where there is one.

    What is declared for other Pythons only brings nothing.
    """
    present = {wish.name for wish in declared if wish.kind is not WishKind.CONSTRAINT and applies(wish, python)}
    said = {wish.name: wish for found in reversed(weaker) for wish in found.wishes if applies(wish, python)}
    for wish in imported:
        if wish.name not in present:
            present.add(wish.name)
            yield replace(said.get(wish.name, wish), is_optional=wish.is_optional)


def _python(
    winner: Declaration | None, declarations: tuple[Declaration, ...], stated: PythonWish | None, date: NotebookDate | None
) -> PythonWish:
    """An explicit pin, else the version the notebook was saved with if the declared range allows it, else the range, else by date."""
    strongest_first: list[Declaration] = [winner, *declarations] if winner else list(declarations)
    every: list[PythonWish] = [found.python for found in strongest_first if found.python is not None]
    # A container may serve anything: its Python says less than the one that the notebook was saved with.
    wishes = [wish for wish in every if not (stated and _is_of_container(wish))]
    pins = [wish for wish in wishes if "==" in wish.specifier]
    if pins:
        return pins[0]
    ranges = [wish for wish in wishes if _is_readable(wish)]
    if stated is not None and all(SpecifierSet(wish.specifier).contains(_version(stated)) for wish in ranges[:1]):
        return stated
    if ranges:
        return ranges[0]
    newest = newest_settled(date.moment if date else None)
    reason = f"the notebook's date ({date.source})" if date else "the lack of any word about it (the newest is taken)"
    return PythonWish(f"=={newest}.*", Source(SourceKind.METADATA, reason))


def _is_of_container(wish: PythonWish) -> bool:
    return "dockerfile" in wish.source.path.lower()


def _is_readable(wish: PythonWish) -> bool:
    try:
        SpecifierSet(wish.specifier)
    except InvalidSpecifier:
        return False
    return True


def _version(wish: PythonWish) -> str:
    return wish.specifier.removeprefix("==").removesuffix(".*")


def _stated_python(content: Mapping[str, Any], date: NotebookDate | None) -> PythonWish | None:
    """The Python that `language_info` named when the outputs were saved; for a notebook of another kernel, or without one, None."""
    information = content["metadata"].get("language_info", {})
    before = date.python if date else ""
    version = (before or str(information.get("version") or "")).split("+", maxsplit=1)[0]
    numbers = version.split("-")[0].split(".")
    if not numbers[0].isdecimal() or len(numbers) < len(("major", "minor")):
        return _major_python(content)
    whose = "language_info of the commit that changed its code or outputs last" if before else "language_info"
    return PythonWish(f"=={version.split('-')[0]}", Source(SourceKind.METADATA, f"the notebook's {whose}"))


def _major_python(content: Mapping[str, Any]) -> PythonWish | None:
    """Python 2 where the kernel's name says so."""
    name = str(content["metadata"].get("kernelspec", {}).get("name") or "")
    return PythonWish("==2.7.*", Source(SourceKind.METADATA, "the notebook's kernel name")) if name == "python2" else None


def _deviations(winner: Declaration | None, filled: list[Wish], imports: ImportReading, date: NotebookDate | None) -> Iterator[Deviation]:
    if winner is None:
        yield Deviation("nothing-declared", "no file declares an environment; what the code imports is taken")
    elif filled:
        names = ", ".join(sorted(wish.name for wish in filled))
        yield Deviation("undeclared-imports", f"{winner.path} does not declare what the code imports, so it is added: {names}")
    for module, note in imports.notes(ModuleOrigin.LOCAL).items():
        yield Deviation("module-found-elsewhere", f"{module}: {note}; it is put there")
    if imports.unknown:
        reasons = imports.notes(ModuleOrigin.UNKNOWN)
        named = ", ".join(f"{module} ({reasons[module]})" if module in reasons else module for module in imports.unknown)
        yield Deviation("unknown-imports", f"no package is known for these imports, so none is installed: {named}")
    if date is None:
        yield Deviation("no-date", "nothing says when the notebook was written; packages that are not pinned are taken as of today")
