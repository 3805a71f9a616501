"""Which resolver answers for a specification, and who builds its lock: uv, conda, or pip for Python 2.

Where conda can't answer, the same wishes are put to the Python package index, which is on record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from nbrepro.environments.cache import Builder
from nbrepro.environments.pythons import Interpreter, choose
from nbrepro.environments.remembering import Answer, remembered
from nbrepro.environments.resolution import Building, resolve_with_ladder
from nbrepro.environments.resolution.harness import KERNEL
from nbrepro.errors import ChannelUnreachableError, MissingExtraError, NbreproError, RequestError, UnresolvableError
from nbrepro.model import Deviation, EnvironmentSpec, Lock, SourceKind

OLDEST = Version("3.6")
"""The oldest Python that uv can resolve for."""
_NO_CONDA = (ChannelUnreachableError, MissingExtraError, UnresolvableError)
_CONDA_LOCK = "conda-lock.yml"
_PYTHON_2_LOCK = "requirements.lock.txt"


@dataclass(frozen=True, slots=True)
class Router:
    """What a resolution may use."""

    interpreters: tuple[Interpreter, ...]
    building: Building
    again: bool
    """Whether to resolve anew what was resolved before."""
    tell: Callable[[str], None]

    def answer(self, spec: EnvironmentSpec) -> tuple[Answer, tuple[Deviation, ...]]:
        """The lock for a specification, the Python it is for, and departures that the lock doesn't hold.

        Raises:
            UnresolvableError: what is wished can't be had.
            RequestError: no interpreter can stand in for the Python that is wished, or uv is missing.
        """
        if not spec.is_conda:
            return self._from_index(spec)
        try:
            return self._remembered(spec, "conda", lambda: self._by_conda(spec)), ()
        except _NO_CONDA as error:
            return self._from_index(_translated(spec, error))

    def _from_index(self, spec: EnvironmentSpec) -> tuple[Answer, tuple[Deviation, ...]]:
        interpreter, substituted = choose(spec.python, self.interpreters, spec.cut)
        is_old = Version(interpreter.version) < OLDEST
        resolve = self._by_pip if is_old else self._by_uv
        found = self._remembered(spec, "pip" if is_old else "uv", lambda: resolve(spec, interpreter))
        return found, (*spec.deviations, *substituted)

    def _remembered(self, spec: EnvironmentSpec, resolver: str, resolve: Callable[[], Answer]) -> Answer:
        machine = (resolver, self.interpreters, self.building.is_allowed, sorted(self.building.failed))
        return remembered(spec, machine, resolve, again=self.again)

    def _by_uv(self, spec: EnvironmentSpec, interpreter: Interpreter) -> Answer:
        others = (other for other in self.interpreters if other != interpreter and Version(other.version) >= OLDEST)
        return resolve_with_ladder(spec, (interpreter, *others), building=self.building, on_progress=self.tell)

    def _by_pip(self, spec: EnvironmentSpec, interpreter: Interpreter) -> Answer:
        from nbrepro.environments.locks.hashed_requirements import lock_from_hashed_requirements
        from nbrepro.environments.resolution.python2 import resolve_python2

        written = _written_lock(spec, _PYTHON_2_LOCK, lock_from_hashed_requirements)
        if written:
            return written, interpreter
        failed = self.building.failed
        spec = replace(spec, wishes=tuple(wish for wish in spec.wishes if wish.name not in failed))
        allow_build = self.building.is_allowed
        return resolve_python2(spec, interpreter, allow_build=allow_build, on_progress=self.tell, again=self.again), interpreter

    def _by_conda(self, spec: EnvironmentSpec) -> Answer:
        from nbrepro.environments.conda import read_conda_lock, resolve_conda

        lock = _written_lock(spec, _CONDA_LOCK, read_conda_lock) or resolve_conda(
            spec, resolve_pip=self._pip_section, on_progress=self.tell
        )
        return lock, Interpreter("", lock.python)

    def _pip_section(self, spec: EnvironmentSpec) -> Lock:
        """What pip installs beside conda's packages; the Python is conda's, so one of this machine only stands in for the question."""
        interpreter, _ = choose(spec.python, self.interpreters, spec.cut)
        if not SpecifierSet(spec.python.specifier.rpartition(".")[0] + ".*").contains(interpreter.version):
            explanation = f"pip's part can only be resolved where a Python {spec.python.specifier} is installed"
            raise UnresolvableError(f"Python {spec.python.specifier}", (str(spec.python.source),), explanation)
        lock, _ = resolve_with_ladder(spec, (interpreter,), on_progress=self.tell)
        return lock


def builder_of(lock: Lock, *, allow_build: bool = False) -> Builder | None:
    """Who builds a lock; None: uv."""
    if lock.file_name == _CONDA_LOCK:
        return _build_conda
    return partial(_build_python2, allow_build=allow_build) if lock.file_name == _PYTHON_2_LOCK else None


def _build_conda(lock: Lock, folder: Path, _: Interpreter) -> Path:
    from nbrepro.environments.conda import install_conda

    return install_conda(lock, folder)


def _build_python2(lock: Lock, folder: Path, interpreter: Interpreter, *, allow_build: bool) -> Path:
    from nbrepro.environments.resolution.python2_installing import install_python2

    return install_python2(lock, folder, interpreter, allow_build=allow_build)


def _written_lock(spec: EnvironmentSpec, file_name: str, read: Callable[[str], Lock]) -> Lock | None:
    """The lock beside the notebook that decides, as it stands, if it has everything that a notebook needs: Python and the kernel."""
    decides = next((one for one in spec.declarations if one.wishes), None)
    if decides is None or decides.kind is not SourceKind.LOCK or not Path(decides.path).name.endswith(file_name):
        return None
    try:
        lock = read((Path(spec.project) / decides.path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, RequestError):
        # What it wishes was read with more patience, and is resolved.
        return None
    has_kernel = any(package.name == KERNEL for package in lock.packages)
    return lock if lock.python and has_kernel else None


def _translated(spec: EnvironmentSpec, error: NbreproError) -> EnvironmentSpec:
    from nbrepro.environments.conda import translate_to_pypi

    return translate_to_pypi(spec, str(error))
