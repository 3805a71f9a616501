"""uv.lock: the packages that the project itself reaches, each in its version, with the conditions on the way to it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from packaging.utils import canonicalize_name

from nbrepro.environments.discovery.files import ProjectFile
from nbrepro.environments.discovery.findings import Finding, Index, problem
from nbrepro.environments.discovery.pythons_wished import python_wish
from nbrepro.environments.discovery.requirement_lines import read_requirement
from nbrepro.environments.discovery.toml_tables import BadTomlError, parse, table, tables, texts
from nbrepro.model import Wish, WishKind

_LOCAL = ("virtual", "editable", "directory", "path")
"""Kinds of source that are a folder of the project."""
_MAXIMUM_MARKERS = 20
"""Of one package; more than that are the same conditions by other ways."""
_MAXIMUM_CONDITION = 400
"""Characters; beyond that a package counts as needed always, which installs too much rather than too little."""
Key = tuple[str, str]
"""Name and version: for different platforms a lock may hold one package in two versions."""


@dataclass(slots=True)
class _Package:
    """One package of a lock, and the markers under which it is needed."""

    name: str
    version: str
    table: Mapping[str, Any]
    markers: set[str] = field(default_factory=set)
    is_always: bool = False

    @property
    def condition(self) -> str:
        """One condition under which it is needed: what it needs in turn is needed at least then; empty for always."""
        shortest = "" if self.is_always else min(self.markers, key=lambda marker: (len(marker), marker), default="")
        return shortest if len(shortest) <= _MAXIMUM_CONDITION else ""


def read_uv_lock(text: str, file: ProjectFile) -> Iterator[Finding]:
    """The packages that the project needs; those of development groups and extras are left out."""
    try:
        content = parse(text)
    except BadTomlError as error:
        yield problem(file.source(), f"is no TOML ({error})")
        return
    if isinstance(content.get("requires-python"), str):
        yield from python_wish(content["requires-python"], file.source())
    packages: dict[Key, _Package] = {
        (canonicalize_name(one["name"]), str(one.get("version", ""))): _Package(
            canonicalize_name(one["name"]), str(one.get("version", "")), one
        )
        for one in tables(content.get("package"))
        if isinstance(one.get("name"), str)
    }
    walk = _Walk(packages)
    has_roots = walk.begin(tables(table(content, "manifest").get("requirements")))
    if not has_roots:
        yield problem(file.source(), "names no project of its own, so everything in it is taken")
    for package in packages.values():
        if package.is_always or package.markers or not has_roots:
            yield from _wish(package, file)


class _Walk:
    """Marks what the project reaches: first all that is needed always, then what is needed under a condition."""

    def __init__(self, packages: Mapping[Key, _Package]) -> None:
        self._packages = packages
        self._waiting: deque[_Package] = deque()
        self._conditional: deque[tuple[_Package, str]] = deque()
        self._extras: set[tuple[str, str, str]] = set()

    def begin(self, requirements: Iterable[Mapping[str, Any]]) -> bool:
        """Walks from the project itself and from the requirements of a script; False where there is neither."""
        for package in self._packages.values():
            if "virtual" in table(package.table, "source") or table(package.table, "source").get("editable") == ".":
                self._reach(package, "")
        self._follow(requirements, "")
        has_roots = bool(self._waiting or self._conditional)
        while self._waiting or self._conditional:
            if self._waiting:
                package = self._waiting.popleft()
                self._follow(tables(package.table.get("dependencies")), package.condition)
            else:
                self._reach(*self._conditional.popleft())
        return has_roots

    def _follow(self, edges: Iterable[Mapping[str, Any]], under: str) -> None:
        for edge in edges:
            marker = " and ".join(f"({part})" for part in (under, str(edge.get("marker", ""))) if part)
            for package in self._ends(edge):
                if marker:
                    self._conditional.append((package, marker))
                else:
                    self._reach(package, "")
                for extra in texts(edge.get("extra")):
                    self._follow_extra(package, extra, marker)

    def _follow_extra(self, package: _Package, extra: str, marker: str) -> None:
        key = (package.name, package.version, extra)
        if key not in self._extras:
            self._extras.add(key)
            self._follow(tables(table(package.table, "optional-dependencies").get(extra)), marker)

    def _reach(self, package: _Package, marker: str) -> None:
        if package.is_always:
            return
        if not marker or not package.markers:
            self._waiting.append(package)
        if marker:
            package.markers.add(marker)
        else:
            package.is_always = True

    def _ends(self, edge: Mapping[str, Any]) -> list[_Package]:
        name, version = canonicalize_name(str(edge.get("name", ""))), edge.get("version")
        if version is not None:
            return [self._packages[name, str(version)]] if (name, str(version)) in self._packages else []
        return [package for key, package in self._packages.items() if key[0] == name]


def _wish(package: _Package, file: ProjectFile) -> Iterator[Finding]:
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
    markers = () if package.is_always else sorted(package.markers)[:_MAXIMUM_MARKERS]
    condition = f" ; {' or '.join(f'({marker})' for marker in markers)}" if markers else ""
    yield from read_requirement(f"{package.name}=={package.version}{condition}", file, file.source(), tuple(_hashes(package.table)))


def _hashes(package: Mapping[str, Any]) -> Iterator[str]:
    for one in (package.get("sdist"), *tables(package.get("wheels"))):
        if isinstance(one, Mapping) and isinstance(one.get("hash"), str):
            yield one["hash"]
