"""What changed between two rounds, in lines of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from nbrepro.corpora.changes import Change
from nbrepro.reports.characters import one_line

_WORDS = {-1: "worse", 1: "better"}


def change_lines(before: str, after: str, changes: Iterable[Change]) -> Iterator[str]:
    """How many notebooks became better or worse, from which verdict to which, and their names."""
    changes = list(changes)
    counts = Counter(change.direction for change in changes)
    yield f"{len(changes):,} notebooks in both {before} and {after}: {counts[1]:,} better, {counts[-1]:,} worse, {counts[0]:,} as they were"
    moves = Counter((change.before, change.after) for change in changes if change.before != change.after)
    yield from (f"  {number:,} from {old} to {new}" for (old, new), number in moves.most_common())
    for direction, word in _WORDS.items():
        for change in changes:
            if change.direction == direction:
                cells = f"{change.reproduced_before} → {change.reproduced_after} cells reproduced"
                reason = f": {change.reason}" if change.reason else ""
                yield one_line(f"{word}: {change.name}: {change.before} → {change.after}, {cells}{reason}", 300)
