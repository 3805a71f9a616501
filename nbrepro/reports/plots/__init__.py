"""Plots of corpora and of simulated execution, drawn by matplotlib (`nbrepro[plots]`) when they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbrepro.errors import MissingExtraError

if TYPE_CHECKING:
    from nbrepro.corpora.statistics import CorpusStatistics
    from nbrepro.reports.plots.plot import Plot

ABSENT = "Plots are left out: matplotlib is not installed (pip install 'nbrepro[plots]')."
"""What a report says that could have plots."""


def plots_or_none(statistics: CorpusStatistics) -> tuple[Plot, ...] | None:
    """The plots of a corpus; None where matplotlib is not installed."""
    from nbrepro.reports.plots.corpus import corpus_plots

    try:
        return corpus_plots(statistics)
    except MissingExtraError:
        return None
