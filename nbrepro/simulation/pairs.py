"""The two sides of an alignment, and what both ways of aligning have in common."""

from __future__ import annotations

from dataclasses import dataclass, field

from nbrepro.simulation.answers import Convention, Row, RowKind
from nbrepro.simulation.comparing_rows import RowFit, compare
from nbrepro.simulation.divergence import Divergence
from nbrepro.simulation.moments import Moment
from nbrepro.simulation.structure import Structure


@dataclass(frozen=True, slots=True)
class Pair:
    """A row and the moment that it tells of, by their positions; None where there is none."""

    row: int | None
    moment: int | None
    fit: RowFit | None = None


@dataclass(frozen=True, slots=True)
class Aligned:
    """What a way of aligning finds under one convention."""

    pairs: tuple[Pair, ...]
    divergences: tuple[Divergence, ...]
    convention: Convention
    score: float
    """The higher, the better the convention fits."""


@dataclass(slots=True)
class Sides:
    """Rows and moments, with the lines that the rows stand for and comparisons made once."""

    rows: tuple[Row, ...]
    moments: tuple[Moment, ...]
    structure: Structure
    convention: Convention
    is_full: bool = False
    lines: tuple[int | None, ...] = ()
    known: frozenset[str] = frozenset()
    seen: dict[tuple[int, int], RowFit] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lines = tuple(self.structure.line_of(row.source, row.line) for row in self.rows)
        self.known = frozenset().union(*(moment.after.keys() for moment in self.moments))

    def is_same_place(self, row: int, moment: int) -> bool:
        """Whether a row tells of the line of a moment, and of the same kind of event."""
        stated, real = self.rows[row], self.moments[moment]
        if stated.kind is not real.kind:
            return False
        is_anywhere = stated.kind is RowKind.RETURN or (stated.kind is RowKind.RAISE and stated.line is None)
        return is_anywhere or self.lines[row] == real.line

    def fit(self, row: int, moment: int) -> RowFit:
        """How a row fits a moment of its place."""
        key = (row, moment)
        if key not in self.seen:
            self.seen[key] = compare(self.rows[row], self.moments[moment], self.convention, self.known, is_full=self.is_full)
        return self.seen[key]

    def fit_states(self, row: Row, moment: int, convention: Convention) -> RowFit:
        """How a row's states fit a moment under any convention, wherever the row belongs."""
        return compare(row, self.moments[moment], convention, self.known, is_full=self.is_full)

    def quality(self, row: int, moment: int) -> float:
        """0 for another place, 1 for the same one, up to 2 for the same states."""
        if not self.is_same_place(row, moment):
            return 0.0
        found = self.fit(row, moment)
        return 2.0 if found.is_clean else 1.0 + 0.5 / (1 + len(found.wrong))
