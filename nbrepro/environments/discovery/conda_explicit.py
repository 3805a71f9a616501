"""Explicit lists of conda (`@EXPLICIT`): one address per package, each with version and build in the file's name."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from nbrepro.environments.discovery.addresses import without_credentials
from nbrepro.environments.discovery.conda_specs import read_spec
from nbrepro.environments.discovery.files import ProjectFile
from nbrepro.environments.discovery.findings import Channel, Finding, problem

_PACKAGE = re.compile(r"(?P<name>.+)-(?P<version>[^\-]+)-(?P<build>[^\-]+)(?:\.conda|\.tar\.bz2)")
_ALGORITHMS = {32: "md5", 64: "sha256"}


def read_explicit(text: str, file: ProjectFile) -> Iterator[Finding]:
    """The packages of an explicit list, exactly, and the channels that they come from."""
    for number, line in enumerate(text.splitlines(), start=1):
        address, _, checksum = line.strip().partition("#")
        if not address or address == "@EXPLICIT":
            continue
        source = file.source(number)
        name = exact_name(address)
        if name is None:
            yield problem(source, "is no address of a conda package", line)
            continue
        channel = posixpath.dirname(posixpath.dirname(address))
        yield Channel(without_credentials(channel))
        yield from read_spec(name, source, tuple(_hashes(checksum)))


def exact_name(address: str) -> str | None:
    """`name=version=build` of the package at an address; None where it is none.

    >>> exact_name("https://example.org/linux-64/numpy-1.19.2-py38h54aff64_0.conda")
    'numpy=1.19.2=py38h54aff64_0'
    """
    package = _PACKAGE.fullmatch(posixpath.basename(address.partition("?")[0]))
    return f"{package['name']}={package['version']}={package['build']}" if package else None


def _hashes(checksum: str) -> Iterator[str]:
    digits = checksum.removeprefix("sha256:")
    if len(digits) in _ALGORITHMS and re.fullmatch(r"[0-9a-fA-F]+", digits):
        yield f"{_ALGORITHMS[len(digits)]}:{digits.lower()}"
