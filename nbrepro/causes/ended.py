"""Runs that no error of the notebook ended: limits, kernels that end by themselves, environments that can't be had."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from nbrepro.causes.cause import Cause, Certainty
from nbrepro.model import Failure, FailureKind

_SLUGS: Final[Mapping[FailureKind, str]] = {
    FailureKind.STEP_TIMED_OUT: "time-limit",
    FailureKind.NOTEBOOK_TIMED_OUT: "time-limit",
    FailureKind.OUT_OF_MEMORY: "memory-limit",
    FailureKind.KERNEL_DIED: "kernel-died",
    FailureKind.KERNEL_NOT_STARTED: "kernel-not-started",
    FailureKind.KERNEL_NOT_FOUND: "no-kernel",
    FailureKind.ENVIRONMENT_NOT_RESOLVED: "unresolvable",
    FailureKind.ENVIRONMENT_NOT_BUILT: "environment-not-built",
}
_WISH = re.compile(r"no environment satisfies (.+?)(?: \(|: )", re.DOTALL)
_FAULTS = frozenset({"index-unreachable", "channel-unreachable", "no-room", "worker-lost"})
"""Slugs of failures that say nothing about the notebook."""


def ended(failure: Failure | None) -> Cause | None:
    """Why a run ended that no error of the notebook ended; None where one did, and where the fault is the machinery's."""
    if failure is None or failure.kind not in _SLUGS or dict(failure.evidence).get("slug") in _FAULTS:
        return None
    return Cause(_SLUGS[failure.kind], failure.message, Certainty.STATED, failure.step, detail_of(failure), failure.evidence)


def detail_of(failure: Failure) -> str:
    """What such failures are counted by: the packages that stand in the way, the limit, the signal.

    >>> detail_of(Failure(FailureKind.STEP_TIMED_OUT, "the cell took longer than 60 seconds", 1, (("limit", "60 seconds"),)))
    '60 seconds'
    """
    facts = dict(failure.evidence)
    if failure.kind is FailureKind.ENVIRONMENT_NOT_RESOLVED and "packages" not in facts:
        wish = _WISH.search(failure.message)
        return wish[1][:100] if wish else ""
    named = ("packages", "limit", "signal", "exit status")
    return next((facts[name] for name in named if name in facts), "")
