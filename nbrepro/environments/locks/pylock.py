"""pylock.toml (PEP 751): the file of an environment from PyPI, with hashes, upload times and the reasons of every version.

What the format has no place for stands in `[tool.nbrepro]`: the Python, the date, the departures, and who asked for what.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from packaging.utils import canonicalize_name

from nbrepro.errors import RequestError
from nbrepro.model import Deviation, Lock, LockedPackage

FILE_NAME = "pylock.toml"
_TABLE = "\n[tool.nbrepro]\n"


def annotated(
    text: str,
    *,
    python: str,
    platform: str,
    cut: datetime | None,
    deviations: tuple[Deviation, ...],
    because: Mapping[str, tuple[str, ...]],
) -> str:
    """A lock of uv's with the table in which nbrepro keeps what the format has no place for.

    The same arguments give the same text: there is no time of writing in it.

    Args:
        text: pylock.toml as uv writes it.
        python: full version of the interpreter.
        platform: its platform.
        cut: the date as of which it was resolved; None: no limit.
        deviations: departures from what was declared.
        because: for each package (normalized name) why it is there in this version.
    """
    return "\n".join((text.rstrip(), *_table(python, platform, cut, deviations, because))) + "\n"


def _table(
    python: str, platform: str, cut: datetime | None, deviations: Iterable[Deviation], because: Mapping[str, tuple[str, ...]]
) -> Iterator[str]:
    yield _TABLE.rstrip()
    yield f"python = {_quoted(python)}"
    yield f"platform = {_quoted(platform)}"
    if cut is not None:
        yield f"cut = {cut.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%SZ')}"
    for deviation in deviations:
        yield "\n[[tool.nbrepro.deviations]]"
        yield f"slug = {_quoted(deviation.slug)}"
        yield f"message = {_quoted(deviation.message)}"
    yield "\n[tool.nbrepro.because]"
    for name in sorted(because):
        yield f"{_quoted(name)} = [{', '.join(map(_quoted, because[name]))}]"


def _quoted(text: str) -> str:
    # A JSON string is a basic TOML string, except that TOML wants DEL escaped as well.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def lock_from_pylock(text: str, *, python: str = "", platform: str = "") -> Lock:
    """The lock that a pylock.toml describes, of nbrepro's own or of any other tool.

    Args:
        text: the file.
        python: full version of the interpreter where the file doesn't say it.
        platform: platform where the file doesn't say it.

    Raises:
        RequestError: the text is no TOML, or no lock of version 1.
    """
    content = _parse(text)
    own = _mapping(_mapping(content.get("tool", {}), "tool").get("nbrepro", {}), "tool.nbrepro")
    return Lock(
        python=str(own.get("python", python)),
        platform=str(own.get("platform", platform)),
        packages=tuple(_packages(content, _mapping(own.get("because", {}), "tool.nbrepro.because"))),
        text=text,
        file_name=FILE_NAME,
        cut=_moment(own.get("cut")),
        deviations=tuple(
            Deviation(str(one.get("slug", "")), str(one.get("message", "")))
            for one in _mappings(own.get("deviations", []), "tool.nbrepro.deviations")
        ),
    )


def read_packages(text: str) -> tuple[LockedPackage, ...]:
    """The packages of a pylock.toml in the order of the file.

    Raises:
        RequestError: as `lock_from_pylock`.
    """
    return tuple(_packages(_parse(text), {}))


def _parse(text: str) -> dict[str, Any]:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RequestError(f"{FILE_NAME} is no TOML: {error}") from error
    version = str(content.get("lock-version", ""))
    if version.split(".", maxsplit=1)[0] != "1":
        raise RequestError(f"{FILE_NAME} has lock-version {version or 'none'}; version 1 can be read")
    return content


def _mapping(value: Any, place: str) -> Mapping[str, Any]:  # noqa: ANN401 - TOML
    if not isinstance(value, Mapping):
        raise RequestError(f"{FILE_NAME}: {place} must be a table")
    return value


def _mappings(value: Any, place: str) -> list[Mapping[str, Any]]:  # noqa: ANN401 - TOML
    if not isinstance(value, list):
        raise RequestError(f"{FILE_NAME}: {place} must be an array of tables")
    return [_mapping(one, place) for one in value]


def _packages(content: Mapping[str, Any], because: Mapping[str, Any]) -> Iterator[LockedPackage]:
    for number, package in enumerate(_mappings(content.get("packages", []), "packages"), start=1):
        if not isinstance(package.get("name"), str):
            raise RequestError(f"{FILE_NAME}: package {number} has no name")
        name = canonicalize_name(package["name"])
        files = _files(package, f"package {number} ({name})")
        first: Mapping[str, Any] = files[0] if files else {}
        size = first.get("size")
        reasons = because.get(name, ())
        yield LockedPackage(
            name=name,
            version=str(package.get("version", "")),
            url=str(first.get("url", "")),
            hashes=tuple(f"{kind}:{value}" for file in files for kind, value in sorted(_mapping(file.get("hashes", {}), name).items())),
            uploaded=_moment(first.get("upload-time")),
            size=size if isinstance(size, int) else None,
            is_wheel=bool(package.get("wheels")),
            because=tuple(map(str, reasons)) if isinstance(reasons, list) else (),
        )


def _files(package: Mapping[str, Any], place: str) -> list[Mapping[str, Any]]:
    """The files of a package, wheels first."""
    sources = (_mapping(package[kind], f"{place}, {kind}") for kind in ("sdist", "archive") if kind in package)
    return [*_mappings(package.get("wheels", []), f"{place}, wheels"), *sources]


def _moment(value: Any) -> datetime | None:  # noqa: ANN401 - TOML
    if not isinstance(value, datetime):
        return None
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def canonical(lock: Lock) -> str:
    """What decides whether two locks give the same environment: Python, platform, and the files' names, versions and hashes.

    Reasons, dates, addresses and the order of the packages make no difference.

    >>> one = LockedPackage("six", "1.16.0", hashes=("sha256:ab",))
    >>> canonical(Lock("3.11.7", "linux", (one,), "a", FILE_NAME)) == canonical(Lock("3.11.7", "linux", (one,), "b", FILE_NAME))
    True
    """
    lines = sorted(
        " ".join(
            (package.ecosystem.value, package.name, package.version, "wheel" if package.is_wheel else "source", *sorted(package.hashes))
        )
        for package in lock.packages
    )
    return "\n".join((f"python {lock.python}", f"platform {lock.platform}", *lines)) + "\n"


def fingerprint(lock: Lock) -> str:
    """SHA-256 of the canonical form, in hexadecimal digits."""
    return hashlib.sha256(canonical(lock).encode()).hexdigest()
