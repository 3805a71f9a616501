"""What comes of an item: the value that a worker gives back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from nbrepro.corpora.items import Item
from nbrepro.corpora.preparing import Prepared
from nbrepro.model import Comparison, Execution, Failure, FailureKind, Origin
from nbrepro.notebooks import Document, read


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an item."""

    key: str
    prepared: Prepared
    comparison: Comparison
    isolation: tuple[str, ...]
    started: str
    """In ISO 8601, UTC."""
    is_infrastructure: bool = False
    """Whether it failed for a reason that is not the notebook's."""
    unsteady: tuple[int, ...] | None = None
    """Positions of the cells whose outputs two runs in the same environment disagree in; None where it ran once."""


def lost(item: Item, words: str) -> Outcome:
    """The outcome of an item whose worker was lost each time."""
    from nbrepro.comparison import compare

    document = read(item.file)
    execution = not_run(document, Failure(FailureKind.KERNEL_NOT_STARTED, words, evidence=(("slug", "worker-lost"),)))
    execution = replace(execution, subject=item.name or execution.subject)
    comparison = compare(document.saved_execution(), execution, item.comparison)
    return Outcome(item.key, Prepared(), comparison, (), datetime.now(UTC).isoformat(timespec="seconds"), is_infrastructure=True)


def not_run(document: Document, failure: Failure) -> Execution:
    """The execution of a notebook of which no cell could be run."""
    saved = document.saved_execution()
    return replace(saved, origin=Origin.RERUN, steps=tuple(step.as_not_run() for step in saved.steps), failure=failure, seconds=None)
