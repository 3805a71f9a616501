"""What a build from source needs and doesn't declare, as its failure tells: a module that it imports, or build tools of its time.

Before pyproject.toml there was no way to say it, and whoever installed by hand had it already.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from nbrepro.environments.imports import package_table
from nbrepro.model import Deviation

FAILED_BUILD = r"Failed to (?:download and )?build[^`\n]*`([A-Za-z0-9][A-Za-z0-9._-]*)[^`\n]*`"
"""How uv tells of a build that failed: a pattern with the name of the package."""
_FAILED = re.compile(FAILED_BUILD)
_ABSENT = re.compile(r"No module named '?([\w.]+)'?")
_TOOLS = {
    "Cython": "cython",
    "pip": "pip",
    "setuptools": "setuptools",
    "skbuild": "scikit-build",
    "wheel": "wheel",
    "distutils": "setuptools",
}
"""Modules of builds, and the packages that have them; all others are those of `packages.toml`."""
_BOUNDS = tuple(
    (re.compile(pattern, re.DOTALL), bound)
    for pattern, bound in (
        (r"No module named '?pkg_resources\b", "setuptools<81"),
        (r"No module named '?setuptools\.command\.test\b", "setuptools<72"),
        (r"must be a (?:dictionary whose values are strings|string) or lists? of strings containing valid", "setuptools<66"),
        (r"setuptools[./]\S*version\S*.*InvalidVersion|setuptools.extern.packaging.version.InvalidVersion", "setuptools<66"),
        (r"CCompiler_spawn\(\)", "setuptools<60"),
        (r"use_2to3 is invalid", "setuptools<58"),
        (r"cannot import name '?Feature'? from '?setuptools|module 'setuptools' has no attribute 'Feature'", "setuptools<46"),
        (r"wheel[./]vendored.*InvalidRequirement", "wheel<0.40"),
        (r"Cython\.Compiler\.Errors\.CompileError|has no attribute 'cython_sources'", "cython<3"),
    )
)
"""What newer build tools say of a source for older ones, and the tools that still took it."""


@dataclass(frozen=True, slots=True)
class BuildNeed:
    """What the build of one package gets besides what it declares."""

    package: str
    """Normalized name."""
    requirement: str
    is_bound: bool = False
    """Whether it is an older version of a build tool, which then holds for every build beside it."""

    @property
    def deviation(self) -> Deviation:
        """That it was given."""
        why = "fails with newer ones" if self.is_bound else "imports it and does not declare it"
        return Deviation("build-needs", f"the build of {self.package} {why}: it gets {self.requirement}")


def build_need(said: str) -> BuildNeed | None:
    r"""What the build that failed needs, by what uv says of it; None where that tells nothing, or no build failed.

    >>> build_need("Failed to build `tree==1.0`\n  ModuleNotFoundError: No module named 'sklearn.utils'")
    BuildNeed(package='tree', requirement='scikit-learn', is_bound=False)
    """
    # A build may fail for want of another one: the innermost is told last.
    failed = list(_FAILED.finditer(said))
    if not failed:
        return None
    package, why = canonicalize_name(failed[-1][1]), said[failed[-1].end() :].split("\nhint:", maxsplit=1)[0]
    bound = next((bound for pattern, bound in _BOUNDS if pattern.search(why)), None)
    if bound is not None:
        return BuildNeed(package, bound, is_bound=True)
    absent = _ABSENT.findall(why)
    module = absent[-1] if absent else ""
    needed = _TOOLS.get(module.partition(".")[0]) or package_table().package_of(module)
    return BuildNeed(package, needed) if needed and needed != package else None


def settings(needs: Iterable[BuildNeed]) -> str:
    """The part of uv's settings that gives builds what they need; empty where they need nothing.

    See `extra-build-dependencies` in https://docs.astral.sh/uv/reference/settings/
    """
    of_package: dict[str, list[str]] = {}
    for need in needs:
        of_package.setdefault(need.package, []).append(need.requirement)
    if not of_package:
        return ""
    lines = (f"{json.dumps(package)} = {json.dumps(requirements)}" for package, requirements in of_package.items())
    return "\n".join(("[extra-build-dependencies]", *lines, ""))


def bounds(needs: Iterable[BuildNeed]) -> tuple[str, ...]:
    """The bounds that hold for every build."""
    return tuple(dict.fromkeys(need.requirement for need in needs if need.is_bound))
