"""What old releases need and their wheels don't declare; who wrote the notebook had it by a full distribution.

Found by resolving each release with its wheels alone, in November 2026, and by the first import that failed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet

from nbrepro.environments.pins import pinned_version
from nbrepro.model import Deviation, Ecosystem, EnvironmentSpec, Wish, WishKind


@dataclass(frozen=True, slots=True)
class _Release:
    """The releases of a package that are silent about what they need."""

    silent: SpecifierSet
    until: datetime
    """When the first one came that declares it."""
    needs: tuple[str, ...]


_SILENT: Final = {
    "mlxtend": _Release(
        SpecifierSet("<0.10"), datetime(2017, 12, 22, tzinfo=UTC), ("numpy", "scipy", "pandas", "scikit-learn", "matplotlib")
    ),
    "scikit-learn": _Release(SpecifierSet("<0.20"), datetime(2018, 9, 26, tzinfo=UTC), ("numpy", "scipy")),
    "seaborn": _Release(SpecifierSet("<0.9"), datetime(2018, 7, 16, tzinfo=UTC), ("numpy", "scipy", "pandas", "matplotlib")),
    "statsmodels": _Release(SpecifierSet("<0.10"), datetime(2019, 6, 24, tzinfo=UTC), ("scipy",)),
}


def with_unsaid_needs(spec: EnvironmentSpec) -> EnvironmentSpec:
    """A specification that also wishes what its packages, as old as they will be, need without a word; each on record.

    Conda packages declare what they need.
    """
    if spec.is_conda:
        return spec
    wished = {wish.name for wish in spec.wishes if wish.kind is not WishKind.CONSTRAINT}
    added: dict[str, Wish] = {}
    deviations = []
    for wish in spec.wishes:
        needs = [name for name in _needs(wish, spec.cut) if name not in wished | added.keys()]
        added |= {name: Wish(name, name, wish.source, is_optional=wish.is_optional) for name in needs}
        if needs:
            message = f"{wish.source}: {wish.name} of that time needs {', '.join(needs)} and does not declare it, so it is added"
            deviations.append(Deviation("unsaid-needs", message))
    return replace(spec, wishes=(*spec.wishes, *added.values()), deviations=(*spec.deviations, *deviations))


def _needs(wish: Wish, cut: datetime | None) -> Iterator[str]:
    release = _SILENT.get(wish.name)
    if release is None or wish.kind is not WishKind.PACKAGE or wish.ecosystem is not Ecosystem.PYPI:
        return
    pinned = _pinned(wish)
    if pinned in release.silent if pinned else cut is not None and cut < release.until:
        yield from release.needs


def _pinned(wish: Wish) -> str | None:
    """The version of a wish for exactly one; None for others."""
    try:
        return pinned_version(Requirement(wish.requirement))
    except InvalidRequirement:
        return None
