"""Builds an environment from a lock with uv: wheels whose hashes are right, linked from uv's cache."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nbrepro.environments import fetching, manifest, source_builds, storage, uv_calls, verification
from nbrepro.environments.pythons import Interpreter
from nbrepro.environments.scratch import scratch_folder
from nbrepro.errors import RequestError
from nbrepro.model import Lock

Tell = Callable[[str], None]
"""Is told in a few words what is being done."""

TIDY_SECONDS = 10
"""How long somebody else's use of the cache is waited for where nothing depends on it."""


@dataclass(frozen=True, slots=True)
class Construction:
    """How an environment was built."""

    python: Path
    built_from_source: tuple[str, ...] = ()
    isolation: str = ""
    """How builds from source were kept apart: `bubblewrap`, `limits`; empty where there were none."""
    build_needs: tuple[str, ...] = ()
    """What builds got besides what they declare, in words."""
    wrong_records: tuple[str, ...] = ()
    """Packages whose own list of hashes was found wrong in this build, although the wheel is the one of the lock."""


def build_with_uv(lock: Lock, folder: Path, interpreter: Interpreter, *, allow_build: bool, tell: Tell) -> Construction:
    """Builds a relocatable environment with its manifest and compares what is installed with the hashes of the wheels.

    Files that are wrong mean that uv's cache was changed through a link: these packages are fetched anew, once.

    Raises:
        RequestError: the lock needs builds from source, which are not allowed, or belongs to another Python.
        EnvironmentBuildError: uv can't build it: a hash doesn't match, a file can't be fetched, the disk is full.
    """
    _check_request(lock, interpreter, allow_build=allow_build)
    sources = tuple(package.name for package in lock.packages if not package.is_wheel)
    apart = _install(lock, folder, interpreter, sources)
    wrong = verification.wrong_packages(folder, manifest.record(folder))
    if wrong:
        tell(f"the cached files of {', '.join(wrong)} are not what their wheels list; they are fetched anew")
        forget(tuple(wrong))
        shutil.rmtree(folder)
        apart = _install(lock, folder, interpreter, sources)
        wrong = verification.wrong_packages(folder, manifest.record(folder), accept=True)
    given = tuple(need.deviation.message for need in apart.needs)
    return Construction(folder / "bin" / "python", sources, apart.means, given, tuple(wrong))


def _check_request(lock: Lock, interpreter: Interpreter, *, allow_build: bool) -> None:
    if lock.file_name == "conda-lock.yml":
        raise RequestError("a conda-lock.yml is installed by conda, not by uv: pass its builder")
    if lock.python and lock.python.split(".")[:2] != interpreter.version.split(".")[:2]:
        raise RequestError(
            f"the lock is made for Python {lock.python} and can't be built with Python {interpreter.version}; resolve it again"
        )
    sources = [f"{package.name} {package.version}" for package in lock.packages if not package.is_wheel]
    if sources and not allow_build:
        raise RequestError(
            f"{', '.join(sources)} must be built from source, which runs code of these packages; allow it if you trust them (allow_build)"
        )


def _install(lock: Lock, folder: Path, interpreter: Interpreter, sources: tuple[str, ...]) -> source_builds.Apart:
    """Makes the virtual environment and fills it."""
    uv_calls.run(
        ["venv", "--relocatable", "--no-project", "--python", interpreter.path, "--no-python-downloads", str(folder)],
        "a virtual environment",
    )
    if not lock.packages:
        return source_builds.Apart()
    with scratch_folder("build") as scratch:
        arguments = list(_sync(folder, lock, sources))
        if sources:
            return source_builds.fill(lock, folder, interpreter, arguments, scratch)
        named = source_builds.named_file(lock, scratch)
        named.write_text(lock.text, encoding="utf-8")
        _fill([*arguments, str(named)], lock, interpreter)
    fetching.note_fetched(lock, interpreter)
    return source_builds.Apart()


def _fill(arguments: list[str], lock: Lock, interpreter: Interpreter) -> None:
    """Fetches what is missing and installs everything without the network, in a quarter of the time that uv takes with it."""
    missing = fetching.missing(lock, interpreter)
    if 0 < len(missing) < len(lock.packages) and (shorter := fetching.only(lock.text, missing)):
        named = Path(arguments[-1]).with_name("pylock.missing.toml")
        named.write_text(shorter, encoding="utf-8")
        uv_calls.run([*arguments[:-1], str(named)], "the environment")
        missing = ()
    # What is thought to be in the cache may have been removed from it by other means.
    if missing or uv_calls.attempt([*arguments, "--offline"]).returncode != 0:
        uv_calls.run(arguments, "the environment")


def _sync(folder: Path, lock: Lock, sources: tuple[str, ...]) -> Iterator[str]:
    yield from ("pip", "sync", "--python", str(folder / "bin" / "python"), "--link-mode", "hardlink", "--require-hashes", "--no-sources")
    if not sources:
        yield "--no-build"
        return
    for package in lock.packages:
        if package.is_wheel:
            yield from ("--only-binary", package.name)
    yield from source_builds.dated(lock.cut)


def add_with_uv(lock: Lock, python: Path) -> None:
    """Installs the wheels of a lock into an environment that is there already, of conda: what else is in it stays.

    Raises:
        EnvironmentBuildError: uv can't install it: a hash doesn't match, a file can't be fetched, a wheel doesn't fit.
    """
    with scratch_folder("build") as scratch:
        named = scratch / "pylock.toml"
        named.write_text(lock.text, encoding="utf-8")
        hashed = ("--link-mode", "hardlink", "--require-hashes", "--no-deps", "--no-build", "--no-sources")
        # A Python of conda may say that only conda may change it; this one is nobody else's.
        options = ("--python", str(python), "--break-system-packages")
        uv_calls.run(["pip", "install", *options, *hashed, "--requirements", str(named)], "pip's part of the environment")


def forget(names: tuple[str, ...]) -> None:
    """Removes packages from uv's cache, so that they are fetched anew."""
    if names:
        fetching.forget_fetched(names)
        # Not in turn with everybody else who uses the cache: that could be never.
        uv_calls.run(["cache", "clean", "--force", *names], f"the cache without {', '.join(names)}")


def tidy(names: tuple[str, ...]) -> None:
    """Removes these packages from uv's cache, and what no build can use any more; next time, where somebody else uses it now."""
    if not storage.uv_cache().is_dir():
        return
    fetching.forget_fetched(names)
    variables = {**uv_calls.variables(), "UV_LOCK_TIMEOUT": str(TIDY_SECONDS)}
    for arguments in (["cache", "clean", *names] if names else [], ["cache", "prune"]):
        if arguments and uv_calls.finished(uv_calls.command(arguments), variables).returncode != 0:
            return
