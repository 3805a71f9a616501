"""The rungs of the ladder: one way each to loosen what is asked of one package, from the smallest departure to the largest.

A rung gives the loosened attempt with the departure on record, or None where it doesn't apply.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from nbrepro.environments.locks import read_packages
from nbrepro.environments.resolution.attempt import Attempt
from nbrepro.environments.resolution.harness import FLOATING, KERNEL
from nbrepro.environments.resolution.request import Asked, kernel
from nbrepro.environments.resolution.uv import Question, ask
from nbrepro.model import SourceKind

AS_SOURCE = "; it exists as source, and building it was not allowed; --allow-build would"
"""What is said of a package that is dropped and could be built."""

Rung = Callable[[Attempt, str, float], Attempt | None]
"""Takes an attempt, the name of the package that stands in the way, and the seconds that it may take."""


def leave_out_unknown(attempt: Attempt, name: str, timeout: float) -> Attempt | None:
    """Without a package that the index has never heard of: no loosening would bring it."""
    answer = ask(Question((name,), with_dependencies=False), attempt.interpreter, timeout=timeout)
    return drop(attempt, name, timeout) if "was not found in" in answer.explanation else None


def release_kernel(attempt: Attempt, name: str, _timeout: float) -> Attempt | None:
    """Without what `pip freeze` wrote down of the kernel and its servers: that comes as if nobody had said anything of it."""
    frozen = [one for one in attempt.asked if one.name in FLOATING and not one.is_imported and one.source.kind is not SourceKind.HARNESS]
    if name not in FLOATING or not frozen:
        return None
    kept = tuple(one for one in attempt.asked if one not in frozen)
    has_kernel = any(one.name == KERNEL for one in kept)
    loosened = replace(attempt, asked=kept if has_kernel else (*kept, kernel()))
    said = ", ".join(str(one) for one in frozen)
    return loosened.with_deviation(
        "kernel-floats", f"{frozen[0].source.path}: the kernel's own packages come in other versions than {said}"
    )


def settle_contradiction(attempt: Attempt, name: str, timeout: float) -> Attempt | None:
    """Two places that contradict each other: what the notebook itself installs counts, else the first place."""
    wishes = attempt.of(name)
    if len(wishes) < len(("one", "other")) or _available(
        attempt, name, ",".join(str(one.requirement.specifier) for one in wishes), timeout
    ):
        return None
    kept = next((one for one in wishes if one.source.kind is SourceKind.INSTALL_CELL), wishes[0])
    dropped = "; ".join(f"{one.source}: {one}" for one in wishes if one is not kept)
    loosened = replace(attempt, asked=tuple(one for one in attempt.asked if one.name != name or one is kept))
    return loosened.with_deviation("contradiction", f"{kept.source}: {kept} counts; it contradicts {dropped}")


def public_version(attempt: Attempt, name: str, _timeout: float) -> Attempt | None:
    """`1.10.0+cu113` is on an index of its own: the same release without the local label."""
    pinned = _pinned(attempt, name)
    if pinned is None or "+" not in (pinned.pin or ""):
        return None
    return _repin(attempt, pinned, str(pinned.pin).split("+", maxsplit=1)[0], "local-version")


def refuse_build(attempt: Attempt, name: str, timeout: float) -> Attempt | None:
    """Only as a wheel, where the source can't be built; which other release that comes to is for the rungs after this one."""
    if not attempt.builds or name in attempt.wheels_only:
        return None
    refused = replace(attempt, wheels_only=attempt.wheels_only | {name})
    return None if _available(refused, name, _specifier(attempt, name), timeout) else refused


def nearest_patch(attempt: Attempt, name: str, timeout: float) -> Attempt | None:
    """The release of the same minor version that is nearest to the pinned one and has a wheel."""
    pinned = _pinned(attempt, name)
    version = _version(pinned)
    if pinned is None or version is None:
        return None
    same = f"=={version.major}.{version.minor}.*,!={version.public}"
    after = _find(attempt, name, f"{same},>{version.public}", timeout, lowest=True) or _find(
        attempt, name, f"{same},>={version.public}", timeout, lowest=True
    )
    before = _find(attempt, name, f"{same},<{version.public}", timeout)
    found = [candidate for candidate in (after, before) if candidate]
    if not found:
        return None
    return _repin(attempt, pinned, min(found, key=lambda candidate: abs(Version(candidate).micro - version.micro)), "nearest-patch")


def nearest_minor(attempt: Attempt, name: str, timeout: float) -> Attempt | None:
    """The newest release of the minor version before the pinned one, else the oldest of the one after it."""
    pinned = _pinned(attempt, name)
    version = _version(pinned)
    if pinned is None or version is None:
        return None
    before = _find(attempt, name, f"=={version.major}.{version.minor - 1}.*", timeout) if version.minor else None
    found = before or _find(attempt, name, f"=={version.major}.{version.minor + 1}.*", timeout, lowest=True)
    return _repin(attempt, pinned, found, "nearest-minor") if found else None


def nearest(attempt: Attempt, name: str, timeout: float) -> Attempt | None:
    """The release of the nearest minor version, however far: the newest of one before the pinned one, or the oldest of one after it.

    Before it only of the same major version is looked for; of two that are equally near the older is taken.
    """
    pinned = _pinned(attempt, name)
    version = _version(pinned)
    if pinned is None or version is None:
        return None
    other = f"!={version.major}.{version.minor}.*"
    before = _find(attempt, name, f"=={version.major}.*,<{version.public},{other}", timeout)
    after = _find(attempt, name, f">{version.public},{other}", timeout, lowest=True)
    found = [candidate for candidate in (before, after) if candidate]
    return _repin(attempt, pinned, min(found, key=lambda one: distance(Version(one), version)), "nearest-minor") if found else None


def distance(one: Version, other: Version) -> tuple[int, int]:
    """How far releases are from each other, in major and minor versions.

    >>> distance(Version("0.19.2"), Version("0.16.1")) < distance(Version("1.0"), Version("0.16.1"))
    True
    """
    return abs(one.major - other.major), abs(one.minor - other.minor)


def unpin(attempt: Attempt, name: str, timeout: float) -> Attempt | None:
    """Any release as of the date; but where only the date stands in the way of a range, that is loosened rather than the range."""
    wishes = [one for one in attempt.of(name) if one.requirement.specifier]
    if not wishes or _is_only_too_early(attempt, name, timeout):
        return None
    loosened = replace(attempt, asked=tuple(one.with_specifier("") if one in wishes else one for one in attempt.asked))
    said = "; ".join(f"{one.source}: {one}" for one in wishes)
    return loosened.with_deviation("unpinned", f"{said} can't be met; any version of {name} as of the date is taken")


def _is_only_too_early(attempt: Attempt, name: str, timeout: float) -> bool:
    """Whether no version at all could be had on the day, and one that is in the wished range could later."""
    if attempt.cut is None or name in attempt.pinned or name in attempt.undated or _available(attempt, name, "", timeout):
        return False
    return _find(attempt, name, _specifier(attempt, name), timeout) is not None


def after_date(attempt: Attempt, name: str, timeout: float) -> Attempt | None:
    """The first release with a wheel, where there was none on the day."""
    if attempt.cut is None or name in attempt.undated or _available(attempt, name, _specifier(attempt, name), timeout):
        return None
    # Of a pinned package that release is there whatever the date, and something else is in the way.
    wished = "" if name in attempt.pinned else _specifier(attempt, name)
    first = _find(attempt, name, wished, timeout, lowest=True)
    if first is None:
        return None
    loosened = replace(attempt, undated=attempt.undated | {name}, extra=(*attempt.extra, f"{name}<={first}"))
    return loosened.with_deviation(
        "after-date", f"{name} had no wheel for this Python on that day; {first}, the first that has one, is taken"
    )


def any_date(attempt: Attempt, name: str, timeout: float) -> Attempt | None:
    """Any release of any date, where the date leaves none that fits."""
    if attempt.cut is None or not _available(replace(attempt, cut=None), name, _specifier(attempt, name), timeout):
        return None
    bounds = tuple(bound for bound in attempt.extra if not bound.startswith(f"{name}<="))
    if name in attempt.undated and bounds == attempt.extra:
        return None
    loosened = replace(attempt, undated=attempt.undated | {name}, extra=bounds)
    return loosened.with_deviation("date-ignored", f"no version of {name} as of the date fits; the newest that fits is taken")


def free_unwished(attempt: Attempt, name: str, timeout: float) -> Attempt | None:
    """A package that only others need may be younger than the date: a smaller departure than another version of what is wished."""
    if attempt.of(name):
        return None
    first = after_date(attempt, name, timeout)
    if first is not None and not _is_refused(first, timeout):
        return first
    return any_date(attempt, name, timeout)


def free_absent(attempt: Attempt, name: str, timeout: float) -> Attempt | None:
    """What others need may be younger than the date where nothing of it could be had on the day, whatever else is in the way."""
    if attempt.cut is None or name in attempt.undated or _available(attempt, name, "", timeout):
        return None
    if not attempt.of(name):
        return free_unwished(attempt, name, timeout)
    return None if _specifier(attempt, name) else after_date(attempt, name, timeout)


def _is_refused(attempt: Attempt, timeout: float) -> bool:
    """Whether the bound that was just set on a package is itself what stands in the way: others want a later release."""
    answer = ask(attempt.question(), attempt.interpreter, as_lock=False, timeout=timeout)
    return not answer.is_solved and attempt.extra[-1] in answer.explanation.replace(" ", "")


def drop(attempt: Attempt, name: str, timeout: float) -> Attempt | None:
    """Without the package."""
    wishes = [one for one in attempt.of(name) if one.source.kind is not SourceKind.HARNESS]
    if not wishes:
        return None
    loosened = replace(attempt, asked=tuple(one for one in attempt.asked if one not in wishes))
    said = "; ".join(f"{one.source}: {one}" for one in wishes)
    slug, how = how_dropped(wishes)
    return loosened.with_deviation(slug, f"{said} {how}; {name} is not installed{_as_source(attempt, name, timeout)}")


def how_dropped(wishes: Iterable[Asked]) -> tuple[str, str]:
    """The slug of a package that is dropped, and the words for it."""
    if all(one.is_optional for one in wishes):
        return "optional-dropped", "can't be met beside what is needed, and the code can do without it"
    return "dropped", "can't be met at all"


def _as_source(attempt: Attempt, name: str, timeout: float) -> str:
    """A remark where a package is there for whoever allows that it is built."""
    if attempt.builds:
        return ""
    wheels = Question((name,), with_dependencies=False)
    if ask(wheels, attempt.interpreter, timeout=timeout).is_solved:
        return ""
    sources = replace(wheels, with_sources=True)
    is_there = ask(sources, attempt.interpreter, timeout=timeout).is_solved
    return AS_SOURCE if is_there else ""


NEAR: tuple[Rung, ...] = (
    leave_out_unknown,
    release_kernel,
    refuse_build,
    free_unwished,
    settle_contradiction,
    public_version,
    nearest_patch,
    nearest_minor,
)
"""Departures that keep the Python."""
FAR: tuple[Rung, ...] = (nearest, unpin, after_date, any_date, drop)
"""Departures that are worse than another Python."""


def _pinned(attempt: Attempt, name: str) -> Asked | None:
    return next((one for one in attempt.of(name) if one.pin), None)


def _version(pinned: Asked | None) -> Version | None:
    try:
        return Version(pinned.pin) if pinned and pinned.pin else None
    except InvalidVersion:
        return None


def _repin(attempt: Attempt, pinned: Asked, version: str, slug: str) -> Attempt:
    changed = pinned.with_specifier(f"=={version}")
    asked = tuple(changed if one is pinned else one for one in attempt.asked if one is pinned or one.name != pinned.name)
    return replace(attempt, asked=asked).with_deviation(slug, f"{pinned.source}: {pinned} can't be met; {pinned.name} {version} is taken")


def _specifier(attempt: Attempt, name: str) -> str:
    specifiers = [str(one.requirement.specifier) for one in attempt.of(name) if one.requirement.specifier]
    return ",".join(specifiers)


def _available(attempt: Attempt, name: str, specifier: str, timeout: float) -> bool:
    """Whether there is such a release for this Python as of the date, by the index alone: a wheel, or a source that may be built."""
    is_pinned = any(bound.operator == "==" for bound in SpecifierSet(",".join(filter(None, specifier.split(",")))))
    cut = None if is_pinned or name in attempt.undated else attempt.cut
    question = Question((f"{name}{specifier}",), cut=cut, with_dependencies=False, with_sources=_may_be_built(attempt, name))
    return ask(question, attempt.interpreter, timeout=timeout).is_solved


def _find(attempt: Attempt, name: str, specifier: str, timeout: float, *, lowest: bool = False) -> str | None:
    """The newest or oldest release in a range that this Python can have, whatever its date; None if there is none."""
    question = Question((f"{name}{specifier}",), with_dependencies=False, lowest=lowest, with_sources=_may_be_built(attempt, name))
    answer = ask(question, attempt.interpreter, timeout=timeout)
    return read_packages(answer.text)[0].version if answer.is_solved else None


def _may_be_built(attempt: Attempt, name: str) -> bool:
    return attempt.builds and name not in attempt.wheels_only
