"""How a program is emulated, and what it may use."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nbrepro.errors import RequestError
from nbrepro.simulation.models.protocol import Sampling

LIKELIEST = Sampling()


@dataclass(frozen=True, slots=True)
class EmulationLimits:
    """What one program may use. Time in which the model thinks doesn't count."""

    seconds: float = 10.0
    """CPU time of the program."""
    memory_bytes: int | None = 1 << 30
    calls: int = 100
    """Calls that the model is asked about; the program is ended before the next one."""
    repeated_calls: int = 10_000
    """Calls that are answered from earlier ones."""
    argument_characters: int = 2000
    """Longer arguments are cut in the question, which says so."""
    answer_characters: int = 100_000
    """A longer answer is refused."""
    output_characters: int = 1_000_000
    """What is printed beyond this is dropped, which the result says."""

    def __post_init__(self) -> None:
        if not 0 < self.seconds < math.inf or self.calls < 0:
            raise RequestError(f"expected more than 0 seconds and at least 0 calls, found {self.seconds} and {self.calls}")


@dataclass(frozen=True, slots=True)
class EmulationSettings:
    """How the model is asked."""

    remembers: bool = True
    """Whether equal arguments get the answer of the first call, as a function without side effects gives it."""
    repairs: int = 1
    """How often the model is told that its answer can't be read, before the call fails."""
    simulates_other_text: bool = True
    """Whether the model simulates the whole where the text is no Python; else that is the end with status `error`."""
    sampling: Sampling = LIKELIEST
