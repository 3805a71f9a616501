"""From the wishes of a notebook to the requirements that the resolver is asked for, each with the place that says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from nbrepro.environments.imports import package_table
from nbrepro.environments.pins import pinned_version
from nbrepro.environments.resolution.harness import KERNEL, SERVERS
from nbrepro.environments.resolution.metadata import repaired
from nbrepro.model import Deviation, Ecosystem, EnvironmentSpec, Source, SourceKind, Wish, WishKind

_NEVER_ON_AN_INDEX = frozenset({"pkg-resources"})
"""Debian's pip freeze wrote `pkg-resources==0.0.0`, which is no package."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One requirement that the resolver is asked for."""

    requirement: Requirement
    source: Source
    is_constraint: bool = False
    hashes: tuple[str, ...] = ()
    is_imported: bool = False
    """Whether it is wished because the code imports it."""
    is_optional: bool = False
    """Whether the code can do without it."""

    @property
    def name(self) -> str:
        """Normalized name of the package."""
        return canonicalize_name(self.requirement.name)

    @property
    def pin(self) -> str | None:
        """The version that it pins exactly; None where it leaves a choice."""
        return pinned_version(self.requirement)

    def with_specifier(self, specifier: str) -> Asked:
        """The same package of other versions."""
        changed = Requirement(str(self.requirement))
        changed.specifier = type(changed.specifier)(specifier)
        return replace(self, requirement=changed, hashes=())

    def __str__(self) -> str:
        return str(self.requirement)


@dataclass(frozen=True, slots=True)
class Request:
    """Everything that the resolver is asked for, and what of the wishes it can't be asked for."""

    asked: tuple[Asked, ...]
    deviations: tuple[Deviation, ...] = ()

    @property
    def wished(self) -> frozenset[str]:
        """Normalized names of the packages that somebody wishes, without the kernel that is always there."""
        return frozenset(one.name for one in self.asked if one.source.kind is not SourceKind.HARNESS)


def request_for(spec: EnvironmentSpec) -> Request:
    """The requirements of a specification, and the kernel, which is always needed.

    Wishes that no package index can meet (system packages, repositories, the project itself, programs around notebooks)
    become deviations: none is passed over in silence.
    """
    asked: list[Asked] = []
    deviations: list[Deviation] = []
    for wish in spec.wishes:
        found = _of_wheel(wish, spec) or _asked(wish)
        if isinstance(found, Deviation):
            deviations.append(found)
        else:
            asked.append(found)
            deviations += _repository(wish)
    asked += () if any(one.name == KERNEL and not one.is_constraint for one in asked) else (kernel(),)
    deviations += _other_indexes(spec.indexes)
    return Request(tuple(asked), tuple(dict.fromkeys(deviations)))


def kernel() -> Asked:
    """The wish that nobody needs to state."""
    return Asked(Requirement(KERNEL), Source(SourceKind.HARNESS))


def _asked(wish: Wish) -> Asked | Deviation:
    refusal = _refusal(wish)
    if refusal is not None:
        return refusal
    requirement = _requirement(wish)
    if requirement is None:
        return Deviation("unreadable-requirement", f"{wish.source}: {wish.requirement} can't be read as a requirement and is left out")
    return Asked(requirement, wish.source, wish.kind is WishKind.CONSTRAINT, wish.hashes, wish.imported_as is not None, wish.is_optional)


def _of_wheel(wish: Wish, spec: EnvironmentSpec) -> Deviation | None:
    """What becomes of a wheel that the project itself should have; None for any other wish."""
    if not wish.is_wheel:
        return None
    if wish.requirement in spec.import_paths:
        return Deviation("project-not-built", f"{wish.source}: {wish.requirement} is not installed; it is put on the path as it is")
    return Deviation("dropped", f"{wish.source}: {wish.requirement} is not in the project, or holds compiled code, and is not installed")


def _refusal(wish: Wish) -> Deviation | None:
    """Why no package index can be asked for a wish; None where it can."""
    rules = (
        (wish.kind is WishKind.SYSTEM, "system-not-provided", "is no Python package and is not installed"),
        (wish.kind is WishKind.LOCAL_PROJECT, "project-not-built", "is not built; its folder is put on the path instead"),
        (wish.ecosystem is Ecosystem.CONDA, "conda-not-provided", "is a conda package, which the Python package index doesn't have"),
        (wish.name in SERVERS and wish.imported_as is None, "server-left-out", "is left out: a server or converter that no cell needs"),
        (
            # Whoever holds that name on the index may be somebody else.
            _has_address(wish) and not package_table().knows(wish.name),
            "repository-left-out",
            "is left out: it can't be fetched from its address, and no package of that name is known",
        ),
        (wish.name in _NEVER_ON_AN_INDEX, "no-package", "is left out: it is no package but part of setuptools"),
    )
    return next((Deviation(slug, f"{wish.source}: {wish.requirement} {why}") for holds, slug, why in rules if holds), None)


def _requirement(wish: Wish) -> Requirement | None:
    """The requirement as the index can meet it: a repository or direct address counts by its name only."""
    # `git+https://…` would read as a package called git.
    text = repaired(wish.name if wish.kind is WishKind.REPOSITORY else wish.requirement)
    if not text:
        return None
    requirement = Requirement(text)
    requirement.url = None
    return requirement


def _has_address(wish: Wish) -> bool:
    return wish.kind is WishKind.REPOSITORY or " @ " in wish.requirement


def _repository(wish: Wish) -> Iterator[Deviation]:
    if _has_address(wish):
        yield Deviation(
            "repository-from-index", f"{wish.source} names an address for {wish.name}; it is taken from the package index instead"
        )


def _other_indexes(indexes: Iterable[str]) -> Iterator[Deviation]:
    for index in indexes:
        yield Deviation("index-not-used", f"the project names the package index {index}; packages come from this machine's index only")
