"""The store: one SQLite file that one process writes and any number may read meanwhile."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from nbrepro.corpora.schema import MIGRATIONS, VERSION
from nbrepro.errors import RequestError

BUSY_SECONDS = 30.0
"""How long a statement waits for another process that writes."""
_LARGEST_INTEGER = 2**63 - 1
_MARK = 0x6E627270
"""`PRAGMA application_id` of a store: "nbrp"."""


class StoreError(RequestError):
    """A store can't be opened or written."""

    slug = "store"


class Store:
    """An open store; use it as a context manager. `connection` is sqlite3's, with rows that know their columns."""

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: int | None) -> None:
        self.path = path
        self.connection = connection
        self._lock = lock

    def execute(self, statement: str, values: Iterable[Any] = ()) -> sqlite3.Cursor:
        """Run one statement with values of its marks; what SQLite can't hold is kept as near as it can."""
        return self.connection.execute(statement, tuple(map(storable, values)))

    def execute_many(self, statement: str, rows: Iterable[Iterable[Any]]) -> None:
        """Run one statement for each row of values."""
        self.connection.executemany(statement, [tuple(map(storable, row)) for row in rows])

    def value(self, statement: str, values: Iterable[Any] = ()) -> Any:  # noqa: ANN401 - what sqlite3 gives
        """The first column of the first row; None where there is none."""
        row = self.execute(statement, values).fetchone()
        return None if row is None else row[0]

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of what is written within, or nothing of it.

        Raises:
            StoreError: the disk is full, the file can't be written, or another process has locked it.
        """
        try:
            self.execute("BEGIN IMMEDIATE")
            yield
            self.execute("COMMIT")
        except sqlite3.OperationalError as error:
            self._roll_back()
            raise StoreError(f"{self.path}: could not be written: {_words(error)}; nothing that was committed is lost") from error
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        if self.connection.in_transaction:
            self.execute("ROLLBACK")

    def is_being_written(self) -> bool:
        """Whether a process holds the right to write; a process that was killed does not."""
        if self._lock is not None:
            return True
        try:
            descriptor = os.open(_lock_of(self.path), os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(descriptor)
        return False

    def close(self) -> None:
        """Close the file, and let another process write."""
        self.connection.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()


def storable(value: Any) -> Any:  # noqa: ANN401 - what sqlite3 binds
    r"""A value as SQLite can hold it: foreign files may have half of a surrogate pair, or a count beyond 64 bits.

    >>> storable("\ud800"), storable(10**30), storable(7)
    ('\\ud800', 9223372036854775807, 7)
    """
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, int):
        return max(-_LARGEST_INTEGER - 1, min(value, _LARGEST_INTEGER))
    return value


def open_store(path: str | os.PathLike[str], *, write: bool = False) -> Store:
    """Open a store; to write, it is made where there is none, and brought to the schema of this version.

    Raises:
        StoreError: there is no such store, it is something else, belongs to a newer nbrepro, or another process writes it.
    """
    path = Path(path)
    if not write and not path.is_file():
        raise StoreError(f"{path}: there is no such store; corpus run --store {path} makes one")
    if write and not path.absolute().parent.is_dir():
        raise StoreError(f"{path}: there is no folder {path.absolute().parent}; create it first")
    lock = _locked(path) if write else None
    try:
        connection = _connected(path, write=write)
    except BaseException:
        if lock is not None:
            os.close(lock)
        raise
    return Store(path, connection, lock)


def _lock_of(path: Path) -> str:
    return f"{path}.lock"


def _locked(path: Path) -> int:
    """The right to write, which ends with this process however it ends."""
    try:
        descriptor = os.open(_lock_of(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StoreError(
            f"{path}: could not be opened to be written: {error.strerror}; name a file in a folder that you may write to"
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        writer = os.read(descriptor, 100).decode(errors="replace").strip()
        os.close(descriptor)
        raise StoreError(
            f"{path}: another process ({writer or 'unknown'}) writes to this store; wait for it, or look with corpus status --store {path}"
        ) from error
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"process {os.getpid()}".encode())
    return descriptor


def _connected(path: Path, *, write: bool) -> sqlite3.Connection:
    connection: sqlite3.Connection | None = None
    try:
        # Where readers may not write beside the store, and nobody else does, it is read as it stands.
        mode = "rwc" if write else "ro" if _has_readers_place(path) else "ro&immutable=1"
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=BUSY_SECONDS, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cache_size = -65536")
        _prepare(path, connection, write=write)
    except sqlite3.Error as error:
        if connection is not None:
            connection.close()
        raise StoreError(f"{path}: could not be opened as a store: {_words(error)}") from error
    except BaseException:
        if connection is not None:
            connection.close()
        raise
    return connection


def _has_readers_place(path: Path) -> bool:
    """Whether a reader can use the write-ahead log; one that holds something is never passed over."""
    log = Path(f"{path}-wal")
    return os.access(path.absolute().parent, os.W_OK) or (log.exists() and log.stat().st_size > 0)


def _prepare(path: Path, connection: sqlite3.Connection, *, write: bool) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    mark = connection.execute("PRAGMA application_id").fetchone()[0]
    is_new = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    if not is_new and mark != _MARK:
        raise StoreError(f"{path}: this is a database, but no store of nbrepro; name another file")
    if version > VERSION:
        raise StoreError(f"{path}: this store has schema {version}, and this nbrepro knows {VERSION}; use a newer nbrepro")
    if not write:
        if version < VERSION:
            raise StoreError(f"{path}: this store has schema {version} of {VERSION}; corpus run or corpus compare brings it up to date")
        return
    connection.execute("PRAGMA journal_mode = WAL")
    # A commit is on the disk only with FULL: power failures lose nothing that was reported as done.
    connection.execute("PRAGMA synchronous = FULL")
    for number in range(version, VERSION):
        connection.executescript(f"BEGIN;{MIGRATIONS[number]};PRAGMA application_id = {_MARK};PRAGMA user_version = {number + 1};COMMIT;")


def _words(error: sqlite3.Error) -> str:
    text = str(error)
    if "locked" in text:
        return f"another program has locked it ({text})"
    return "there is no room on the disk" if "full" in text else text
