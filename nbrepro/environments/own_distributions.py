"""The project's own package as its code finds it: on the path with its modules, and with what an installation says of it.

A package on the path alone can be imported, but `importlib.metadata.version("its-name")` finds nothing. `pip install -e .` writes
that metadata (https://packaging.python.org/en/latest/specifications/recording-installed-packages/), so it is written here too, in a
folder of our own. The version is read, or counted from the project's history; nothing of the project is run.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.version import InvalidVersion, Version

from nbrepro.environments import storage
from nbrepro.environments.discovery.files import ProjectFile, UnreadableFileError
from nbrepro.environments.discovery.ini_files import parse_ini
from nbrepro.environments.discovery.literals import NotLiteralError, values_of
from nbrepro.environments.discovery.setup_py import call_of_setup
from nbrepro.environments.discovery.toml_tables import BadTomlError, parse, table
from nbrepro.environments.own_versions import counted_version
from nbrepro.model import EnvironmentSpec, SourceKind, WishKind
from nbrepro.notebooks.writing import write_atomically

UNKNOWN = "0+unknown"
"""The version of a package that says none without being run, as versioneer writes it."""
_STATED = re.compile(r"""(?m)^__version__\s*(?::\s*\w+\s*)?=\s*(?:version\s*=\s*)?["']([^"'\s]+)["']""")
_MODULES = ("__init__.py", "_version.py", "version.py", "__about__.py")


@dataclass(frozen=True, slots=True)
class OwnDistribution:
    """A package of the project that would be installed if somebody installed the project."""

    name: str
    version: str
    """`UNKNOWN` where only running its code would tell."""
    source: str = "."
    """The folder of its files, relative to the project."""

    @property
    def folder(self) -> Path:
        """The folder to put on the path, which holds nothing but its metadata."""
        return storage.own_distributions() / f"{self.name}-{self.version}"

    def write(self) -> None:
        """Write what an installation would say of it into its folder."""
        place = self.folder / f"{self.name.replace('-', '_')}-{self.version}.dist-info"
        if not (place / "METADATA").is_file():
            place.mkdir(parents=True, exist_ok=True)
            write_atomically(place / "METADATA", f"Metadata-Version: 2.1\nName: {self.name}\nVersion: {self.version}\n".encode())


def own_distributions(spec: EnvironmentSpec) -> tuple[OwnDistribution, ...]:
    """The packages that the declarations found for a notebook call the project's own, each once."""
    project = Path(spec.project)
    wishes = {
        wish.name: wish.requirement
        for found in spec.declarations
        for wish in found.wishes
        if wish.kind is WishKind.LOCAL_PROJECT and not wish.is_wheel and spec.project and _is_within(project, wish.requirement)
    }
    return tuple(OwnDistribution(name, stated_version(project, folder), folder) for name, folder in wishes.items())


def stated_version(project: Path, folder: str) -> str:
    """The version that a package states: in pyproject.toml, setup.cfg, setup.py or settings.ini, in its own modules, or by its history.

    Args:
        project: root of the project, absolute.
        folder: of the package, relative to it.
    """
    stated = (version for version in _versions(project, folder) if _is_version(version))
    return str(Version(next(stated, UNKNOWN)))


def _versions(project: Path, folder: str) -> Iterator[str]:
    for name, read in _READERS:
        file = ProjectFile(project, f"{folder}/{name}", SourceKind.SETUP)
        if file.exists():
            yield from _read(file, read)
    for path in _modules(project / folder):
        file = ProjectFile(project, path.relative_to(project).as_posix(), SourceKind.SETUP)
        yield from _read(file, lambda text, _: _STATED.findall(text))
    how = counted_version(project, folder)
    yield (how.version(project) or "") if how else ""


def _read(file: ProjectFile, read: Callable[[str, ProjectFile], Iterable[str]]) -> list[str]:
    """What a reader finds; nothing in a file that can't be read, which discovery has named already."""
    try:
        return list(read(file.text(), file))
    except (UnreadableFileError, BadTomlError, NotLiteralError, SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _of_pyproject(text: str, _: ProjectFile) -> Iterator[str]:
    content = parse(text)
    yield from (str(table(content, *keys).get("version", "")) for keys in (("project",), ("tool", "poetry")))


def _of_ini(text: str, file: ProjectFile) -> Iterator[str]:
    parser = parse_ini(text, file)
    if isinstance(parser, configparser.ConfigParser):
        yield parser.get("metadata", "version", fallback="") if parser.has_section("metadata") else ""
        yield parser.defaults().get("version", "")


def _of_setup(text: str, _: ProjectFile) -> Iterator[str]:
    arguments, names = call_of_setup(text)
    if arguments and "version" in arguments:
        yield from (value for value in values_of(arguments["version"], names) if isinstance(value, str))


_READERS: tuple[tuple[str, Callable[[str, ProjectFile], Iterable[str]]], ...] = (
    ("pyproject.toml", _of_pyproject),
    ("setup.cfg", _of_ini),
    ("setup.py", _of_setup),
    ("settings.ini", _of_ini),
)


def _modules(folder: Path) -> Iterator[Path]:
    """The files in which packages keep their version."""
    for pattern in (f"{base}*/{name}" for name in _MODULES for base in ("", "src/")):
        yield from sorted(folder.glob(pattern))


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


def _is_within(project: Path, folder: str) -> bool:
    return (project / folder).resolve().is_relative_to(project.resolve())
