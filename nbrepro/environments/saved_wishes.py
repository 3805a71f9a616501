"""What saved outputs tell of versions, laid over what is wished: they narrow it and never contradict it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from nbrepro.environments.pins import applies, minor_of, pinned_version, requirement_of
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
    telling = _Telling(told, notebook, minor_of(spec.python))
    wishes = [telling.narrowed(wish) for wish in spec.wishes]
    present = {wish.name for wish in spec.wishes}
    brought = () if spec.is_conda else (found for found in told.versions if found.name not in present)
    added = (Wish(found.name, f"{found.name}=={found.version}", telling.source(found), kind=_kind(found)) for found in brought)
    deviations = (*spec.deviations, *telling.contradictions(spec.wishes), *_several(told, notebook))
    return replace(spec, wishes=(*wishes, *added, *_inline(spec, told, notebook)), deviations=deviations)


@dataclass(frozen=True, slots=True)
class _Telling:
    """What the outputs of one notebook tell, and how far that counts."""

    told: SavedVersions
    notebook: str
    python: str
    """The minor version for which markers hold, such as `3.7`; empty where nobody says it."""

    def source(self, found: SavedVersion) -> Source:
        return Source(SourceKind.OUTPUT, self.notebook, found.cell)

    def narrowed(self, wish: Wish) -> Wish:
        """A wish for the version that made outputs, where it allows that."""
        found = self._found(wish)
        if found is None:
            return wish
        if wish.ecosystem is Ecosystem.CONDA:
            return replace(wish, requirement=f"{wish.name}=={found.version}", source=self.source(found)) if wish.is_bare else wish
        requirement = requirement_of(wish)
        if requirement is None or _is_settled(requirement) or not _allows(requirement, found.version):
            return wish
        requirement.specifier = SpecifierSet(f"=={found.version}")
        # What made an output was there, whatever the code can do without.
        return replace(wish, requirement=str(requirement), source=self.source(found), is_optional=False)

    def contradictions(self, wishes: Iterable[Wish]) -> Iterator[Deviation]:
        """Declarations that rule out what made the outputs: they count, since somebody wrote them down, but not in silence."""
        for wish in wishes:
            found, requirement = self._found(wish), requirement_of(wish)
            if found and requirement and wish.ecosystem is Ecosystem.PYPI and not _allows(requirement, found.version):
                message = f"{wish.source}: {requirement} is taken, though {found.name} {found.version} {found.how} ({self.source(found)})"
                yield Deviation("outputs-tell-otherwise", message)

    def _found(self, wish: Wish) -> SavedVersion | None:
        """What is told of a wished package; None where the wish doesn't hold for this Python."""
        return self.told.of(wish.name) if wish.kind is WishKind.PACKAGE and applies(wish, self.python) else None


def _kind(found: SavedVersion) -> WishKind:
    return WishKind.PACKAGE if found.is_needed else WishKind.CONSTRAINT


def _is_settled(requirement: Requirement) -> bool:
    return requirement.url is not None or pinned_version(requirement) is not None


def _allows(requirement: Requirement, version: str) -> bool:
    return requirement.specifier.contains(version, prereleases=True)


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
