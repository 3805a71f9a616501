"""Who needs whom: the dependencies that the files of a solution state themselves."""

from __future__ import annotations

import re
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from nbrepro.environments.resolution.metadata import read_metadata

_NAME = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_METADATA = re.compile(r"[^/]+\.dist-info/METADATA")
_REQUIRES = re.compile(r"[^/]+/(?:[^/]+/)*?[^/]+\.egg-info/requires\.txt")


def needed_by(files: Mapping[str, Path]) -> dict[str, tuple[str, ...]]:
    """For each project of a solution the other ones whose files name it as a dependency, whatever the conditions.

    Args:
        files: the file of each project, by normalized name.
    """
    names = {project: set(_dependencies(path)) for project, path in files.items()}
    return {project: tuple(sorted(other for other, needed in names.items() if project in needed and other != project)) for project in files}


def stated_needs(wheel: Path) -> Iterator[Requirement]:
    """The unconditional dependencies of a wheel, as far as they can be read."""
    for line in _wheel(wheel):
        with suppress(InvalidRequirement):
            requirement = Requirement(line)
            if requirement.marker is None:
                yield requirement


def _dependencies(path: Path) -> Iterator[str]:
    for line in _wheel(path) if path.suffix == ".whl" else _source(path):
        if (found := _NAME.match(line)) and "extra ==" not in line:
            yield canonicalize_name(found[1])


def _wheel(path: Path) -> tuple[str, ...]:
    with zipfile.ZipFile(path) as archive:
        name = next((name for name in archive.namelist() if _METADATA.fullmatch(name)), None)
        return read_metadata(archive.read(name).decode("utf-8", "replace")).requires_dist if name else ()


def _source(path: Path) -> list[str]:
    """The lines of a source distribution's `requires.txt`; its sections of extras and conditions count as well."""
    if not tarfile.is_tarfile(path):
        return []
    with tarfile.open(path) as archive:
        member = next((member for member in archive if _REQUIRES.fullmatch(member.name)), None)
        content = archive.extractfile(member) if member else None
        return content.read().decode("utf-8", "replace").splitlines() if content else []
