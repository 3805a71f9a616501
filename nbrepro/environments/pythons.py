"""The Pythons of this machine, and which of them a notebook should run in."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from nbrepro.environments import storage
from nbrepro.errors import RequestError
from nbrepro.model import Deviation, PythonWish
from nbrepro.notebooks.writing import write_atomically

VARIABLE = "NBREPRO_PYTHONS"
"""Further interpreters, or folders that hold them, separated as in PATH."""

RELEASED = {
    "2.7": date(2010, 7, 3),
    "3.3": date(2012, 9, 29),
    "3.4": date(2014, 3, 16),
    "3.5": date(2015, 9, 13),
    "3.6": date(2016, 12, 23),
    "3.7": date(2018, 6, 27),
    "3.8": date(2019, 10, 14),
    "3.9": date(2020, 10, 5),
    "3.10": date(2021, 10, 4),
    "3.11": date(2022, 10, 24),
    "3.12": date(2023, 10, 2),
    "3.13": date(2024, 10, 7),
    "3.14": date(2025, 10, 7),
}
"""First final release of each minor version (https://devguide.python.org/versions/ and PEPs 373, 398, 429, 478, 494)."""

SETTLING_TIME = timedelta(days=182)
"""A Python is taken for undated wishes once packages have had half a year to follow."""

_ASK = (
    "import sys,platform;"
    "v=sys.version_info;"
    "sys.stdout.write('%d.%d.%d\\n%s\\n%s\\n%s' % (v[0],v[1],v[2],v[3],platform.python_implementation(),"
    "getattr(sys,'_base_executable',None) or sys.executable))"
)
_NAME = re.compile(r"python(\d(\.\d+)?)?(\.exe)?$")


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A CPython of this machine."""

    path: str
    """Absolute path of the executable; never a shim and never inside a virtual environment."""
    version: str
    """Full version, such as `3.7.16`."""

    @property
    def minor(self) -> str:
        """The minor version, such as `3.7`."""
        return minor_of(self.version)


def minor_of(version: str) -> str:
    """The minor version of a full one.

    >>> minor_of("3.10.13")
    '3.10'
    """
    return ".".join(version.split(".")[:2])


def find_interpreters() -> tuple[Interpreter, ...]:
    """Every CPython that can be found on this machine, newest first, one for each installation.

    Looked for in `NBREPRO_PYTHONS`, on PATH, and where pyenv, uv and conda keep theirs.
    """
    found: dict[str, Interpreter] = {}
    known = _remembered()
    asked: dict[str, list[str] | None] = {}
    for candidate in _candidates():
        name = _identity(candidate)
        said = known.get(name)
        interpreter = Interpreter(*said) if said else None
        if name not in known or (interpreter is not None and not Path(interpreter.path).exists()):
            interpreter = inspect(str(candidate))
        asked[name] = [interpreter.path, interpreter.version] if interpreter else None
        if interpreter is not None:
            found.setdefault(os.path.realpath(interpreter.path), interpreter)
    if asked != known:
        _remember(asked)
    return tuple(sorted(found.values(), key=lambda interpreter: Version(interpreter.version), reverse=True))


def _identity(executable: Path) -> str:
    """By what an executable is known again: its path, and the place, time and size of the file behind it."""
    try:
        status = executable.stat()
    except OSError:
        return str(executable)
    return f"{executable} {os.path.realpath(executable)} {status.st_mtime_ns} {status.st_size}"


def _remembered() -> dict[str, list[str] | None]:
    """What executables said that they are, path and version; None for those that are no CPython. To ask each takes 20 ms or more."""
    try:
        content = json.loads(storage.interpreters().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    fits = isinstance(content, dict) and all(
        value is None or (isinstance(value, list) and len(value) == len(("path", "version"))) for value in content.values()
    )
    return content if fits else {}


def _remember(asked: dict[str, list[str] | None]) -> None:
    with suppress(OSError):
        storage.interpreters().parent.mkdir(parents=True, exist_ok=True)
        write_atomically(storage.interpreters(), json.dumps(asked, indent=1).encode())


@lru_cache(maxsize=256)
def inspect(path: str) -> Interpreter | None:
    """The interpreter behind a path: the installation that a virtual environment or shim leads to; None if it is no CPython."""
    try:
        done = subprocess.run([path, "-I", "-c", _ASK], capture_output=True, text=True, timeout=20, check=False)
        if done.returncode != 0:
            # Python 2 has no -I.
            done = subprocess.run([path, "-c", _ASK], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = done.stdout.splitlines()
    if done.returncode != 0 or len(lines) != len(("version", "level", "implementation", "path")):
        return None
    version, level, implementation, base = lines
    if implementation != "CPython" or level != "final":
        return None
    return Interpreter(path=base if Path(base).is_absolute() and Path(base).exists() else path, version=version)


def _candidates() -> Iterator[Path]:
    for entry in filter(None, os.environ.get(VARIABLE, "").split(os.pathsep)):
        path = Path(entry).expanduser()
        yield from _executables(path) if path.is_dir() else [path]
    for folder in filter(None, os.environ.get("PATH", "").split(os.pathsep)):
        if Path(folder).name != "shims":
            yield from _executables(Path(folder))
    for installation in _installations():
        yield from _executables(installation / "bin")
        yield from _executables(installation)


def _executables(folder: Path) -> Iterator[Path]:
    try:
        # Folders of programs hold thousands of others: only what has the name is sorted.
        paths = sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))
    except OSError:
        return
    for path in paths:
        if path.is_file() and os.access(path, os.X_OK):
            yield path


def _installations() -> Iterator[Path]:
    home = Path.home()
    roots = [
        Path(os.environ.get("PYENV_ROOT", home / ".pyenv")) / "versions",
        Path(os.environ.get("UV_PYTHON_INSTALL_DIR", Path(os.environ.get("XDG_DATA_HOME", home / ".local" / "share")) / "uv" / "python")),
    ]
    for root in roots:
        if root.is_dir():
            yield from sorted(path for path in root.iterdir() if path.is_dir())
    yield from _conda_environments(home)


def _conda_environments(home: Path) -> Iterator[Path]:
    listed = home / ".conda" / "environments.txt"
    if listed.is_file():
        yield from (Path(line) for line in listed.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip())
    executable = os.environ.get("CONDA_EXE") or shutil.which("conda")
    if executable:
        yield Path(executable).parent.parent


def choose(wish: PythonWish, available: Iterable[Interpreter], cut: datetime | None = None) -> tuple[Interpreter, tuple[Deviation, ...]]:
    """The interpreter that serves a wish best, and how it departs from it.

    An exact version takes the same minor version, the nearest patch first; where that minor version is absent, the next
    newer minor, else the next older. A range takes the newest minor that satisfies it and was at least half a year
    old at the date. Python 2 and 3 never stand in for one another.

    Raises:
        RequestError: nothing on this machine can serve the wish; the message lists what there is.
    """
    interpreters = tuple(available)
    try:
        wanted = SpecifierSet(wish.specifier)
    except InvalidSpecifier as error:
        raise RequestError(f"{wish.source}: {wish.specifier!r} is no Python version; write it as >=3.8 or ==3.7.*") from error
    stated = _stated(wanted)
    chosen = _of_version(stated, interpreters) if stated else _of_range(wanted, interpreters, cut)
    if chosen is None:
        present = ", ".join(dict.fromkeys(interpreter.version for interpreter in interpreters)) or "none"
        raise RequestError(
            f"{wish.source} asks for Python {wish.specifier}, and no interpreter here can stand in for it (there are: {present}); "
            f"install one and name it in {VARIABLE}"
        )
    return chosen, _deviations(wish, wanted, stated, chosen)


def _stated(wanted: SpecifierSet) -> Version | None:
    """The version of an exact wish (`==3.7.3`, `==3.7.*`); None for a range."""
    exact = [specifier for specifier in wanted if specifier.operator in {"==", "==="}]
    return Version(exact[0].version.removesuffix(".*")) if exact else None


def _of_version(stated: Version, interpreters: tuple[Interpreter, ...]) -> Interpreter | None:
    same_major = [interpreter for interpreter in interpreters if Version(interpreter.version).major == stated.major]

    def distance(interpreter: Interpreter) -> tuple[int, bool, int]:
        version = Version(interpreter.version)
        minors = version.minor - stated.minor
        return abs(minors), minors < 0, abs(version.micro - stated.micro)

    return min(same_major, key=distance, default=None)


def _of_range(wanted: SpecifierSet, interpreters: tuple[Interpreter, ...], cut: datetime | None) -> Interpreter | None:
    fitting = [interpreter for interpreter in interpreters if wanted.contains(interpreter.version)]
    settled = [interpreter for interpreter in fitting if _is_settled(interpreter.minor, cut)]
    newest = max(settled, key=lambda interpreter: Version(interpreter.version), default=None)
    # Where nothing that fits was settled by then, the oldest that fits is the nearest to the notebook's day.
    return newest or min(fitting, key=lambda interpreter: Version(interpreter.version), default=None)


def _is_settled(minor: str, cut: datetime | None) -> bool:
    released = RELEASED.get(minor)
    day = (cut or datetime.now(UTC)).date()
    return released is not None and released + SETTLING_TIME <= day


def newest_settled(cut: datetime | None) -> str:
    """The newest minor version of Python 3 that was half a year old at the date.

    >>> newest_settled(datetime(2019, 6, 1, tzinfo=UTC))
    '3.7'
    """
    settled = [minor for minor in RELEASED if minor.startswith("3.") and _is_settled(minor, cut)]
    return max(settled, key=Version, default="3.3")


def _deviations(wish: PythonWish, wanted: SpecifierSet, stated: Version | None, chosen: Interpreter) -> tuple[Deviation, ...]:
    if wanted.contains(chosen.version):
        return ()
    same_minor = stated is not None and f"{stated.major}.{stated.minor}" == chosen.minor
    slug = "python-patch" if same_minor else "python-substituted"
    return (Deviation(slug, f"{wish.source} asks for Python {wish.specifier}; Python {chosen.version} stands in for it"),)
