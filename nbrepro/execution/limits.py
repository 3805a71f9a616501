"""What a run may use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one notebook's run; `None` stands for no limit."""

    step_seconds: float | None = 600.0
    """Wall time of one cell."""
    notebook_seconds: float | None = None
    """Wall time of all cells together."""
    startup_seconds: float = 60.0
    """How long the kernel may take until it answers."""
    memory_bytes: int | None = None
    """Resident memory of the kernel and all of its children."""
    output_bytes: int | None = 50_000_000
    """Output of one cell; the rest is cut and the cut recorded."""
