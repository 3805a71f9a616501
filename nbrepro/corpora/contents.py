"""Sources and payloads, each kept once under its hash, compressed where that helps."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import zlib
from typing import Any

from nbrepro.corpora.store import Store, StoreError

_LEAST_TO_COMPRESS = 128
_WORTH_WHILE = 0.9
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}(?:\n)?")
_LEAST_BASE64 = 64
LARGEST = 900_000_000
"""SQLite takes values of up to 1,000,000,000 bytes."""


def put(store: Store, value: Any) -> int:  # noqa: ANN401 - any JSON value
    """Keep a value; gives its number. Equal values have one number.

    Text that is base64 without line breaks, as the pictures in notebooks are, is kept as the bytes that it stands for.
    """
    form, plain = encoded(value)
    sha256 = hashlib.sha256(f"{form}\0".encode() + plain).digest()
    present: int | None = store.value("SELECT id FROM contents WHERE sha256 = ?", (sha256,))
    if present is not None:
        return present
    codec, data = _packed(plain)
    cursor = store.execute(
        "INSERT INTO contents (sha256, form, codec, size, data) VALUES (?, ?, ?, ?, ?)", (sha256, form, codec, len(plain), data)
    )
    assert cursor.lastrowid is not None  # noqa: S101 - a row was inserted
    return cursor.lastrowid


def get(store: Store, number: int) -> Any:  # noqa: ANN401 - any JSON value
    """The value of a number.

    Raises:
        StoreError: there is none, or its bytes are not those of its hash.
    """
    row = store.execute("SELECT sha256, form, codec, data FROM contents WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise StoreError(f"{store.path}: content {number} is absent: the store is damaged")
    try:
        plain = zlib.decompress(row["data"]) if row["codec"] == "zlib" else bytes(row["data"])
    except zlib.error as error:
        raise StoreError(f"{store.path}: content {number} is damaged: {error}") from error
    if hashlib.sha256(f"{row['form']}\0".encode() + plain).digest() != row["sha256"]:
        raise StoreError(f"{store.path}: content {number} is damaged: it is not what its hash says")
    return decoded(row["form"], plain)


def encoded(value: Any) -> tuple[str, bytes]:  # noqa: ANN401 - any JSON value
    r"""The form of a value and its bytes.

    >>> encoded("é"), encoded([1])
    (('text', b'\xc3\xa9'), ('json', b'[1]'))
    """
    if not isinstance(value, str):
        return "json", json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode()
    if len(value) >= _LEAST_BASE64 and _BASE64.fullmatch(value):
        ended = value.endswith("\n")
        try:
            plain = base64.b64decode(value.removesuffix("\n"), validate=True)
        except binascii.Error:
            plain = b""
        # Only what comes back letter for letter: some encoders leave bits where others have none.
        if base64.b64encode(plain).decode() == value.removesuffix("\n"):
            return ("base64-line" if ended else "base64"), plain
    try:
        return "text", value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return "json", json.dumps(value, ensure_ascii=True).encode()


def decoded(form: str, plain: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """The value of a form and its bytes: `decoded(*encoded(value)) == value`."""
    match form:
        case "text":
            return plain.decode()
        case "base64":
            return base64.b64encode(plain).decode()
        case "base64-line":
            return base64.b64encode(plain).decode() + "\n"
        case _:
            return json.loads(plain)


def _packed(plain: bytes) -> tuple[str, bytes]:
    if len(plain) >= _LEAST_TO_COMPRESS:
        packed = zlib.compress(plain, 6)
        if len(packed) < _WORTH_WHILE * len(plain):
            return "zlib", packed
    return "plain", plain
