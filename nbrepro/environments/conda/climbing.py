"""Solves the wishes exactly, or with as little loosened as possible; what was loosened is read off the solution."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from nbrepro.environments.conda.channels import DEFAULTS, expanded
from nbrepro.environments.conda.records import CondaRecord
from nbrepro.environments.conda.solving import Question, UnsolvableError, candidates, solve
from nbrepro.environments.conda.wishes import PYTHON, minor_only
from nbrepro.environments.resolution.harness import KERNEL
from nbrepro.errors import ChannelUnreachableError


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the solver is asked, in the parts that can be loosened."""

    specs: tuple[str, ...]
    """Match specifications of the wishes, without Python."""
    python: str
    """Versions of Python as conda writes them; empty for any."""
    channels: tuple[str, ...]
    subdir: str
    cut: datetime | None
    python_is_stated: bool = False
    """Whether only the notebook's own metadata says its Python."""
    may_add_defaults: bool = False
    """Whether conda would look into its default channels, too."""
    takes_undated: bool = False
    with_kernel: bool = True
    """Whether the kernel has to come from conda."""

    @property
    def question(self) -> Question:
        """What the solver is asked."""
        needed = (f"{PYTHON} {self.python}".strip(), *((KERNEL,) if self.with_kernel else ()))
        return Question((*self.specs, *needed), self.channels, self.subdir, self.cut, self.takes_undated)


@dataclass(frozen=True, slots=True)
class Solution:
    """The packages, and the attempt that gave them."""

    attempt: Attempt
    records: tuple[CondaRecord, ...]


def climb(attempt: Attempt, tell: Callable[[str], None]) -> Solution:
    """The solution that is nearest to what is wished.

    Each rung keeps what was loosened before it; one that changes nothing is passed over.

    Raises:
        UnsolvableError: nothing helped; the message is the explanation of the loosest attempt.
        ChannelUnreachableError: a channel can't be read.
    """
    explanation = ""
    for loosened, what in _rungs(attempt):
        tell(what)
        for tried in dict.fromkeys((loosened, replace(loosened, with_kernel=False))):
            try:
                return Solution(tried, solve(tried.question))
            except UnsolvableError as error:
                explanation = str(error)
    raise UnsolvableError(explanation)


def _rungs(attempt: Attempt) -> Iterator[tuple[Attempt, str]]:
    yield attempt, f"solving {len(attempt.specs)} conda wishes"
    for loosen, what in _LOOSENINGS:
        loosened = loosen(attempt)
        if loosened != attempt:
            attempt = loosened
            yield attempt, what


def _defaults(attempt: Attempt) -> Attempt:
    """As conda does: what no channel has that is named, its default channels may have, where they can be reached."""
    if not attempt.may_add_defaults:
        return attempt
    channels = expanded((*attempt.channels, DEFAULTS), attempt.cut)
    try:
        candidates([PYTHON], channels, attempt.subdir)
    except ChannelUnreachableError:
        return attempt
    return replace(attempt, channels=channels)


def _undated(attempt: Attempt) -> Attempt:
    return replace(attempt, takes_undated=attempt.cut is not None)


def _minor(attempt: Attempt) -> Attempt:
    return replace(attempt, python=minor_only(attempt.python))


def _any_python(attempt: Attempt) -> Attempt:
    return replace(attempt, python="") if attempt.python_is_stated else attempt


def _date_of_pins(attempt: Attempt) -> Attempt:
    """The same with the first day on which everything that is pinned could be had, if that is later."""
    if attempt.cut is None:
        return attempt
    pins = [spec for spec in attempt.specs if "=" in spec]
    days = [day for spec in pins if (day := _first_day(candidates([spec], attempt.channels, attempt.subdir))) is not None]
    return replace(attempt, cut=max(attempt.cut, *days)) if days else attempt


def _first_day(records: tuple[CondaRecord, ...]) -> datetime | None:
    return min((record.uploaded for record in records if record.uploaded is not None), default=None)


def _without_date(attempt: Attempt) -> Attempt:
    return replace(attempt, cut=None)


_LOOSENINGS: tuple[tuple[Callable[[Attempt], Attempt], str], ...] = (
    (_defaults, "trying conda's default channels"),
    (_undated, "trying packages without a date"),
    (_minor, "trying other patch releases of Python"),
    (_date_of_pins, "trying the date of the pinned packages"),
    (_any_python, "trying other Pythons"),
    (_without_date, "trying without the date"),
)
