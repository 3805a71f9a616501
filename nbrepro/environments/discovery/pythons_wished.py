"""Wishes for a Python in the forms that files have for it, as PEP 440 specifiers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from nbrepro.environments.discovery.files import ProjectFile
from nbrepro.environments.discovery.findings import Finding, problem
from nbrepro.model import PythonWish, Source

_FULL = 3
"""Numbers of a version that names one release."""
_VERSION = re.compile(r"\d+(?:\.\d+)*")
_IMAGE = re.compile(r"(?:^|/)python:(\d+(?:\.\d+){0,2})")


def python_wish(specifier: str, source: Source) -> Iterator[Finding]:
    """A wish for a Python that is written as PEP 440 asks; a problem where it can't be read."""
    try:
        cleaned = str(SpecifierSet(_separated(specifier)))
    except InvalidSpecifier:
        yield problem(source, "is no range of Python versions", specifier)
        return
    if cleaned:
        yield PythonWish(cleaned, source)


def _separated(specifier: str) -> str:
    """`>=3.6.*` is written often and meant as `>=3.6`."""
    return re.sub(r"([<>]=?\s*\d[\d.]*)\.\*", r"\1", specifier)


def exactly(version: str) -> str:
    """The specifier of a bare version: `3.7` is any 3.7, `3.7.3` is that release.

    >>> exactly("3.7"), exactly("3.7.3")
    ('==3.7.*', '==3.7.3')
    """
    return f"=={version}" if version.count(".") + 1 >= _FULL else f"=={version}.*"


def from_conda(constraint: str) -> str:
    """What conda writes behind `python`, as PEP 440.

    >>> from_conda("=3.7"), from_conda("==3.7.3=h0371630_0"), from_conda(" >=3.6,<3.9"), from_conda("")
    ('==3.7.*', '==3.7.3', '>=3.6,<3.9', '')
    """
    parts = [_conda_part(part.strip()) for part in constraint.strip().split("|")[0].split(",")]
    return ",".join(part for part in parts if part)


def _conda_part(part: str) -> str:
    if part.startswith((">", "<", "!", "~")):
        return part.removesuffix("*").removesuffix(".") if part.startswith((">", "<")) else part
    version = _VERSION.match(part.lstrip("= "))
    return exactly(version.group()) if version else ""


def read_runtime(text: str, file: ProjectFile) -> Iterator[Finding]:
    """runtime.txt of Binder and Heroku: `python-3.7`; `r-…` asks for another language."""
    name = text.strip().lower()
    version = _VERSION.search(name)
    if name.startswith("python") and version:
        yield from python_wish(exactly(version.group()), file.source(1))
    elif not name.startswith("r-"):
        yield problem(file.source(1), "names no Python version", text[:200])


def read_python_version(text: str, file: ProjectFile) -> Iterator[Finding]:
    """.python-version of pyenv and uv: the first line that names a CPython counts."""
    for number, line in enumerate(text.splitlines(), start=1):
        stated = re.fullmatch(r"(?:python-|cpython[-@])?(\d+(?:\.\d+)*)", line.strip().lower())
        if stated:
            yield from python_wish(exactly(stated[1]), file.source(number))
            return


def of_image(image: str) -> str | None:
    """The Python of a container's base image; None where the name doesn't say it.

    >>> of_image("python:3.7-slim")
    '==3.7.*'
    """
    found = _IMAGE.search(image)
    return exactly(found[1]) if found else None
