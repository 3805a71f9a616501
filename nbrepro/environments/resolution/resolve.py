"""Resolves what a notebook wishes as of its date: exactly, or not at all."""

from __future__ import annotations

from nbrepro.environments.pythons import Interpreter
from nbrepro.environments.resolution.attempt import Attempt, Progress, lock_from, solve
from nbrepro.environments.resolution.messages import unresolvable
from nbrepro.environments.resolution.request import request_for
from nbrepro.model import EnvironmentSpec, Lock


def resolve(spec: EnvironmentSpec, interpreter: Interpreter, *, on_progress: Progress | None = None) -> Lock:
    """The newest versions as of the notebook's date that satisfy everything it wishes.

    Args:
        spec: what is wished, by whom, and as of which date.
        interpreter: the Python to resolve for, 3.6 or newer.
        on_progress: is told what is being done.

    Raises:
        UnresolvableError: there is no such set; the error says which wishes stand against each other and where they stand.
        RequestError: uv is missing.
    """
    attempt = first_attempt(spec, interpreter)
    if on_progress:
        on_progress(f"resolving {len(attempt.asked)} wishes for Python {interpreter.version}")
    outcome = solve(attempt)
    if not outcome.answer.is_solved:
        raise unresolvable(outcome.answer.explanation, attempt.asked)
    return lock_from(outcome)


def first_attempt(spec: EnvironmentSpec, interpreter: Interpreter) -> Attempt:
    """Everything that is wished, without any loosening."""
    request = request_for(spec)
    return Attempt(request.asked, spec.cut, interpreter, deviations=(*spec.deviations, *request.deviations))
