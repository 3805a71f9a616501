"""The ladder for Python 2.7: what is loosened where the index has nothing that fits, or where pip finds no solution.

The rungs and their names are those of the newer Pythons, but what the index has is looked up, not asked of uv.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from nbrepro.environments.resolution.attempt import COMPILED_FOR_MOST
from nbrepro.environments.resolution.harness import FLOATING, KERNEL, KERNELS_BEFORE_TORNADO_5
from nbrepro.environments.resolution.messages import mentioned
from nbrepro.environments.resolution.python2_attempt import Attempt
from nbrepro.environments.resolution.python2_conflicts import absent, conflict, unbuildable, why_unbuildable
from nbrepro.environments.resolution.python2_needs import stated_needs
from nbrepro.environments.resolution.python2_shelf import Shelf
from nbrepro.environments.resolution.request import Asked, kernel
from nbrepro.environments.resolution.rungs import AS_SOURCE, distance, how_dropped
from nbrepro.model import SourceKind

_WEAKNESS = {kind: place for place, kind in enumerate(SourceKind)}

Step = Callable[[Attempt, str], Attempt | None]
"""Takes an attempt and the package that stands in the way."""


@dataclass(slots=True)
class Ladder:
    """One way up; each step is taken once for each package."""

    shelf: Shelf
    allow_build: bool
    used: set[tuple[str, str]] = field(default_factory=set)

    def stocked(self, attempt: Attempt) -> Attempt:
        """The attempt loosened until the index has something for every single wish, and a kernel that can start."""
        # For Python 2.7 there is no tornado before 5 (`KNOWN_SOURCES`).
        if any(one.pin in KERNELS_BEFORE_TORNADO_5 for one in attempt.of(KERNEL) if one.pin):
            attempt = self._first(attempt, (KERNEL,), (self._release_kernel,)) or attempt
        for name in sorted({one.name for one in attempt.asked if not one.is_constraint and self.shelf.applies(one)}):
            while attempt.of(name) and not self.shelf.fitting(attempt, name):
                loosened = self._first(attempt, (name,), self._for_missing())
                if loosened is None:
                    break
                attempt = loosened
        return attempt

    def freed(self, attempt: Attempt, empty: tuple[str, ...]) -> Attempt | None:
        """Lets what only others need, and what the date left nothing of, be younger than the date; None where nothing can be."""
        loosened: Attempt | None = None
        # All at once: after each of them pip would have to begin anew.
        for name in empty:
            if not attempt.of(name):
                loosened = self._first(loosened or attempt, (name,), (self._build, self._after_date)) or loosened
        return loosened

    def hurried(self, attempt: Attempt, seconds: float) -> Attempt | None:
        """Without what would be built, where pip was not ready in time: some sources compile everything to say what they need."""
        if not attempt.built:
            return None
        kept = tuple(one for one in attempt.deviations if one.slug != "built")
        message = f"{', '.join(sorted(attempt.built))}: pip was not ready within {seconds:.0f} s, so sources are not built"
        return replace(attempt, built=frozenset(), deviations=kept).with_deviation("build-failed", message)

    def settled(self, attempt: Attempt, explanation: str) -> Attempt | None:
        """The attempt with one wish loosened of those that pip says stand against each other; None where none is left."""
        wished = attempt.wished
        for name, versions, by in absent(explanation):
            given = self._given(attempt, name, versions, by) if name not in wished else None
            if given is not None:
                return given
        # A source that fails may speak of anything; what is wished of that has no part in it.
        failed = tuple(name for name in unbuildable(explanation) if name in wished)
        named = failed or mentioned(explanation, wished) or tuple(sorted(wished))
        weakest = sorted(named, key=lambda name: -max(_WEAKNESS[one.source.kind] for one in attempt.of(name)))
        optional = tuple(name for name in weakest if _is_optional(attempt, name))
        without = self._first(attempt, optional, (self._drop,))
        if without is not None:
            return _with_reason(without, attempt, explanation)
        for step in (self._release_kernel, self._unpin, self._drop):
            loosened = self._first(attempt, tuple(weakest), (step,))
            if loosened is not None:
                return _with_reason(loosened, attempt, explanation)
        return None

    def _given(self, attempt: Attempt, name: str, versions: str, by: str) -> Attempt | None:
        """With what another package needs in a version that has no wheel, built from its source; None where that isn't allowed."""
        key = (name, f"{self._given.__name__} {versions}")
        built = replace(attempt, built=attempt.built | {name})
        if key in self.used or not self.allow_build or name in COMPILED_FOR_MOST or not self.shelf.fitting(built, name, versions):
            return None
        self.used.add(key)
        return built.with_deviation(
            "built", f"{name}{versions}, which {by} needs, has no wheel for this Python and is built from its source"
        )

    def _for_missing(self) -> tuple[Step, ...]:
        return (
            self._leave_out_unknown,
            self._early,
            self._build,
            self._release_kernel,
            self._settle_contradiction,
            self._public_version,
            self._nearest,
            self._unpin,
            self._after_date,
            self._drop,
        )

    def _first(self, attempt: Attempt, names: tuple[str, ...], steps: tuple[Step, ...]) -> Attempt | None:
        for name in names:
            for step in steps:
                key = (name, step.__name__)
                if key in self.used:
                    continue
                self.used.add(key)
                loosened = step(attempt, name)
                if loosened is not None:
                    return loosened
        return None

    def _leave_out_unknown(self, attempt: Attempt, name: str) -> Attempt | None:
        """Without a package that the index has never heard of: no loosening would bring it."""
        return self._drop(attempt, name) if self.shelf.usable(name) is None else None

    def _early(self, attempt: Attempt, name: str) -> Attempt | None:
        """With pre-releases, where there was nothing else on the day, not even as source."""
        built = replace(attempt, built=attempt.built | {name})
        if self.shelf.fitting(built, name) or not self.shelf.fitting(replace(built, early=attempt.early | {name}), name):
            return None
        early = replace(attempt, early=attempt.early | {name})
        return early.with_deviation("pre-release", f"{name} had only pre-releases on that day; the newest is taken")

    def _build(self, attempt: Attempt, name: str) -> Attempt | None:
        built = replace(attempt, built=attempt.built | {name})
        if not self.allow_build or name in COMPILED_FOR_MOST or not self.shelf.fitting(built, name):
            return None
        return built.with_deviation("built", f"{name} has no wheel for this Python and is built from its source")

    def _release_kernel(self, attempt: Attempt, name: str) -> Attempt | None:
        """Without what `pip freeze` wrote down of the kernel and its servers."""
        wished = (one for one in attempt.asked if one.source.kind is not SourceKind.HARNESS)
        frozen = [one for one in wished if one.name in FLOATING and not one.is_imported]
        if name not in FLOATING or not frozen:
            return None
        kept = tuple(one for one in attempt.asked if one not in frozen)
        asked = kept if any(one.name == kernel().name for one in kept) else (*kept, kernel())
        said = ", ".join(str(one) for one in frozen)
        message = f"{frozen[0].source.path}: the kernel's own packages come in other versions than {said}"
        return replace(attempt, asked=asked).with_deviation("kernel-floats", message)

    def _settle_contradiction(self, attempt: Attempt, name: str) -> Attempt | None:
        wishes = [one for one in attempt.of(name) if self.shelf.applies(one)]
        if not any(self.shelf.fitting(attempt, name, str(one.requirement.specifier)) for one in wishes):
            return None
        kept = next((one for one in wishes if one.source.kind is SourceKind.INSTALL_CELL), wishes[0])
        dropped = "; ".join(f"{one.source}: {one}" for one in wishes if one is not kept)
        if not dropped:
            return None
        loosened = replace(attempt, asked=tuple(one for one in attempt.asked if one.name != name or one is kept))
        return loosened.with_deviation("contradiction", f"{kept.source}: {kept} counts; it contradicts {dropped}")

    def _public_version(self, attempt: Attempt, name: str) -> Attempt | None:
        """`1.1.0+cpu` is on an index of its own: the same release without the local label."""
        pinned = next((one for one in attempt.of(name) if one.pin and "+" in one.pin), None)
        if pinned is None:
            return None
        version = str(pinned.pin).split("+", maxsplit=1)[0]
        return _repinned(attempt, pinned, version).with_deviation(
            "local-version", f"{pinned.source}: {pinned} is no version of the package index; {version} is taken"
        )

    def _nearest(self, attempt: Attempt, name: str) -> Attempt | None:
        """The release that is nearest to the pinned one: of the same minor version, else of the nearest one."""
        pinned = next((one for one in attempt.of(name) if one.pin), None)
        wanted = _version(pinned)
        if pinned is None or wanted is None:
            return None
        without_hashes = replace(attempt, asked=tuple(replace(one, hashes=()) for one in attempt.asked))
        near = [(slug, version) for slug, version in _near(wanted, self.shelf.fitting(without_hashes, name, ""))]
        if not near:
            return None
        slug, version = near[0]
        why = self._why_not(pinned, wanted)
        return _repinned(attempt, pinned, str(version)).with_deviation(slug, f"{pinned.source}: {pinned} {why}; {name} {version} is taken")

    def _why_not(self, pinned: Asked, wanted: Version) -> str:
        files = [file for file in self.shelf.usable(pinned.name) or () if file.version == wanted]
        if not files:
            return "doesn't exist for this Python"
        if any(file.is_wheel for file in files) and pinned.hashes:
            return "has no file with the hash that is named"
        return "can't be built" if self.allow_build else "has no wheel for this Python, and building it is not allowed"

    def _unpin(self, attempt: Attempt, name: str) -> Attempt | None:
        """Any release as of the date."""
        bound = [one for one in attempt.of(name) if one.requirement.specifier or one.hashes]
        if not bound:
            return None
        asked = tuple(one.with_specifier("") if one in bound else one for one in attempt.asked)
        said = "; ".join(f"{one.source}: {one}" for one in bound)
        message = f"{said} can't be met; any version of {name} as of the date is taken"
        return replace(attempt, asked=asked).with_deviation("unpinned", message)

    def _after_date(self, attempt: Attempt, name: str) -> Attempt | None:
        if attempt.cut is None or name in attempt.undated:
            return None
        undated = replace(attempt, undated=attempt.undated | {name})
        fitting = [version for version in self.shelf.fitting(undated, name) if not version.is_prerelease]
        if not fitting:
            return None
        taken, which = self._of_its_day(attempt, name, fitting)
        loosened = replace(undated, extra=(*attempt.extra, f"{name}<={taken}"))
        message = f"{name} had no wheel for this Python on that day; {taken}, {which or 'the first that has one'}, is taken"
        return self._with_needs(loosened.with_deviation("after-date", message), name, taken)

    def _of_its_day(self, attempt: Attempt, name: str, fitting: list[Version]) -> tuple[Version, str]:
        """Of versions whose wheels came after the date the newest that was there as source, with these words; else the first."""
        files = self.shelf.usable(name) or ()
        there = {file.version for file in files if attempt.cut and file.uploaded and file.uploaded <= attempt.cut}
        newest = next((version for version in fitting if version in there), None)
        return (fitting[-1], "") if newest is None else (newest, "which was there as source and got one later")

    def _with_needs(self, attempt: Attempt, name: str, version: Version) -> Attempt:
        """What a release from after the date needs may be from after it too, where nothing of the day is new enough."""
        files = [file for file in self.shelf.offered(attempt, name) or () if file.version == version and file.is_wheel]
        for need in stated_needs(self.shelf.index.content(files[0])) if files else ():
            other = canonicalize_name(need.name)
            if not need.specifier or any(one.pin for one in attempt.of(other)):
                continue
            if any(need.specifier.contains(one) for one in self.shelf.fitting(attempt, other)):
                continue
            unbounded = tuple(bound for bound in attempt.extra if not bound.startswith(f"{other}<="))
            later = replace(attempt, undated=attempt.undated | {other}, extra=unbounded)
            fitting = [one for one in self.shelf.fitting(later, other) if need.specifier.contains(one)]
            if fitting:
                taken, which = self._of_its_day(attempt, other, fitting)
                message = f"{other} of that day is too old for {name} {version}; {taken}, {which or 'the first that is not'}, is taken"
                bounded = replace(later, extra=(*unbounded, f"{other}<={taken}"))
                attempt = bounded.with_deviation("after-date", message)
        return attempt

    def _drop(self, attempt: Attempt, name: str) -> Attempt | None:
        """Without the package."""
        wishes = [one for one in attempt.of(name) if one.source.kind is not SourceKind.HARNESS]
        if not wishes:
            return None
        said = "; ".join(f"{one.source}: {one}" for one in wishes)
        is_there = not self.allow_build and self.shelf.usable(name)
        remark = AS_SOURCE if is_there else ""
        loosened = replace(attempt, asked=tuple(one for one in attempt.asked if one not in wishes))
        slug, how = how_dropped(attempt.of(name))
        return loosened.with_deviation(slug, f"{said} {how}; {name} is not installed{remark}")


def _is_optional(attempt: Attempt, name: str) -> bool:
    return all(one.is_optional for one in attempt.of(name))


def _with_reason(loosened: Attempt, attempt: Attempt, explanation: str) -> Attempt:
    """The attempt whose last departure also says what pip says of it, and where that stands."""
    last = loosened.deviations[-1]
    why = why_unbuildable(explanation)
    against = conflict(explanation)
    if unbuildable(explanation):
        reason = f"its source can't be built: {why}" if why else "its source can't be built"
    elif missing := absent(explanation):
        reason = "; ".join(f"{by} needs {name}{versions}, of which there is no file" for name, versions, by in missing)
    elif against:
        others = (one for name in mentioned(against, attempt.wished) for one in attempt.of(name))
        places = dict.fromkeys(f"{one.source}: {one}" for one in others if f"{one.source}: {one}" not in last.message)
        reason = "; ".join((against, *places))
    else:
        return loosened
    told = replace(last, message=f"{last.message} ({reason})")
    return replace(loosened, deviations=(*loosened.deviations[:-1], told))


def _repinned(attempt: Attempt, pinned: Asked, version: str) -> Attempt:
    changed = pinned.with_specifier(f"=={version}")
    asked = tuple(changed if one is pinned else one for one in attempt.asked if one is pinned or one.name != pinned.name)
    return replace(attempt, asked=asked)


def _version(pinned: Asked | None) -> Version | None:
    try:
        return Version(pinned.pin) if pinned and pinned.pin else None
    except InvalidVersion:
        return None


def _near(wanted: Version, present: tuple[Version, ...]) -> Iterator[tuple[str, Version]]:
    """Slug and version of every release near the wanted one, the nearest first: of its minor version, then of others."""
    final = [version for version in present if not version.is_prerelease]
    same = [version for version in final if version.release[:2] == wanted.release[:2]]
    yield from (("nearest-patch", version) for version in sorted(same, key=lambda one: abs(one.micro - wanted.micro)))
    other = [version for version in final if version.release[:2] != wanted.release[:2]]
    before = [version for version in other if version < wanted and version.major == wanted.major]
    after = [version for version in other if version > wanted]
    nearest = sorted((*before[:1], *after[-1:]), key=lambda one: distance(one, wanted))
    yield from (("nearest-minor", version) for version in nearest)
