"""Hashes of packages that lie in a folder of this machine: py-rattler checks only those that it fetches."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from nbrepro.environments.conda.records import CondaRecord
from nbrepro.errors import EnvironmentBuildError

WHAT = "the environment"


def check_local_files(records: Iterable[CondaRecord]) -> None:
    """Compares the packages of file: channels with their hashes: SHA-256 where the lock has it, else MD5.

    Raises:
        EnvironmentBuildError: a file is missing, has another hash, or the lock has none for it.
    """
    for record in records:
        address = urlsplit(record.url)
        if address.scheme == "file":
            check_file(Path(unquote(address.path)), record)


def check_file(path: Path, record: CondaRecord) -> None:
    """Compares one file with the hash of its record.

    Raises:
        EnvironmentBuildError: as `check_local_files`.
    """
    algorithm, expected = ("sha256", record.sha256) if record.sha256 else ("md5", record.md5)
    if not expected:
        raise EnvironmentBuildError(WHAT, f"the lock has no hash of {record.file_name}", (record.name,))
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, algorithm).hexdigest()
    except OSError as error:
        raise EnvironmentBuildError(WHAT, f"{record.file_name} can't be read: {error.strerror}", (record.name,)) from error
    if found != expected:
        raise EnvironmentBuildError(
            WHAT, f"hash mismatch for {record.file_name}: the lock has {algorithm} {expected}, the file {found}", (record.name,)
        )
