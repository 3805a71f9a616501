"""poetry.lock: the packages of the project itself in their versions, with the conditions on the way to them.

Until 2.1 of its format the lock has no condition at a package, only at what needs it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from nbrepro.environments.discovery.files import ProjectFile, UnreadableFileError
from nbrepro.environments.discovery.findings import Finding
from nbrepro.environments.discovery.poetry import condition_of, specifier_of
from nbrepro.environments.discovery.pythons_wished import python_wish
from nbrepro.environments.discovery.reached import Edge, Key, Reached, Walk
from nbrepro.environments.discovery.requirement_lines import read_requirement
from nbrepro.environments.discovery.toml_tables import BadTomlError, parse, read_toml, table, tables, texts

_MAIN_GROUP = "main"


def read_poetry_lock(text: str, file: ProjectFile) -> Iterator[Finding]:
    """The packages of a poetry.lock that belong to the project itself, not to its development."""
    content = yield from read_toml(text, file.source())
    if content is None:
        return
    metadata = table(content, "metadata")
    if isinstance(metadata.get("python-versions"), str):
        yield from python_wish(specifier_of(metadata["python-versions"]), file.source())
    packages = [package for package in tables(content.get("package")) if isinstance(package.get("name"), str)]
    reached = _reached(packages, file)
    for package in packages:
        found = None if reached is None else reached[_key(package)]
        if _is_main(package, found):
            hashes = tuple(_hashes(package, metadata))
            yield from read_requirement(_pinned(package, found.marker if found else ""), file, file.source(), hashes)


def _is_main(package: Mapping[str, Any], reached: Reached | None) -> bool:
    if "groups" in package:
        groups = texts(package["groups"])
        return _MAIN_GROUP in groups and not package.get("optional")
    if "category" in package:
        return bool(package["category"] == _MAIN_GROUP) and not package.get("optional")
    return not package.get("optional") and (reached is None or bool(reached.ways))


def _pinned(package: Mapping[str, Any], on_the_way: str) -> str:
    marker = package.get("markers")
    if isinstance(marker, Mapping):
        marker = marker.get(_MAIN_GROUP)
    if not isinstance(marker, str):
        marker = on_the_way
    condition = f" ; {marker}" if marker else ""
    origin = table(package, "source")
    if origin.get("type") == "git":
        return f"{package['name']} @ git+{origin.get('url', '')}@{origin.get('resolved_reference', '')}{condition}"
    if origin.get("type") == "directory":
        return f"./{origin.get('url', '')}"
    return f"{package['name']}=={package.get('version', '')}{condition}"


def _hashes(package: Mapping[str, Any], metadata: Mapping[str, Any]) -> Iterator[str]:
    files = package.get("files") or table(metadata, "files").get(package["name"])
    yield from (one["hash"] for one in tables(files) if isinstance(one.get("hash"), str))


def _key(package: Mapping[str, Any]) -> Key:
    return canonicalize_name(package["name"]), str(package.get("version", ""))


def _reached(packages: Iterable[Mapping[str, Any]], file: ProjectFile) -> dict[Key, Reached] | None:
    """Every package with the ways on which the project's own dependencies lead to it; None where its pyproject.toml names none."""
    try:
        project = parse(file.sibling("pyproject.toml").text())
    except (UnreadableFileError, BadTomlError):
        return None
    versions: dict[str, list[str]] = {}
    for name, version in map(_key, packages):
        versions.setdefault(name, []).append(version)
    reached = {
        _key(package): Reached(*_key(package), {"dependencies": list(_edges(table(package, "dependencies"), versions))})
        for package in packages
    }
    declared = [*_edges(table(project, "tool", "poetry", "dependencies"), versions), *_declared(project)]
    return reached if Walk(reached).begin((), declared) else None


def _edges(dependencies: Mapping[str, Any], versions: Mapping[str, list[str]]) -> Iterator[Edge]:
    """The dependencies of a table in Poetry's notation, one for each version of the lock that they may mean."""
    for written, value in dependencies.items():
        name = canonicalize_name(written)
        for one in [value] if isinstance(value, str | dict) else tables(value):
            constraint, marker = (one, "") if isinstance(one, str) else (str(one.get("version", "*")), condition_of(one))
            # An extra was asked for by somebody, else its packages would not be in the lock.
            edge = {"name": name, "marker": "" if "extra" in marker else marker}
            meant = [version for version in versions.get(name, []) if _is_met(constraint, version)]
            yield from ({**edge, "version": version} for version in meant or versions.get(name, []))


def _is_met(constraint: str, version: str) -> bool:
    try:
        return SpecifierSet(specifier_of(constraint)).contains(version, prereleases=True)
    except InvalidSpecifier:
        return False


def _declared(project: Mapping[str, Any]) -> Iterator[Edge]:
    for text in texts(table(project, "project").get("dependencies")):
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        yield {"name": requirement.name, "marker": str(requirement.marker or "")}
