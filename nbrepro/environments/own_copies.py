"""The project's own package with the module that its installation would write: a copy apart from the user's files.

It is kept, as what is compiled, under a digest of its files, and comes first on the path.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from nbrepro.environments import storage
from nbrepro.environments.own_builds import MAXIMUM_BYTES, files_of, note_use, rename
from nbrepro.environments.own_distributions import UNKNOWN
from nbrepro.environments.own_versions import Counted, counted_version
from nbrepro.errors import EnvironmentBuildError
from nbrepro.model import Deviation

_NOT_COPIED = shutil.ignore_patterns("__pycache__")


@dataclass(frozen=True, slots=True)
class UnwrittenModule:
    """A module of the project's own package that only an installation writes."""

    name: str
    """Of the package that is installed."""
    version: str
    package: Path
    """The folder with the package's modules, in the project."""
    module: Path
    """Where in that folder it belongs."""
    text: str

    def deviation(self) -> Deviation:
        """What stands on record."""
        version = "no history tells its version" if self.version == UNKNOWN else f"version {self.version} comes from the project's history"
        return Deviation(
            "own-version-written",
            f"installing {self.name} would write {self.package.name}/{self.module.as_posix()}: it is written into a copy of "
            f"{self.package.name} that comes first on the path; {version}",
        )

    def copied(self) -> Path:
        """The folder to put on the path, which holds the package and its module; made once for equal files.

        Raises:
            EnvironmentBuildError: the disk has no room, or a file can't be read.
        """
        place = storage.own_builds() / self._digest()
        if not place.is_dir():
            place.parent.mkdir(parents=True, exist_ok=True)
            target = Path(tempfile.mkdtemp(prefix=f"{place.name}{storage.UNFINISHED}", dir=place.parent))
            try:
                copy = target / self.package.name
                shutil.copytree(self.package, copy, symlinks=True, ignore=_NOT_COPIED)
                (copy / self.module).write_text(self.text, encoding="utf-8")
            except OSError as error:
                shutil.rmtree(target, ignore_errors=True)
                raise EnvironmentBuildError(self.name, str(error)) from error
            except BaseException:
                shutil.rmtree(target, ignore_errors=True)
                raise
            rename(target, place)
        note_use(place)
        return place

    def _digest(self) -> str:
        digest = hashlib.sha256(repr((self.package.name, self.module, self.text)).encode())
        for path, size in files_of(self.package, _NOT_COPIED):
            digest.update(f"{path.relative_to(self.package)} {size} {path.stat().st_mtime_ns}\n".encode(errors="surrogateescape"))
        return digest.hexdigest()[:32]


def unwritten_module(name: str, project: Path, folder: str, version: str) -> UnwrittenModule | None:
    """The module that an installation of the project's own package would write; None where there is none, or it is there.

    Args:
        name: of the package that would be installed.
        project: root of the project, absolute.
        folder: of the package, relative to it.
        version: what is to be written.
    """
    counted = counted_version(project, folder)
    module = _missing(project, counted) if counted else None
    if counted is None or module is None:
        return None
    package = _package_of(project, module)
    if package is None or sum(size for _, size in files_of(package, _NOT_COPIED)) > MAXIMUM_BYTES:
        return None
    return UnwrittenModule(name, version, package, module.relative_to(package), counted.text(version))


def _missing(project: Path, counted: Counted) -> Path | None:
    if not counted.module:
        return None
    path = (project / counted.module).resolve()
    return path if path.is_relative_to(project.resolve()) and not path.exists() else None


def _package_of(project: Path, module: Path) -> Path | None:
    """The outermost package around a module; None where it lies in none."""
    found = None
    for folder in module.parents:
        if folder == project.resolve() or not (folder / "__init__.py").is_file():
            break
        found = folder
    return found
