"""Zips of notebooks: unpacked into a folder, and not a byte outside of it."""

from __future__ import annotations

import lzma
import shutil
import stat
import struct
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Final

from nbrepro.execution.rooms import remove

LARGEST_BYTES = 8_000_000_000
MOST_FILES = 200_000
_TORN: Final = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError, struct.error, ValueError, RuntimeError, EOFError)
"""What reading a torn, encrypted or forged zip raises."""


class ArchiveProblem(Exception):  # noqa: N818 - a recorded result, never shown as an error
    """A zip can't be unpacked."""

    def __init__(self, slug: str, message: str) -> None:
        super().__init__(message)
        self.slug = slug
        """`unreadable-zip`, `unsafe-zip` or `too-large`."""


def unpacked(archive: Path, folder: Path, largest: int = LARGEST_BYTES) -> Path:
    """The files of a zip, in `folder`; a zip that names a path outside of itself is refused as a whole.

    Raises:
        ArchiveProblem: it can't be read, holds paths outside of itself, links, or too much.
    """
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=folder.parent))
    try:
        with zipfile.ZipFile(archive) as file:
            members = file.infolist()
            _refuse(archive, members, largest)
            for member in members:
                _unpack(file, member, unfinished)
        unfinished.rename(folder)
    except OSError as error:
        raise ArchiveProblem("unreadable-zip", f"{archive}: could not be unpacked: {error.strerror or error}") from error
    except _TORN as error:
        raise ArchiveProblem("unreadable-zip", f"{archive}: expected a zip: {error}") from error
    finally:
        remove(unfinished)
    return folder


def _refuse(archive: Path, members: list[zipfile.ZipInfo], largest: int) -> None:
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or (path.parts and path.parts[0].endswith(":")):
            raise ArchiveProblem("unsafe-zip", f"{archive}: refused, as it names a path outside of itself: {member.filename!r}")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise ArchiveProblem("unsafe-zip", f"{archive}: refused, as it holds a link: {member.filename!r}")
    size = sum(member.file_size for member in members)
    if size > largest or len(members) > MOST_FILES:
        raise ArchiveProblem("too-large", f"{archive}: {size / 1e9:.1f} GB in {len(members):,} files, of at most {largest / 1e9:.1f} GB")


def _unpack(file: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    target = folder.joinpath(*PurePosixPath(member.filename.replace("\\", "/")).parts)
    if member.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    # Only so many bytes as the list says: a zip may lie about what is behind it.
    with file.open(member) as packed, target.open("wb") as plain:
        shutil.copyfileobj(packed, plain)
