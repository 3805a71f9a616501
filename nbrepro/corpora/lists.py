"""Lists of sources: CSV with a header, or one JSON object in each line."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from pathlib import Path

from nbrepro.corpora.sources import moment
from nbrepro.errors import RequestError

ADDRESS = ("source", "repository", "repo", "url", "path")
COMMIT = ("commit", "revision")
MOMENT = ("as_of", "date")
NOTEBOOK = ("notebook", "notebooks")


@dataclass(frozen=True, slots=True)
class Entry:
    """One source of a list."""

    address: str
    commit: str | None = None
    as_of: datetime | None = None
    notebooks: tuple[str, ...] = ()


def entries(path: Path) -> Iterator[Entry]:
    """The sources of a list; rows that name the same source at the same time with one notebook each become one entry.

    Columns: one of `source`, `repository`, `repo`, `url`, `path`; and if wanted `commit`, `as_of`, `notebook`, in small or capital letters.
    Others are passed over.

    Raises:
        RequestError: the list can't be read; the message names the line.
    """
    merged: dict[tuple[str, str | None, datetime | None], list[str]] = {}
    for number, row in _rows(path):
        address = _first(row, ADDRESS)
        if not address:
            raise RequestError(f"{path}, line {number}: {_without_address(row)}")
        if "\0" in "".join(row.values()):
            raise RequestError(f"{path}, line {number}: expected paths and addresses, found one with a zero byte")
        merged.setdefault((address, _first(row, COMMIT) or None, _moment(path, number, row)), []).extend(_notebooks(row))
    for (address, commit, as_of), notebooks in merged.items():
        yield Entry(address, commit, as_of, tuple(dict.fromkeys(notebooks)))


def _without_address(row: Mapping[str, str]) -> str:
    there = ", ".join(name for name in row if name in ADDRESS)
    found = f"nothing in {there}" if there else f"the columns {', '.join(row)[:200] or 'none'}"
    return f"expected one of the columns {', '.join(ADDRESS)} with a path or an address, found {found}"


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(f"{path}: this list can't be read: {getattr(error, 'strerror', None) or error}") from error
    if path.suffix.lower() == ".csv":
        try:
            reader = csv.DictReader(StringIO(text, newline=""), strict=True)
            for row in reader:
                yield reader.line_num, {name.strip().lower(): value or "" for name, value in row.items() if name}
        except csv.Error as error:
            raise RequestError(f"{path}: expected CSV with a header: {error}") from error
        return
    # Not splitlines: JSON has other ends of lines within its texts.
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, _record(path, number, line)


def _record(path: Path, number: int, line: str) -> Mapping[str, str]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RequestError(f"{path}, line {number}: expected a JSON object: {error}") from error
    if not isinstance(record, dict):
        raise RequestError(f"{path}, line {number}: expected a JSON object, found {type(record).__name__}")
    return {str(name).strip().lower(): _text(value) for name, value in record.items()}


def _text(value: object) -> str:
    if value is None:
        return ""
    return ";".join(map(str, value)) if isinstance(value, list) else str(value)


def _first(row: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((row[name].strip() for name in names if row.get(name, "").strip()), "")


def _moment(path: Path, number: int, row: Mapping[str, str]) -> datetime | None:
    text = _first(row, MOMENT)
    try:
        return moment(text) if text else None
    except ValueError as error:
        raise RequestError(f"{path}, line {number}: expected a date such as 2020-03-01, found {text!r}") from error


def _notebooks(row: Mapping[str, str]) -> list[str]:
    return [part.strip() for part in _first(row, NOTEBOOK).split(";") if part.strip()]
