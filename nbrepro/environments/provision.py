"""The whole way for one notebook: what it wants, what exactly that is, and the environment that is ready to run it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from nbrepro.environments.cache import Built, environment_for
from nbrepro.environments.imports import verify_modules
from nbrepro.environments.own_builds import built_project, needs_of
from nbrepro.environments.own_copies import unwritten_module
from nbrepro.environments.own_dates import as_of_own_package, unmet
from nbrepro.environments.own_distributions import UNKNOWN, OwnDistribution, own_distributions
from nbrepro.environments.own_extensions import (
    CompiledProject,
    as_built,
    compiled_projects,
    failed_to_compile,
    not_compiled,
    without_hidden,
)
from nbrepro.environments.pythons import Interpreter, find_interpreters
from nbrepro.environments.remembering import Answer
from nbrepro.environments.resolution import WHEELS, Building
from nbrepro.environments.routes import Router, builder_of
from nbrepro.environments.specification import specify
from nbrepro.errors import EnvironmentBuildError, UnresolvableError
from nbrepro.model import Deviation, EnvironmentSpec, Lock
from nbrepro.notebooks import Document
from nbrepro.notebooks.projects import project_of

Tell = Callable[[str], None]
"""Is told in a few words what is being done."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How an environment is to be found."""

    declared: Path | None = None
    """The one file that says what is in it; None: what is found beside the notebook and in it."""
    building: Building = WHEELS
    """Whether packages without wheels may be built from source, which runs their code."""
    again: bool = False
    """Whether to resolve anew what was resolved before."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a notebook wants, and what exactly that is."""

    spec: EnvironmentSpec
    lock: Lock
    interpreter: Interpreter
    deviations: tuple[Deviation, ...]
    """Every departure from what is declared: of the wishes, of the Python and of the resolution, each once."""
    own_distributions: tuple[OwnDistribution, ...] = ()
    """The project's own packages, without those that are installed from somewhere else."""
    compiled: tuple[CompiledProject, ...] = ()
    """Those of them that must be compiled."""
    own_builds: tuple[str, ...] = ()
    """Folders in which they are installed, once they are built, or copied with a module that an installation writes."""

    @classmethod
    def of(cls, spec: EnvironmentSpec, lock: Lock, interpreter: Interpreter, deviations: tuple[Deviation, ...]) -> Resolved:
        """The same with the project's own packages, whose files are read here."""
        installed = frozenset(package.name for package in lock.packages)
        spec = without_hidden(spec, installed)
        own = tuple(own for own in own_distributions(spec) if own.name not in installed)
        every = tuple(dict.fromkeys((*deviations, *spec.deviations)))
        return cls(spec, lock, interpreter, every, own, compiled_projects(spec, installed))

    @property
    def import_paths(self) -> tuple[str, ...]:
        """Folders from which it imports modules of its project, relative to its own, and those of its project's metadata."""
        folder = Path(self.spec.notebook).absolute().parent
        modules = (os.path.relpath(project_of(folder) / path, folder) for path in self.spec.import_paths)
        return (*self.own_builds, *modules, *(str(own.folder) for own in self.own_distributions))

    def name_of(self, built: Built) -> str:
        """What the built environment is called in reports."""
        day = f" as of {self.spec.cut:%Y-%m-%d}" if self.spec.cut else ""
        return f"its own, {len(self.lock.packages)} packages{day}, {built.key[:12]}"


def resolved(document: Document, wanted: Wanted | None = None, *, on_progress: Tell | None = None) -> Resolved:
    """What the environment of a notebook exactly is, as of the notebook's date.

    Args:
        document: a Python notebook; declarations are looked for beside and above its file.
        wanted: how it is to be found; None takes the defaults.
        on_progress: is told in a few words what is being done.

    Raises:
        UnresolvableError: what is declared can't be had; the message says what and who asks for it.
        RequestError: no interpreter of this machine can stand in for the Python that is wanted, or uv is missing.
    """
    wanted = wanted or Wanted()
    spec = specify(Path(document.path), document.content, wanted.declared)
    router = Router(_interpreters(), wanted.building, wanted.again, on_progress or _silent)
    spec, (lock, used), deviations = _answered(router, spec)
    failed = (Deviation("build-failed", f"{name} could not be built from its source") for name in sorted(wanted.building.failed))
    found = Resolved.of(spec, lock, used, tuple(dict.fromkeys((*spec.deviations, *deviations, *lock.deviations, *failed))))
    if wanted.building.is_allowed:
        return found
    return replace(found, deviations=(*found.deviations, *map(not_compiled, found.compiled)))


def _answered(router: Router, spec: EnvironmentSpec) -> tuple[EnvironmentSpec, Answer, tuple[Deviation, ...]]:
    """The answer for a specification, which is that of a later day where the project's own package needs what is younger."""
    answer, deviations = router.answer(spec)
    later = as_of_own_package(spec) if unmet(answer[0]) else None
    if later is not None:
        with suppress(UnresolvableError):  # then the first answer stands
            other, its_deviations = router.answer(later)
            if unmet(other[0]) < unmet(answer[0]):
                return later, other, its_deviations
    return spec, answer, deviations


def ready(document: Document, wanted: Wanted | None = None, *, on_progress: Tell | None = None) -> tuple[Resolved, Built]:
    """The environment of a notebook, resolved and built; where a build from source fails, it is resolved again without that source.

    Raises:
        NbreproError: as `resolved` and `provided`.
    """
    wanted = wanted or Wanted()
    while True:
        found = resolved(document, wanted, on_progress=on_progress)
        try:
            built = provided(found, allow_build=wanted.building.is_allowed, on_progress=on_progress)
            with_builds = _with_own_builds(found, built, on_progress or _silent) if wanted.building.is_allowed else found
            return _with_unwritten_modules(with_builds), built
        except EnvironmentBuildError as error:
            sources = {package.name for package in found.lock.packages if not package.is_wheel}
            failed = (sources & set(error.packages)) - wanted.building.failed
            if not failed:
                raise
        wanted = replace(wanted, building=replace(wanted.building, failed=wanted.building.failed | failed))


def provided(found: Resolved, *, allow_build: bool = False, on_progress: Tell | None = None) -> Built:
    """The built environment of a resolved notebook; it is built once and found again.

    Raises:
        EnvironmentBuildError: it can't be built; nothing of it is left.
    """
    for own in found.own_distributions:
        own.write()
    return environment_for(
        found.lock,
        found.interpreter,
        build=builder_of(found.lock, allow_build=allow_build),
        allow_build=allow_build,
        what_for=found.spec.notebook,
        on_progress=on_progress,
    )


def _with_own_builds(found: Resolved, built: Built, tell: Tell) -> Resolved:
    """The same with the project's own packages built that must be compiled; one that can't be built stays on the path as it is."""
    for project in found.compiled:
        try:
            place = built_project(project, Path(found.spec.project), Path(built.python), found.lock, tell)
        except EnvironmentBuildError as error:
            found = replace(found, deviations=(*found.deviations, failed_to_compile(project, error.explanation)))
        else:
            given = (Deviation("build-needs", message) for message in needs_of(place))
            deviations = (*as_built(project, found.deviations), *given)
            found = replace(found, deviations=deviations, own_builds=(*found.own_builds, str(place)))
    return found


def _with_unwritten_modules(found: Resolved) -> Resolved:
    """The same with copies of those of the project's own packages that lack a module which their installation would write."""
    for own in {own.source: own for own in reversed(found.own_distributions)}.values():  # one folder may be declared under two names
        missing = unwritten_module(own.name, Path(found.spec.project), own.source, own.version)
        if missing is not None:
            place = str(missing.copied())
            found = replace(found, deviations=(*found.deviations, missing.deviation()), own_builds=(*found.own_builds, place))
    return found


def departures(found: Resolved, built: Built) -> tuple[Deviation, ...]:
    """Every departure of a built environment from what is declared, with what only shows once it is built."""
    return tuple(dict.fromkeys((*found.deviations, *_of_built(found, built))))


def _of_built(found: Resolved, built: Built) -> Iterator[Deviation]:
    for problem in verify_modules(dict(built.provisions.modules), found.spec.wishes):
        yield Deviation("module-not-provided", problem)
    for name, versions in built.provisions.unfit:
        yield Deviation(
            "python-not-supported", f"{name} says that it is made for Python {versions}; it runs in {found.interpreter.version}"
        )
    for own in found.own_distributions:
        if own.version == UNKNOWN:
            yield Deviation("own-version-unknown", f"only running the code of {own.name} would tell its version: {UNKNOWN} stands for it")
    if built.repaired:
        yield Deviation("environment-repaired", f"the environment had been changed since it was built and was built anew: {built.repaired}")
    yield from (Deviation("build-needs", message) for message in built.build_needs)
    if built.built_from_source and not any(deviation.slug == "built" for deviation in found.deviations):
        yield Deviation("built-from-source", f"built from source: {', '.join(built.built_from_source)}")


def _silent(_: str) -> None:
    return


@cache
def _interpreters() -> tuple[Interpreter, ...]:
    return find_interpreters()
