"""Builds the project's own package where it must be compiled, with the tools of its time, apart from the user's files.

The project itself stays as it is: a copy is built, and what is installed lies in a folder of our own, which comes first on the path.
It is kept under a digest of the sources and of what they were built with.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from nbrepro.environments import source_builds, storage
from nbrepro.environments.own_distributions import UNKNOWN, stated_version
from nbrepro.environments.own_extensions import CompiledProject
from nbrepro.environments.resolution.attempt import COMPILED_FOR_MOST
from nbrepro.environments.scratch import scratch_folder
from nbrepro.errors import EnvironmentBuildError
from nbrepro.model import Lock

_WAY = 3
"""Changes when what an older nbrepro built must not be used any more."""
_FAILURE = "failure.txt"
_NEEDS = ".build-needs.txt"
_NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "node_modules", "venv", "env", "*.ipynb", "*.so", "*.egg-info")
_CIMPORTED = re.compile(r"(?m)^\s*(?:cimport\s+(\w+)|from\s+(\w+)[.\w]*\s+cimport\b)")
_READ_WHOLE = 1_000_000
MAXIMUM_BYTES = 500_000_000
_NETWORK = re.compile(r"error sending request|dns error|timed out|connection|certificate", re.IGNORECASE)


def built_project(project: CompiledProject, root: Path, python: Path, lock: Lock, tell: Callable[[str], None]) -> Path:
    """The folder to put on the path, in which a project's package is installed; built once for equal sources and tools.

    Args:
        project: which package.
        root: of the project.
        python: of the environment that it is for.
        lock: what is in that environment: the package is compiled against its numpy.
        tell: is told in a few words what is being done.

    Raises:
        EnvironmentBuildError: it can't be built, now or when it was tried before.
    """
    source = root / project.folder
    files = list(files_of(source))
    if sum(size for _, size in files) > MAXIMUM_BYTES:
        raise EnvironmentBuildError(project.name, f"its folder holds more than {MAXIMUM_BYTES:,} bytes")
    place = storage.own_builds() / _digest(source, files, project, lock)
    if (place / _FAILURE).is_file():
        raise EnvironmentBuildError(project.name, (place / _FAILURE).read_text(encoding="utf-8"))
    if not place.is_dir():
        tell(f"building {project.name} from the project")
        _build(project, root, python, lock, place)
    note_use(place)
    return place


def note_use(place: Path) -> None:
    """Remember that what was made of a project's package was used now."""
    with suppress(OSError):  # a cache that may only be read
        os.utime(place)


def needs_of(place: Path) -> tuple[str, ...]:
    """What the build of a project's package got besides what it declares, in words; `place` as `built_project` gives it."""
    path = place / _NEEDS
    return tuple(path.read_text(encoding="utf-8").splitlines()) if path.is_file() else ()


def _build(project: CompiledProject, root: Path, python: Path, lock: Lock, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    target = Path(tempfile.mkdtemp(prefix=f"{place.name}{storage.UNFINISHED}", dir=place.parent))
    try:
        with scratch_folder("build") as scratch:
            source = scratch / "source" / project.name
            shutil.copytree(root / project.folder, source, symlinks=True, ignore=_NOT_COPIED)
            if project.requires is not None:
                needed = list(for_cython(source, lock)) if "cython" in project.requires else []
                _add_requirements(source, (*project.requires, *needed), lock)
            version = stated_version(root, project.folder)
            variables = {"SETUPTOOLS_SCM_PRETEND_VERSION": "0" if version == UNKNOWN else version}
            arguments = [str(source), "--target", str(target)]
            given = source_builds.install_project(arguments, python, lock=lock, target=target, scratch=scratch, variables=variables)
            (target / _NEEDS).write_text("\n".join(given), encoding="utf-8")
    except EnvironmentBuildError as error:
        _note_failure(error, target, place)
        raise
    except OSError as error:
        shutil.rmtree(target, ignore_errors=True)
        raise EnvironmentBuildError(project.name, str(error)) from error
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise
    rename(target, place)


def _note_failure(error: EnvironmentBuildError, target: Path, place: Path) -> None:
    """Remembers that these sources can't be built, so that not every notebook tries it; not where the network or the disk is to blame."""
    shutil.rmtree(target, ignore_errors=True)
    if not (error.no_room or storage.is_full() or _NETWORK.search(str(error))):
        target.mkdir()
        (target / _FAILURE).write_text(error.explanation, encoding="utf-8")
        rename(target, place)


def rename(target: Path, place: Path) -> None:
    """Put what is finished into its place."""
    try:
        target.rename(place)
    except OSError:
        # Somebody else has built the same meanwhile.
        shutil.rmtree(target, ignore_errors=True)


def for_cython(source: Path, lock: Lock) -> Iterator[str]:
    """What Cython sources are compiled against, besides what setup.py says; the C code that Cython made of them is made anew.

    What lies in the project was made against the versions of its author's last day: others don't have all functions that it asks for.
    """
    compiled = {package.name for package in source_builds.compiled_against(lock)}
    for path in sorted(source.rglob("*.pyx")):
        named = _CIMPORTED.findall(path.read_text(encoding="utf-8", errors="replace"))
        yield from (name for pair in named for name in pair if name in compiled)
        for made in (path.with_suffix(".c"), path.with_suffix(".cpp")):
            if made.is_file() and made.read_bytes().startswith(b"/* Generated by Cython"):
                made.unlink()


def _add_requirements(source: Path, requires: tuple[str, ...], lock: Lock) -> None:
    """States what the build needs, as pyproject.toml does: before it there was no way to say it."""
    versions = {package.name: package.version for package in lock.packages}
    pinned = [f"cython=={versions['cython']}" if name == "cython" and name in versions else name for name in dict.fromkeys(requires)]
    system = f'\n[build-system]\nrequires = {json.dumps(pinned)}\nbuild-backend = "setuptools.build_meta:__legacy__"\n'
    with (source / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(system)


def files_of(source: Path, not_copied: Callable[[str, list[str]], set[str]] = _NOT_COPIED) -> Iterator[tuple[Path, int]]:
    """The files of a folder that are copied, in order, with their sizes in bytes."""
    for folder, folders, files in os.walk(source):
        ignored = not_copied(folder, [*folders, *files])
        folders[:] = sorted(name for name in folders if name not in ignored)
        for name in sorted(name for name in files if name not in ignored):
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink():
                yield path, path.stat().st_size


def _digest(source: Path, files: list[tuple[Path, int]], project: CompiledProject, lock: Lock) -> str:
    against = [f"{package.name}=={package.version}" for package in lock.packages if package.name in {*COMPILED_FOR_MOST, "cython"}]
    digest = hashlib.sha256(repr((_WAY, project, lock.python, lock.platform, lock.cut, against)).encode())
    for path, size in files:
        digest.update(f"{path.relative_to(source)} {size}\n".encode(errors="surrogateescape"))
        digest.update(path.read_bytes() if size <= _READ_WHOLE else str(path.stat().st_mtime_ns).encode())
    return digest.hexdigest()[:32]
