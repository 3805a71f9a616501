"""Compiled code that was made for another numpy than the one it meets: it says so in words of its own, none of which names a package.

https://numpy.org/doc/stable/user/troubleshooting-importerror.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from packaging.utils import canonicalize_name

from nbrepro.causes.cause import Cause, Certainty
from nbrepro.causes.circumstances import Circumstances
from nbrepro.causes.failing import Failing
from nbrepro.environments.imports import package_table

_NUMPY: Final = "numpy"
_SAID: Final = re.compile(
    r"numpy\.\w+ size changed|_ARRAY_API not found|numpy\.core\.(?:multiarray|umath) failed to import|compiled against A[BP]I version"
    r"|compiled using NumPy 1\.x cannot be run in"
)
_SIZES: Final = re.compile(r"Expected (\w+) from C header, got (\w+) from PyObject|A[BP]I version (\w+) but this version of numpy is (\w+)")
_WHICH: Final = {True: "a newer", False: "an older", None: "another"}


def other_numpy(failing: Failing, known: Circumstances) -> Cause | None:
    """Compiled code that this numpy can't serve."""
    if _SAID.search(failing.message) is None:
        return None
    owner = failing.library if failing.library != _NUMPY else None
    package = package_table().package_of(owner) or canonicalize_name(owner) if owner else None
    version = known.packages.get(_NUMPY) if known.packages else None
    which = _WHICH[_is_for_newer(failing.message)]
    message = (
        f"{package or 'a module'} was compiled for {which} numpy than {version or 'the one of the run'}; versions of one day go together"
    )
    evidence = tuple(_evidence(failing, known, package, version))
    return Cause("other-numpy", message, Certainty.STATED, failing.step.index, package or "", evidence)


def _evidence(failing: Failing, known: Circumstances, package: str | None, version: str | None) -> Iterator[tuple[str, str]]:
    yield "error", failing.quoted
    if version:
        yield _NUMPY, version
    if package and known.packages and package in known.packages:
        yield "compiled", f"{package} {known.packages[package]}"


def _is_for_newer(message: str) -> bool | None:
    """Whether it was compiled for a newer numpy, by the two numbers that the message holds; None where it holds none."""
    found = _SIZES.search(message)
    if found is None:
        return None
    try:
        expected, present = (int(number, 0) for number in found.groups() if number)
    except ValueError:
        return None
    return expected > present if expected != present else None
