"""From the cells of a notebook to the packages, local modules and paths that its imports come to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbrepro.environments.imports.classifying import Classifier, ModuleOrigin, ModuleUse
from nbrepro.environments.imports.gathering import Gathering, gather
from nbrepro.environments.imports.local_modules import LocalModules
from nbrepro.model import Wish

_VERSION = re.compile(r"\d+(\.\d+)*")
_PYTHON = re.compile(r"i?python[\d.]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ImportReading:
    """What the imports of one notebook come to."""

    wishes: tuple[Wish, ...] = ()
    """One for each package that is known to provide an imported module, in the order of first use."""
    local_modules: tuple[str, ...] = ()
    """Modules that the project has, or that a cell writes."""
    import_paths: tuple[str, ...] = ()
    """Folders, relative to the project, that must be on `sys.path` besides the notebook's own; `..` only where the project is a package."""
    unknown: tuple[str, ...] = ()
    """Modules that the code can't do without and for which no package is known."""
    modules: tuple[ModuleUse, ...] = ()
    """Every imported module, with where and what is known of it."""

    def notes(self, origin: ModuleOrigin) -> dict[str, str]:
        """What is to be known of the modules of an origin that the code can't do without, where there is anything, by their names."""
        return {use.name: use.note for use in self.modules if use.origin is origin and use.note and not use.is_optional}


def read_imports(notebook: Path, project: Path, content: Mapping[str, Any]) -> ImportReading:
    """The packages, local modules and paths that a notebook's imports come to.

    Local modules are read in turn, up to a bound. Nothing raises: what can't be read imports nothing. A notebook in
    another language than Python imports nothing either.

    Args:
        notebook: the file.
        project: root of its project; nothing outside of it is read.
        content: the notebook in nbformat 4 (`Document.content`).
    """
    if not _is_python(content):
        return ImportReading()
    notebook, project = notebook.absolute(), project.absolute()
    if not notebook.is_relative_to(project):
        project = notebook.parent
    classifier = Classifier(LocalModules(notebook.parent, project), python=_python(content))
    return _reading(gather(notebook, content, classifier))


def _reading(gathering: Gathering) -> ImportReading:
    uses = tuple(_merged(gathering.uses))
    return ImportReading(
        wishes=tuple(_wishes(gathering.uses)),
        local_modules=tuple(use.name for use in uses if use.origin is ModuleOrigin.LOCAL),
        import_paths=tuple(gathering.classifier.local.relative(folder) for folder in gathering.folders),
        unknown=tuple(use.name for use in uses if use.origin is ModuleOrigin.UNKNOWN and not use.is_optional),
        modules=uses,
    )


def _merged(uses: Iterable[ModuleUse]) -> Iterator[ModuleUse]:
    """One for each module: the first that the code can't do without, else the first."""
    chosen: dict[tuple[str, ModuleOrigin], ModuleUse] = {}
    for use in uses:
        present = chosen.get((use.name, use.origin))
        if present is None or (present.is_optional and not use.is_optional):
            chosen[use.name, use.origin] = use
    yield from chosen.values()


def _wishes(uses: Iterable[ModuleUse]) -> Iterator[Wish]:
    """One for each package, with the bounds of everything that is imported from it."""
    of_package: dict[str, list[ModuleUse]] = {}
    for use in uses:
        if use.package is not None:
            of_package.setdefault(use.package, []).append(use)
    for package, its_uses in of_package.items():
        bounds = dict.fromkeys(use.bound for use in its_uses if use.bound)
        by_weight = sorted(its_uses, key=lambda use: (not use.bound, use.is_optional))
        first, is_optional = by_weight[0], all(use.is_optional for use in its_uses)
        requirement = package + ",".join(bounds)
        yield Wish(package, requirement, first.source, imported_as=first.name, is_optional=is_optional)


def _is_python(content: Mapping[str, Any]) -> bool:
    metadata = content.get("metadata", {})
    stated = metadata.get("language_info", {}).get("name") or metadata.get("kernelspec", {}).get("language")
    return not stated or _PYTHON.fullmatch(str(stated)) is not None


def _python(content: Mapping[str, Any]) -> str | None:
    """The version of Python that the notebook was saved with; None where it doesn't say."""
    metadata = content.get("metadata", {})
    version = _VERSION.match(str(metadata.get("language_info", {}).get("version") or ""))
    if version:
        return version[0]
    return "2.7" if metadata.get("kernelspec", {}).get("name") == "python2" else None
