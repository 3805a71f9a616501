"""pylock.toml and poetry.lock: every package in its version, with hashes and conditions."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from typing import Any

from packaging.utils import canonicalize_name

from nbrepro.environments.discovery.files import ProjectFile, UnreadableFileError
from nbrepro.environments.discovery.findings import Finding, Index, problem
from nbrepro.environments.discovery.poetry import specifier_of
from nbrepro.environments.discovery.pythons_wished import exactly, python_wish
from nbrepro.environments.discovery.requirement_lines import read_requirement
from nbrepro.environments.discovery.toml_tables import BadTomlError, parse, table, tables, texts

_MAIN_GROUP = "main"


def read_pylock(text: str, file: ProjectFile) -> Iterator[Finding]:
    """The packages of a pylock.toml (PEP 751)."""
    content = yield from _parsed(text, file)
    own = table(content, "tool", "nbrepro").get("python")
    if isinstance(own, str):
        yield from python_wish(exactly(own), file.source())
    elif isinstance(content.get("requires-python"), str):
        yield from python_wish(content["requires-python"], file.source())
    version = str(content.get("lock-version", ""))
    if version.partition(".")[0] not in {"1", ""}:
        yield problem(file.source(), f"is of lock-version {version}; it is read as if it were 1.0, the only one that is known")
    for package in tables(content.get("packages")):
        name = package.get("name")
        if not isinstance(name, str):
            yield problem(file.source(), f"has a package whose name is no text: {name!r}")
            continue
        yield from read_requirement(_locked(package, name), file, file.source(), tuple(_pylock_hashes(package)))
        index = package.get("index")
        if isinstance(index, str):
            yield Index(index)


def _locked(package: Mapping[str, Any], name: str) -> str:
    marker = f" ; {package['marker']}" if isinstance(package.get("marker"), str) else ""
    if "version" in package:
        return f"{name}=={package['version']}{marker}"
    vcs, archive, directory = table(package, "vcs"), table(package, "archive"), table(package, "directory")
    if vcs:
        return f"{name} @ {vcs.get('type', 'git')}+{vcs.get('url', '')}@{vcs.get('commit-id', '')}{marker}"
    if archive:
        return f"{name} @ {archive.get('url', '')}{marker}"
    return f"./{directory['path']}" if isinstance(directory.get("path"), str) else name


def _pylock_hashes(package: Mapping[str, Any]) -> Iterator[str]:
    for one in (package.get("sdist"), package.get("archive"), *tables(package.get("wheels"))):
        yield from (f"{kind}:{value}" for kind, value in table(one, "hashes").items())


def read_poetry_lock(text: str, file: ProjectFile) -> Iterator[Finding]:
    """The packages of a poetry.lock that belong to the project itself, not to its development."""
    content = yield from _parsed(text, file)
    metadata = table(content, "metadata")
    if isinstance(metadata.get("python-versions"), str):
        yield from python_wish(specifier_of(metadata["python-versions"]), file.source())
    packages = [package for package in tables(content.get("package")) if isinstance(package.get("name"), str)]
    reached = _reached(packages, file)
    for package in packages:
        if _is_main(package, reached):
            hashes = tuple(_poetry_hashes(package, metadata))
            yield from read_requirement(_pinned(package), file, file.source(), hashes)


def _is_main(package: Mapping[str, Any], reached: frozenset[str] | None) -> bool:
    if "groups" in package:
        groups = texts(package["groups"])
        return _MAIN_GROUP in groups and not package.get("optional")
    if "category" in package:
        return bool(package["category"] == _MAIN_GROUP) and not package.get("optional")
    return not package.get("optional") and (reached is None or canonicalize_name(package["name"]) in reached)


def _pinned(package: Mapping[str, Any]) -> str:
    marker = package.get("markers")
    if isinstance(marker, Mapping):
        marker = marker.get(_MAIN_GROUP)
    condition = f" ; {marker}" if isinstance(marker, str) else ""
    origin = table(package, "source")
    if origin.get("type") == "git":
        return f"{package['name']} @ git+{origin.get('url', '')}@{origin.get('resolved_reference', '')}{condition}"
    if origin.get("type") == "directory":
        return f"./{origin.get('url', '')}"
    return f"{package['name']}=={package.get('version', '')}{condition}"


def _poetry_hashes(package: Mapping[str, Any], metadata: Mapping[str, Any]) -> Iterator[str]:
    files = package.get("files") or table(metadata, "files").get(package["name"])
    yield from (one["hash"] for one in tables(files) if isinstance(one.get("hash"), str))


def _reached(packages: list[Mapping[str, Any]], file: ProjectFile) -> frozenset[str] | None:
    """What the project's own dependencies lead to; None where its pyproject.toml names none."""
    try:
        project = parse(file.sibling("pyproject.toml").text())
    except (UnreadableFileError, BadTomlError):
        return None
    poetry = table(project, "tool", "poetry", "dependencies")
    waiting = [canonicalize_name(name) for name in poetry] + [canonicalize_name(one.split()[0]) for one in _declared(project)]
    if not waiting:
        return None
    dependencies = {canonicalize_name(one["name"]): [canonicalize_name(name) for name in table(one, "dependencies")] for one in packages}
    reached: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += dependencies.get(name, [])
    return frozenset(reached)


def _declared(project: Mapping[str, Any]) -> list[str]:
    return [text for text in texts(table(project, "project").get("dependencies")) if text.strip()]


def _parsed(text: str, file: ProjectFile) -> Generator[Finding, None, Mapping[str, Any]]:
    """The tables; where there are none, empty ones and a problem."""
    try:
        return parse(text)
    except BadTomlError as error:
        yield problem(file.source(), f"is no TOML ({error})")
        return {}
