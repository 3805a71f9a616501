"""What comes of an item: the value that a worker gives back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from nbrepro.corpora.items import Item
from nbrepro.corpora.preparing import Prepared
from nbrepro.model import Comparison, Failure, FailureKind
from nbrepro.notebooks import read


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

    saved = read(item.file).saved_execution()
    failure = Failure(FailureKind.KERNEL_NOT_STARTED, words, evidence=(("slug", "worker-lost"),))
    execution = replace(saved.as_not_run(failure), subject=item.name or saved.subject)
    comparison = compare(saved, execution, item.comparison)
    return Outcome(item.key, Prepared(), comparison, (), datetime.now(UTC).isoformat(timespec="seconds"), is_infrastructure=True)
