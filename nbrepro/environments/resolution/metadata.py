"""Repairs requirements in the metadata of old wheels, which are written in ways that today's resolvers refuse."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.parser import HeaderParser

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

_REQUIREMENT = re.compile(r"^\s*(?P<name>[A-Za-z0-9][\w.-]*)\s*(?P<extras>\[[^\]]*\])?\s*(?P<bounds>[^;]*?)\s*(?:;\s*(?P<marker>.*))?$")
_BOUND = re.compile(r"(===|==|~=|>=|<=|!=|>|<|=)\s*v?(\d+(?:\.\d+)*)([^\s,]*)")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a wheel says of its dependencies, in a form that resolvers read."""

    name: str
    version: str
    requires_dist: tuple[str, ...]
    requires_python: str
    provides_extra: tuple[str, ...]
    changed: tuple[str, ...]
    """The lines that had to be repaired, as they stand in the wheel."""


def read_metadata(text: str) -> Metadata:
    """The dependencies in the METADATA of a wheel, each repaired where it needs to be.

    Args:
        text: the file, see https://packaging.python.org/specifications/core-metadata/
    """
    headers = HeaderParser().parsestr(text)
    lines = [str(line) for line in headers.get_all("Requires-Dist", [])]
    python = str(headers.get("Requires-Python", "") or "")
    return Metadata(
        name=canonicalize_name(str(headers["Name"])),
        version=str(headers["Version"]),
        requires_dist=tuple(fixed for fixed in map(repaired, lines) if fixed),
        requires_python=_repaired_python(python),
        provides_extra=tuple(map(str, headers.get_all("Provides-Extra", []))),
        changed=tuple(_broken(lines, python)),
    )


def _broken(lines: Iterable[str], python: str) -> Iterator[str]:
    yield from (line for line in lines if not _is_valid(line))
    try:
        SpecifierSet(python)
    except InvalidSpecifier:
        yield f"Requires-Python: {python}"


def repaired(line: str) -> str:
    """A requirement that can be read, as close to the given one as possible; empty where not even its name can be read.

    Letters behind a number are dropped, since such releases sort behind the number; a bound that says nothing clear is left out.

    >>> repaired("pytz (>=2011k)")
    'pytz>=2011'
    >>> repaired("numpy>=1.9")
    'numpy>=1.9'
    >>> repaired("six (>=1.1.0<1.2)")
    'six<1.2,>=1.1.0'
    """
    if _is_valid(line):
        return str(Requirement(line))
    match = _REQUIREMENT.match(line)
    if match is None:
        return ""
    marker = f"; {match['marker']}" if match["marker"] else ""
    bounds = ",".join(dict.fromkeys(_bounds(match["bounds"])))
    for candidate in (f"{match['name']}{match['extras'] or ''}{bounds}{marker}", f"{match['name']}{marker}", match["name"]):
        if _is_valid(candidate):
            return str(Requirement(candidate))
    return ""


def _bounds(text: str) -> Iterator[str]:
    """Each bound of a requirement that can be understood."""
    cleaned = text.strip("() ")
    for operator, number, rest in _BOUND.findall(cleaned.replace("<", ",<").replace(">", ",>").replace(",,", ",")):
        bound = f"{operator if operator != '=' else '=='}{number}{rest.strip(')( ')}"
        yield bound if _is_bound(bound) else _loosened(operator, number, rest)


def _loosened(operator: str, number: str, rest: str) -> str:
    if operator in {"==", "=", "!="} and rest.startswith(".*"):
        return f"{'==' if operator == '=' else operator}{number}.*"
    if operator in {"==", "===", "=", "~="}:
        return f"~={number}" if "." in number else f">={number}"
    return f"{operator}{number}"


def _is_bound(bound: str) -> bool:
    try:
        SpecifierSet(bound)
    except InvalidSpecifier:
        return False
    return True


def _is_valid(line: str) -> bool:
    try:
        Requirement(line)
    except InvalidRequirement:
        return False
    return True


def _repaired_python(text: str) -> str:
    """The bounds on the Python of which sense can be made, such as `>=3.5` of `>=3.5.*`."""
    if _is_bound(text):
        return text
    return ",".join(bound for bound in _bounds(text) if _is_bound(bound))


def entry(metadata: Metadata) -> str:
    """The table that tells uv the dependencies of one release in place of the wheel's own metadata.

    See `dependency-metadata` in https://docs.astral.sh/uv/reference/settings/
    """
    lines = [
        *(f"# in the wheel: {line}" for line in metadata.changed),
        "[[dependency-metadata]]",
        f'name = "{metadata.name}"',
        f'version = "{metadata.version}"',
        f"requires-dist = [{', '.join(map(_quoted, metadata.requires_dist))}]",
    ]
    if metadata.requires_python:
        lines.append(f"requires-python = {_quoted(metadata.requires_python)}")
    if metadata.provides_extra:
        lines.append(f"provides-extra = [{', '.join(map(_quoted, metadata.provides_extra))}]")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
