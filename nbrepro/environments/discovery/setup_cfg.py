"""setup.cfg of setuptools."""

from __future__ import annotations

import configparser
from collections.abc import Iterator

from packaging.utils import canonicalize_name

from nbrepro.environments.discovery.files import ProjectFile, UnreadableFileError
from nbrepro.environments.discovery.findings import Finding, problem
from nbrepro.environments.discovery.ini_files import parse_ini
from nbrepro.environments.discovery.pythons_wished import python_wish
from nbrepro.environments.discovery.requirement_lines import read_requirement
from nbrepro.environments.discovery.requirements import read_requirements
from nbrepro.environments.discovery.toml_tables import Lines
from nbrepro.model import Wish, WishKind

_FILE = "file:"


def read_setup_cfg(text: str, file: ProjectFile) -> Iterator[Finding]:
    """`install_requires` and `python_requires`; nothing where the file only holds settings of tools."""
    parser = parse_ini(text, file)
    if not isinstance(parser, configparser.ConfigParser):
        yield parser
        return
    python = _option(parser, "options", "python_requires")
    if python:
        yield from python_wish(python, file.source())
    required = _option(parser, "options", "install_requires")
    if not required:
        return
    name = _option(parser, "metadata", "name") or file.name_of(file.folder)
    yield Wish(canonicalize_name(name), file.folder, file.source(), kind=WishKind.LOCAL_PROJECT)
    if required.startswith(_FILE):
        for other in required.removeprefix(_FILE).replace("\n", ",").split(","):
            yield from _from_file(other.strip(), file)
        return
    yield from _listed(required, file, Lines(text))


def _option(parser: configparser.ConfigParser, section: str, name: str) -> str:
    for spelling in (name, name.replace("_", "-")):
        if parser.has_option(section, spelling):
            return (parser.get(section, spelling) or "").strip()
    return ""


def _listed(required: str, file: ProjectFile, lines: Lines) -> Iterator[Finding]:
    for line in required.replace(";\n", "\n").splitlines():
        requirement = line.partition(" #")[0].strip()
        if requirement and not requirement.startswith("#"):
            yield from read_requirement(requirement, file, file.source(lines.of(requirement)))


def _from_file(name: str, file: ProjectFile) -> Iterator[Finding]:
    if not name:
        return
    other = file.sibling(name)
    try:
        text = other.text()
    except UnreadableFileError as error:
        yield problem(file.source(), f"names {other.path}, which {error}")
        return
    yield from read_requirements(text, other)
