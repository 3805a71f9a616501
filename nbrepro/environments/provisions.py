"""What a built environment provides: the modules of each of its packages, and which of them are not made for its Python."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from nbrepro.environments.imports import top_level_modules

_FILES = ("RECORD", "top_level.txt")
_SITES = ("lib/python*/site-packages", "Lib/site-packages")


@dataclass(frozen=True, slots=True)
class Provisions:
    """What the packages of an environment say about themselves."""

    modules: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """For each package, by its normalized name, the modules that it brings."""
    unfit: tuple[tuple[str, str], ...] = ()
    """Packages that say they are not made for this Python, with the versions of Python that they name."""


def provisions(folder: Path, python: str) -> Provisions:
    """What is installed in an environment, by the metadata of its packages.

    Args:
        folder: the environment.
        python: full version of its Python.
    """
    modules: dict[str, tuple[str, ...]] = {}
    unfit: list[tuple[str, str]] = []
    for path in _distributions(folder):
        name = canonicalize_name(path.name.removesuffix(".dist-info").partition("-")[0])
        modules[name] = tuple(sorted(top_level_modules({file: _text(path / file) for file in _FILES})))
        wanted = HeaderParser().parsestr(_text(path / "METADATA"), headersonly=True).get("Requires-Python", "")
        if not _fits(wanted, python):
            unfit.append((name, wanted))
    return Provisions(tuple(modules.items()), tuple(unfit))


def _distributions(folder: Path) -> Iterator[Path]:
    for site in _SITES:
        yield from sorted(folder.glob(f"{site}/*.dist-info"))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _fits(wanted: str, python: str) -> bool:
    """Whether a Python is among those that a package names; one that names none, or none that can be read, fits.

    uv passes over upper bounds of `Requires-Python`, since many were written before anybody could know.

    >>> _fits(">=3.8,<3.12", "3.12.1"), _fits(">=3.8", "3.12.1"), _fits("", "3.6.15")
    (False, True, True)
    """
    try:
        return SpecifierSet(wanted).contains(python, prereleases=True)
    except InvalidSpecifier:
        return True
