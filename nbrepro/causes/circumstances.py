"""What is known of a run besides its execution; whoever calls has looked it up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Fate(StrEnum):
    """What became of a file that a notebook names, as its project tells."""

    PRESENT = "present"
    """It is in the project; the run may have looked elsewhere."""
    OTHER_CASE = "other-case"
    """The project has it under a name with other capital letters, which some systems don't tell apart."""
    ELSEWHERE = "elsewhere"
    """The project has a file of this name in another folder."""
    SUBMODULE = "submodule"
    """It belongs to another repository, whose files are not fetched."""
    LOST = "lost"
    """The repository names it, and has its content no more."""
    REMOVED = "removed"
    """The repository had it once."""
    IGNORED = "ignored"
    """`.gitignore` keeps it out of the repository."""
    OUTSIDE = "outside"
    """Its path leads out of the project: it is a file of the author's machine."""
    NEVER = "never"
    """The repository never had it."""
    ABSENT = "absent"
    """It is not in the project, of which there is no history."""


@dataclass(frozen=True, slots=True)
class FileFate:
    """What became of a file, with what says so."""

    fate: Fate
    place: str = ""
    """Where the project has it, the commit that removed it, or the rule that ignores it."""


def nothing_known(path: str) -> FileFate | None:  # noqa: ARG001 - the signature of a lookup
    """The lookup of somebody who hasn't looked."""
    return None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Facts around a run. None stands for what isn't known, and nothing is concluded from it."""

    declared: frozenset[str] | None = None
    """Normalized names of the packages that files of the project declare."""
    packages: Mapping[str, str] | None = None
    """Versions of the packages in the environment, by normalized name."""
    network: bool | None = None
    """Whether the notebook could reach other machines."""
    unsteady: frozenset[int] | None = None
    """Cells whose outputs were not the same when the notebook ran twice in this environment; None where it ran once."""
    own_environment: bool | None = None
    """Whether it ran in an environment that was made for it."""
    pointers: tuple[str, ...] = ()
    """Files of the project that are only pointers of git LFS."""
    fate_of: Callable[[str], FileFate | None] = field(default=nothing_known, compare=False)
    """What became of a file, by the path that the notebook uses."""


UNKNOWN = Circumstances()
