"""Pipfile and Pipfile.lock of pipenv."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from nbrepro.environments.discovery.files import ProjectFile
from nbrepro.environments.discovery.findings import Finding, Index, problem
from nbrepro.environments.discovery.poetry import requirement_of
from nbrepro.environments.discovery.pythons_wished import exactly, python_wish
from nbrepro.environments.discovery.requirement_lines import read_requirement
from nbrepro.environments.discovery.toml_tables import Lines, read_toml, table, tables, texts


def read_pipfile(text: str, file: ProjectFile) -> Iterator[Finding]:
    """The packages of a Pipfile; `dev-packages` are for developing the project."""
    content = yield from read_toml(text, file.source())
    if content is None:
        return
    yield from _indexes(content.get("source"))
    yield from _python(table(content, "requires"), file)
    lines = Lines(text)
    for name, value in table(content, "packages").items():
        yield from _package(name, value, file, lines.of(name))


def read_pipfile_lock(text: str, file: ProjectFile) -> Iterator[Finding]:
    """The packages of the section `default`, with their hashes; those of `develop` are left out."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        yield problem(file.source(), f"is no JSON ({type(error).__name__})")
        return
    yield from _indexes(table(content, "_meta").get("sources"))
    yield from _python(table(content, "_meta", "requires"), file)
    lines = Lines(text)
    for name, value in table(content, "default").items():
        yield from _package(name, value, file, lines.of(name))


def _indexes(sources: object) -> Iterator[Finding]:
    for source in tables(sources):
        if isinstance(source.get("url"), str):
            yield Index(source["url"])


def _python(requires: Mapping[str, Any], file: ProjectFile) -> Iterator[Finding]:
    version = requires.get("python_full_version", requires.get("python_version"))
    if isinstance(version, str):
        yield from python_wish(exactly(version), file.source())


def _package(name: str, value: object, file: ProjectFile, line: int | None) -> Iterator[Finding]:
    source = file.source(line)
    named = _renamed(value) if isinstance(value, Mapping) else value
    text = requirement_of(name, named)
    if text is None:
        yield problem(source, "is no package of pipenv's", f"{name} = {value}")
    elif text:
        hashes = tuple(texts(value.get("hashes"))) if isinstance(value, Mapping) else ()
        yield from read_requirement(text, file, source, hashes)


def _renamed(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The words of pipenv for what Poetry's tables say: each marker may be a key of its own."""
    conditions = [f"{key} {value[key]}" for key in ("os_name", "sys_platform", "platform_system", "python_version") if key in value]
    markers = " and ".join([*texts(value.get("markers")), *conditions])
    renamed = {key: one for key, one in value.items() if key not in {"markers", "hashes", "index"}}
    return {**renamed, "markers": markers} if markers else renamed
