"""What a conda package is called on PyPI, and what PyPI doesn't have."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from packaging.utils import canonicalize_name

from nbrepro.environments.imports import package_table
from nbrepro.environments.resolution.harness import FLOATING


@dataclass(frozen=True, slots=True)
class NameTable:
    """The table as it is shipped; its file says what each part means."""

    pypi: dict[str, str]
    same: frozenset[str]
    more_numbers: frozenset[str]
    elsewhere: dict[str, str]
    elsewhere_prefixes: dict[str, str]


@cache
def name_table() -> NameTable:
    """The table that is shipped with this package."""
    content: dict[str, Any] = tomllib.loads(resources.files(__package__).joinpath("names.toml").read_text(encoding="utf-8"))
    reversed_names = {canonicalize_name(conda): pypi for pypi, conda in package_table().conda.items()}
    return NameTable(
        pypi=reversed_names | content["pypi"],
        same=frozenset(content["same"]["names"]),
        more_numbers=frozenset(content["more-numbers"]["names"]),
        elsewhere=content["elsewhere"],
        elsewhere_prefixes=content["elsewhere-prefixes"],
    )


def pypi_name(name: str) -> str:
    """The normalized name that a conda package has, or would have, on PyPI.

    >>> pypi_name("pytorch"), pypi_name("matplotlib-base"), pypi_name("typing_extensions")
    ('torch', 'matplotlib', 'typing-extensions')
    """
    normalized = canonicalize_name(name)
    return name_table().pypi.get(normalized, normalized)


def is_known(name: str) -> bool:
    """Whether PyPI is known to have the same software under the name that `pypi_name` gives.

    >>> is_known("scikit-learn"), is_known("pytorch"), is_known("our-lab-pipeline")
    (True, True, False)
    """
    normalized = canonicalize_name(name)
    table = name_table()
    return normalized in table.pypi or normalized in table.same or normalized in FLOATING or package_table().knows(normalized)


def what_else(name: str) -> str:
    """What a conda package is that PyPI doesn't have; empty for one that it has, or that nobody knows.

    >>> what_else("samtools"), what_else("r-ggplot2"), what_else("librosa"), what_else("libgfortran")
    ('a program of bioconda', 'a package of R', '', 'a C library, which wheels bring along')
    """
    normalized = canonicalize_name(name)
    table = name_table()
    if normalized in table.elsewhere:
        return table.elsewhere[normalized]
    if normalized.startswith("-"):  # conda's own switches: _libgcc_mutex
        return "a switch of conda's"
    if is_known(normalized):
        return ""
    return next((what for prefix, what in table.elsewhere_prefixes.items() if normalized.startswith(prefix)), "")
