"""Every import of a notebook, and of the local modules that it imports in turn."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from nbrepro.environments.imports.cells import CellReading, read_cell
from nbrepro.environments.imports.classifying import Classifier, ModuleOrigin, ModuleUse
from nbrepro.environments.imports.local_modules import files_of, text_of
from nbrepro.environments.imports.paths import PathReader
from nbrepro.environments.imports.statements import Import, imports_of
from nbrepro.model import Source, SourceKind

_MAXIMUM_FILES = 300
"""Local modules that are read; whoever has more of them declares what they need."""
_MAXIMUM_NOTEBOOK_BYTES = 20_000_000
_MAXIMUM_NAME = 200
"""Characters of one part of a dotted name: file systems take no more than 255."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """An import, and the place that has it."""

    found: Import
    source: Source
    file: Path | None = None
    """The local module that it stands in; None for a cell."""


@dataclass(slots=True)
class Gathering:
    """What was found so far."""

    classifier: Classifier
    uses: list[ModuleUse] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    """Folders besides the notebook's through which local modules were found."""
    _waiting: deque[_Placed] = field(default_factory=deque)
    _read: set[tuple[Path | str, bool]] = field(default_factory=set)
    """What was read, and whether the code may do without it."""

    def put(self, placed: _Placed) -> None:
        """Takes an import in, to be followed later; what can be no name of a module is left out."""
        if all(piece.isidentifier() and len(piece) <= _MAXIMUM_NAME for piece in placed.found.name.split(".") if placed.found.name):
            self._waiting.append(placed)

    def follow(self) -> None:
        """Classifies everything that was put in, and what local modules import in turn."""
        while self._waiting:
            placed = self._waiting.popleft()
            if placed.found.level:
                self._relative(placed)
            elif not self._is_needless(placed.found):
                self._absolute(placed)

    def read(self, file: Path, *, is_optional: bool = False, is_program: bool = False) -> None:
        """Puts in what a local file imports, unless it was read already.

        Args:
            file: a module or script of the project.
            is_optional: whether the code may do without it, and so without everything that it imports.
            is_program: whether it is run rather than imported.
        """
        if self._is_read(file, is_optional=is_optional):
            return
        path = file.relative_to(self.classifier.local.project).as_posix()
        for found in imports_of(text_of(file)):
            # A function that nobody calls imports nothing, and a module is not the program.
            is_passed_over = is_optional or found.is_deferred or (found.is_of_program and not is_program)
            needed = replace(found, is_optional=found.is_optional or is_passed_over)
            self.put(_Placed(needed, Source(SourceKind.IMPORT, path, found.line), file))

    def _is_read(self, what: Path | str, *, is_optional: bool) -> bool:
        """Whether a module need not be read: it was, and was not merely optional then, or too many were; from now on it is."""
        if (what, False) in self._read or (what, is_optional) in self._read or len(self._read) >= _MAXIMUM_FILES:
            return True
        self._read.add((what, is_optional))
        return False

    def _absolute(self, placed: _Placed) -> None:
        if self._beside(placed):
            return
        classified = self.classifier.classify(placed.found, placed.source)
        self.uses.append(classified.use)
        if classified.local is not None:
            folder = classified.local.folder
            if folder != self.classifier.local.notebook_folder and folder not in self.folders:
                self.folders.append(folder)
            for file in classified.local.files:
                self.read(file, is_optional=placed.found.is_optional)
        elif classified.use.origin is ModuleOrigin.LOCAL:
            self._written(classified.use)

    def _written(self, use: ModuleUse) -> None:
        """Puts in what a module imports that a cell writes."""
        if self._is_read(use.name, is_optional=use.is_optional):
            return
        for text in self.classifier.written[use.name]:
            for found in imports_of(text):
                is_passed_over = use.is_optional or found.is_deferred or found.is_of_program
                self.put(_Placed(replace(found, is_optional=found.is_optional or is_passed_over), use.source))

    def _relative(self, placed: _Placed) -> None:
        if placed.file is None:
            return
        folder = placed.file.parent
        for _ in range(placed.found.level - 1):
            folder = folder.parent
        if folder.is_relative_to(self.classifier.local.project):
            for file in files_of(folder, placed.found.name) or ():
                self.read(file, is_optional=placed.found.is_optional)

    def _beside(self, placed: _Placed) -> bool:
        """Whether a module of Python 2 imports one that lies beside it, as only Python 2 does."""
        if placed.file is None or not self.classifier.is_python_2:
            return False
        files = files_of(placed.file.parent, placed.found.name)
        for file in files or ():
            self.read(file, is_optional=placed.found.is_optional)
        return files is not None

    def _is_needless(self, found: Import) -> bool:
        """Whether the code falls back on it only where something else is missing, and that can be had."""
        return bool(found.instead_of) and all(self.classifier.can_be_had(name) for name in found.instead_of)


def gather(notebook: Path, content: Mapping[str, Any], classifier: Classifier) -> Gathering:
    """Every import of a notebook's cells and of the local modules behind them."""
    gathering = Gathering(classifier)
    path = notebook.relative_to(classifier.local.project).as_posix()
    paths = PathReader()
    readings = list(_cells(content))
    for _, reading in readings:
        for name, text in reading.written.items():
            _note_written(classifier, name, text)
        for folder in paths.read(reading.python):
            classifier.local.add(folder)
    for number, reading in readings:
        source = Source(SourceKind.IMPORT, path, number)
        for found in reading.imports:
            gathering.put(_Placed(found, source))
        for name in reading.run:
            _put_run(gathering, name, source)
    gathering.follow()
    return gathering


def _cells(content: Mapping[str, Any]) -> Iterator[tuple[int, CellReading]]:
    for number, cell in enumerate(content.get("cells", ()), start=1):
        if cell.get("cell_type") == "code":
            source = cell.get("source", "")
            yield number, read_cell(source if isinstance(source, str) else "".join(map(str, source)))


def _note_written(classifier: Classifier, name: str, text: str) -> None:
    """Takes a file that a cell writes for the module that it will be."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.suffix == ".py":
        is_plain = not path.is_absolute() and ".." not in path.parts
        top = (path.parts[0] if is_plain else path.name).removesuffix(".py")
        classifier.written.setdefault(top, []).append(text)


def _put_run(gathering: Gathering, name: str, source: Source) -> None:
    """Puts in what a script or notebook imports that `%run` runs."""
    file = gathering.classifier.local.file(name) or gathering.classifier.local.file(f"{name}.py")
    if file is None:
        return
    if file.suffix == ".ipynb":
        for _, reading in _cells(_notebook(file)):
            for found in reading.imports:
                gathering.put(_Placed(found, source))
    else:
        gathering.read(file, is_program=True)


def _notebook(file: Path) -> Mapping[str, Any]:
    """Another notebook as JSON; without cells where it can't be read."""
    try:
        if file.stat().st_size > _MAXIMUM_NOTEBOOK_BYTES:
            return {}
        content = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) and isinstance(content.get("cells"), list) else {}
