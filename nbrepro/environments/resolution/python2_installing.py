"""Environments for Python 2.7 from their locks: files that are known by their hashes, installed by pip 20.3."""

from __future__ import annotations

import shutil
from pathlib import Path

from packaging.utils import canonicalize_name

from nbrepro.environments.pythons import Interpreter
from nbrepro.environments.resolution import python2_pip
from nbrepro.environments.resolution.python2_shelf import KNOWN_SOURCES
from nbrepro.environments.resolution.simple_index import SimpleIndex, machine_index, stored
from nbrepro.environments.resolution.uv import without_addresses
from nbrepro.environments.scratch import scratch_folder
from nbrepro.errors import EnvironmentBuildError, RequestError
from nbrepro.model import Lock, LockedPackage

_INSTALLERS = frozenset({"pip", "setuptools", "wheel"})
"""What a virtual environment has from the beginning, and what installs and builds all the rest."""


def install_python2(
    lock: Lock, folder: Path, interpreter: Interpreter, *, allow_build: bool = False, index: SimpleIndex | None = None
) -> Path:
    """Builds the environment of a lock for Python 2.7; gives its Python.

    Nothing but the packages of the lock is left in it, and pip: cells list what is there, and no pip of another Python can for 2.7.

    Args:
        lock: as `resolve_python2` gives it; it may come from a stranger.
        folder: where it stays, since it can't be moved; it doesn't exist yet.
        interpreter: the Python 2.7.
        allow_build: whether source distributions other than `KNOWN_SOURCES` may be built, apart from the user's files.
        index: where the packages come from; None: the index that this machine is set to.

    Raises:
        EnvironmentBuildError: a file can't be had or isn't the one of the lock, or a build fails.
        RequestError: the lock is for another Python, or needs a build that isn't allowed.
    """
    if interpreter.minor != "2.7" or not lock.python.startswith("2.7."):
        raise RequestError(f"the lock is for Python {lock.python}, and the interpreter is {interpreter.version}: both must be 2.7")
    files = [_file_of(package, index or machine_index()) for package in lock.packages]
    _refuse_builds(lock, files, allow_build=allow_build)
    with scratch_folder("python2") as scratch:
        wheels = scratch / "files"
        wheels.mkdir()
        for file in files:
            shutil.copyfile(file, wheels / file.name)
        python = python2_pip.make_virtual_environment(folder, interpreter)
        arguments = ["install", "--find-links", str(wheels), "--no-deps", "--require-hashes", "--no-build-isolation", "--requirement"]
        for part in _parts(lock):
            _install(python, arguments, part, interpreter, scratch)
        surplus = _INSTALLERS - {"pip"} - {package.name for package in lock.packages}
        if surplus:
            _run(python, ["uninstall", "--yes", *sorted(surplus)], interpreter, scratch)
        # Another pip comes last: an old release of it can do none of this.
        if pip := [package for package in lock.packages if package.name == "pip"]:
            _install(python, arguments, pip, interpreter, scratch)
    return python


def _refuse_builds(lock: Lock, files: list[Path], *, allow_build: bool) -> None:
    """Looks at the files themselves: what a lock says of them may be wrong."""
    sources = (
        f"{package.name} {package.version}"
        for package, file in zip(lock.packages, files, strict=True)
        if file.suffix != ".whl" and file.parent.name not in KNOWN_SOURCES
    )
    if not allow_build and (named := ", ".join(sources)):
        raise RequestError(
            f"{named} must be built from source, which runs code of these packages; allow it if you trust them (allow_build)"
        )


def _parts(lock: Lock) -> list[list[LockedPackage]]:
    """The wheels together, then every source by itself, then what other sources are built with; without pip."""
    others = [package for package in lock.packages if package.name not in _INSTALLERS]
    wheels = [package for package in others if package.is_wheel]
    # Sources come last, one by one: their setup.py imports what the others bring.
    sources = ([package] for package in others if not package.is_wheel)
    builders = [package for package in lock.packages if package.name in _INSTALLERS - {"pip"}]
    return [part for part in (wheels, *sources, builders) if part]


def _install(python: Path, arguments: list[str], part: list[LockedPackage], interpreter: Interpreter, scratch: Path) -> None:
    (scratch / "lock.txt").write_text("".join(map(_line, part)), encoding="utf-8")
    _run(python, [*arguments, "lock.txt"], interpreter, scratch, part[0].name if len(part) == 1 else "")


def _line(package: LockedPackage) -> str:
    return f"{package.name}=={package.version} {' '.join(f'--hash={one}' for one in package.hashes)}\n"


def _run(python: Path, arguments: list[str], interpreter: Interpreter, scratch: Path, what: str = "") -> None:
    done = python2_pip.run_pip(python, arguments, interpreter, scratch=scratch, writable=(python.parent.parent,))
    if done.returncode != 0:
        explanation = without_addresses(done.stderr).strip()
        raise EnvironmentBuildError("the environment for Python 2.7", explanation, (what,) if what else ())


def _file_of(package: LockedPackage, index: SimpleIndex) -> Path:
    """The file of a locked package, by its hash."""
    wanted = [one.removeprefix("sha256:") for one in package.hashes]
    kept = next(filter(None, map(stored, wanted)), None)
    if kept is not None:
        return kept
    listed = next((file for file in index.files(canonicalize_name(package.name)) or () if file.sha256 in wanted), None)
    if listed is None:
        explanation = f"the package index has no file of {package.name} {package.version} with the hash of the lock"
        raise EnvironmentBuildError("the environment for Python 2.7", explanation, (package.name,))
    return index.content(listed)
