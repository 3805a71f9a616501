"""Where in their traces answers first go wrong."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

from nbrepro.reports.characters import one_line
from nbrepro.reports.plots.canvas import WIDTH, Marks, draw_grid, drawn, name_axis
from nbrepro.reports.plots.palette import colour_of
from nbrepro.reports.plots.plot import Plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Positions = Mapping[str, tuple[tuple[int, ...], int]]

_PANEL: Final = 150
_HEAD: Final = 34
_GAP: Final = 48
_BELOW: Final = 44
_LEFT: Final = 34


def histogram_plot(positions: Positions) -> Plot:
    """For each model, in which part of the real trace its answers first part from it.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    words = " ".join(_described(model, counts, clean) for model, (counts, clean) in positions.items())
    return drawn("first-divergences", "Where traces first go wrong", words, _height(positions), partial(_paint, positions))


def _described(model: str, counts: tuple[int, ...], clean: int) -> str:
    parts = ", ".join(f"{_part(number, len(counts))} {count}" for number, count in enumerate(counts) if count)
    whole = clean + sum(counts)
    return f"{model or 'answers'}: {clean} of {whole} traces without a divergence; first divergences in: {parts or 'none'}."


def _part(number: int, parts: int) -> str:
    return f"{100 * number // parts}–{100 * (number + 1) // parts} %"


def _height(positions: Positions) -> float:
    return _HEAD + len(positions) * (_PANEL + _GAP) + _BELOW


def _paint(positions: Positions, figure: Figure, marks: Marks) -> None:
    from matplotlib.ticker import MaxNLocator

    height = _height(positions)
    highest = max((max(counts) for counts, _ in positions.values()), default=1) or 1
    for number, (model, (counts, clean)) in enumerate(positions.items()):
        bottom = height - _HEAD - (number + 1) * (_PANEL + _GAP)
        axes = figure.add_axes((_LEFT / WIDTH, bottom / height, 1 - (_LEFT + 28) / WIDTH, _PANEL / height))
        axes.set_title(
            f"{one_line(model, 60) or 'answers'}: {clean} of {clean + sum(counts)} traces without a divergence", loc="left", fontsize=11
        )
        axes.set(xlim=(0, 1), ylim=(0, highest * 1.15))
        axes.xaxis.set_major_formatter(lambda share, _: f"{100 * share:.3g} %")
        axes.yaxis.set_major_locator(MaxNLocator("auto", integer=True))
        draw_grid(axes, "y")
        axes.set_axisbelow(True)
        _paint_bars(axes, counts, colour_of(number), f"{model}: ", marks)
        if number == len(positions) - 1:
            name_axis(axes, "of the real trace lies before the first divergence")


def _paint_bars(axes: Axes, counts: tuple[int, ...], colour: str, model: str, marks: Marks) -> None:
    width = 1 / len(counts)
    bars = axes.bar([(number + 0.5) * width for number in range(len(counts))], counts, width=0.92 * width, color=colour)
    for number, (bar, count) in enumerate(zip(bars, counts, strict=True)):
        if count:
            marks.add(bar, f"{model}{_part(number, len(counts))}: {count}")
            axes.annotate(str(count), ((number + 0.5) * width, count), (0, 3), textcoords="offset points", ha="center")
