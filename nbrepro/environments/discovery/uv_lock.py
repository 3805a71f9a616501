"""uv.lock: the packages that the project itself reaches, each in its version, with the conditions on the way to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from packaging.utils import canonicalize_name

from nbrepro.environments.discovery.files import ProjectFile
from nbrepro.environments.discovery.findings import Finding, Index, problem
from nbrepro.environments.discovery.pythons_wished import python_wish
from nbrepro.environments.discovery.reached import Key, Reached, Walk
from nbrepro.environments.discovery.requirement_lines import read_requirement
from nbrepro.environments.discovery.toml_tables import read_toml, table, tables
from nbrepro.model import Wish, WishKind

_LOCAL = ("virtual", "editable", "directory", "path")
"""Kinds of source that are a folder of the project."""


def read_uv_lock(text: str, file: ProjectFile) -> Iterator[Finding]:
    """The packages that the project needs; those of development groups and extras are left out."""
    content = yield from read_toml(text, file.source())
    if content is None:
        return
    if isinstance(content.get("requires-python"), str):
        yield from python_wish(content["requires-python"], file.source())
    packages: dict[Key, Reached] = {
        (canonicalize_name(one["name"]), str(one.get("version", ""))): Reached(
            canonicalize_name(one["name"]), str(one.get("version", "")), one
        )
        for one in tables(content.get("package"))
        if isinstance(one.get("name"), str)
    }
    projects = [package for package in packages.values() if _is_project(table(package.table, "source"))]
    has_roots = Walk(packages).begin(projects, tables(table(content, "manifest").get("requirements")))
    if not has_roots:
        yield problem(file.source(), "names no project of its own, so everything in it is taken")
    for package in packages.values():
        if package.ways or not has_roots:
            yield from _wish(package, file)


def _is_project(source: Mapping[str, Any]) -> bool:
    return "virtual" in source or source.get("editable") == "."


def _wish(package: Reached, file: ProjectFile) -> Iterator[Finding]:
    origin = table(package.table, "source")
    folder = next((str(origin[kind]) for kind in _LOCAL if kind in origin), None)
    if folder is not None:
        if "virtual" not in origin:
            yield Wish(package.name, file.sibling(folder).path, file.source(), kind=WishKind.LOCAL_PROJECT)
        return
    if isinstance(origin.get("git"), str) or isinstance(origin.get("url"), str):
        address = f"git+{origin['git']}" if "git" in origin else str(origin["url"])
        yield from read_requirement(f"{package.name} @ {address}", file, file.source())
        return
    if isinstance(origin.get("registry"), str) and "://" in origin["registry"]:
        yield Index(origin["registry"])
    condition = f" ; {package.marker}" if package.marker else ""
    yield from read_requirement(f"{package.name}=={package.version}{condition}", file, file.source(), tuple(_hashes(package.table)))


def _hashes(package: Mapping[str, Any]) -> Iterator[str]:
    for one in (package.get("sdist"), *tables(package.get("wheels"))):
        if isinstance(one, Mapping) and isinstance(one.get("hash"), str):
            yield one["hash"]
