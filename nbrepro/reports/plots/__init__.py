"""Plots of corpora and of simulated execution, drawn by matplotlib (`nbrepro[plots]`) when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nbrepro.errors import MissingExtraError

if TYPE_CHECKING:
    from nbrepro.reports.plots.plot import Plot

ABSENT = "Plots are left out: matplotlib is not installed (pip install 'nbrepro[plots]')."
"""What a report says that could have plots."""


def plots_or_none(draw: Callable[[], tuple[Plot, ...]]) -> tuple[Plot, ...] | None:
    """The plots that a function draws; None where matplotlib is not installed."""
    try:
        return draw()
    except MissingExtraError:
        return None
