"""The store as one file for each table: CSV, or Parquet with pyarrow."""

from __future__ import annotations

import base64
import csv
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from sqlite3 import Cursor
from typing import Any, Final

from nbrepro.corpora.store import Store
from nbrepro.errors import MissingExtraError, RequestError

TABLES: Final = (
    "repositories", "notebooks", "cells", "output_kinds", "features", "style", "imports", "environments", "items", "runs", "steps",
    "outputs", "contents", "comparisons", "step_comparisons", "causes", "rounds", "round_repositories", "round_notebooks", "executions",
)  # fmt: skip
_BATCH = 10_000


def export(store: Store, folder: Path, form: str) -> tuple[tuple[Path, int], ...]:
    """Write every table and the view `executions`; gives the files with their numbers of rows.

    Bytes stand as base64 in CSV and as bytes in Parquet. All files show the store at one moment, even while it is written.

    Raises:
        RequestError: the folder can't be written.
        MissingExtraError: Parquet needs pyarrow.
    """
    write = _write_parquet if form == "parquet" else _write_csv
    if form == "parquet":
        _require_pyarrow()
    store.execute("BEGIN")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        found = []
        for table in TABLES:
            path = folder / f"{table}.{form}"
            cursor = store.execute(f"SELECT * FROM {table}")  # noqa: S608 - our own names
            found.append((path, write(path, cursor, _types(store, table))))
    except OSError as error:
        raise RequestError(f"{error.filename or folder}: could not be written: {error.strerror}") from error
    finally:
        store.execute("ROLLBACK")
    return tuple(found)


def _types(store: Store, table: str) -> dict[str, str]:
    """Declared type of each column; empty for the columns of a view that computes them."""
    return {row["name"]: row["type"] for row in store.execute(f"PRAGMA table_info({table})")}


def _batches(cursor: Cursor) -> Iterator[list[tuple[Any, ...]]]:
    while rows := cursor.fetchmany(_BATCH):
        yield [tuple(row) for row in rows]


def _write_csv(path: Path, cursor: Cursor, types: dict[str, str]) -> int:
    number = 0
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(types)
        for rows in _batches(cursor):
            writer.writerows([[base64.b64encode(value).decode() if isinstance(value, bytes) else value for value in row] for row in rows])
            number += len(rows)
    return number


def _require_pyarrow() -> None:
    if find_spec("pyarrow") is None:
        raise MissingExtraError("corpus export --format parquet", "parquet")


_COMPUTED: Final = {"reason": "TEXT", "msg": "TEXT", "diff": "TEXT", "duration": "REAL"}


def _write_parquet(path: Path, cursor: Cursor, types: dict[str, str]) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrow = {"INTEGER": pa.int64(), "REAL": pa.float64(), "BLOB": pa.binary(), "TEXT": pa.string()}
    schema = pa.schema([(name, arrow[kind or _COMPUTED.get(name, "INTEGER")]) for name, kind in types.items()])
    number = 0
    with pq.ParquetWriter(path, schema) as writer:
        for rows in _batches(cursor):
            columns = zip(*rows, strict=True)
            arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            number += len(rows)
    return number
