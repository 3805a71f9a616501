"""The table of packages: which one provides a module, and what is never installed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import Version

from nbrepro.model import Wish


@dataclass(frozen=True, slots=True)
class PackageTable:
    """The table as it is shipped; its file says what each part means."""

    modules: dict[str, str]
    same_name: frozenset[str]
    bounds: dict[str, str]
    kernel: frozenset[str]
    refused: dict[str, str]
    unrelated: dict[str, str]
    notes: dict[str, str]
    backports: dict[str, tuple[str, str]]
    formerly: dict[str, tuple[str, date]]
    conda: dict[str, str]

    def package_of(self, module: str) -> str | None:
        """The package that provides a dotted module, by the most telling part that is known; None where none is known.

        >>> package_table().package_of("mpl_toolkits.basemap.Basemap"), package_table().package_of("mpl_toolkits.mplot3d")
        ('basemap', 'matplotlib')
        >>> package_table().package_of("sklearn.svm"), package_table().package_of("community")
        ('scikit-learn', 'python-louvain')
        """
        for part in _parts(module):
            if part in self.modules:
                return self.modules[part]
            if part in self.refused:
                return None
        top = canonicalize_name(module.partition(".")[0])
        return str(top) if top in self.same_name else None

    def knows(self, package: str) -> bool:
        """Whether a package of the index is known to be what its name says.

        >>> package_table().knows("scikit-learn"), package_table().knows("my-lab-tools")
        (True, False)
        """
        name = canonicalize_name(package)
        return name in self.same_name or name in self.modules.values()

    def telling_part(self, module: str) -> str:
        """The part of a dotted module under which the table has it; its first part where it has none.

        >>> package_table().telling_part("google.cloud.storage.Client"), package_table().telling_part("numpy.linalg")
        ('google.cloud.storage', 'numpy')
        """
        top = module.partition(".")[0]
        return next((part for part in _parts(module) if part in self.modules or part in self.refused), top)

    def bound_of(self, module: str) -> str:
        """The versions that have a dotted module or name, as a PEP 440 specifier; empty where any has it.

        >>> package_table().bound_of("sklearn.cross_validation.KFold")
        '<0.20'
        """
        return next((self.bounds[part] for part in _parts(module) if part in self.bounds), "")

    def reason_against(self, module: str) -> str:
        """Why nothing is installed for a module; empty where it is simply not known."""
        return next((self.refused[part] for part in _parts(module) if part in self.refused), "")

    def backport(self, module: str, python: str | None) -> str | None:
        """The package that gave a standard module to an older Python; None where that Python has it, or is not stated."""
        package, since = self.backports.get(module, ("", ""))
        return package if package and python and Version(python) < Version(since) else None

    def conda_name(self, package: str) -> str:
        """The name that conda-forge has for a package of PyPI."""
        return self.conda.get(package, package)


@cache
def package_table() -> PackageTable:
    """The table that is shipped with this package."""
    content: dict[str, Any] = tomllib.loads(resources.files(__package__).joinpath("packages.toml").read_text(encoding="utf-8"))
    return PackageTable(
        modules=content["modules"],
        same_name=frozenset(content["same-name"]["names"]),
        bounds=content["bounds"],
        kernel=frozenset(content["kernel"]["modules"]),
        refused=content["refused"],
        unrelated=content["unrelated"],
        notes=content["notes"],
        backports={module: (package, since) for module, (package, since) in content["backports"].items()},
        formerly={package: (former, day) for package, (former, day) in content["formerly"].items()},
        conda=content["conda"],
    )


def dated(wishes: Iterable[Wish], cut: datetime | None) -> tuple[Wish, ...]:
    """Wishes that come from imports, under the names that their packages had on a day; None: today's names."""
    if cut is None:
        return tuple(wishes)
    return tuple(_dated(wish, cut.date()) for wish in wishes)


def _dated(wish: Wish, day: date) -> Wish:
    former, since = package_table().formerly.get(wish.name, ("", date.min))
    if wish.imported_as is None or not former or day >= since:
        return wish
    return replace(wish, name=former, requirement=former)


def _parts(module: str) -> Iterator[str]:
    """A dotted name and all that it begins with, the longest first."""
    pieces = module.split(".")
    return (".".join(pieces[:length]) for length in range(len(pieces), 0, -1))
