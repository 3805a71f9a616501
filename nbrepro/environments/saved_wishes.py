"""What saved outputs tell of versions, laid over what is wished: they narrow it and never contradict it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet

from nbrepro.environments.pins import pinned_version
from nbrepro.environments.resolution.harness import MATPLOTLIB_INLINE_0_1_4
from nbrepro.environments.saved_versions import SavedVersion, SavedVersions
from nbrepro.model import Deviation, Ecosystem, EnvironmentSpec, Source, SourceKind, Wish, WishKind


def with_saved_versions(spec: EnvironmentSpec, told: SavedVersions, notebook: str) -> EnvironmentSpec:
    """A specification in which packages without a pin have the version that made the saved outputs.

    What a file pins stays as it is; where the outputs tell something else, that is on record. A package that is brought by others
    is bound to the version, too; one that the telling code imports itself is wished.

    Args:
        spec: what is declared and imported.
        told: what the outputs tell.
        notebook: its file name, for messages.
    """
    wishes = [_narrowed(wish, told.of(wish.name), notebook) for wish in spec.wishes]
    present = {wish.name for wish in spec.wishes}
    brought = () if spec.is_conda else (found for found in told.versions if found.name not in present)
    added = (Wish(found.name, f"{found.name}=={found.version}", _source(found, notebook), kind=_kind(found)) for found in brought)
    deviations = (*spec.deviations, *_contradictions(spec, told, notebook), *_several(told, notebook))
    return replace(spec, wishes=(*wishes, *added, *_inline(spec, told, notebook)), deviations=deviations)


def _kind(found: SavedVersion) -> WishKind:
    return WishKind.PACKAGE if found.is_needed else WishKind.CONSTRAINT


def _source(found: SavedVersion, notebook: str) -> Source:
    return Source(SourceKind.OUTPUT, notebook, found.cell)


def _narrowed(wish: Wish, found: SavedVersion | None, notebook: str) -> Wish:
    if found is None or wish.kind is not WishKind.PACKAGE:
        return wish
    if wish.ecosystem is Ecosystem.CONDA:
        return replace(wish, requirement=f"{wish.name}=={found.version}", source=_source(found, notebook)) if wish.is_bare else wish
    requirement = _requirement(wish)
    if requirement is None or _is_settled(requirement) or not _allows(requirement, found.version):
        return wish
    requirement.specifier = SpecifierSet(f"=={found.version}")
    # What made an output was there, whatever the code can do without.
    return replace(wish, requirement=str(requirement), source=_source(found, notebook), is_optional=False)


def _requirement(wish: Wish) -> Requirement | None:
    try:
        return Requirement(wish.requirement)
    except InvalidRequirement:
        return None


def _is_settled(requirement: Requirement) -> bool:
    return requirement.url is not None or pinned_version(requirement) is not None


def _allows(requirement: Requirement, version: str) -> bool:
    return requirement.specifier.contains(version, prereleases=True)


def _contradictions(spec: EnvironmentSpec, told: SavedVersions, notebook: str) -> Iterator[Deviation]:
    """Declarations that rule out what made the outputs: they count, since somebody wrote them down, but not in silence."""
    for wish in spec.wishes:
        found, requirement = told.of(wish.name), _requirement(wish)
        is_declared = wish.kind is WishKind.PACKAGE and wish.ecosystem is Ecosystem.PYPI
        if found and requirement and is_declared and not _allows(requirement, found.version):
            message = f"{wish.source}: {requirement} is taken, though {found.name} {found.version} {found.how} ({_source(found, notebook)})"
            yield Deviation("outputs-tell-otherwise", message)


def _several(told: SavedVersions, notebook: str) -> Iterator[Deviation]:
    for other in told.others:
        chosen = told.of(other.name)
        if chosen is not None:
            places = f"cell {chosen.cell}) and {other.version} (cell {other.cell})"
            message = f"{notebook}: outputs were made with {other.name} {chosen.version} ({places}; the first counts"
            yield Deviation("outputs-of-several-versions", message)


def _inline(spec: EnvironmentSpec, told: SavedVersions, notebook: str) -> Iterator[Wish]:
    """The resolution of figures after the day from which they have another one, where the outputs still have the old one."""
    is_later = spec.cut is None or spec.cut >= MATPLOTLIB_INLINE_0_1_4
    if told.has_inline_dots and is_later and not spec.is_conda and all(wish.name != "matplotlib-inline" for wish in spec.wishes):
        yield Wish("matplotlib-inline", "matplotlib-inline<0.1.4", Source(SourceKind.OUTPUT, notebook), kind=WishKind.CONSTRAINT)
