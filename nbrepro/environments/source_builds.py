"""Builds from source with uv, apart from the user's files: with what they need and don't declare, against what the environment has."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from packaging.utils import canonicalize_name

from nbrepro.environments import build_needs, fetching, storage, uv_calls
from nbrepro.environments.build_needs import BuildNeed, build_need
from nbrepro.environments.isolation import find_bubblewrap, isolated
from nbrepro.environments.mended_wheels import mend, unreadable
from nbrepro.environments.pythons import Interpreter
from nbrepro.environments.resolution.attempt import BUILD_TOOLS, COMPILED_FOR_MOST
from nbrepro.environments.resolution.simple_index import machine_index
from nbrepro.environments.resolution.source_metadata import source_file
from nbrepro.environments.resolution.uv import find_uv, moment, own_settings
from nbrepro.errors import EnvironmentBuildError
from nbrepro.model import Lock, LockedPackage

_WHAT = "the environment"


@dataclass(frozen=True, slots=True)
class Apart:
    """How builds were kept apart, and what they got besides what they declare."""

    means: str = ""
    needs: tuple[BuildNeed, ...] = ()


def fill(lock: Lock, folder: Path, interpreter: Interpreter, sync: list[str], scratch: Path) -> Apart:
    """Fills an environment in which something must be built.

    What builds, and then has metadata that uv refuses, is built by itself and installed with that repaired.

    Args:
        lock: what is installed.
        folder: the environment.
        interpreter: its Python.
        sync: how uv is asked to install a lock, without its file.
        scratch: a folder to write in.

    Raises:
        EnvironmentBuildError: something can't be built.
    """
    python = (Path(interpreter.path).parent.parent,)
    needs: list[BuildNeed] = []
    mended: dict[str, Path] = {}
    named = named_file(lock, scratch)
    while True:
        others = [package.name for package in lock.packages if package.name not in mended]
        named.write_text((fetching.only(lock.text, others) if mended else None) or lock.text, encoding="utf-8")
        try:
            means = run_isolated([*sync, *against(lock), str(named)], python, folder, scratch, what=_WHAT, lock=lock, needs=needs)
        except EnvironmentBuildError as error:
            name = unreadable(error.explanation)
            if name is None or canonicalize_name(name) in mended:
                raise
            mended[canonicalize_name(name)] = _mended(lock, canonicalize_name(name), interpreter, scratch, needs, refused=error)
        else:
            break
    if mended:
        wheels = map(str, mended.values())
        uv_calls.run(["pip", "install", "--python", str(folder / "bin" / "python"), "--no-deps", "--offline", *wheels], _WHAT)
    return Apart(means, tuple(needs))


def named_file(lock: Lock, scratch: Path) -> Path:
    """Where uv reads a lock: by the name of the file it knows which form it has."""
    return scratch / ("pylock.toml" if lock.file_name == "pylock.toml" else "requirements.txt")


def _mended(
    lock: Lock,
    name: str,
    interpreter: Interpreter,
    scratch: Path,
    needs: list[BuildNeed],
    *,
    refused: EnvironmentBuildError,
) -> Path:
    """The wheel of a source with metadata that can be read."""
    package = next((package for package in lock.packages if package.name == name), None)
    file = source_file(name, package.version, package.hashes) if package else None
    if file is None:
        raise refused
    source = Path(shutil.copy(machine_index().content(file), scratch))
    built, mended = scratch / f"built-{name}", scratch / f"mended-{name}"
    built.mkdir()
    mended.mkdir()
    options = ["--wheel", "--out-dir", str(built), "--python", interpreter.path, "--no-python-downloads", "--no-sources", *dated(lock.cut)]
    python = (Path(interpreter.path).parent.parent,)
    run_isolated(["build", *options, str(source)], python, built, scratch, what=_WHAT, lock=lock, needs=needs)
    return mend(next(built.glob("*.whl")), mended)


def dated(cut: datetime | None) -> tuple[str, ...]:
    """The day as of which everything that a build needs is taken."""
    return ("--exclude-newer", moment(max(cut, BUILD_TOOLS))) if cut else ()


def compiled_against(lock: Lock) -> Iterator[LockedPackage]:
    """The packages of a lock for which sources are compiled: what is compiled for later ones, a build's own choice, fails with them.

    https://numpy.org/doc/stable/dev/depending_on_numpy.html
    """
    yield from (package for package in lock.packages if package.name in COMPILED_FOR_MOST)


def limits(lock: Lock) -> tuple[str, ...]:
    """The bounds within which builds take what they are compiled against."""
    return tuple(f"{package.name}<={package.version}" for package in compiled_against(lock))


def against(lock: Lock) -> Iterator[str]:
    """Options by which these may be newer than the date, as in the environment, and are never compiled for a build."""
    present = {package.name: package for package in compiled_against(lock)}
    for name in sorted(COMPILED_FOR_MOST):
        if name not in present or present[name].is_wheel:
            yield from ("--only-binary", name)
        if name in present and present[name].is_wheel:
            yield from ("--exclude-newer-package", f"{name}=false")


def run_isolated(
    arguments: list[str],
    interpreter: tuple[Path, ...],
    target: Path,
    scratch: Path,
    *,
    what: str,
    lock: Lock,
    needs: list[BuildNeed],
    variables: Mapping[str, str] | None = None,
) -> str:
    """Runs uv where it builds, which runs code of packages, apart from the user's files.

    A build that fails for want of something that it doesn't declare is given that, and done again; each such thing once.

    Args:
        arguments: of uv.
        interpreter: folders of the Python, which are only read.
        target: the folder that is filled.
        scratch: a folder to write in.
        what: is built, for messages.
        lock: what is in the environment: builds are done against its packages.
        needs: what builds get besides what they declare; what is found out here is added.
        variables: further environment variables for the build.

    Returns:
        How it was kept apart.
    """
    home = scratch / "home"
    home.mkdir(exist_ok=True)
    storage.uv_cache().mkdir(parents=True, exist_ok=True)
    settings, bounded = home / "uv.toml", home / "build-constraints.txt"
    command = uv_calls.command([*arguments, "--build-constraints", str(bounded)])
    writable, readable = (target, storage.uv_cache(), scratch), (*interpreter, Path(find_uv()).parent)
    apart = isolated(
        command,
        {**uv_calls.variables(), "UV_CONFIG_FILE": str(settings)},
        home=home,
        writable=writable,
        readable=readable,
        bubblewrap=find_bubblewrap(),
    )
    while True:
        settings.write_text(f"{own_settings(builds=True)}\n{build_needs.settings(needs)}", encoding="utf-8")
        bounded.write_text("\n".join((*limits(lock), *build_needs.bounds(needs), "")), encoding="utf-8")
        done = uv_calls.finished(apart.command, {**apart.variables, **(variables or {})})
        need = build_need(done.stderr) if done.returncode else None
        if need is None or need in needs:
            uv_calls.raise_if_failed(done, what)
            return apart.means
        needs.append(need)


def install_project(
    arguments: list[str], python: Path, *, lock: Lock, target: Path, scratch: Path, variables: Mapping[str, str]
) -> tuple[str, ...]:
    """Builds a copy of a project and installs it into a folder of its own, apart from the user's files.

    Args:
        arguments: the copy, and further options of `uv pip install`.
        python: of the environment that it is built for; this environment isn't changed.
        lock: what is in that environment: what the build needs is taken as of its date, and the project compiled against its packages.
        target: the folder.
        scratch: a folder to write in, which holds the copy.
        variables: further environment variables for the build.

    Returns:
        What the build got besides what it declares, in words.

    Raises:
        EnvironmentBuildError: it can't be built.
    """
    install = ["pip", "install", "--python", str(python), "--no-deps", "--no-sources", *dated(lock.cut), *against(lock), *arguments]
    interpreter = (python.parent.parent, python.resolve().parent.parent)
    what = "the project's own package"
    needs: list[BuildNeed] = []
    run_isolated(install, interpreter, target, scratch, what=what, lock=lock, needs=needs, variables=variables)
    return tuple(need.deviation.message for need in needs)
