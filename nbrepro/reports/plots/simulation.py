"""Plots of simulated execution: when models are right, what their mistakes are, and where they begin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from nbrepro.reports.corpus_tables import percent
from nbrepro.reports.plots.bars import Bar, BarChart, BarRow, bar_plot
from nbrepro.reports.plots.histogram import histogram_plot
from nbrepro.reports.plots.plot import Plot
from nbrepro.simulation.grouped import BY, Group, Judged, by_model, divergence_positions, groups, judged, judged_traces, mistakes
from nbrepro.simulation.scoring import Score
from nbrepro.simulation.traced import TraceScore

MOST_MODELS: Final = 4
"""In one chart side by side; of more models only the chart by model tells."""
MOST_ROWS: Final = 16
TITLES: Final = {
    "length": "by length of the program",
    "loops": "by depth of loops",
    "type": "by type of the real value",
    "model": "by model",
    "kind": "by kind of question",
    "steps": "by number of real steps",
}


def accuracy_plot(score: Score | TraceScore, by: str = "model") -> Plot:
    """How often answers are right, or traces free of divergences, in groups.

    Args:
        score: of answers or of traces; several models are shown side by side, up to four.
        by: `length` (lines of code), `loops` (how deep they are nested), `type` (of the real value), `model`, `kind` (of question), or
            for traces `steps` (of the real trace).

    Raises:
        MissingExtraError: matplotlib is not installed.
        RequestError: `by` is none of these.
    """
    return bar_plot(accuracy(_judged(score), by, _prefix(score)))


def mistakes_plot(score: Score | TraceScore) -> Plot:
    """The classes of mistakes of each model, or of the first divergences of its traces, as shares of all of its answers.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    return bar_plot(mistake_classes(_judged(score), _prefix(score)))


def divergences_plot(score: TraceScore) -> Plot:
    """In which part of the real trace the answers of each model first part from it.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    return histogram_plot(divergence_positions(score))


def score_plots(score: Score) -> tuple[Plot, ...]:
    """All plots of scored answers; those that would show one group only are left out.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    return _plots(judged(score), _prefix(score))


def trace_plots(score: TraceScore) -> tuple[Plot, ...]:
    """All plots of stated traces.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    plots = _plots(judged_traces(score), _prefix(score))
    return (*plots, divergences_plot(score)) if score.aligned else plots


def _plots(answers: Sequence[Judged], prefix: str) -> tuple[Plot, ...]:
    charts = [accuracy(answers, by, prefix) for by in BY]
    telling = [chart for chart in charts if len(chart.rows) > 1]
    wrong = mistake_classes(answers, prefix)
    return tuple(bar_plot(chart) for chart in (*telling, wrong) if chart.rows)


def _judged(score: Score | TraceScore) -> tuple[Judged, ...]:
    return judged(score) if isinstance(score, Score) else judged_traces(score)


def _prefix(score: Score | TraceScore) -> str:
    return "answers" if isinstance(score, Score) else "traces"


def accuracy(answers: Sequence[Judged], by: str, prefix: str = "answers") -> BarChart:
    """How often answers are right, in groups: a row for each group, a bar for each model."""
    models = {"": tuple(answers)} if by == "model" else _side_by_side(answers)
    found = {model: {group.label: group for group in groups(those, by)} for model, those in models.items()}
    labels = [group.label for group in groups(answers, by)]
    right = "answers that are right" if prefix == "answers" else "traces without a divergence"
    return BarChart(
        f"{prefix}-by-{by}",
        f"{right.capitalize()} {TITLES[by]}",
        tuple(BarRow(label, tuple(_bar(found[model].get(label)) for model in models)) for label in labels),
        f"share of {right}, with 95 % intervals",
        series=tuple(models),
        remark="Intervals are Wilson's over tasks: several answers to one task count as one.",
    )


def _side_by_side(answers: Sequence[Judged]) -> Mapping[str, tuple[Judged, ...]]:
    models = by_model(answers)
    return models if 1 < len(models) <= MOST_MODELS else {"": tuple(answers)}


def _bar(group: Group | None) -> Bar | None:
    if group is None:
        return None
    low, high = group.interval
    words = f"{percent(group.share)} ({100 * low:.1f}–{100 * high:.1f}), {group.right:,} of {group.answers:,}"
    return Bar(group.share, words, group.interval)


def mistake_classes(answers: Sequence[Judged], prefix: str = "answers") -> BarChart:
    """The classes of mistakes, as shares of all answers: a row for each class, a bar for each model."""
    models = _side_by_side(answers)
    found = {model: {group.label: group for group in mistakes(those)} for model, those in models.items()}
    labels = [group.label for group in mistakes(answers)]
    shares = [group.interval[1] for those in found.values() for group in those.values()]
    return BarChart(
        f"{prefix}-mistakes",
        "What wrong answers get wrong" if prefix == "answers" else "What the first divergences of traces are",
        tuple(BarRow(label, tuple(_bar(found[model].get(label)) for model in models)) for label in labels[:MOST_ROWS]),
        f"share of all {prefix}, with 95 % intervals",
        series=tuple(models),
        remark=f"{len(labels) - MOST_ROWS} rarer classes are left out." if len(labels) > MOST_ROWS else "",
        top=min(1.0, 1.1 * max(shares, default=1.0)),
    )
