"""The plots of a corpus: how far its notebooks came, what ended them, how traits matter, how long they took."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nbrepro.corpora.labels import STAGES
from nbrepro.corpora.published import STUDIES
from nbrepro.corpora.statistics import CorpusStatistics, Figure, Share, Tally
from nbrepro.reports.corpus_tables import STAGE_WORDS, TRAITS, anchor, percent, with_interval
from nbrepro.reports.plots.bars import Bar, BarChart, BarRow, bar_plot
from nbrepro.reports.plots.plot import Plot
from nbrepro.reports.plots.timeline import timeline_plot

MOST_ROWS: Final = 16
"""Rows of a chart; what is less frequent is left to the table."""
_PLOTTED_TRAITS: Final = ("python", "year", "declared")


def corpus_plots(statistics: CorpusStatistics) -> tuple[Plot, ...]:
    """All plots of a round; those that nothing could be drawn in are left out.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    charts = (funnel(statistics), failures(statistics), *(trait(statistics, kind) for kind in _PLOTTED_TRAITS))
    plots = [bar_plot(chart) for chart in charts if chart.rows]
    return (*plots, timeline_plot(statistics.durations)) if statistics.durations else tuple(plots)


def funnel(statistics: CorpusStatistics) -> BarChart:
    """Of the notebooks that were run, the share that came to each stage, beside the two studies."""
    run = statistics.count("stage", "run")
    rows = (_stage(statistics, stage, run) for stage in STAGES[STAGES.index("run") :])
    return BarChart(
        "funnel",
        "How far the notebooks came",
        tuple(rows) if run else (),
        f"share of the {run:,} notebooks that were run, with 95 % intervals",
        point_names=tuple(study.name for study in STUDIES),
        remark="The notes of the table say what has to be known before the studies are held against it.",
    )


def _stage(statistics: CorpusStatistics, stage: str, run: int) -> BarRow:
    figure = next((one for one in statistics.figures_of("stage") if one.value == stage), Figure("stage", stage, 0))
    published = ((one.count / one.of for one in study.figures if one.stage == stage) for study in STUDIES)
    return BarRow(STAGE_WORDS[stage], (_share_bar(figure, run),), tuple(next(found, None) for found in published))


def _share_bar(figure: Figure, of: int) -> Bar:
    share = Share(figure.count, of)
    return Bar(share.share or 0.0, with_interval(share), share.interval, _link(figure))


def _link(figure: Figure | None) -> str:
    """To the list of the notebooks behind a figure, in the page that holds its table."""
    return f"#{anchor(figure)}" if figure is not None and figure.notebooks else ""


def failures(statistics: CorpusStatistics) -> BarChart:
    """What ended runs, as shares of the notebooks that were run."""
    run = statistics.count("stage", "run")
    figures = statistics.figures_of("failure")
    more = len(figures) - MOST_ROWS
    return BarChart(
        "failures",
        "What ended runs",
        tuple(BarRow(figure.value, (_share_bar(figure, run),)) for figure in figures[:MOST_ROWS]),
        f"share of the {run:,} notebooks that were run, with 95 % intervals",
        remark=f"{more} further reasons are in the table." if more > 0 else "",
        top=_rounded_up(max((share.interval[1] for share in (Share(one.count, run) for one in figures)), default=1.0)),
    )


def _rounded_up(share: float) -> float:
    """The end of an axis that a share fits on.

    >>> _rounded_up(0.13), _rounded_up(0.8)
    (0.2, 1.0)
    """
    return next(end for end in (0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 1.0) if share <= end)


def trait(statistics: CorpusStatistics, kind: str) -> BarChart:
    """The shares of cells that ran and that were reproduced, by a trait of their notebooks."""
    tallies = statistics.breakdowns.get(kind, {})
    figures = {figure.value: figure for figure in statistics.figures_of(kind)}
    kept = _most_frequent(tallies)
    more = len(tallies) - len(kept)
    left_out = f" {more} less frequent ones are in the table." if more else ""
    return BarChart(
        f"cells-by-{kind}",
        f"Cells: {TRAITS[kind][0].lower()}{TRAITS[kind][1:]}",
        tuple(BarRow(f"{value} ({tally.run:,})", tuple(_cell_bars(tally, _link(figures.get(value))))) for value, tally in kept.items()),
        "share of cells; beside each name, the number of notebooks that were run",
        series=("cells that ran", "cells with outputs that were reproduced"),
        remark=f"There are no intervals: cells of one notebook stand and fall together.{left_out}",
    )


def _most_frequent(tallies: dict[str, Tally]) -> dict[str, Tally]:
    """The most frequent values, in the order in which they stood."""
    largest = sorted(tallies, key=lambda value: -tallies[value].run)[:MOST_ROWS]
    return {value: tally for value, tally in tallies.items() if value in largest}


def _cell_bars(tally: Tally, link: str) -> Iterator[Bar | None]:
    for share in (Share(tally.ran_cells, tally.runnable_cells), Share(tally.reproduced_cells, tally.comparable_cells)):
        words = f"{percent(share.share)} of {share.of:,}"
        yield Bar(share.share, words, link=link) if share.share is not None else None
