"""A cause: why a run failed or differs, how sure that is, and what says so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Certainty(StrEnum):
    """How sure a cause is. Nothing is tried out here: only what the run has recorded counts."""

    STATED = "stated"
    """The run itself says it: an error, a limit, two runs that disagree."""
    LIKELY = "likely"
    """What is recorded points there."""
    POSSIBLE = "possible"
    """It would explain what was seen, as other things would."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason why a run did not give what was saved."""

    slug: str
    """Names the kind, such as `missing-module`."""
    message: str
    """A sentence for people, with the values."""
    certainty: Certainty
    step: int | None = None
    """Position of the cell in which it shows; None where it is in none."""
    detail: str = ""
    """What such causes are counted by: the module, the host, the name; empty where there is nothing of the kind."""
    evidence: tuple[tuple[str, str], ...] = ()
    """Named facts that say so, in a fixed order."""


CAUSES: dict[str, str] = {
    "unresolvable": "What is declared can't be had together",
    "environment-not-built": "The environment could not be built",
    "no-kernel": "No kernel for the notebook's language, or none in the environment",
    "kernel-not-started": "The kernel did not start",
    "kernel-died": "The kernel ended by itself",
    "time-limit": "A cell or the notebook took longer than allowed",
    "memory-limit": "More memory was needed than there was",
    "missing-module": "A module is not in the environment",
    "missing-library": "A shared library of the system is absent",
    "missing-program": "A program of the system is absent",
    "missing-file": "A file is absent",
    "file-pointer": "A file of git LFS is only a pointer to its content",
    "no-network": "The notebook needs the network, and the run had none",
    "unreachable-host": "A host could not be reached, or gave an error",
    "no-credentials": "A variable of the author's account is absent",
    "changed-library": "A name or parameter that this version of a library has not",
    "other-numpy": "Compiled code that was made for another numpy",
    "python-2-code": "Code for Python 2 that Python 3 refuses",
    "other-python": "Syntax that this version of Python doesn't know",
    "syntax-error": "The code can't be read as Python",
    "defined-later": "A name is bound only in a later cell",
    "never-defined": "A name is bound in no cell",
    "earlier-failure": "A cell failed that was to bind the name",
    "unsteady": "Two runs in the same environment disagree",
    "unseeded-randomness": "Random numbers without a seed",
    "clock": "It shows the time of the run",
    "versions-shown": "It shows versions of software",
    "machine-shown": "It shows paths or properties of the machine",
    "picture-size": "A picture has the same shape in another size",
    "execution-order": "The cells were saved after running in another order",
    "other-environment": "The environment is not known to be the one of the author",
}
"""Every slug with its words for people."""
