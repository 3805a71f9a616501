"""Sources that should not be built: of releases that have compiled wheels for this system, only not for this Python.

Such a release belongs to other Pythons. To build it takes compilers and libraries of its day, fails mostly, and gives another
program than the one that everybody had; a neighbouring version or Python is nearer to the original.
"""

from __future__ import annotations

import sysconfig
from functools import cache

from packaging.version import InvalidVersion, Version

from nbrepro.environments.locks import read_packages
from nbrepro.environments.resolution.attempt import Outcome
from nbrepro.environments.resolution.simple_index import SimpleIndex, machine_index
from nbrepro.errors import NbreproError


def compiled_for_other_pythons(outcome: Outcome) -> frozenset[str]:
    """Names of the packages of a solution that would be built though their release has wheels for other Pythons on this system."""
    sources = [package for package in read_packages(outcome.answer.text) if not package.is_wheel]
    return frozenset(package.name for package in sources if _has_wheels_here(package.name, package.version))


def _has_wheels_here(name: str, version: str) -> bool:
    try:
        wanted = Version(version)
        files = _at(machine_index().address).files(name) or ()
    except (InvalidVersion, NbreproError):
        # Who can't tell builds: that fails or succeeds, and either shows.
        return False
    system, _, machine = sysconfig.get_platform().partition("-")
    platforms = {tag.platform for file in files if file.version == wanted for tag in file.tags}
    return any(system in platform and platform.endswith(machine) for platform in platforms)


@cache
def _at(address: str) -> SimpleIndex:
    """One for the whole process, so that every list of files is asked for once."""
    return SimpleIndex(address)
