"""Which files declare something: their names, how strong each is, and who reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from nbrepro.environments.discovery import pythons_wished, requirements
from nbrepro.environments.discovery.conda_environment import read_environment
from nbrepro.environments.discovery.conda_explicit import read_explicit
from nbrepro.environments.discovery.files import ProjectFile
from nbrepro.environments.discovery.findings import Finding
from nbrepro.model import SourceKind

Reader = Callable[[str, ProjectFile], Iterator[Finding]]


class Role(IntEnum):
    """How much a file says about running the notebooks; a weaker role never decides where a stronger one is found."""

    MAIN = 0
    """Declares what is needed to use the project."""
    AUXILIARY = 1
    """By its name meant for something else: tests, building, another platform."""
    SUPPLEMENT = 2
    """Says something, but no set of packages: bounds, a Python, system packages, a container."""


class Format(NamedTuple):
    """One kind of file."""

    name: re.Pattern[str]
    kind: SourceKind
    reader: Reader
    role: Role = Role.MAIN
    is_lock: bool = False
    """Whether the format itself pins everything."""


def _format(name: str, kind: SourceKind, reader: Reader, role: Role = Role.MAIN, *, is_lock: bool = False) -> Format:
    return Format(re.compile(name, re.IGNORECASE), kind, reader, role, is_lock)


FORMATS = (
    _format(
        r"conda-(linux|osx|win)-\w+\.lock|.*\bexplicit\b.*\.(txt|lock)|spec[-_]?(file|list)?\.txt",
        SourceKind.LOCK,
        read_explicit,
        is_lock=True,
    ),
    _format(r"environment\.ya?ml", SourceKind.CONDA, read_environment),
    _format(r"(conda[-_.]?)?env(ironment)?([-_.].*)?\.ya?ml", SourceKind.CONDA, read_environment),
    _format(r"[\w.\-]*[-_.]env(ironment)?\.ya?ml", SourceKind.CONDA, read_environment),
    _format(r"requirements?\.txt", SourceKind.REQUIREMENTS, requirements.read_requirements),
    _format(
        r"([\w.\-]*[-_.])?(requirements?|requires)([-_.\d][\w.\-]*)?\.(txt|in|pip)", SourceKind.REQUIREMENTS, requirements.read_requirements
    ),
    _format(r"constraints?([-_.].*)?\.txt", SourceKind.REQUIREMENTS, requirements.read_constraints, Role.SUPPLEMENT),
    _format(r"runtime\.txt", SourceKind.REQUIREMENTS, pythons_wished.read_runtime, Role.SUPPLEMENT),
    _format(r"\.python-version", SourceKind.REQUIREMENTS, pythons_wished.read_python_version, Role.SUPPLEMENT),
)
"""In the order of preference among files of one kind in one folder."""

_AUXILIARY = re.compile(
    r"(?:^|[-_.\d])(?:dev(?:el|elop|elopment)?|tests?|testing|ci|lint|build|docs?|rtd|doc|release|gpu|cuda|win(?:dows)?|osx|mac(?:os)?|min(?:imal)?|old|local)(?=[-_.\d]|$)"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file whose name says that it declares something."""

    file: ProjectFile
    format: Format
    role: Role

    @property
    def preference(self) -> tuple[int, int, str]:
        """Sorts the files of one folder, the most telling first."""
        return self.role, FORMATS.index(self.format), self.file.path


def format_of(name: str) -> Format | None:
    """The format of a file with that name; None where the name says nothing."""
    return next((one for one in FORMATS if one.name.fullmatch(name)), None)


def role_of(name: str, found: Format) -> Role:
    """The role of a file: `requirements-dev.txt` is for something else than the notebooks.

    >>> role_of("requirements-dev.txt", FORMATS[5]), role_of("requirements-notebooks.txt", FORMATS[5])
    (<Role.AUXILIARY: 1>, <Role.MAIN: 0>)
    """
    stem = name.lower().rpartition(".")[0]
    return max(found.role, Role.AUXILIARY) if _AUXILIARY.search(stem) else found.role
