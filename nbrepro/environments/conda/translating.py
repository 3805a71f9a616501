"""The wishes of a conda environment as wishes for packages of PyPI, for machines that reach no conda channel."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from nbrepro.environments.conda.names import is_known, name_table, pypi_name, what_else
from nbrepro.environments.conda.versions import versions_of
from nbrepro.model import Deviation, Ecosystem, EnvironmentSpec, Wish, WishKind

_SPEC = re.compile(r"(?:\S+?::)?[A-Za-z0-9_][\w.\-]*(?P<rest>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Translation:
    """One wish in the words of PyPI, or why there is none."""

    wish: Wish
    translated: str = ""
    """What became of it, where the name changed."""
    elsewhere: str = ""
    """What it is, where PyPI doesn't have it."""
    unknown: bool = False
    """Whether nothing is known under its name, so that it is not installed."""
    unversioned: bool = False
    """Whether its versions can't be said."""


def translate_to_pypi(spec: EnvironmentSpec, why: str = "") -> EnvironmentSpec:
    """The same specification with packages of PyPI in the place of conda's; every departure is in its deviations.

    Versions are kept, builds are not. A name that isn't known to be the same software on PyPI is not installed but named, as is
    what is no Python package. A wish for the same package that was one of PyPI before is kept in its place.

    Args:
        spec: a specification with wishes for conda packages; without any it is given back as it is.
        why: what stands against conda's own packages, in words.
    """
    if not spec.is_conda:
        return spec
    own = {wish.name for wish in spec.wishes if wish.ecosystem is Ecosystem.PYPI and wish.imported_as is None}
    done = [_translated(wish) for wish in spec.wishes if wish.ecosystem is Ecosystem.CONDA]
    brought = {one.wish.name for one in done} - own
    kept = [
        wish for wish in spec.wishes if wish.ecosystem is Ecosystem.PYPI and not (wish.imported_as is not None and wish.name in brought)
    ]
    wishes = [one.wish for one in done if not one.unknown and one.wish.name not in own]
    return replace(
        spec,
        wishes=(*dict.fromkeys(wishes), *kept),
        channels=(),
        deviations=tuple(dict.fromkeys((*spec.deviations, *_deviations(done, why)))),
    )


def _translated(wish: Wish) -> _Translation:
    elsewhere = what_else(wish.name)
    if elsewhere:
        return _Translation(replace(wish, ecosystem=Ecosystem.PYPI, kind=WishKind.SYSTEM, hashes=()), elsewhere=elsewhere)
    name = pypi_name(wish.name)
    versions = _versions(wish, name)
    requirement = f"{name}{versions or ''}"
    plain = replace(wish, name=name, requirement=requirement, ecosystem=Ecosystem.PYPI, hashes=())
    changed = f"{wish.name} → {name}" if name != wish.name else ""
    return _Translation(plain, changed, unknown=not is_known(wish.name), unversioned=versions is None)


def _versions(wish: Wish, name: str) -> str | None:
    found = _SPEC.fullmatch(wish.requirement.strip())
    versions = versions_of(found["rest"]) if found else None
    if versions and name in name_table().more_numbers:
        return re.sub(r"==([\d.]+)$", r"==\1.*", versions)
    return versions


def _deviations(done: list[_Translation], why: str) -> tuple[Deviation, ...]:
    elsewhere = [f"{one.wish.name} ({one.elsewhere})" for one in done if one.elsewhere]
    unknown = [one.wish.name for one in done if one.unknown]
    unversioned = [one.wish.name for one in done if one.unversioned and not one.unknown]
    renamed = [one.translated for one in done if one.translated and not one.unknown]
    groups = (
        ("conda-only", "these come with conda only and are not installed", elsewhere),
        ("conda-unknown", "PyPI is not known to have these, so they are not installed", unknown),
        ("conda-unversioned", "the versions of these can't be said for PyPI, so any is taken", unversioned),
        ("conda-renamed", "these have another name on PyPI", renamed),
    )
    reason = f"; {why}" if why else ""
    first = Deviation("conda-translated", f"conda's packages are taken from PyPI: other builds, with other libraries behind them{reason}")
    return (first, *(Deviation(slug, f"{what}: {', '.join(dict.fromkeys(names))}") for slug, what, names in groups if names))
