"""conda-lock.yml (version 1): every package of conda and pip for each platform."""

from __future__ import annotations

import platform
import posixpath
import sys
from collections.abc import Iterator

import yaml

from nbrepro.environments.discovery.conda_explicit import exact_name
from nbrepro.environments.discovery.conda_specs import read_spec
from nbrepro.environments.discovery.files import ProjectFile
from nbrepro.environments.discovery.findings import Channel, Finding, problem
from nbrepro.environments.discovery.requirement_lines import read_requirement
from nbrepro.environments.discovery.yaml_nodes import BadYamlError, compose, entries, items, line_of, scalar

_ALGORITHMS = ("sha256", "md5")


def read_conda_lock(text: str, file: ProjectFile, subdir: str | None = None) -> Iterator[Finding]:
    """The packages for one platform, and a problem where the lock has none for it.

    Args:
        text: the file.
        file: which file.
        subdir: the platform in conda's words; None: this machine's.
    """
    try:
        content = entries(compose(text))
    except BadYamlError as error:
        yield problem(file.source(), f"is no YAML that can be read ({error})")
        return
    if "package" not in content:
        yield problem(file.source(), "has no list of packages")
    for channel in items(entries(content.get("metadata")).get("channels")):
        yield Channel(scalar(entries(channel).get("url")) or scalar(channel))
    packages = [(node, entries(node)) for node in items(content.get("package"))]
    wanted = subdir or this_subdir()
    fitting = [(node, one) for node, one in packages if scalar(one.get("platform")) in {wanted, "noarch", ""}]
    if packages and not fitting:
        yield problem(file.source(), f"locks nothing for {wanted}")
    for node, one in fitting:
        if (scalar(one.get("category")) or "main") == "main" and scalar(one.get("optional")).lower() != "true":
            yield from _package(one, file, line_of(node))


def _package(one: dict[str, yaml.Node], file: ProjectFile, line: int) -> Iterator[Finding]:
    name, version, url = (scalar(one.get(key)) for key in ("name", "version", "url"))
    digests = entries(one.get("hash"))
    hashes = tuple(f"{kind}:{scalar(digests[kind])}" for kind in _ALGORITHMS if kind in digests)
    if scalar(one.get("manager")) == "pip":
        is_repository = url.startswith("git+")
        yield from read_requirement(f"{name} @ {url}" if is_repository else f"{name}=={version}", file, file.source(line), hashes)
        return
    build = (exact_name(url) or "").rpartition("=")[2] if posixpath.basename(url) else ""
    yield from read_spec(f"{name}={version}={build}" if build else f"{name}={version}", file.source(line), hashes)


def this_subdir() -> str:
    """This machine's platform in conda's words, such as `linux-64`."""
    system = {"linux": "linux", "darwin": "osx", "win32": "win"}.get(sys.platform, sys.platform)
    machine = {"x86_64": "64", "amd64": "64"}.get(platform.machine().lower(), platform.machine().lower())
    return f"{system}-{machine}"
