"""Two rounds side by side: which notebooks became better, which worse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from nbrepro.corpora.store import Store

_QUERY: Final = """
SELECT notebooks.source_sha256 AS source, repositories.name AS repository, notebooks.path, comparisons.verdict, comparisons.reproduced,
    runs.error_name, runs.failure_message
FROM round_notebooks
JOIN rounds ON rounds.id = round_id
JOIN notebooks ON notebooks.id = round_notebooks.notebook_id
JOIN repositories ON repositories.id = notebooks.repository_id
JOIN items ON items.key = round_notebooks.item_key AND items.state = 'done'
JOIN runs ON runs.id = items.run_id
JOIN comparisons ON comparisons.run_id = runs.id AND comparisons.settings_key = rounds.settings_key
WHERE round_id = ?
"""
_RANK: Final = {
    "environment-failed": 0,
    "failed": 1,
    "timed-out": 1,
    "nothing-to-compare": 2,
    "differs": 3,
    "reproduced-within-tolerance": 4,
    "reproduced": 5,
}


@dataclass(frozen=True, slots=True)
class Change:
    """One notebook in two rounds."""

    name: str
    before: str
    """Verdict."""
    after: str
    reproduced_before: int
    """Cells."""
    reproduced_after: int
    reason: str = ""
    """What ended the later run."""

    @property
    def direction(self) -> int:
        """1 if it became better, -1 if worse, 0 if it is the same; verdicts go before numbers of cells."""
        ranks = _RANK.get(self.after, 0) - _RANK.get(self.before, 0)
        difference = ranks or self.reproduced_after - self.reproduced_before
        return (difference > 0) - (difference < 0)


def changes_between(store: Store, before: int, after: int) -> tuple[Change, ...]:
    """The notebooks that both rounds have run, by repository and path."""
    earlier = {(row["repository"], row["path"]): row for row in store.execute(_QUERY, (before,))}
    found = []
    for row in store.execute(_QUERY, (after,)):
        other = earlier.get((row["repository"], row["path"]))
        if other is not None:
            reason = row["failure_message"] or ""
            name = f"{row['repository']}: {row['path']}"
            found.append(Change(name, other["verdict"], row["verdict"], other["reproduced"], row["reproduced"], reason))
    return tuple(found)
