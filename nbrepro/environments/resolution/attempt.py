"""One attempt at a resolution: what is asked with all loosenings so far, and the lock that comes of it."""

from __future__ import annotations

import sysconfig
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from packaging.utils import canonicalize_name

from nbrepro.environments.build_needs import BuildNeed
from nbrepro.environments.locks import annotated, lock_from_pylock, read_packages
from nbrepro.environments.pythons import Interpreter
from nbrepro.environments.resolution.harness import FLOATING, bounds, harness_cut, needed
from nbrepro.environments.resolution.reasons import as_taken, reasons
from nbrepro.environments.resolution.request import Asked
from nbrepro.environments.resolution.uv import Answer, Question, ask
from nbrepro.model import Deviation, Lock, SourceKind

Progress = Callable[[str], None]
"""Is told in a few words what is being done."""
BUILD_TOOLS = datetime(2021, 6, 1, tzinfo=UTC)
"""Builds get setuptools and wheel as of this day at least: older ones lack what uv needs, those after 57 dropped 2to3."""


@dataclass(frozen=True, slots=True)
class Building:
    """Whether packages without wheels may be built from source, which runs their code."""

    is_allowed: bool = False
    failed: frozenset[str] = frozenset()
    """Packages (normalized names) whose sources were tried and can't be built."""


WHEELS = Building()
"""Nothing is built."""


@dataclass(frozen=True, slots=True)
class Repair:
    """The metadata of one release, in a form that can be read."""

    name: str
    version: str
    entry: str
    """In the form of the repair table."""
    message: str
    """What was wrong with it."""


COMPILED_FOR_MOST = frozenset(
    {
        "catboost", "fiona", "grpcio", "h5py", "jaxlib", "lightgbm", "llvmlite", "lxml", "matplotlib", "netcdf4", "numba", "numpy",
        "opencv-contrib-python", "opencv-python", "opencv-python-headless", "pandas", "pyarrow", "pyqt5", "pystan", "rasterio",
        "scikit-image", "scikit-learn", "scipy", "spacy", "statsmodels", "tables", "tensorflow", "torch", "xgboost",
    }
)  # fmt: skip
"""Packages that have had wheels for most Pythons, and whose sources take minutes to build, also where a source only builds with them."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is asked for, with every loosening made so far."""

    asked: tuple[Asked, ...]
    cut: datetime | None
    interpreter: Interpreter
    builds: bool = False
    """Whether what has no wheel may be built from source."""
    wheels_only: frozenset[str] = frozenset()
    """Packages whose sources are not built, or can't be."""
    undated: frozenset[str] = frozenset()
    """Packages that may be newer than the date, besides the harness."""
    extra: tuple[str, ...] = ()
    """Further bounds that loosenings brought."""
    repairs: tuple[Repair, ...] = ()
    """Metadata repaired on the way, besides the table."""
    build_needs: tuple[BuildNeed, ...] = ()
    """What builds get besides what they declare."""
    aside: tuple[Asked, ...] = ()
    """Optional wishes that are left out until everything else is met."""
    deviations: tuple[Deviation, ...] = ()

    @property
    def wished(self) -> frozenset[str]:
        """Names of the packages that somebody wishes."""
        return frozenset(one.name for one in self.asked if one.source.kind is not SourceKind.HARNESS)

    @property
    def pinned(self) -> frozenset[str]:
        """Names of the packages of which one version is wished: the date doesn't bind them."""
        return frozenset(one.name for one in self.asked if one.pin is not None)

    def of(self, name: str) -> tuple[Asked, ...]:
        """Everything that is asked of one package."""
        return tuple(one for one in self.asked if one.name == name)

    def needed_only(self) -> Attempt:
        """The same with the optional wishes set aside."""
        optional = tuple(one for one in self.asked if one.is_optional)
        return replace(self, asked=tuple(one for one in self.asked if not one.is_optional), aside=(*self.aside, *optional))

    def with_deviation(self, slug: str, message: str) -> Attempt:
        """The same with one more departure on record."""
        return replace(self, deviations=(*self.deviations, Deviation(slug, message)))

    def question(self) -> Question:
        """What uv is asked."""
        floating = FLOATING - self.wished
        asked_bounds = (str(one) for one in self.asked if one.is_constraint)
        pins = {one.name: one.pin for one in self.asked if one.pin is not None}
        limits = (bound for bound in bounds(self.cut) if bound.split("<")[0] in floating)
        return Question(
            requirements=tuple(str(one) for one in self.asked if not one.is_constraint),
            constraints=(*asked_bounds, *needed(pins, self.cut, self.interpreter), *limits, *self.extra),
            cut=self.cut,
            undated=self.pinned | self.undated,
            floating=floating,
            floating_cut=harness_cut(self.cut, self.interpreter),
            builds=self.builds,
            wheels_only=self.wheels_only,
            repairs=tuple(repair.entry for repair in self.repairs),
            build_needs=self.build_needs,
            build_cut=max(self.cut, BUILD_TOOLS) if self.cut else None,
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt: a lock, or why there is none."""

    attempt: Attempt
    answer: Answer
    requirements: str = ""
    """The solution with the comments that say who asked for what."""
    versions: dict[str, str] = field(default_factory=dict)
    """Chosen version of every package."""

    def with_deviation(self, slug: str, message: str) -> Outcome:
        """The same with one more departure on record."""
        return replace(self, attempt=self.attempt.with_deviation(slug, message))


def lock_from(outcome: Outcome) -> Lock:
    """The lock of a solved attempt, with the reasons for every version."""
    attempt = outcome.attempt
    repaired = (repair for repair in attempt.repairs if outcome.versions.get(repair.name) == repair.version)
    deviations = (
        *as_taken(attempt.deviations, attempt.extra, outcome.versions),
        *(Deviation("metadata-repaired", repair.message) for repair in repaired),
        *(
            Deviation("built", f"{package.name} {package.version} has no wheel for this Python and is built from its source")
            for package in read_packages(outcome.answer.text)
            if not package.is_wheel
        ),
    )
    text = annotated(
        outcome.answer.text,
        python=attempt.interpreter.version,
        platform=sysconfig.get_platform(),
        cut=attempt.cut,
        deviations=deviations,
        because=reasons(outcome.requirements, attempt.asked, attempt.question(), deviations),
    )
    return lock_from_pylock(text)


def solve(attempt: Attempt, timeout: float = 300) -> Outcome:
    """Asks uv; the answer is a lock with the versions in it, or an explanation."""
    question = attempt.question()
    answer = ask(question, attempt.interpreter, as_lock=False, timeout=timeout)
    if not answer.is_solved:
        return Outcome(attempt, answer)
    versions = dict(chosen_versions(answer.text.splitlines()))
    # The lock is asked for with the versions that were chosen, so that reasons and lock can't differ.
    pins = tuple(f"{name}=={version}" for name, version in versions.items())
    pinned = replace(question, constraints=(*question.constraints, *pins))
    lock = ask(pinned, attempt.interpreter, timeout=timeout)
    if question.builds and lock.is_solved:
        # What has a wheel is locked without its source, so that nobody can mistake it for something to be built.
        wheels = frozenset(package.name for package in read_packages(lock.text) if package.is_wheel)
        lock = ask(replace(pinned, wheels_only=question.wheels_only | wheels), attempt.interpreter, timeout=timeout)
    told = replace(lock, rejected=answer.rejected, without_date=answer.without_date)
    return Outcome(attempt, told, answer.text, versions)


def chosen_versions(lines: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Name and version of every pinned line of a requirements file."""
    for line in lines:
        pinned = line.split("#")[0].split(";")[0].strip()
        name, separator, version = pinned.partition("==")
        if separator:
            yield canonicalize_name(name.split("[")[0]), version.strip()
