"""The causes of a comparison: of what ended the run, and of every cell that differs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from nbrepro.causes.cause import Cause
from nbrepro.causes.circumstances import UNKNOWN, Circumstances
from nbrepro.causes.compiled import other_numpy
from nbrepro.causes.credentials import no_credentials
from nbrepro.causes.differing import differing
from nbrepro.causes.ended import ended
from nbrepro.causes.failing import Failing, failing
from nbrepro.causes.files import file_pointer, missing_file
from nbrepro.causes.interfaces import changed_library
from nbrepro.causes.modules import missing_library, missing_module
from nbrepro.causes.names import undefined_name
from nbrepro.causes.network import no_network
from nbrepro.causes.programs import missing_program
from nbrepro.causes.syntax import unreadable_code
from nbrepro.model import Comparison

Rule = Callable[[Failing, Circumstances], Cause | None]

RULES: Final[tuple[Rule, ...]] = (
    no_network,
    other_numpy,
    missing_library,
    missing_module,
    missing_program,
    missing_file,
    file_pointer,
    unreadable_code,
    undefined_name,
    no_credentials,
    changed_library,
)
"""The first that knows a cause of an error names it."""


def causes_of(comparison: Comparison, known: Circumstances = UNKNOWN) -> tuple[Cause, ...]:
    """Why a run failed or differs, as far as what was recorded says so; empty where it was reproduced, or nothing is known.

    Nothing is run. An error that no rule knows has no cause: that is said rather than guessed.

    Args:
        comparison: the saved execution and the observed one.
        known: what is known of the run besides; what isn't known is left out of account.
    """
    error = failing(comparison.expected, comparison.observed)
    found = next((cause for rule in RULES if error is not None and (cause := rule(error, known))), None)
    first = found or ended(comparison.observed.failure)
    return (*((first,) if first else ()), *differing(comparison, known))
