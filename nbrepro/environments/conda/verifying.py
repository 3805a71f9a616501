"""Whether linked files are what their conda packages say.

py-rattler links files from its cache, into several environments at once. A notebook that overwrites one in place changes the
cache, and py-rattler does not see it. So each new environment is compared with the hashes that its packages list.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from nbrepro.environments import storage


def packages_folder() -> Path:
    """Where py-rattler keeps unpacked packages."""
    return storage.conda_packages()


def damaged(folder: Path) -> dict[str, Path]:
    """The conda packages of a new environment whose files have other hashes than they list, with their folders in the cache."""
    found: dict[str, Path] = {}
    for path in sorted((folder / "conda-meta").glob("*.json")):
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if not all(_is_right(folder / listed["_path"], listed) for listed in _hashed(record)):
            found[record["name"]] = Path(record["extracted_package_dir"])
    return found


def _hashed(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The files that have a hash: not links, and not what is compiled on the way."""
    for listed in record.get("paths_data", {}).get("paths", ()):
        if listed.get("path_type") == "hardlink" and _digest(listed):
            yield listed


def _digest(listed: Mapping[str, Any]) -> str:
    """The hash of a file as it is in the environment: of one with a path written into it, after that was done."""
    return str(listed.get("sha256_in_prefix") or ("" if listed.get("prefix_placeholder") else listed.get("sha256")) or "")


def _is_right(path: Path, listed: Mapping[str, Any]) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == _digest(listed)
    except OSError:
        return False


def forget(unpacked: Iterable[Path]) -> None:
    """Removes unpacked packages from the cache, so that they are fetched anew."""
    for path in unpacked:
        if path.parent == packages_folder():
            shutil.rmtree(path, ignore_errors=True)
