"""pylock.toml: every package in its version, with hashes and conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nbrepro.environments.discovery.files import ProjectFile
from nbrepro.environments.discovery.findings import Finding, Index, problem
from nbrepro.environments.discovery.pythons_wished import exactly, python_wish
from nbrepro.environments.discovery.requirement_lines import read_requirement
from nbrepro.environments.discovery.toml_tables import read_toml, table, tables


def read_pylock(text: str, file: ProjectFile) -> Iterator[Finding]:
    """The packages of a pylock.toml (PEP 751)."""
    content = yield from read_toml(text, file.source())
    if content is None:
        return
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
