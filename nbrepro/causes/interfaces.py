"""A name or parameter that the installed version of a library has not: removed, renamed, or not there yet."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from nbrepro.causes.bindings import bindings_of
from nbrepro.causes.cause import Cause, Certainty
from nbrepro.causes.circumstances import Circumstances
from nbrepro.causes.failing import Failing
from nbrepro.causes.messages import NO_NAME
from nbrepro.environments.imports import package_table

_NO_ATTRIBUTE = re.compile(r"module '([\w.]+)' has no attribute '(\w+)'")
_NO_MEMBER = re.compile(r"'(\w+)' object has no attribute '(\w+)'")
_NO_PARAMETER = re.compile(
    r"([\w.<>]+)\(\) got (?:an unexpected keyword argument|some positional-only arguments passed as keyword arguments:?) '?(\w+)'?"
)
_IMPORTED = re.compile(r"from[ \t]+([\w.]+)[ \t]+import\b")


def changed_library(failing: Failing, known: Circumstances) -> Cause | None:
    """A name or parameter that a library has not in the version of the run."""
    found = _absent_name(failing)
    if found is None:
        return None
    owner, name = found
    package = package_table().package_of(owner)
    bound = package_table().bound_of(name)
    version = known.packages.get(canonicalize_name(package)) if package and known.packages else None
    evidence = tuple(_evidence(failing, package, version, bound))
    is_known = bool(bound) and not _allows(bound, version)
    holder = f"{package} {version}" if version else package or owner
    message = f"{holder} has no {name}" + (f"; versions {bound} have it" if is_known else "")
    # What an object lacks may as well be what its data lack.
    unknown = Certainty.POSSIBLE if _NO_MEMBER.search(failing.message) else Certainty.LIKELY
    certainty = Certainty.STATED if is_known else unknown
    return Cause("changed-library", message, certainty, failing.step.index, package or owner, evidence)


def _allows(bound: str, version: str | None) -> bool:
    """Whether a version is known to be one of those of a bound; conda has versions that PEP 440 doesn't know."""
    try:
        return version is not None and SpecifierSet(bound, prereleases=True).contains(Version(version))
    except InvalidVersion:
        return True


def _evidence(failing: Failing, package: str | None, version: str | None, bound: str) -> Iterator[tuple[str, str]]:
    yield "error", f"{failing.error.name}: {failing.quoted}"
    if package and version:
        yield "installed", f"{package} {version}"
    if bound:
        yield "versions that have it", bound


def _absent_name(failing: Failing) -> tuple[str, str] | None:
    """The module in which something is absent, and its dotted name; None where no library is to blame."""
    if failing.kind == "ImportError" and (found := NO_NAME.search(failing.message)):
        module = found[2] or next((match[1] for match in _IMPORTED.finditer(failing.step.source) if found[1] in failing.step.source), None)
        return (module, f"{module}.{found[1]}") if module and not _is_own(failing, module) else None
    if failing.kind == "AttributeError" and (found := _NO_ATTRIBUTE.search(failing.message)):
        return None if _is_own(failing, found[1]) else (found[1], f"{found[1]}.{found[2]}")
    if failing.kind == "AttributeError" and (found := _NO_MEMBER.search(failing.message)):
        # An object of the notebook's own, or a wrong turn of its code, fails in the notebook's own lines.
        return (failing.library, f"{found[1]}.{found[2]}") if failing.library else None
    if failing.kind == "TypeError" and (found := _NO_PARAMETER.search(failing.message)):
        return _absent_parameter(failing, found[1], found[2])
    return None


def _absent_parameter(failing: Failing, function: str, parameter: str) -> tuple[str, str] | None:
    """A parameter that a function of a library has not; functions of the notebook are its own matter."""
    parts = [part for part in function.split(".") if part.isidentifier()]
    own = {name for step in failing.observed.steps for name in bindings_of(step.source).binds & _defined(step.source)}
    if not parts or own & set(parts):
        return None
    owner = failing.library or _caller(failing, parts[-1])
    return (owner, f"parameter {parameter} of {function}") if owner else None


def _defined(source: str) -> frozenset[str]:
    """Names of the functions and classes that a cell defines."""
    return frozenset(re.findall(r"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", source, re.MULTILINE))


def _caller(failing: Failing, function: str) -> str | None:
    """The module through which the failing cell calls a function, such as `pandas` for `pd.concat`."""
    modules = dict(_imported_as(failing))
    for call in bindings_of(failing.step.source).calls:
        first, _, last = call.partition(".")
        if (last or first).rpartition(".")[2] == function and first in modules:
            return modules[first]
    return None


def _imported_as(failing: Failing) -> Iterator[tuple[str, str]]:
    """Local names of modules and of what is imported from them, with the modules."""
    for step in failing.observed.steps:
        for line in step.source.splitlines():
            if match := re.match(r"\s*import\s+([\w.]+)(?:\s+as\s+(\w+))?\s*$", line):
                yield match[2] or match[1].partition(".")[0], match[1]
            elif match := re.match(r"\s*from\s+([\w.]+)\s+import\s+([\w, ]+)$", line):
                yield from ((name.split()[-1], match[1]) for name in match[2].split(",") if name.strip())


def _is_own(failing: Failing, module: str) -> bool:
    """Whether a module belongs to the project or to Python: no package is known to provide it."""
    return package_table().package_of(module) is None and failing.library is None
