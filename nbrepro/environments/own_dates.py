"""The day of the project's own package, where it is younger than the notebook: what it needs may not have existed on the notebook's day.

The package is in the project as of its last commit, whenever the notebook ran. Where its declarations can't be met as of the
notebook's day, a notebook that uses the package needs what there was when they were written.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from nbrepro.environments.git import said_by_git
from nbrepro.environments.own_extensions import is_used
from nbrepro.model import Deviation, EnvironmentSpec, Lock, WishKind

_UNMET = frozenset({"unpinned", "dropped"})


def unmet(lock: Lock) -> int:
    """How many declared wishes a resolution could not meet."""
    return sum(deviation.slug in _UNMET for deviation in lock.deviations)


def as_of_own_package(spec: EnvironmentSpec) -> EnvironmentSpec | None:
    """The specification as of the day of what the project's own package declares; None where that is no younger, or not used.

    Args:
        spec: as of the notebook's day.
    """
    paths = _declaring(spec)
    if spec.cut is None or not paths:
        return None
    line = said_by_git(Path(spec.project), "log", "-1", "--format=%h %aI", "--", *paths, seconds=30)
    if not line:
        return None
    commit, written = line.split(" ")
    day = datetime.fromisoformat(written).astimezone(UTC)
    if day <= spec.cut:
        return None
    message = (
        f"the project's own package, which the notebook uses, needs what is younger than the notebook (as of {spec.cut:%Y-%m-%d}); "
        f"packages are as of {day:%Y-%m-%d}, the last commit that touched {' or '.join(paths)}"
    )
    source = f"last commit that touched what the project's own package declares ({commit})"
    return replace(spec, cut=day, cut_source=source, deviations=(*spec.deviations, Deviation("as-of-own-package", message)))


def _declaring(spec: EnvironmentSpec) -> list[str]:
    """The files that declare what the project's own packages need, of those that the notebook uses."""
    found = (
        one.path
        for one in spec.declarations
        for wish in one.wishes
        if wish.kind is WishKind.LOCAL_PROJECT and not wish.is_wheel and is_used(wish, spec)
    )
    return list(dict.fromkeys(found)) if spec.project else []
