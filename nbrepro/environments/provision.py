"""The whole way for one notebook: what it wants, what exactly that is, and the environment that is ready to run it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from packaging.version import Version

from nbrepro.environments.cache import Built, environment_for
from nbrepro.environments.pythons import Interpreter, choose, find_interpreters
from nbrepro.environments.resolution import resolve_with_ladder
from nbrepro.environments.specification import specify
from nbrepro.errors import UnresolvableError
from nbrepro.model import Deviation, EnvironmentSpec, Lock
from nbrepro.notebooks import Document
from nbrepro.notebooks.projects import project_of

OLDEST = Version("3.6")
"""The oldest Python that uv can resolve for."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a notebook wants, and what exactly that is."""

    spec: EnvironmentSpec
    lock: Lock
    interpreter: Interpreter
    deviations: tuple[Deviation, ...]
    """Every departure from what is declared: of the wishes, of the Python and of the resolution, each once."""

    @property
    def import_paths(self) -> tuple[str, ...]:
        """Folders, relative to the notebook's own, from which it imports modules of its project."""
        folder = Path(self.spec.notebook).absolute().parent
        return tuple(os.path.relpath(project_of(folder) / path, folder) for path in self.spec.import_paths)


def resolved(document: Document, *, allow_build: bool = False, on_progress: Callable[[str], None] | None = None) -> Resolved:
    """What the environment of a notebook exactly is, as of the notebook's date.

    Args:
        document: a Python notebook; declarations are looked for beside and above its file.
        allow_build: whether packages without wheels may be built from source, which runs their code.
        on_progress: is told in a few words what is being done.

    Raises:
        UnresolvableError: what is declared can't be had; the message says what and who asks for it.
        RequestError: no interpreter of this machine can stand in for the Python that is wanted, or uv is missing.
    """
    wanted = specify(Path(document.path), document.content)
    interpreters = _interpreters()
    interpreter, substituted = choose(wanted.python, interpreters, wanted.cut)
    if Version(interpreter.version) < OLDEST:
        raise UnresolvableError(
            f"Python {interpreter.version}", (str(wanted.python.source),), "environments for Pythons before 3.6 can't be resolved yet"
        )
    others = (other for other in interpreters if other != interpreter and Version(other.version) >= OLDEST)
    lock, used = resolve_with_ladder(wanted, (interpreter, *others), allow_build=allow_build, on_progress=on_progress)
    deviations = (*wanted.deviations, *substituted, *lock.deviations)
    return Resolved(wanted, lock, used, tuple(dict.fromkeys(deviations)))


def provided(found: Resolved, *, allow_build: bool = False, on_progress: Callable[[str], None] | None = None) -> Built:
    """The built environment of a resolved notebook; it is built once and found again.

    Raises:
        EnvironmentBuildError: it can't be built; nothing of it is left.
    """
    return environment_for(found.lock, found.interpreter, allow_build=allow_build, what_for=found.spec.notebook, on_progress=on_progress)


@cache
def _interpreters() -> tuple[Interpreter, ...]:
    return find_interpreters()
