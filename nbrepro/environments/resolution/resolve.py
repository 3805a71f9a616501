"""Resolves what a notebook wishes as of its date: exactly, or with every departure on record."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime

from packaging.version import Version

from nbrepro.environments.pythons import Interpreter
from nbrepro.environments.resolution import rungs
from nbrepro.environments.resolution.attempt import WHEELS, Building, Outcome, Progress
from nbrepro.environments.resolution.checking import OLDEST_PYTHON, checked_lock, first_attempt, solve_checked
from nbrepro.environments.resolution.climb import Climb
from nbrepro.environments.resolution.messages import unresolvable
from nbrepro.errors import RequestError
from nbrepro.model import Declaration, EnvironmentSpec, Lock, PythonWish, Source

BUDGET = 600.0
"""Seconds that a resolution may take with everything that it tries."""
_NEIGHBOURS = 4
"""So many other Pythons are tried, the likeliest first."""
_TOO_OLD = "depends on Python>"
"""So uv says that a release wants a newer Python."""


def resolve(
    spec: EnvironmentSpec,
    interpreter: Interpreter,
    *,
    building: Building = WHEELS,
    on_progress: Progress | None = None,
    budget: float = BUDGET,
) -> Lock:
    """The newest versions as of the notebook's date that satisfy everything it wishes, without any loosening.

    Args:
        spec: what is wished, by whom, and as of which date.
        interpreter: the Python to resolve for, 3.6 or newer.
        building: whether packages that have no wheel may be built from source, which runs their code; each is recorded.
        on_progress: is told in a few words what is being done.
        budget: seconds that it may take.

    Raises:
        UnresolvableError: there is no such set; the error says which wishes stand against each other and where they stand.
        RequestError: uv is missing, or the Python is too old for it.
    """
    attempt = first_attempt(spec, interpreter, building)
    tell = on_progress or _silent
    tell(f"resolving {len(attempt.asked)} wishes for Python {interpreter.version}")
    outcome = solve_checked(attempt, budget)
    if not outcome.answer.is_solved:
        raise unresolvable(outcome.answer.explanation, attempt.asked)
    return checked_lock(outcome)


def lock_from_declaration(
    declaration: Declaration, interpreter: Interpreter, *, cut: datetime | None = None, on_progress: Progress | None = None
) -> Lock:
    """The lock of a file that pins everything: pinned requirements, uv.lock, Pipfile.lock or a pylock.toml of another tool.

    Its pins and hashes hold; only the kernel, and what the file forgot, is added.

    Args:
        declaration: what the file says.
        interpreter: the Python to resolve for; the file's markers are evaluated for it.
        cut: the date for what the file forgot; None: no limit.
        on_progress: as `resolve`.

    Raises:
        UnresolvableError: the pins can't be had for this Python, contradict each other, or the index has other files.
    """
    python = declaration.python or PythonWish(f"=={interpreter.version}", Source(declaration.kind, declaration.path))
    return resolve(
        EnvironmentSpec("", python, declaration.wishes, cut=cut, indexes=declaration.indexes), interpreter, on_progress=on_progress
    )


def resolve_with_ladder(
    spec: EnvironmentSpec,
    interpreters: Iterable[Interpreter],
    *,
    building: Building = WHEELS,
    on_progress: Progress | None = None,
    budget: float = BUDGET,
) -> tuple[Lock, Interpreter]:
    """The lock that is nearest to what is wished, and the interpreter it is for.

    Args:
        spec: what is wished.
        interpreters: the Python to use first, then others that may stand in for it.
        building: as `resolve`.
        on_progress: as `resolve`.
        budget: seconds for the whole way.

    Raises:
        UnresolvableError: nothing helped, or the time was over.
        RequestError: uv is missing, there is no interpreter, or the first is too old for uv.
    """
    candidates = tuple(interpreters)
    if not candidates:
        raise RequestError("there is no Python to resolve for: give at least one interpreter")
    tell = on_progress or _silent
    deadline = time.monotonic() + budget
    attempt = first_attempt(spec, candidates[0], building)
    tell(f"resolving {len(attempt.asked)} wishes for Python {candidates[0].version}")
    climb = Climb(rungs.NEAR, deadline, tell)
    outcome = climb.up(attempt)
    if not outcome.answer.is_solved:
        # A package that only comes into the way later on still gets the small departures first.
        further = Climb((*rungs.NEAR, *rungs.FAR), deadline, tell, dict(climb.used))
        nearest = _by_nearness(candidates, wants_newer=_TOO_OLD in outcome.answer.explanation)
        found = _neighbour(spec, nearest, building, deadline, tell)
        outcome = found or (further.up(outcome.attempt) if time.monotonic() < deadline else outcome)
    if not outcome.answer.is_solved:
        is_over = "; the time that a resolution may take is over" if time.monotonic() > deadline else ""
        raise unresolvable(f"{outcome.answer.explanation}{is_over}", attempt.asked)
    return checked_lock(outcome), outcome.attempt.interpreter


def _neighbour(
    spec: EnvironmentSpec, candidates: tuple[Interpreter, ...], building: Building, deadline: float, tell: Progress
) -> Outcome | None:
    """The solution for another Python that needs no more than the small departures; None where there is none."""
    preferred, *others = candidates
    for other in others[:_NEIGHBOURS]:
        if time.monotonic() > deadline:
            return None
        tell(f"trying Python {other.version}")
        until = min(deadline, time.monotonic() + (deadline - time.monotonic()) / _NEIGHBOURS)
        outcome = Climb(rungs.NEAR, until, tell).up(first_attempt(spec, other, building))
        if outcome.answer.is_solved:
            return outcome.with_deviation(
                "python-neighbour", f"the wishes can't be met for Python {preferred.version}; Python {other.version} is taken in its place"
            )
    return None


def _by_nearness(candidates: tuple[Interpreter, ...], *, wants_newer: bool) -> tuple[Interpreter, ...]:
    """The preferred Python and one of each other minor version, the nearest first, on the side where help is likelier.

    A release that has no wheel for a Python is mostly too old for it, unless it says itself that it wants a newer one.
    """
    preferred = Version(candidates[0].version)
    near = {one.minor: one for one in reversed(candidates) if Version(one.version) >= OLDEST_PYTHON}
    near.pop(candidates[0].minor, None)

    def farness(one: Interpreter) -> tuple[bool, int]:
        return (Version(one.version) > preferred) != wants_newer, abs(Version(one.version).minor - preferred.minor)

    return candidates[0], *sorted(near.values(), key=farness)


def _silent(_: str) -> None:
    return
