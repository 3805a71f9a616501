"""Whether a requirement leaves a choice of versions, and whether it holds at all."""

from __future__ import annotations

from packaging.requirements import Requirement


def pinned_version(requirement: Requirement) -> str | None:
    """The version that a requirement pins exactly; None where it leaves a choice.

    >>> pinned_version(Requirement("numpy==1.16.4")), pinned_version(Requirement("numpy===1.16.4"))
    ('1.16.4', '1.16.4')
    >>> pinned_version(Requirement("numpy==1.16.*")), pinned_version(Requirement("numpy<=1.16")), pinned_version(Requirement("numpy"))
    (None, None, None)
    """
    pins = (one.version for one in requirement.specifier if one.operator in {"==", "==="} and not one.version.endswith(".*"))
    return next(pins, None)


def holds_for(requirement: Requirement, python: str) -> bool:
    """Whether a requirement holds for a Python, or its marker excludes it.

    Args:
        requirement: with or without a marker.
        python: version of the Python, with or without its patch release.

    >>> holds_for(Requirement("enum34; python_version < '3.4'"), "3.7"), holds_for(Requirement("enum34"), "3.7.4")
    (False, True)
    """
    major, minor, patch = [*python.split("."), "0"][:3]
    # packaging reads the marker `extra`, which no wish has, but wants it given.
    known = {"python_version": f"{major}.{minor}", "python_full_version": f"{major}.{minor}.{patch}", "extra": ""}
    return requirement.marker is None or requirement.marker.evaluate(known)
