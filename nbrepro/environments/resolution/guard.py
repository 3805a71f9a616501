"""Distrusts a solution: is every version as new as it could be on that day, or is there a reason that it isn't?

A resolver that meets a release it can't read walks back to an older one and says nothing (pandas 0.11.0 for a notebook of
2019). Two things are looked at: the releases that were passed over because of their metadata, and, independently of that, the
newest release of each package that existed on the day for that Python, which is asked for without reading any metadata.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from packaging.version import Version

from nbrepro.environments.locks import read_packages
from nbrepro.environments.resolution.attempt import Attempt, Outcome
from nbrepro.environments.resolution.messages import mentioned
from nbrepro.environments.resolution.uv import ask
from nbrepro.model import LockedPackage

_TOLERATED = timedelta(days=120)
"""By so much a version may be older than the newest one before anybody asks why: other packages often hold it back a little."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A version that is older than it should be, and nothing that is wished explains it."""

    name: str
    chosen: str
    expected: str
    """The newest version of that day; it can't be read, or it could be had all the same."""

    def __str__(self) -> str:
        return f"{self.name} {self.expected} existed on that day, but its metadata can't be read, and {self.chosen} came instead"


@dataclass(frozen=True, slots=True)
class Inspection:
    """What the guard found."""

    suspicions: tuple[Suspicion, ...]
    is_complete: bool
    """False where the newest versions could not be found out."""
    newer_sources: tuple[Suspicion, ...] = ()
    """Packages of which a newer release existed, but only as source."""


def inspect(outcome: Outcome, timeout: float = 120) -> Inspection:
    """Everything in a solution that is implausibly old."""
    rejected = tuple(_passed_over(outcome))
    newest = _newest(outcome, timeout)
    # Where sources may be built, they were among the newest already.
    released = newest if outcome.attempt.builds else _newest(outcome, timeout, with_sources=True)
    if newest is None or released is None:
        return Inspection(rejected, is_complete=False)
    known = {one.name for one in rejected}
    late = (one for one in _lagging(outcome, newest) if one.name not in known)
    suspicions = (*rejected, *(one for one in late if _is_unexplained(outcome.attempt, one, timeout)))
    only_source = {name: package for name, package in released.items() if not package.is_wheel}
    return Inspection(suspicions, is_complete=True, newer_sources=tuple(_lagging(outcome, only_source)))


def _passed_over(outcome: Outcome) -> Iterator[Suspicion]:
    """Packages of the solution of which a newer release was passed over because of its metadata."""
    newest: dict[str, str] = {}
    for name, version in outcome.answer.rejected:
        if name in outcome.versions and Version(version) > Version(newest.get(name, outcome.versions[name])):
            newest[name] = version
    yield from (Suspicion(name, outcome.versions[name], version) for name, version in newest.items())


def _newest(outcome: Outcome, timeout: float, *, with_sources: bool = False) -> dict[str, LockedPackage] | None:
    """The newest release of every package of the solution as of the day that the wishes allow; None where that can't be told."""
    question = outcome.attempt.question()
    names = sorted(set(outcome.versions) - question.floating)
    bare = replace(question, requirements=(*question.requirements, *names), with_dependencies=False, with_sources=with_sources)
    answer = ask(bare, outcome.attempt.interpreter, timeout=timeout)
    return {package.name: package for package in read_packages(answer.text)} if answer.is_solved else None


def _lagging(outcome: Outcome, newest: dict[str, LockedPackage]) -> Iterator[Suspicion]:
    chosen = {package.name: package for package in read_packages(outcome.answer.text)}
    for name, expected in newest.items():
        present = chosen.get(name)
        if present is None or Version(present.version) >= Version(expected.version):
            continue
        if present.uploaded and expected.uploaded and expected.uploaded - present.uploaded <= _TOLERATED:
            continue
        yield Suspicion(name, present.version, expected.version)


def _is_unexplained(attempt: Attempt, suspicion: Suspicion, timeout: float) -> bool:
    """Whether the expected version is refused for no other reason than its metadata."""
    demanding = replace(attempt, extra=(*attempt.extra, f"{suspicion.name}>={suspicion.expected}"))
    answer = ask(demanding.question(), attempt.interpreter, as_lock=False, timeout=timeout)
    if answer.is_solved:
        # It could be had at the price of another package: a choice between the two, and no mistake.
        return False
    if (suspicion.name, suspicion.expected) in answer.rejected:
        return True
    others = mentioned(answer.explanation, attempt.wished - {suspicion.name})
    return not others and "depend" not in answer.explanation
