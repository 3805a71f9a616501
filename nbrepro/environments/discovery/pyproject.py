"""pyproject.toml: the project's own dependencies, however its build tool writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from packaging.utils import canonicalize_name

from nbrepro.environments.discovery.files import ProjectFile, UnreadableFileError
from nbrepro.environments.discovery.findings import Finding, Index, problem
from nbrepro.environments.discovery.poetry import read_table
from nbrepro.environments.discovery.pythons_wished import python_wish
from nbrepro.environments.discovery.requirement_lines import read_requirement
from nbrepro.environments.discovery.requirements import read_requirements
from nbrepro.environments.discovery.setup_cfg import read_setup_cfg
from nbrepro.environments.discovery.setup_py import read_setup_py
from nbrepro.environments.discovery.toml_tables import Lines, read_toml, table, tables, texts
from nbrepro.model import Wish, WishKind

_NOTEBOOK_GROUPS = re.compile(r"(?:^|[-_])(notebooks?|jupyter|examples?|tutorials?|demos?|analysis|paper)(?:[-_]|$)", re.IGNORECASE)
"""Groups and extras by whose name somebody has notebooks in mind; all others are for developing the project."""
_MAXIMUM_DEPTH = 10


def read_pyproject(text: str, file: ProjectFile) -> Iterator[Finding]:
    """Everything that the project requires; nothing where the file only holds settings of tools."""
    content = yield from read_toml(text, file.source())
    if content is None:
        return
    lines = Lines(text)
    yield from _standard(content, file, lines)
    yield from _poetry(table(content, "tool", "poetry"), file, lines)
    yield from _flit(table(content, "tool", "flit", "metadata"), file, lines)
    yield from _groups(content, file, lines)
    for index in tables(table(content, "tool", "uv").get("index")):
        if isinstance(index.get("url"), str):
            yield Index(index["url"])


def local_project(name: object, file: ProjectFile) -> Wish:
    """The wish for the project whose file this is."""
    stated = name if isinstance(name, str) and name.strip() else file.name_of(file.folder)
    return Wish(canonicalize_name(stated), file.folder, file.source(), kind=WishKind.LOCAL_PROJECT)


def _standard(content: Mapping[str, Any], file: ProjectFile, lines: Lines) -> Iterator[Finding]:
    project = table(content, "project")
    if not project:
        return
    if isinstance(project.get("requires-python"), str):
        yield from python_wish(project["requires-python"], file.source(lines.of(project["requires-python"])))
    if "build-system" in content:
        yield local_project(project.get("name"), file)
    yield from _requirements(project.get("dependencies"), file, lines)
    for name, extra in table(project, "optional-dependencies").items():
        if _NOTEBOOK_GROUPS.search(name):
            yield from _requirements(extra, file, lines)
    if "dependencies" in texts(project.get("dynamic")):
        yield from _dynamic(content, file)


def _requirements(values: object, file: ProjectFile, lines: Lines) -> Iterator[Finding]:
    for requirement in texts(values):
        yield from read_requirement(requirement, file, file.source(lines.of(requirement)))


def _dynamic(content: Mapping[str, Any], file: ProjectFile) -> Iterator[Finding]:
    """Dependencies that the build tool reads from elsewhere: a requirements file, setup.cfg or setup.py."""
    stated = table(content, "tool", "setuptools", "dynamic").get("dependencies")
    names = texts(table(stated).get("file")) or texts(table(content, "tool", "hatch", "metadata", "hooks", "requirements_txt").get("files"))
    if names:
        for name in names:
            yield from _other(name, file)
        return
    found = [name for name in ("setup.cfg", "setup.py") if file.sibling(name).exists()]
    if not found:
        yield problem(file.source(), "leaves its dependencies to the build tool; only building it would tell them")
    for name in found:
        yield from _other(name, file)


def _other(name: str, file: ProjectFile) -> Iterator[Finding]:
    other = file.sibling(name)
    reader = {"setup.cfg": read_setup_cfg, "setup.py": read_setup_py}.get(name, read_requirements)
    try:
        text = other.text()
    except UnreadableFileError as error:
        yield problem(file.source(), f"names {other.path}, which {error}")
        return
    yield from reader(text, other)


def _poetry(poetry: Mapping[str, Any], file: ProjectFile, lines: Lines) -> Iterator[Finding]:
    dependencies = table(poetry, "dependencies")
    if dependencies and poetry.get("package-mode", True) and isinstance(poetry.get("name"), str):
        yield local_project(poetry["name"], file)
    yield from read_table(dependencies, file, lines)
    for name, group in table(poetry, "group").items():
        if _NOTEBOOK_GROUPS.search(name) or name == "main":
            yield from read_table(table(group, "dependencies"), file, lines)
    for source in tables(poetry.get("source")):
        if isinstance(source.get("url"), str):
            yield Index(source["url"])


def _flit(metadata: Mapping[str, Any], file: ProjectFile, lines: Lines) -> Iterator[Finding]:
    """The table that flit had before PEP 621."""
    if not metadata:
        return
    if isinstance(metadata.get("requires-python"), str):
        yield from python_wish(metadata["requires-python"], file.source())
    yield local_project(metadata.get("dist-name", metadata.get("module")), file)
    yield from _requirements(metadata.get("requires"), file, lines)


def _groups(content: Mapping[str, Any], file: ProjectFile, lines: Lines) -> Iterator[Finding]:
    """Dependency groups (PEP 735) for notebooks, with the groups that they include."""
    groups = table(content, "dependency-groups")
    for name in groups:
        if _NOTEBOOK_GROUPS.search(name):
            yield from _group(name, groups, file, lines, ())


def _group(name: str, groups: Mapping[str, Any], file: ProjectFile, lines: Lines, above: tuple[str, ...]) -> Iterator[Finding]:
    if name in above or len(above) > _MAXIMUM_DEPTH:
        yield problem(file.source(), f"has a dependency group {name!r} that includes itself")
        return
    members = groups.get(name)
    yield from _requirements(members, file, lines)
    for member in tables(members):
        if isinstance(member.get("include-group"), str):
            yield from _group(member["include-group"], groups, file, lines, (*above, name))
