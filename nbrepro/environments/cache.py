"""Built environments: each is built once, found again in milliseconds, and checked before every use."""

from __future__ import annotations

import errno
import hashlib
import platform
import shutil
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from nbrepro.environments import building, descriptions, manifest, storage, verification
from nbrepro.environments.building import Construction, Tell
from nbrepro.environments.locks.pylock import canonical
from nbrepro.environments.provisions import Provisions
from nbrepro.environments.pythons import Interpreter
from nbrepro.errors import EnvironmentBuildError
from nbrepro.model import Lock

ABI = 1
"""Changes when environments of an older nbrepro must not be used any more."""

Builder = Callable[[Lock, Path, Interpreter], Path]
"""Builds a lock in a folder and gives its Python."""


@dataclass(frozen=True, slots=True)
class Built:
    """An environment that is ready to be run in."""

    key: str
    python: str
    """Absolute path of its interpreter."""
    folder: Path
    lock: Lock
    was_cached: bool
    """Whether it had been built before."""
    repaired: manifest.Changes = field(default_factory=manifest.Changes)
    """What had been changed in it since it was built; then it was built anew."""
    built_from_source: tuple[str, ...] = ()
    """Packages that were not installed from wheels."""
    build_needs: tuple[str, ...] = ()
    """What builds got besides what they declare, in words."""
    provisions: Provisions = field(default_factory=Provisions)
    """The modules that its packages bring, and packages that aren't made for its Python."""
    _again: Callable[[], Built] | None = field(default=None, compare=False, repr=False)

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """While this lasts nobody removes the environment or builds it anew; if somebody has just removed it, it is built again.

        Whether it is as it was built, `environment_for` says: ask it before every notebook, but not within this, where it
        would wait for itself if the environment had been changed.
        """
        while True:
            with storage.shared(self.key):
                if self._again is None or descriptions.read(self.folder) is not None:
                    storage.note_use(self.key)
                    yield
                    return
            self._again()

    def changes(self) -> manifest.Changes:
        """What was changed in it since it was built: asked after a run, whether the notebook or one beside it did something to it."""
        return manifest.changes(self.folder)


@dataclass(frozen=True, slots=True)
class _Request:
    """What is asked for."""

    key: str
    lock: Lock
    interpreter: Interpreter
    build: Builder | None
    allow_build: bool
    what_for: str
    tell: Tell

    @property
    def folder(self) -> Path:
        return storage.folder_of(self.key)


def environment_for(
    lock: Lock,
    interpreter: Interpreter,
    *,
    build: Builder | None = None,
    allow_build: bool = False,
    what_for: str = "",
    on_progress: Tell | None = None,
) -> Built:
    """The environment of a lock, built if it isn't there yet or was changed since.

    Runs in parallel, as threads or processes, build it once: the others wait. Run in it within `with built.in_use():`.

    Args:
        lock: what is installed.
        interpreter: the Python it is built with.
        build: who builds it where uv can't: conda, Python 2.7. It gets the final folder,
            not made yet, since such environments can't be moved.
        allow_build: whether packages without wheels may be built from source, which runs their code.
        what_for: the notebook, for the list of environments.
        on_progress: is told in a few words what is being done.

    Raises:
        RequestError: the lock needs builds from source that aren't allowed, or belongs to another Python.
        EnvironmentBuildError: it can't be built; nothing of it is left.
    """
    request = _Request(key_of(lock, interpreter), lock, interpreter, build, allow_build, what_for, on_progress or _silent)
    with storage.shared(request.key):
        found = _ready(request)
        if not isinstance(found, manifest.Changes):
            return found
    with storage.exclusive(request.key):
        # Somebody else may have built it while this one waited.
        found = _ready(request)
        return found if isinstance(found, Built) else _built_anew(request, found)


def _silent(_: str) -> None:
    return


@cache
def _libc() -> str:
    return " ".join(platform.libc_ver())


def key_of(lock: Lock, interpreter: Interpreter) -> str:
    """The name of an environment: equal locks on equal Pythons and platforms give the same, in 32 hexadecimal digits."""
    parts = (canonical(lock), interpreter.version, "CPython", sysconfig.get_platform(), _libc(), str(ABI))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _ready(request: _Request) -> Built | manifest.Changes:
    """The environment if it is there and as it was built; else what was changed, nothing if it isn't there."""
    description = descriptions.read(request.folder)
    if description is None:
        return manifest.Changes()
    try:
        changes = manifest.changes(request.folder)
    except (OSError, ValueError):
        return manifest.Changes(missing=(f"{manifest.OWN_FOLDER}/",))
    python = request.folder / description["python"]
    if not changes and not python.exists():
        changes = manifest.Changes(missing=(f"the interpreter behind {description['python']}",))
    if changes:
        return changes
    storage.note_use(request.key)
    descriptions.note_purpose(request.folder, request.what_for)
    return _result(request, description, was_cached=True)


def _result(request: _Request, description: descriptions.Description, *, was_cached: bool) -> Built:
    return Built(
        key=request.key,
        python=str(request.folder / description["python"]),
        folder=request.folder,
        lock=request.lock,
        was_cached=was_cached,
        built_from_source=tuple(description["built_from_source"]),
        build_needs=tuple(description.get("build_needs", ())),
        provisions=descriptions.provided(description),
        _again=lambda: environment_for(
            request.lock,
            request.interpreter,
            build=request.build,
            allow_build=request.allow_build,
            what_for=request.what_for,
            on_progress=request.tell,
        ),
    )


def _built_anew(request: _Request, changes: manifest.Changes) -> Built:
    """Builds under the exclusive lock, after what is there was removed."""
    storage.sweep()
    _remove_unfinished(request.key)
    if changes:
        _discard(request, changes)
    elif request.folder.exists():
        # Without a description: its builder died in it.
        storage.remove(request.folder)
    request.tell("building the environment")
    description = _build_aside(request) if request.build is None else _build_in_place(request, request.build)
    storage.note_use(request.key)
    return replace(_result(request, description, was_cached=False), repaired=changes)


def _remove_unfinished(key: str) -> None:
    for other, path in storage.unfinished():
        if other == key:
            shutil.rmtree(path, ignore_errors=True)


def _discard(request: _Request, changes: manifest.Changes) -> None:
    """Removes an environment that was changed, and the cached packages whose files it shares."""
    owners = verification.owners(request.folder, changes.paths)
    whose = f" ({', '.join(owners)})" if owners else ""
    request.tell(f"the environment was changed since it was built{whose}: {changes}; it is built anew")
    descriptions.remove(request.folder)
    storage.remove(request.folder)
    if request.build is None:
        building.forget(owners)


def _build_aside(request: _Request) -> descriptions.Description:
    storage.environments().mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f"{request.key}{storage.UNFINISHED}", dir=storage.environments()))
    try:
        with _disk_errors():
            done = building.build_with_uv(request.lock, temporary, request.interpreter, allow_build=request.allow_build, tell=request.tell)
            description = _complete(request, temporary, done)
            temporary.rename(request.folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return description


def _build_in_place(request: _Request, build: Builder) -> descriptions.Description:
    try:
        with _disk_errors():
            request.folder.parent.mkdir(parents=True, exist_ok=True)
            python = build(request.lock, request.folder, request.interpreter)
            manifest.record(request.folder)
            return _complete(request, request.folder, Construction(python))
    except BaseException:
        shutil.rmtree(request.folder, ignore_errors=True)
        raise


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        no_room = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
        raise EnvironmentBuildError("the environment", f"{error.strerror or error} in {storage.root()}", no_room=no_room) from error


def _complete(request: _Request, folder: Path, done: Construction) -> descriptions.Description:
    """Says that an environment is complete; its manifest is there already."""
    descriptions.note_purpose(folder, request.what_for)
    return descriptions.write(folder, request.lock, request.interpreter, done)
