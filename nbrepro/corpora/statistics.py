"""The figures of a round: how far its notebooks came, what kept them back, and how that differs among them."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from sqlite3 import Row
from typing import Any

from nbrepro.corpora.intervals import wilson
from nbrepro.corpora.labels import STAGES, labels_of, name_of, notebooks_of, reached_by, traits_of
from nbrepro.corpora.store import Store, StoreError

LISTED = 200
"""Notebooks that a figure names itself; all of them are given by `notebooks_behind`."""
LIBRARIES = 25
"""Libraries that are told of, the most used first."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of notebooks, with the notebooks behind it."""

    kind: str
    value: str
    count: int
    notebooks: tuple[str, ...] = ()
    """The first of them; `label` finds all."""

    @property
    def label(self) -> str:
        """By which `corpus list --only` finds the notebooks."""
        return f"{self.kind}={self.value}"


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, with its 95 % confidence interval."""

    count: int
    of: int

    @property
    def share(self) -> float | None:
        """From 0 to 1; None of nothing."""
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's, at 95 %."""
        return wilson(self.count, self.of)


@dataclass(slots=True)
class Tally:
    """Counts of the notebooks that share a trait."""

    executed: int = 0
    run: int = 0
    """Notebooks for which it was tried."""
    finished: int = 0
    reproduced: int = 0
    runnable_cells: int = 0
    ran_cells: int = 0
    comparable_cells: int = 0
    reproduced_cells: int = 0
    compared_outputs: int = 0
    same_outputs: int = 0

    def add(self, row: Row, reached: int) -> None:
        """Count one notebook that came to this stage."""
        self.run += reached >= _RUN
        self.executed += reached >= _EXECUTED
        self.finished += reached >= _FINISHED
        self.reproduced += reached >= _REPRODUCED
        if row["verdict"] is not None:
            self.runnable_cells += row["runnable"]
            self.ran_cells += row["ran"]
            self.comparable_cells += row["comparable"]
            self.reproduced_cells += row["reproduced"]
            self.compared_outputs += row["compared"]
            self.same_outputs += row["same"]


_RUN, _EXECUTED, _FINISHED, _REPRODUCED = (STAGES.index(stage) for stage in ("run", "executed", "finished", "reproduced"))


@dataclass(frozen=True, slots=True)
class CorpusStatistics:
    """The figures of one round."""

    round_id: int
    name: str
    created: str
    finished: str | None
    request: dict[str, Any]
    version: str
    repositories: int
    unavailable: tuple[tuple[str, str], ...]
    """Sources that could not be had, and why."""
    figures: tuple[Figure, ...]
    """Every label with its notebooks, in no particular order."""
    whole: Tally
    breakdowns: dict[str, dict[str, Tally]] = field(default_factory=dict)
    """By trait (`python`, `year`, `declared`, `library`) and its value."""
    seconds: float = 0.0
    """Time of all runs together."""
    environments: int = 0

    def figures_of(self, kind: str) -> tuple[Figure, ...]:
        """The figures of one kind, the largest first; stages in their order."""
        found = [figure for figure in self.figures if figure.kind == kind]
        if kind == "stage":
            return tuple(sorted(found, key=lambda figure: STAGES.index(figure.value)))
        return tuple(sorted(found, key=lambda figure: (-figure.count, figure.value)))

    def count(self, kind: str, value: str) -> int:
        """How many notebooks have a label.

        >>> CorpusStatistics(1, "1", "", None, {}, "", 0, (), (Figure("stage", "run", 3),), Tally()).count("stage", "run")
        3
        """
        return next((figure.count for figure in self.figures if (figure.kind, figure.value) == (kind, value)), 0)


def round_named(store: Store, name: str | None) -> int:
    """The number of a round by its name; the last one where none is named.

    Raises:
        StoreError: there is none of that name, or none at all.
    """
    if name is None:
        last: int | None = store.value("SELECT max(id) FROM rounds")
        if last is None:
            raise StoreError(f"{store.path}: nothing has been run yet; corpus run does that")
        return last
    found: int | None = store.value("SELECT id FROM rounds WHERE name = ?", (name,))
    if found is None:
        there = ", ".join(row[0] for row in store.execute("SELECT name FROM rounds ORDER BY id"))
        raise StoreError(f"{store.path}: there is no round {name!r}; there are: {there or 'none'}")
    return found


def corpus_statistics(store: Store, round_id: int) -> CorpusStatistics:
    """The figures of a round, in one pass over its notebooks."""
    counts: Counter[tuple[str, str]] = Counter()
    names: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    whole = Tally()
    breakdowns: defaultdict[str, defaultdict[str, Tally]] = defaultdict(lambda: defaultdict(Tally))
    seconds = 0.0
    for row in notebooks_of(store, round_id):
        for label in labels_of(row):
            counts[label] += 1
            listed = names[label]
            if len(listed) < LISTED:
                listed.append(name_of(row))
        reached = STAGES.index(reached_by(row))
        whole.add(row, reached)
        seconds += row["seconds"] or 0.0
        if reached >= _RUN:
            for kind, value in traits_of(row):
                breakdowns[kind][value].add(row, reached)
    about = store.execute("SELECT * FROM rounds WHERE id = ?", (round_id,)).fetchone()
    return CorpusStatistics(
        round_id=round_id,
        name=about["name"],
        created=about["created"],
        finished=about["finished"],
        request=json.loads(about["request"]),
        version=about["version"],
        repositories=store.value("SELECT count(*) FROM round_repositories WHERE round_id = ?", (round_id,)),
        unavailable=tuple(_unavailable(store, round_id)),
        figures=tuple(Figure(*label, count, tuple(names[label])) for label, count in counts.items()),
        whole=whole,
        breakdowns={kind: _ordered(kind, tallies) for kind, tallies in breakdowns.items()},
        seconds=seconds,
        environments=store.value(
            "SELECT count(DISTINCT environment_id) FROM runs WHERE id IN (SELECT run_id FROM items JOIN round_notebooks"
            " ON item_key = key WHERE round_id = ?)",
            (round_id,),
        ),
    )


def notebooks_behind(store: Store, round_id: int, label: str) -> Iterator[Row]:
    """All notebooks that have a label such as `failure=ModuleNotFoundError`."""
    kind, _, value = label.partition("=")
    return (row for row in notebooks_of(store, round_id) if (kind, value) in labels_of(row))


def _unavailable(store: Store, round_id: int) -> Iterator[tuple[str, str]]:
    rows = store.execute(
        "SELECT name, problem FROM repositories JOIN round_repositories ON repository_id = id"
        " WHERE round_id = ? AND problem IS NOT NULL ORDER BY id",
        (round_id,),
    )
    yield from ((row["name"], row["problem"]) for row in rows)


def _ordered(kind: str, tallies: dict[str, Tally]) -> dict[str, Tally]:
    if kind in {"python", "year"}:
        return dict(sorted(tallies.items(), key=lambda pair: [(not part.isdigit(), part.zfill(4)) for part in pair[0].split(".")]))
    largest = sorted(tallies.items(), key=lambda pair: (-pair[1].run, pair[0]))
    return dict(largest[:LIBRARIES] if kind == "library" else largest)
