"""What pip has to add to conda's packages: resolved for conda's Python, and so that conda's packages stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from nbrepro.environments.conda.names import pypi_name
from nbrepro.environments.conda.records import CondaRecord
from nbrepro.environments.conda.wishes import PYTHON
from nbrepro.environments.fetching import only
from nbrepro.environments.resolution.harness import KERNEL, SERVERS
from nbrepro.environments.resolution.request import request_for
from nbrepro.errors import UnresolvableError
from nbrepro.model import Deviation, EnvironmentSpec, Lock, PythonWish, Source, SourceKind, Wish, WishKind

ResolvePip = Callable[[EnvironmentSpec], Lock]
"""Resolves wishes from PyPI for the Python that the specification names exactly (`==3.7.16`)."""

_CONDA = Source(SourceKind.CONDA, "conda's packages")


@dataclass(frozen=True, slots=True)
class PipPart:
    """What pip installs, and the departures on the way."""

    lock: Lock | None = None
    deviations: tuple[Deviation, ...] = ()


def pip_part(spec: EnvironmentSpec, wishes: tuple[Wish, ...], records: tuple[CondaRecord, ...], resolve_pip: ResolvePip | None) -> PipPart:
    """What pip installs beside conda's packages; nothing if these meet everything.

    Args:
        spec: the whole specification, for its date and indexes.
        wishes: those for packages of PyPI.
        records: what conda installs.
        resolve_pip: the resolver; None: what only pip has is left out, which is recorded.

    Raises:
        UnresolvableError: what is wished from PyPI can't be had for conda's Python.
    """
    provided = {pypi_name(record.name): record.version for record in records if record.is_python_package}
    missing = tuple(wish for wish in wishes if not (wish.imported_as is not None and wish.name in provided))
    python = next(record.version for record in records if record.name == PYTHON)
    asked = replace(spec, python=PythonWish(f"=={python}", _CONDA), wishes=missing, channels=(), deviations=())
    request = request_for(asked)
    needed = [str(one) for one in request.asked if not one.is_constraint and not (one.name == KERNEL and one.name in provided)]
    if not needed:
        return PipPart(deviations=request.deviations)
    if resolve_pip is None:
        left_out = Deviation("pip-left-out", f"pip's packages are not resolved: {', '.join(needed)}")
        return PipPart(deviations=(*request.deviations, left_out))
    lock, apart = _resolved(asked, provided, resolve_pip)
    return _without_provided(lock, provided, (*apart, *lock.deviations), python)


def _resolved(asked: EnvironmentSpec, provided: Mapping[str, str], resolve_pip: ResolvePip) -> tuple[Lock, tuple[Deviation, ...]]:
    bound = tuple(_bounds(provided, {wish.name for wish in asked.wishes}))
    try:
        return resolve_pip(replace(asked, wishes=(*asked.wishes, *bound))), ()
    except UnresolvableError as error:
        if not bound:
            raise
        lock = resolve_pip(asked)
        return lock, (Deviation("pip-apart", f"pip's packages don't fit conda's, so they are resolved by themselves: {error}"),)


def _bounds(provided: Mapping[str, str], wished: set[str]) -> Iterator[Wish]:
    """Conda's versions as bounds for what pip brings along; what is wished from PyPI itself is pip's to decide."""
    for name, version in sorted(provided.items()):
        if name not in wished and name not in SERVERS and _version(version) is not None:
            yield Wish(name, f"{name}=={version}", _CONDA, kind=WishKind.CONSTRAINT)


def _without_provided(lock: Lock, provided: Mapping[str, str], deviations: tuple[Deviation, ...], python: str) -> PipPart:
    """Pip's part without what conda installs in the same version."""
    there = {package.name for package in lock.packages if _is_same(provided.get(canonicalize_name(package.name)), package.version)}
    kept = [package for package in lock.packages if package.name not in there]
    replaced = [f"{package.name} {provided[package.name]} by {package.version}" for package in kept if package.name in provided]
    if replaced:
        deviations += (Deviation("pip-replaces-conda", f"pip installs other versions over conda's: {', '.join(replaced)}"),)
    if not kept:
        return PipPart(None, deviations)
    text = only(lock.text, [package.name for package in kept]) if there else lock.text
    if text is None:
        return PipPart(replace(lock, python=python), deviations)
    return PipPart(replace(lock, python=python, text=text, packages=tuple(kept)), deviations)


def _is_same(one: str | None, other: str) -> bool:
    return one is not None and (one == other or (_version(one) is not None and _version(one) == _version(other)))


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None
