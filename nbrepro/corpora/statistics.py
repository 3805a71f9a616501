"""The figures of a round: how far its notebooks came, what kept them back, and how that differs among them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import merge
from itertools import islice
from sqlite3 import Row
from typing import Any, Final

from nbrepro.corpora.cause_details import Details, cause_details
from nbrepro.corpora.code_style import DENSITIES
from nbrepro.corpora.durations import Stretch, durations
from nbrepro.corpora.labels import STAGES, TELLING, labels_of, name_of, notebooks_of, reached_by, traits_of
from nbrepro.corpora.store import Store, StoreError
from nbrepro.model.intervals import wilson

LISTED = 200
"""Notebooks that a figure names itself; all of them are given by `notebooks_behind`."""
LIBRARIES = 25
"""Libraries that are told of, the most used first."""
PARTS: Final = (("stage", "finished"), ("stage", "reproduced"), ("cells", "reproduced"))
"""The parts of the notebooks with a trait of which their own notebooks are named."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of notebooks, with the notebooks behind it."""

    kind: str
    value: str
    count: int
    notebooks: tuple[str, ...] = ()
    """The first of them; `labels` find all."""
    part: tuple[str, str] | None = None
    """A second label that the notebooks have as well; None where the first is enough."""

    @property
    def labels(self) -> tuple[str, ...]:
        """By which `corpus list --only` and `notebooks_behind` find the notebooks.

        >>> Figure("year", "2019", 3, part=("stage", "finished")).labels
        ('year=2019', 'stage=finished')
        """
        pairs = ((self.kind, self.value), *([self.part] if self.part else ()))
        return tuple(f"{kind}={value}" for kind, value in pairs)


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

    def add(self, alike: _Alike) -> None:
        """Count the notebooks of a group that came to this stage."""
        reached = STAGES.index(reached_by(alike.first))
        self.run += alike.count * (reached >= _RUN)
        self.executed += alike.count * (reached >= _EXECUTED)
        self.finished += alike.count * (reached >= _FINISHED)
        self.reproduced += alike.count * (reached >= _REPRODUCED)
        self.runnable_cells += alike.sums[0]
        self.ran_cells += alike.sums[1]
        self.comparable_cells += alike.sums[2]
        self.reproduced_cells += alike.sums[3]
        self.compared_outputs += alike.sums[4]
        self.same_outputs += alike.sums[5]


@dataclass(slots=True)
class _Alike:
    """Notebooks of which the same is to be said."""

    first: Row
    count: int = 0
    seconds: float = 0.0
    sums: list[int] = field(default_factory=lambda: [0] * 6)
    """Cells to run, that ran, to be compared, reproduced; outputs compared, the same."""
    named: list[tuple[int, str]] = field(default_factory=list)
    """Numbers and names of the first notebooks."""


_Label = tuple[str, str, tuple[str, str] | None]
"""Kind, value and part of a figure."""
_SUMMED = slice(7, 13)
"""The columns of counts, in the order of `_Alike.sums`."""
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
    """Every label with its notebooks, and the parts of the traits that are broken down; in no particular order."""
    whole: Tally
    breakdowns: dict[str, dict[str, Tally]] = field(default_factory=dict)
    """By trait (`python`, `year`, `declared`, `style`, `library`) and its value."""
    seconds: float = 0.0
    """Time of all runs together."""
    environments: int = 0
    cause_details: Details = field(default_factory=dict)
    """What each cause is about, most often."""
    durations: tuple[Stretch, ...] = ()
    """How long runs took, from the first to the last."""

    def figures_of(self, kind: str) -> tuple[Figure, ...]:
        """The figures of one kind, the largest first; stages in their order. Parts of them are not among these."""
        found = [figure for figure in self.figures if figure.kind == kind and figure.part is None]
        if kind == "stage":
            return tuple(sorted(found, key=lambda figure: STAGES.index(figure.value)))
        return tuple(sorted(found, key=lambda figure: (-figure.count, figure.value)))

    def count(self, kind: str, value: str) -> int:
        """How many notebooks have a label.

        >>> CorpusStatistics(1, "1", "", None, {}, "", 0, (), (Figure("stage", "run", 3),), Tally()).count("stage", "run")
        3
        """
        figure = self.figure(kind, value)
        return figure.count if figure else 0

    def figure(self, kind: str, value: str, part: tuple[str, str] | None = None) -> Figure | None:
        """The figure of a label, or of a part of its notebooks; None where no notebook has it."""
        return next((one for one in self.figures if (one.kind, one.value, one.part) == (kind, value, part)), None)


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
    groups = _groups(store, round_id)
    labelled: defaultdict[_Label, list[_Alike]] = defaultdict(list)
    whole = Tally()
    tallies: defaultdict[str, defaultdict[str, Tally]] = defaultdict(lambda: defaultdict(Tally))
    for alike in groups:
        whole.add(alike)
        labels = tuple(labels_of(alike.first))
        for label in labels:
            labelled[(*label, None)].append(alike)
        if STAGES.index(reached_by(alike.first)) >= _RUN:
            parts = [part for part in PARTS if part in labels]
            for kind, value in traits_of(alike.first):
                tallies[kind][value].add(alike)
                for part in parts:
                    labelled[kind, value, part].append(alike)
    breakdowns = {kind: _ordered(kind, of_kind) for kind, of_kind in tallies.items()}
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
        figures=tuple(_figure(label, alike) for label, alike in labelled.items() if label[2] is None or label[1] in breakdowns[label[0]]),
        whole=whole,
        breakdowns=breakdowns,
        seconds=sum(alike.seconds for alike in groups),
        environments=store.value(
            "SELECT count(DISTINCT environment_id) FROM runs WHERE id IN (SELECT run_id FROM items JOIN round_notebooks"
            " ON item_key = key WHERE round_id = ?)",
            (round_id,),
        ),
        cause_details=cause_details(store, round_id),
        durations=durations(store, round_id),
    )


def _groups(store: Store, round_id: int) -> tuple[_Alike, ...]:
    """The notebooks of a round, grouped by what is to be said of them: one pass, whatever the number of labels."""
    groups: dict[tuple[Any, ...], _Alike] = {}
    for row in notebooks_of(store, round_id):
        alike = groups.get(row[TELLING])
        if alike is None:
            alike = groups[row[TELLING]] = _Alike(row)
        alike.count += 1
        alike.seconds += row["seconds"] or 0.0
        if row["verdict"] is not None:
            for position, number in enumerate(row[_SUMMED]):
                alike.sums[position] += number
        if len(alike.named) < LISTED:
            alike.named.append((row["id"], name_of(row)))
    return tuple(groups.values())


def _figure(label: _Label, groups: list[_Alike]) -> Figure:
    """The number of a label's notebooks, with the first of them in their order."""
    first = islice(merge(*(alike.named for alike in groups)), LISTED)
    return Figure(label[0], label[1], sum(alike.count for alike in groups), tuple(name for _, name in first), label[2])


def notebooks_behind(store: Store, round_id: int, *labels: str) -> Iterator[Row]:
    """All notebooks that have a label such as `failure=ModuleNotFoundError`; of several labels, those that have all of them."""
    wanted = {(kind, value) for kind, _, value in (label.partition("=") for label in labels)}
    return (row for row in notebooks_of(store, round_id) if wanted <= set(labels_of(row)))


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
    if kind == "style":
        return {value: tallies[value] for value in DENSITIES if value in tallies}
    largest = sorted(tallies.items(), key=lambda pair: (-pair[1].run, pair[0]))
    return dict(largest[:LIBRARIES] if kind == "library" else largest)
