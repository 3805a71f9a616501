"""Whether a requirement leaves a choice of versions, and whether it holds at all."""

from __future__ import annotations

import re

from packaging.requirements import InvalidRequirement, Requirement

from nbrepro.model import PythonWish, Wish


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


def applies(wish: Wish, python: str) -> bool:
    """Whether a wish holds for a Python; as long as nobody says otherwise it does.

    Args:
        wish: of any kind.
        python: its minor version; empty where nobody says it.
    """
    requirement = requirement_of(wish)
    return not (requirement and python) or holds_for(requirement, python)


def requirement_of(wish: Wish) -> Requirement | None:
    """A wish as Python packages state it; None where it is written otherwise, as those of conda are."""
    try:
        return Requirement(wish.requirement)
    except InvalidRequirement:
        return None


def minor_of(python: PythonWish) -> str:
    """Of a wish for one Python its minor version; empty for others.

    >>> from nbrepro.model import Source, SourceKind
    >>> minor_of(PythonWish("==3.7.4", Source(SourceKind.METADATA))), minor_of(PythonWish(">=3.6", Source(SourceKind.METADATA)))
    ('3.7', '')
    """
    exact = re.fullmatch(r"={2,3}\s*(\d+\.\d+)(?:\.(?:\d+|\*))?", python.specifier)
    return exact[1] if exact else ""
