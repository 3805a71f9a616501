"""What a built environment consists of, so that a change to any file of it is noticed in milliseconds.

For every file but compiled bytecode the manifest holds modification time, size, inode and mode; for every folder its modification
time, which changes when a file is added, replaced or removed. The contents are not read: `verification` did that when
the environment was built. Whoever changes a file and then sets back its time escapes this check.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

OWN_FOLDER = ".nbrepro"
"""Within the environment; holds the manifest and is no part of it."""
BYTECODE = "__pycache__"
_PATHS = "paths"
_STATES = "states"
_ABSENT = (0, -1, 0, 0)

State = tuple[int, int, int, int]
"""Modification time in nanoseconds, size in bytes, inode, mode."""


@dataclass(frozen=True, slots=True)
class Changes:
    """How a folder differs from its manifest; paths are relative to the folder, with slashes."""

    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changed or self.added or self.missing)

    @property
    def paths(self) -> tuple[str, ...]:
        """All of them."""
        return tuple(sorted((*self.changed, *self.added, *self.missing)))

    def __str__(self) -> str:
        """In words, at most three names of each kind.

        >>> str(Changes(changed=("lib/a.py",), added=("lib/b.py", "lib/c.py")))
        'changed lib/a.py; added lib/b.py, lib/c.py'
        """
        kinds = (("changed", self.changed), ("added", self.added), ("missing", self.missing))
        return "; ".join(f"{kind} {_some(paths)}" for kind, paths in kinds if paths)


def _some(paths: tuple[str, ...], most: int = 3) -> str:
    rest = f" and {len(paths) - most} more" if len(paths) > most else ""
    return ", ".join(paths[:most]) + rest


def record(folder: Path) -> dict[str, State]:
    """Writes the manifest of a folder into it; gives the state of every file and folder by its path, folders with a slash at the end."""
    # Made first, since making it changes the time of the folder.
    (folder / OWN_FOLDER).mkdir(exist_ok=True)
    states = _walk(str(folder))
    _write(folder, states)
    return states


def changes(folder: Path) -> Changes:
    """How a folder differs from its manifest.

    Raises:
        FileNotFoundError: it has no manifest.
        ValueError: its manifest can't be read.
    """
    paths, written = _read(folder)
    seen = _states(f"{folder}/", paths)
    if seen == written:
        return Changes()
    before, now = _by_path(paths, written), _by_path(paths, seen)
    suspicious = [path for path in paths if before[path] != now[path]]
    missing = [path for path in suspicious if now[path] == _ABSENT]
    touched = [path for path in suspicious if now[path] != _ABSENT and _is_folder(path)]
    changed = [path for path in suspicious if now[path] != _ABSENT and not _is_folder(path)]
    known = frozenset(paths)
    added = [path for place in touched for path in _entries(folder, place) if path not in known]
    found = Changes(tuple(changed), tuple(added), tuple(missing))
    if not found:
        # Only bytecode was written; with the new times of the folders the next check need not look at them again.
        _write(folder, now)
    return found


def _is_folder(path: str) -> bool:
    """Paths of folders end with a slash; the folder itself has the empty path."""
    return not path or path.endswith("/")


def _walk(root: str) -> dict[str, State]:
    states: dict[str, State] = {}
    places = [""]
    while places:
        place = places.pop()
        states[place] = _state(os.lstat(f"{root}/{place}"))
        with os.scandir(f"{root}/{place}") as entries:
            for entry in entries:
                if not _belongs(place, entry.name):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    places.append(f"{place}{entry.name}/")
                else:
                    states[f"{place}{entry.name}"] = _state(entry.stat(follow_symlinks=False))
    return states


def _state(status: os.stat_result) -> State:
    return status.st_mtime_ns, status.st_size, status.st_ino, status.st_mode


def _belongs(place: str, name: str) -> bool:
    return name != BYTECODE and (bool(place) or name != OWN_FOLDER)


def _entries(folder: Path, place: str) -> Iterator[str]:
    with os.scandir(folder / place) as entries:
        for entry in entries:
            if _belongs(place, entry.name):
                yield f"{place}{entry.name}/" if entry.is_dir(follow_symlinks=False) else f"{place}{entry.name}"


def _states(prefix: str, paths: Iterable[str]) -> array[int]:
    """The states one after another. Looking at known paths costs half of what walking through the folders does."""
    states = array("q")
    extend, look = states.extend, os.lstat
    for path in paths:
        try:
            status = look(prefix + path)
        except OSError:
            extend(_ABSENT)
        else:
            extend((status.st_mtime_ns, status.st_size, status.st_ino, status.st_mode))
    return states


def _by_path(paths: list[str], states: array[int]) -> dict[str, State]:
    return dict(zip(paths, zip(*[iter(states)] * len(_ABSENT), strict=True), strict=True))


def _write(folder: Path, states: dict[str, State]) -> None:
    own = folder / OWN_FOLDER
    numbers = array("q", (number for state in states.values() for number in state))
    _replace(own / _PATHS, "\0".join(states).encode("utf-8", "surrogateescape"))
    _replace(own / _STATES, numbers.tobytes())


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _read(folder: Path) -> tuple[list[str], array[int]]:
    own = folder / OWN_FOLDER
    paths = (own / _PATHS).read_bytes().decode("utf-8", "surrogateescape").split("\0")
    states = array("q")
    states.frombytes((own / _STATES).read_bytes())
    if len(states) != len(_ABSENT) * len(paths):
        raise ValueError(f"{own}: the manifest is damaged")
    return paths, states
