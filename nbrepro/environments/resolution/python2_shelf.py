"""What the package index has for a Python 2.7: which files may be taken for an attempt, by date, kind and hash."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag
from packaging.version import Version

from nbrepro.environments.pins import holds_for
from nbrepro.environments.resolution.python2_attempt import Attempt
from nbrepro.environments.resolution.request import Asked
from nbrepro.environments.resolution.simple_index import IndexFile, SimpleIndex

KNOWN_SOURCES = {
    "f6253dfbe0538ad2e387bd8fdfd9293c925d63553f5813c4e587745416501e6d": "functools32 3.2.3.post2",
    "4d4631f6062e658e9007ab3149a9b914f3548cb38bfb021c64f39a025ce578ae": "scandir 1.10.0",
    "dc972e06094b9af5b855b3df4a646395e43d1c9d0d39ed345b7393560d0b9173": "simplegeneric 0.8.1",
    "4e5158d97583502a7e2739951553cbd88a72076f152b4b11b64b9a10c4c49409": "tornado 5.1.1",
}
"""SHA-256 of the only source distributions that are built without being asked: the kernel and matplotlib need them, and no wheel of them
exists for Python 2.7 on Linux."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """An index as one Python 2.7 sees it."""

    index: SimpleIndex
    tags: frozenset[Tag]
    """Of the wheels that it installs."""
    python: str
    """Its full version."""

    def usable(self, name: str) -> tuple[IndexFile, ...] | None:
        """Every wheel and source distribution for this Python, of any date; None where the index doesn't know the project."""
        files = self.index.files(name)
        return None if files is None else tuple(file for file in files if self._is_for_this_python(file))

    def _is_for_this_python(self, file: IndexFile) -> bool:
        # Many wheels that say py2.py3 are for Python 3 only, and say so only here.
        return (not file.is_wheel or bool(file.tags & self.tags)) and _contains(file.requires_python, Version(self.python))

    def offered(self, attempt: Attempt, name: str) -> tuple[IndexFile, ...] | None:
        """The files of a project that may be taken in an attempt; None where the index doesn't know it."""
        files = self.usable(name)
        return None if files is None else tuple(self._allowed(attempt, name, files))

    def newest(self, attempt: Attempt, name: str) -> tuple[IndexFile, ...] | None:
        """As `offered`, but of what is wished only the newest version that fits."""
        files = self.offered(attempt, name)
        if not files or name not in attempt.wished:
            return files
        version = next(iter(self.fitting(attempt, name)), None)
        return tuple(file for file in files if file.version == version)

    @staticmethod
    def _allowed(attempt: Attempt, name: str, files: Iterable[IndexFile]) -> Iterator[IndexFile]:
        limit = attempt.question().limit_of(name)
        hashes = {one for asked in attempt.of(name) for one in asked.hashes}
        wants_early = name in attempt.early or any(one.requirement.specifier.prereleases for one in attempt.of(name))
        for file in files:
            if file.version.is_prerelease and not wants_early:
                # Where nothing else fits, pip would take one without a word.
                continue
            is_known = file.sha256 in KNOWN_SOURCES
            is_dated = limit is not None and not (is_known and name not in attempt.wished)
            is_late = is_dated and limit is not None and (file.uploaded is None or file.uploaded > limit)
            is_buildable = is_known or name in attempt.built
            if (file.is_wheel or is_buildable) and not is_late and (not hashes or f"sha256:{file.sha256}" in hashes):
                yield file

    def applies(self, one: Asked) -> bool:
        """Whether a wish holds for this Python, or its marker excludes it."""
        return holds_for(one.requirement, self.python)

    def fitting(self, attempt: Attempt, name: str, specifier: str | None = None) -> tuple[Version, ...]:
        """The versions that may be taken, the newest first.

        Args:
            attempt: with its date and loosenings.
            name: of the project.
            specifier: in place of all that the attempt says of it.
        """
        versions = {file.version for file in self.offered(attempt, name) or ()}
        bounds = self._bounds(attempt, name) if specifier is None else SpecifierSet(specifier)
        return tuple(sorted(bounds.filter(versions), reverse=True))

    def _bounds(self, attempt: Attempt, name: str) -> SpecifierSet:
        bounds = SpecifierSet()
        for one in attempt.of(name):
            if self.applies(one):
                bounds &= one.requirement.specifier
        for extra in map(Requirement, attempt.extra):
            if extra.name == name:
                bounds &= extra.specifier
        return bounds


def _contains(specifier: str, version: Version) -> bool:
    try:
        return SpecifierSet(specifier).contains(version, prereleases=True)
    except InvalidSpecifier:
        # pip, which has the last word, reads more forms than are allowed today.
        return True
