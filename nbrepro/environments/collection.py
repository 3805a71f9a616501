"""Which environments there are, and the removal of those that were not used for longest."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nbrepro.environments import building, descriptions, scratch, storage, verification


@dataclass(frozen=True, slots=True)
class Entry:
    """A built environment."""

    key: str
    python: str
    """Full version of its Python."""
    packages: int
    """Number of packages in it."""
    size: int
    """Bytes on the disk, bytecode included, whether other environments share them or not."""
    last_used: datetime
    is_in_use: bool
    used_for: tuple[str, ...]
    """The notebooks it was used for, the newest first; at most five are remembered."""


def list_environments() -> tuple[Entry, ...]:
    """The built environments, the last used first."""
    if not storage.environments().is_dir():
        return ()
    entries = [entry for path in storage.environments().iterdir() if (entry := _entry(path)) is not None]
    return tuple(sorted(entries, key=lambda entry: (entry.last_used, entry.key), reverse=True))


def _entry(folder: Path) -> Entry | None:
    description = descriptions.read(folder)
    if description is None or storage.UNFINISHED in folder.name:
        return None
    return Entry(
        key=folder.name,
        python=str(description.get("python_version", "")),
        packages=int(description.get("packages", 0)),
        size=sum(_blocks(folder).values()),
        last_used=datetime.fromtimestamp(storage.last_used(folder.name), UTC),
        is_in_use=_is_in_use(folder.name),
        used_for=descriptions.purposes(folder),
    )


def _is_in_use(key: str) -> bool:
    with storage.exclusive_if_free(key) as is_free:
        return not is_free


def collect(max_bytes: int | None = None, max_age: timedelta | None = None, *, dry_run: bool = False) -> tuple[Entry, ...]:
    """Removes environments, those first that were not used for longest, and never one that is in use; gives what it removed.

    What is only in removed environments leaves uv's cache with them, as do projects' own packages that were built for them; what
    dead builders left is removed in any case.

    Args:
        max_bytes: how much the environments may take on the disk together, shared files counted once; None: any amount.
        max_age: how long ago the last use may be; None: any time.
        dry_run: only says what would be removed.
    """
    entries = list_environments()
    unwanted = _unwanted(entries, max_bytes, max_age)
    if dry_run:
        return unwanted
    storage.sweep()
    scratch.sweep()
    names = {entry.key: _names([entry]) for entry in unwanted}
    removed = tuple(entry for entry in unwanted if _remove(entry.key))
    gone = {entry.key for entry in removed}
    if removed:
        _forget_conda_packages()
        _forget_own_builds([entry for entry in entries if entry.key not in gone])
    _forget(set().union(*(names[key] for key in gone)) - _names(entry for entry in entries if entry.key not in gone))
    return removed


def _unwanted(entries: tuple[Entry, ...], max_bytes: int | None, max_age: timedelta | None) -> tuple[Entry, ...]:
    now = datetime.fromtimestamp(time.time(), UTC)
    old = [entry for entry in entries if max_age is not None and now - entry.last_used > max_age and not entry.is_in_use]
    kept = [entry for entry in entries if entry not in old]
    large = _beyond(kept, max_bytes) if max_bytes is not None else []
    return tuple(sorted((*old, *large), key=lambda entry: entry.last_used))


def _beyond(entries: Iterable[Entry], max_bytes: int) -> list[Entry]:
    """What has to go so that the rest takes no more than that: what is in use stays first, then what was used last."""
    seen: dict[tuple[int, int], int] = {}
    beyond: list[Entry] = []
    is_full = False
    for entry in sorted(entries, key=lambda entry: (not entry.is_in_use, -entry.last_used.timestamp())):
        seen |= _blocks(storage.folder_of(entry.key))
        is_full = is_full or sum(seen.values()) > max_bytes
        if is_full and not entry.is_in_use:
            beyond.append(entry)
    return beyond


def _blocks(folder: Path) -> dict[tuple[int, int], int]:
    """Bytes on the disk of every inode below a folder, by device and inode."""
    found: dict[tuple[int, int], int] = {}
    for place, _, names in os.walk(folder):
        for path in (place, *(f"{place}/{name}" for name in names)):
            try:
                status = os.lstat(path)
            except FileNotFoundError:
                continue
            found[status.st_dev, status.st_ino] = status.st_blocks * 512
    return found


def _names(entries: Iterable[Entry]) -> set[str]:
    return {package.name for entry in entries for package in verification.installed(storage.folder_of(entry.key))}


def _remove(key: str) -> bool:
    """Removes an environment unless somebody uses it."""
    with storage.exclusive_if_free(key) as is_free:
        if is_free:
            folder = storage.folder_of(key)
            descriptions.remove(folder)
            storage.remove(folder)
            storage.lock_file(key).unlink(missing_ok=True)
        return is_free


def _forget(names: set[str]) -> None:
    building.tidy(tuple(sorted(names)))
    if not list_environments():
        # What is left serves environments only, and is made again.
        for folder in (storage.verified(), storage.resolutions(), storage.index_files()):
            shutil.rmtree(folder, ignore_errors=True)


def _forget_own_builds(kept: list[Entry]) -> None:
    """Removes the projects' own packages that were used before any environment that stays."""
    folder = storage.own_builds()
    oldest = min((entry.last_used.timestamp() for entry in kept), default=None)
    for path in folder.iterdir() if folder.is_dir() else ():
        if oldest is None or path.stat().st_mtime < oldest:
            shutil.rmtree(path, ignore_errors=True)


def _forget_conda_packages() -> None:
    """Removes the unpacked conda packages of which no environment links a file any more."""
    packages = storage.conda_packages()
    if packages.is_dir():
        for path in packages.iterdir():
            if path.is_dir() and not _is_linked(path):
                shutil.rmtree(path, ignore_errors=True)


def _is_linked(folder: Path) -> bool:
    return any(os.lstat(f"{place}/{name}").st_nlink > 1 for place, _, names in os.walk(folder) for name in names)
