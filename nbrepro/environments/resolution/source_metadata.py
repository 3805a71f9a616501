"""What a source distribution says of its dependencies, read from its files: nothing of it is run."""

from __future__ import annotations

import re
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath

from packaging.version import Version

from nbrepro.environments.resolution.metadata import Metadata, read_metadata
from nbrepro.environments.resolution.simple_index import IndexFile, machine_index
from nbrepro.errors import NbreproError

_SECTION = re.compile(r"\[(?P<extra>[^:\]]*)(?::(?P<marker>.*))?\]")
_MAXIMUM_BYTES = 1_000_000
_DEPTH = 4
"""Folders above `requires.txt`, with its own name: `name-1.0/src/name.egg-info/requires.txt`."""


def source_metadata(name: str, version: str) -> Metadata | None:
    """The dependencies of a release by its source, each repaired where it needs to be; None where its files don't say them."""
    try:
        file = source_file(name, version)
        files = _files(machine_index().content(file)) if file else {}
    except (NbreproError, OSError, tarfile.TarError, zipfile.BadZipFile):
        return None
    text = _metadata(files)
    return read_metadata(text) if text else None


def source_file(name: str, version: str, hashes: tuple[str, ...] = ()) -> IndexFile | None:
    """The source distribution of a release on the index of this machine, one with such a hash if any is named.

    Raises:
        NbreproError: the index can't be asked.
    """
    files = machine_index().files(name) or ()
    sources = (file for file in files if not file.is_wheel and file.version == Version(version))
    return next((file for file in sources if not hashes or f"sha256:{file.sha256}" in hashes), None)


def requirements_of(text: str) -> Iterator[str]:
    r"""The requirements in a `requires.txt` of setuptools as lines of `Requires-Dist`.

    >>> list(requirements_of("numpy>=1\n\n[:python_version < '3.8']\nzipp\n\n[all]\nopencv-python>=3.\n"))
    ['numpy>=1', "zipp; python_version < '3.8'", 'opencv-python>=3.; extra == "all"']
    """
    condition = ""
    for line in filter(None, map(str.strip, text.splitlines())):
        section = _SECTION.fullmatch(line)
        if section:
            parts = (f"({section['marker']})" if section["marker"] and section["extra"] else section["marker"], _extra(section["extra"]))
            condition = " and ".join(filter(None, parts))
        else:
            yield f"{line}; {condition}" if condition else line


def _extra(name: str) -> str:
    return f'extra == "{name}"' if name else ""


def _metadata(files: Mapping[str, str]) -> str:
    """Core metadata with the dependencies; empty where the files don't hold them."""
    stated = files.get("PKG-INFO", "")
    headers = HeaderParser().parsestr(stated, headersonly=True)
    if not headers["Name"] or not headers["Version"] or headers.get_all("Requires-Dist"):
        return stated if headers["Name"] and headers["Version"] else ""
    if "requires.txt" not in files and "SOURCES.txt" not in files:
        return ""
    text = files.get("requires.txt", "")
    extras = dict.fromkeys(match["extra"] for match in map(_SECTION.fullmatch, map(str.strip, text.splitlines())) if match)
    lines = [f"Name: {headers['Name']}", f"Version: {headers['Version']}"]
    lines += [f"Requires-Python: {headers['Requires-Python']}"] if headers["Requires-Python"] else []
    lines += [f"Provides-Extra: {extra}" for extra in extras if extra]
    return "\n".join([*lines, *(f"Requires-Dist: {one}" for one in requirements_of(text)), ""])


def _files(archive: Path) -> dict[str, str]:
    """PKG-INFO beside setup.py, and what lies in the `.egg-info`, by their names."""
    found: dict[str, str] = {}
    for path, content in _members(archive):
        place = PurePosixPath(path)
        is_own = len(place.parts) == len(("folder", "name")) and place.name == "PKG-INFO"
        if is_own or (place.parent.name.endswith(".egg-info") and place.name in {"requires.txt", "SOURCES.txt"}):
            found.setdefault(place.name, content.decode("utf-8", "replace"))
    return found


def _members(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of each small file near the top that may tell something."""
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive) as opened:
            for entry in opened.infolist():
                if _may_tell(entry.filename, entry.file_size):
                    yield entry.filename, opened.read(entry)
        return
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.isfile() and _may_tell(member.name, member.size) and (content := tar.extractfile(member)):
                yield member.name, content.read()


def _may_tell(path: str, size: int) -> bool:
    place = PurePosixPath(path)
    return place.name in {"PKG-INFO", "requires.txt", "SOURCES.txt"} and len(place.parts) <= _DEPTH and size <= _MAXIMUM_BYTES
