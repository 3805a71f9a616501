"""settings.ini of nbdev, from which its setup.py reads what the project requires (https://nbdev.fast.ai/api/config.html)."""

from __future__ import annotations

import configparser
from collections.abc import Iterator

from packaging.utils import canonicalize_name

from nbrepro.environments.discovery.files import ProjectFile
from nbrepro.environments.discovery.findings import Finding
from nbrepro.environments.discovery.ini_files import parse_ini
from nbrepro.environments.discovery.pythons_wished import python_wish
from nbrepro.environments.discovery.requirement_lines import read_requirement
from nbrepro.environments.discovery.toml_tables import Lines
from nbrepro.model import Wish, WishKind

_REQUIREMENTS = ("requirements", "pip_requirements")


def read_nbdev_settings(text: str, file: ProjectFile) -> Iterator[Finding]:
    """`requirements` and `min_python`; nothing where the file is none of nbdev: other programs have files of that name."""
    parser = parse_ini(text, file)
    if not isinstance(parser, configparser.ConfigParser):
        yield parser
        return
    settings = parser.defaults()
    name = settings.get("lib_name", "")
    if not name:
        return
    if settings.get("min_python"):
        yield from python_wish(f">={settings['min_python']}", file.source())
    yield Wish(canonicalize_name(name), file.folder, file.source(), kind=WishKind.LOCAL_PROJECT)
    lines = Lines(text)
    for option in _REQUIREMENTS:
        for requirement in settings.get(option, "").split():
            yield from read_requirement(requirement, file, file.source(lines.of(option)))
