"""One place where an answer and the real trace part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nbrepro.simulation.comparing_rows import Wrong
from nbrepro.simulation.mistakes import Mistake, Tier


@dataclass(frozen=True, slots=True)
class Divergence:
    """A place where an answer and the real trace part, and what kind of mistake it is."""

    row: int
    """Number of the row, from 0; the number of rows where the answer ends too early."""
    moment: int | None
    """Position among the moments, from 0; None where it's no place in the real trace."""
    mistake: Mistake
    message: str
    wrong: tuple[Wrong, ...] = ()
    omitted: int = 0
    """How many moments the answer leaves out here."""
    inserted: int = 0
    """How many rows it has here for which nothing happened."""
    depends_on_first: bool = False
    """Whether it's wrong in a name that an earlier wrong name could have flowed into."""

    hint: Mistake | None = None
    """What may be behind the first divergence, told from the text of its line: a hint, no verdict."""

    @property
    def tier(self) -> Tier:
        """How deep it goes."""
        return self.mistake.tier


def first_above_notation(divergences: Iterable[Divergence]) -> int | None:
    """The number of the first divergence that is more than notation; None where there is none."""
    return next((number for number, found in enumerate(divergences) if found.tier is not Tier.NOTATION), None)
