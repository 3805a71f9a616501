"""Prints the repair table: what old wheels say of their dependencies, where they say it in a way that resolvers refuse.

    python envs/make_repairs.py --index URL pandas scipy … > nbrepro/environments/resolution/repairs.toml

`URL` is a simple index (https://packaging.python.org/specifications/simple-repository-api/) that gives JSON. Of every release
that has wheels one wheel is looked at; only its METADATA is fetched. Notes of what was looked at go to the error stream.
"""

from __future__ import annotations

import argparse
import functools
import io
import json
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from nbrepro.environments.resolution.metadata import Metadata, entry, read_metadata
from nbrepro.environments.resolution.uv import find_uv

_JSON = "application/vnd.pypi.simple.v1+json"
_TAIL = 32768


def main() -> None:
    """Reads the command line and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="+", help="packages to look at")
    parser.add_argument("--index", default=os.environ.get("UV_DEFAULT_INDEX"), help="simple index; default: UV_DEFAULT_INDEX")
    parser.add_argument("--until", default="9999", help="only releases uploaded before this day (YYYY-MM-DD)")
    options = parser.parse_args()
    if not options.index:
        parser.error("which index? Give --index")
    print("# Made by envs/make_repairs.py from the wheels' own METADATA: releases whose dependencies uv can't read as they stand.\n")
    for name in sorted(map(canonicalize_name, options.names)):
        for metadata in broken_releases(options.index, name, options.until):
            print(entry(metadata), flush=True)


def broken_releases(index: str, name: str, until: str) -> Iterator[Metadata]:
    """The releases of a package whose metadata needs repair, oldest first."""
    try:
        wheels = wheels_of(index, name, until)
    except OSError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return
    with ThreadPoolExecutor(4) as threads:
        read = [found for found in threads.map(_read, wheels) if found is not None]
    broken = [metadata for metadata in read if any(is_refused(line) for line in metadata.changed)]
    print(f"{name}: {len(wheels)} releases with wheels, {len(read)} read, {len(broken)} broken", file=sys.stderr, flush=True)
    yield from broken


@functools.cache
def is_refused(line: str) -> bool:
    """Whether uv refuses a wheel with this line in its metadata; much that isn't PEP 440 it mends by itself."""
    header = line if line.startswith("Requires-Python:") else f"Requires-Dist: {line}"
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(Path(folder) / "probe-1-py3-none-any.whl", "w") as wheel:
            wheel.writestr("probe-1.dist-info/METADATA", f"Metadata-Version: 2.1\nName: probe\nVersion: 1\n{header}\n")
            wheel.writestr("probe-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr("probe-1.dist-info/RECORD", "")
        command = [find_uv(), "pip", "compile", "-", "--no-config", "--no-cache", "--no-index", "--find-links", folder]
        done = subprocess.run(command, input="probe", capture_output=True, text=True, check=False)
    return "probe" in done.stderr and "could not be parsed" in done.stderr


def wheels_of(index: str, name: str, until: str) -> list[str]:
    """Address of one wheel of every release, oldest release first."""
    page = urljoin(index.rstrip("/") + "/", f"{name}/")
    content: dict[str, Any] = json.loads(_get(page, {"Accept": _JSON}))
    chosen: dict[Version, str] = {}
    for file in content["files"]:
        try:
            _, version, _, _ = parse_wheel_filename(file["filename"])
        except InvalidWheelFilename:
            continue
        if str(file.get("upload-time", "")) < until and (version not in chosen or "linux" in file["filename"]):
            chosen[version] = urljoin(page, file["url"])
    return [chosen[version] for version in sorted(chosen)]


def _read(wheel: str) -> Metadata | None:
    try:
        return read_metadata(_metadata(wheel))
    except (OSError, zipfile.BadZipFile, KeyError, StopIteration) as error:
        print(f"{wheel.rsplit('/', 1)[-1]}: {error!r}", file=sys.stderr)
        return None


def _metadata(wheel: str) -> str:
    try:
        return _get(f"{wheel}.metadata", {}).decode("utf-8", "replace")
    except urllib.error.HTTPError:
        with zipfile.ZipFile(RemoteFile(wheel)) as archive:
            name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA") and name.count("/") == 1)
            return archive.read(name).decode("utf-8", "replace")


class RemoteFile(io.RawIOBase):
    """A file behind HTTP of which only the parts are fetched that are read."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address
        self._position = 0
        request = urllib.request.Request(address, method="HEAD")
        with urllib.request.urlopen(request, timeout=60) as answer:
            self._length = int(answer.headers["Content-Length"])
        self._tail_start = max(0, self._length - _TAIL)
        self._tail = self._range(self._tail_start, self._length)

    def _range(self, start: int, stop: int) -> bytes:
        return _get(self._address, {"Range": f"bytes={start}-{stop - 1}"})[: stop - start]

    def seekable(self) -> bool:
        """Always."""
        return True

    def readable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """Position in bytes from the start."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Moves; nothing is fetched."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._length}[whence]
        self._position = base + offset
        return self._position

    def read(self, size: int = -1) -> bytes:
        """The next bytes: from the tail if they lie in it, which is where archives keep their table."""
        stop = self._length if size is None or size < 0 else min(self._length, self._position + size)
        start, self._position = self._position, max(self._position, stop)
        if stop <= start:
            return b""
        if start >= self._tail_start:
            return self._tail[start - self._tail_start : stop - self._tail_start]
        return self._range(start, stop)


def _get(address: str, headers: dict[str, str]) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=60) as answer:
        return bytes(answer.read())


if __name__ == "__main__":
    main()
