"""From a specification to what conda's solver is asked for, and what of it pip has to provide."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from packaging.specifiers import SpecifierSet

from nbrepro.model import Deviation, Ecosystem, EnvironmentSpec, SourceKind, Wish, WishKind

PYTHON = "python"


@dataclass(frozen=True, slots=True)
class CondaWishes:
    """What is wished, by who has to provide it."""

    conda: tuple[Wish, ...]
    pip: tuple[Wish, ...]
    python: str
    """Versions of Python as conda writes them; empty for any."""
    python_is_stated: bool
    """Whether only the notebook's own metadata says it, so that another patch release does as well."""
    deviations: tuple[Deviation, ...] = ()


def wishes_of(spec: EnvironmentSpec) -> CondaWishes:
    """The wishes of a specification, parted; what neither can provide is a deviation."""
    packages = [wish for wish in spec.wishes if wish.kind is not WishKind.SYSTEM]
    return CondaWishes(
        conda=tuple(wish for wish in packages if wish.ecosystem is Ecosystem.CONDA),
        pip=tuple(wish for wish in packages if wish.ecosystem is Ecosystem.PYPI),
        python=python_versions(spec.python.specifier),
        python_is_stated=spec.python.source.kind is SourceKind.METADATA,
        deviations=tuple(_system(spec)),
    )


def _system(spec: EnvironmentSpec) -> Iterator[Deviation]:
    for wish in spec.wishes:
        if wish.kind is WishKind.SYSTEM:
            yield Deviation("system-not-provided", f"{wish.source}: {wish.requirement} is no package and is not installed")


def python_versions(specifier: str) -> str:
    """A PEP 440 specifier as conda writes versions.

    >>> python_versions("==3.7.*"), python_versions("==3.7.3"), python_versions(">=3.6,<3.9")
    ('3.7.*', '==3.7.3', '<3.9,>=3.6')
    """
    return ",".join(sorted(_one(str(one)) for one in SpecifierSet(specifier)))


def _one(specifier: str) -> str:
    return specifier.removeprefix("==") if re.fullmatch(r"==[\d.]+\.\*", specifier) else specifier


def minor_only(versions: str) -> str:
    """The same Python in any patch release; as it is where it pins none.

    >>> minor_only("==3.7.3"), minor_only(">=3.6")
    ('3.7.*', '>=3.6')
    """
    pinned = re.fullmatch(r"===?(\d+\.\d+)(?:\.\d+\w*)?", versions)
    return f"{pinned[1]}.*" if pinned else versions
