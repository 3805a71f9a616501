"""What releases need and don't declare; who wrote the notebook had it by a full distribution, or installed it by hand.

Found by resolving each release with its wheels alone, in November 2026, and by the first import that failed. Keras computes with
TensorFlow unless it is told otherwise, since 1.1 (`_BACKEND` in its `keras/backend/__init__.py`).
"""

from __future__ import annotations

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
    until: datetime | None
    """When the first one came that declares it; None: none does."""
    needs: tuple[str, ...]
    since: datetime | None = None
    """When the first one came that needs it; None: all did before."""
    is_optional: bool = False
    """Whether the release may do without."""


_SILENT: Final = {
    "keras": _Release(SpecifierSet(">=1.1"), None, ("tensorflow",), since=datetime(2016, 9, 19, tzinfo=UTC), is_optional=True),
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
        release = _release(wish, spec.cut)
        needs = [name for name in (release.needs if release else ()) if name not in wished | added.keys()]
        is_optional = wish.is_optional or (release is not None and release.is_optional)
        added |= {name: Wish(name, name, wish.source, is_optional=is_optional) for name in needs}
        if needs:
            message = f"{wish.source}: {wish.name} of that time needs {', '.join(needs)} and does not declare it, so it is added"
            deviations.append(Deviation("unsaid-needs", message))
    return replace(spec, wishes=(*spec.wishes, *added.values()), deviations=(*spec.deviations, *deviations))


def _release(wish: Wish, cut: datetime | None) -> _Release | None:
    """What is known of the release that a wish will come to; None where it is silent about nothing."""
    release = _SILENT.get(wish.name)
    if release is None or wish.kind is not WishKind.PACKAGE or wish.ecosystem is not Ecosystem.PYPI:
        return None
    pinned = _pinned(wish)
    if pinned:
        return release if pinned in release.silent else None
    began = release.since is None or cut is None or cut >= release.since
    lasts = release.until is None or (cut is not None and cut < release.until)
    return release if began and lasts else None


def _pinned(wish: Wish) -> str | None:
    """The version of a wish for exactly one; None for others."""
    try:
        return pinned_version(Requirement(wish.requirement))
    except InvalidRequirement:
        return None
