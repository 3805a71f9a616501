"""Files that ask for what is no Python package: apt.txt, install.R, DESCRIPTION; and containers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.utils import canonicalize_name

from nbrepro.environments.discovery.commands import Place, read_command
from nbrepro.environments.discovery.files import ProjectFile
from nbrepro.environments.discovery.findings import Finding
from nbrepro.environments.discovery.pythons_wished import of_image, python_wish
from nbrepro.environments.discovery.requirements import logical_lines
from nbrepro.model import Wish, WishKind

_R_INSTALL = re.compile(
    r"(?:install\.packages|install_github|install_version|install_cran|BiocManager::install|biocLite|pkg_install)\s*\(([^)]*)"
)
_QUOTED = re.compile(r"[\"']([A-Za-z][\w./@\-]*)[\"']")
_FROM = re.compile(r"(?i)FROM\s+(?:--\S+\s+)?(?P<image>\S+)")
_RUN = re.compile(r"(?is)RUN\s+(?:--\S+\s+)*(?P<command>.*)")
_CONTAINER_FOLDERS = re.compile(
    r"(?<=\s)/(?:tmp|app|src|usr/src/app|home/\w+|opt/\w+|code|build|work|workspace)/(?=[\w.\-/]+\.(?:txt|ya?ml)\b)"
)
"""Where images put the files that lie beside the Dockerfile."""


def read_apt(text: str, file: ProjectFile) -> Iterator[Finding]:
    """apt.txt of Binder: one system package on a line."""
    for number, line in logical_lines(text):
        for name in line.split():
            yield _system(name, file, number)


def read_install_r(text: str, file: ProjectFile) -> Iterator[Finding]:
    """install.R of Binder: the R packages whose names stand in its calls."""
    for number, line in enumerate(text.splitlines(), start=1):
        code = line.partition("#")[0]
        for call in _R_INSTALL.finditer(code):
            for name in _QUOTED.findall(call[1]):
                yield _system(f"r-{name}", file, number)


def read_r_description(text: str, file: ProjectFile) -> Iterator[Finding]:
    """DESCRIPTION of an R package: what it imports and depends on."""
    field = ""
    for number, line in enumerate(text.splitlines(), start=1):
        start = re.match(r"([A-Za-z]+):(.*)", line)
        field, rest = (start[1], start[2]) if start else (field, line)
        if field in {"Imports", "Depends"}:
            for name in re.findall(r"[A-Za-z][A-Za-z0-9.]*(?=\s*(?:\([^)]*\))?\s*(?:,|$))", rest):
                if name != "R":
                    yield _system(f"r-{name}", file, number)


def _system(name: str, file: ProjectFile, line: int) -> Wish:
    return Wish(canonicalize_name(name), name, file.source(line), kind=WishKind.SYSTEM)


def read_dockerfile(text: str, file: ProjectFile) -> Iterator[Finding]:
    """The Python of the base image and what `RUN` lines install: weak evidence, since an image may serve anything."""
    for number, line in logical_lines(text):
        place = Place(file, file.source(number), file.folder)
        base = _FROM.match(line)
        run = _RUN.match(line)
        if base:
            specifier = of_image(base["image"])
            if specifier:
                yield from python_wish(specifier, place.source)
        elif run:
            yield from read_command(_CONTAINER_FOLDERS.sub("", " " + _words(run["command"])), place)


def _words(command: str) -> str:
    """`RUN ["pip", "install", "numpy"]` in words."""
    return re.sub(r"[\[\],\"]+", " ", command) if command.lstrip().startswith("[") else command
