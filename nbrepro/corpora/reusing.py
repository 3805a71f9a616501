"""Which runs stay what they are under other time limits: a limit that nothing reached has changed nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from nbrepro.corpora.store import Store
from nbrepro.execution.limits import Limits
from nbrepro.model import FailureKind

TIMES: Final = frozenset({"step_seconds", "notebook_seconds", "startup_seconds"})
"""The limits that a run can stay below; the others may show in its outputs."""
_ENDED_BY: Final = {
    FailureKind.STEP_TIMED_OUT: "step_seconds",
    FailureKind.NOTEBOOK_TIMED_OUT: "notebook_seconds",
}


@dataclass(frozen=True, slots=True)
class Ran:
    """What is to be known of a run: what ended it, and how long it took."""

    failure: FailureKind | None
    seconds: float | None
    """Of all cells; None where none ran."""
    longest_step: float | None = None
    no_answer: bool = False
    """Whether its kernel was given up at the limit of its start."""


def stays(ran: Ran, before: Limits, after: Limits) -> bool:
    """Whether a run under some time limits would be the same under others.

    What ended at a time limit is worth another try only where that limit has grown; what did not, stays where it is
    below the new limits, too.

    >>> minute, hour = Limits(step_seconds=60), Limits(step_seconds=3600)
    >>> stays(Ran(None, 9.0, 5.0), minute, hour), stays(Ran(FailureKind.STEP_TIMED_OUT, 61.0, 60.0), minute, hour)
    (True, False)
    >>> stays(Ran(None, 99.0, 90.0), hour, minute), stays(Ran(FailureKind.STEP_TIMED_OUT, 61.0, 60.0), hour, minute)
    (False, True)
    """
    ended_by = "startup_seconds" if ran.no_answer else _ENDED_BY.get(ran.failure) if ran.failure else None
    if ended_by is not None:
        return not _is_longer(getattr(after, ended_by), getattr(before, ended_by))
    return _is_below(ran.longest_step, after.step_seconds) and _is_below(ran.seconds, after.notebook_seconds)


def _is_longer(one: float | None, other: float | None) -> bool:
    """Whether a limit allows more than another; None is no limit."""
    return other is not None and (one is None or one > other)


def _is_below(seconds: float | None, limit: float | None) -> bool:
    return seconds is None or limit is None or seconds < limit


def run_under_other_times(store: Store, sha256: str, request: Mapping[str, Any]) -> int | None:
    """The last run of an equal request with other time limits that these limits don't affect; None where there is none.

    Args:
        store: where earlier rounds stand.
        sha256: of the notebook's bytes.
        request: what `item_request` gives.
    """
    rows = store.execute(
        "SELECT items.request, runs.id, runs.failure_kind, runs.seconds, runs.failure_evidence,"
        " (SELECT max(seconds) FROM steps WHERE run_id = runs.id) AS longest"
        " FROM notebooks JOIN items ON items.notebook_id = notebooks.id JOIN runs ON runs.id = items.run_id"
        " WHERE notebooks.sha256 = ? AND items.state = 'done' AND NOT runs.is_infrastructure ORDER BY runs.id DESC",
        (sha256,),
    )
    wanted, after = _without_times(request), Limits(**request["limits"])
    for row in rows:
        earlier = json.loads(row["request"])
        if _without_times(earlier) != wanted:
            continue
        failure = FailureKind(row["failure_kind"]) if row["failure_kind"] else None
        ran = Ran(failure, row["seconds"], row["longest"], _has_no_answer(failure, json.loads(row["failure_evidence"])))
        if stays(ran, Limits(**earlier["limits"]), after):
            found: int = row["id"]
            return found
    return None


def _without_times(request: Mapping[str, Any]) -> dict[str, Any]:
    limits = {name: value for name, value in request["limits"].items() if name not in TIMES}
    return {**request, "limits": limits}


def _has_no_answer(failure: FailureKind | None, evidence: Iterable[tuple[str, str]]) -> bool:
    return failure is FailureKind.KERNEL_NOT_STARTED and any(name == "startup limit" for name, _ in evidence)
