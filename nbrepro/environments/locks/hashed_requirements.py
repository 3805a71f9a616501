"""Requirements with hashes: the lock of environments for Python 2.7, which pip itself can install.

What the format has no place for (Python, date, departures, reasons) stands in comments that are read back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from packaging.utils import canonicalize_name

from nbrepro.errors import RequestError
from nbrepro.model import Deviation, Lock, LockedPackage

FILE_NAME = "requirements.lock.txt"
_HEADER = re.compile(r"^# (python|platform|date|deviation): (.*)$")
_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==(\S+?)\s*\\?$")
_HASH = re.compile(r"^\s+--hash=(sha256:[0-9a-f]{64})\s*\\?$")
_REASON = re.compile(r"^\s+# (.*)$")
_SOURCE = "built from its source"
_UPLOADED = "uploaded "
_TIME = "%Y-%m-%dT%H:%M:%SZ"


def hashed_requirements(
    packages: Iterable[LockedPackage], *, python: str, platform: str, cut: datetime | None, deviations: tuple[Deviation, ...]
) -> Lock:
    """The lock of some packages; equal arguments give equal text.

    Args:
        packages: in any order; each with at least one hash.
        python: full version of the interpreter.
        platform: its platform.
        cut: the date as of which they were resolved; None: no limit.
        deviations: departures from what was declared.
    """
    ordered = tuple(sorted(packages, key=lambda package: package.name))
    text = "\n".join((*_header(python, platform, cut, deviations), *(line for package in ordered for line in _entry(package)))) + "\n"
    return Lock(python, platform, ordered, text, FILE_NAME, cut, deviations)


def _header(python: str, platform: str, cut: datetime | None, deviations: tuple[Deviation, ...]) -> Iterator[str]:
    yield f"# python: {python}"
    yield f"# platform: {platform}"
    if cut is not None:
        yield f"# date: {cut.astimezone(UTC).strftime(_TIME)}"
    yield from (f"# deviation: {one.slug}: {_flat(one.message)}" for one in deviations)
    yield "# install with: pip install --no-deps --require-hashes -r FILE"


def _entry(package: LockedPackage) -> Iterator[str]:
    yield f"{package.name}=={package.version} \\"
    yield " \\\n".join(f"    --hash={one}" for one in sorted(package.hashes))
    if package.uploaded is not None:
        yield f"    # {_UPLOADED}{package.uploaded.astimezone(UTC).strftime(_TIME)}"
    if not package.is_wheel:
        yield f"    # {_SOURCE}"
    yield from (f"    # {_flat(reason)}" for reason in package.because)


def _flat(text: str) -> str:
    return " ".join(text.split())


def lock_from_hashed_requirements(text: str) -> Lock:
    """The lock in a file that `hashed_requirements` wrote.

    Raises:
        RequestError: it is no such file: it names no Python, a line is no pin, or a pin has no hash.
    """
    headers: list[tuple[str, str]] = []
    packages: list[dict[str, list[str]]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if found := _HEADER.match(line):
            headers.append((found[1], found[2]))
        elif found := _PIN.match(line):
            packages.append({"pin": [canonicalize_name(found[1]), found[2]], "hashes": [], "because": []})
        elif packages and (found := _HASH.match(line)):
            packages[-1]["hashes"].append(found[1])
        elif packages and (found := _REASON.match(line)):
            packages[-1]["because"].append(found[1])
        elif line.strip() and not line.startswith("#"):
            raise RequestError(f"{FILE_NAME}, line {number}: expected a package with its version and hash, found {line.strip()!r}")
    said = dict(headers)
    if "python" not in said:
        raise RequestError(f"{FILE_NAME} doesn't name its Python: expected a line such as '# python: 2.7.18'")
    deviations = tuple(Deviation(*value.split(": ", maxsplit=1)) for kind, value in headers if kind == "deviation" and ": " in value)
    cut = _moment(said["date"]) if "date" in said else None
    return Lock(said["python"], said.get("platform", ""), tuple(map(_package, packages)), text, FILE_NAME, cut, deviations)


def _package(entry: dict[str, list[str]]) -> LockedPackage:
    name, version = entry["pin"]
    if not entry["hashes"]:
        raise RequestError(f"{FILE_NAME}: {name}=={version} has no sha256 hash")
    remarks = entry["because"]
    uploaded = next((_moment(remark.removeprefix(_UPLOADED)) for remark in remarks if remark.startswith(_UPLOADED)), None)
    because = tuple(remark for remark in remarks if remark != _SOURCE and not remark.startswith(_UPLOADED))
    return LockedPackage(name, version, hashes=tuple(entry["hashes"]), uploaded=uploaded, is_wheel=_SOURCE not in remarks, because=because)


def _moment(text: str) -> datetime:
    try:
        return datetime.strptime(text, _TIME).replace(tzinfo=UTC)
    except ValueError as error:
        raise RequestError(f"{FILE_NAME}: {text!r} is no moment; expected one such as 2017-06-15T00:00:00Z") from error
