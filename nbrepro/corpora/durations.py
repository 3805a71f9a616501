"""How long the notebooks of a round took, from its first run to its last."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Final

from nbrepro.corpora.store import Store

STRETCHES: Final = 40
"""Into how many equal parts the time of a round is cut."""
_STEPS_PER_DECADE: Final = 100
"""Durations are counted in classes of 2.3 % width, so that millions of them need little memory."""
_SHORTEST: Final = 1e-3
"""Seconds; what took less is counted as this."""

_RUNS: Final = """
FROM round_notebooks
JOIN items ON items.key = round_notebooks.item_key AND items.state = 'done'
JOIN runs ON runs.id = items.run_id
WHERE round_notebooks.round_id = ? AND runs.seconds IS NOT NULL
"""
_ENDS: Final = f"SELECT min(started) AS first, (julianday(max(started)) - julianday(min(started))) * 24 AS hours {_RUNS}"
_ALL: Final = f"SELECT (julianday(started) - julianday(?)) * 24 AS hours, runs.seconds + COALESCE(prepared_seconds, 0) AS seconds {_RUNS}"


@dataclass(frozen=True, slots=True)
class Stretch:
    """The notebooks that were begun in one part of a round's time. Durations hold resolving, building and running, in seconds."""

    start: float
    """Hours since the first run was begun."""
    end: float
    runs: int
    median: float
    most: float
    """What nine of ten stay below."""


def durations(store: Store, round_id: int, stretches: int = STRETCHES) -> tuple[Stretch, ...]:
    """The durations of a round in the order of time; parts in which nothing was begun are left out. Accurate to 2.3 %."""
    ends = store.execute(_ENDS, (round_id,)).fetchone()
    width = (ends["hours"] or 0.0) / stretches or 1 / 3600
    counted: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for row in store.execute(_ALL, (ends["first"], round_id)):
        counted[min(int(row["hours"] / width), stretches - 1)][_class_of(row["seconds"])] += 1
    return tuple(
        Stretch(part * width, (part + 1) * width, classes.total(), quantile(classes, 0.5), quantile(classes, 0.9))
        for part, classes in sorted(counted.items())
    )


def _class_of(seconds: float) -> int:
    return round(_STEPS_PER_DECADE * math.log10(max(seconds, _SHORTEST)))


def quantile(classes: Counter[int], share: float) -> float:
    """The duration that a share of the counted ones stay at or below, in seconds.

    >>> quantile(Counter({0: 9, 100: 1}), 0.5), quantile(Counter({0: 5, 100: 5}), 0.9)
    (1.0, 10.0)
    """
    wanted, seen = share * classes.total(), 0
    for number, count in sorted(classes.items()):
        seen += count
        if seen >= wanted:
            return float(10 ** (number / _STEPS_PER_DECADE))
    return math.nan
