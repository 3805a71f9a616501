"""Horizontal bars with intervals: the form of most plots here, as names are long and shares are many."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from nbrepro.reports.characters import one_line
from nbrepro.reports.plots.canvas import WIDTH, Marks, draw_grid, drawn, name_axis
from nbrepro.reports.plots.key import LINE, Entry, paint_key, square
from nbrepro.reports.plots.palette import INK, colour_of
from nbrepro.reports.plots.plot import Plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LONGEST_LABEL: Final = 40
_CHARACTER: Final = 6.7
"""Width of a character on average, in pixels."""
_BAR: Final = 13
_BETWEEN_BARS: Final = 4
_BETWEEN_ROWS: Final = 9
_BELOW: Final = 34
_HEAD: Final = 28
_MARKERS: Final = ("D", "^", "s", "o")


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar."""

    share: float
    """Its length, from 0 to 1."""
    words: str
    """The number that stands beside it."""
    interval: tuple[float, float] | None = None
    """The 95 % confidence interval, drawn across its end; None for none."""
    link: str = ""


@dataclass(frozen=True, slots=True)
class BarRow:
    """What belongs to one label: a bar for each series, and what others have found."""

    label: str
    bars: tuple[Bar | None, ...]
    """In the order of the series; None where a series has nothing to say here."""
    points: tuple[float | None, ...] = ()
    """Marked shares, in the order of the chart's point names."""


@dataclass(frozen=True, slots=True)
class BarChart:
    """All that a chart of bars shows."""

    name: str
    title: str
    rows: tuple[BarRow, ...]
    axis: str
    """What the length of the bars means."""
    series: tuple[str, ...] = ("",)
    point_names: tuple[str, ...] = ()
    remark: str = ""
    """What is to be known about the numbers."""
    top: float = 1.0
    """Where the axis ends."""


def bar_plot(chart: BarChart) -> Plot:
    """The chart as a plot.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    return drawn(chart.name, chart.title, described(chart), _height(chart), partial(_paint, chart))


def described(chart: BarChart) -> str:
    """All numbers of a chart in words.

    >>> described(BarChart("a", "A", (BarRow("one", (Bar(0.5, "50 %"), Bar(0.2, "20 %"))),), "share", ("x", "y")))
    'Bars: share. one: x 50 %, y 20 %.'
    """
    rows = "; ".join(f"{row.label}: {', '.join(_words(chart, row))}" for row in chart.rows)
    return f"Bars: {chart.axis}. {rows}." + (f" {chart.remark}" if chart.remark else "")


def _words(chart: BarChart, row: BarRow) -> list[str]:
    bars = [f"{name} {bar.words}".strip() for name, bar in zip(chart.series, row.bars, strict=True) if bar]
    points = zip(chart.point_names, row.points, strict=False)
    return bars + [f"{name} {100 * point:.1f} %" for name, point in points if point is not None]


def _key(chart: BarChart) -> list[Entry]:
    series = chart.series if len(chart.series) > 1 else ()
    bars = [(name, square(colour_of(position))) for position, name in enumerate(series)]
    return bars + [(name, _marker(position)) for position, name in enumerate(chart.point_names)]


def _row_height(chart: BarChart) -> float:
    return len(chart.series) * (_BAR + _BETWEEN_BARS) + _BETWEEN_ROWS


def _height(chart: BarChart) -> float:
    return _HEAD + LINE * len(_key(chart)) + _row_height(chart) * max(1, len(chart.rows)) + _BELOW


def _paint(chart: BarChart, figure: Figure, marks: Marks) -> None:
    height = _height(chart)
    labels = [one_line(row.label, LONGEST_LABEL) for row in chart.rows]
    left = 14 + _CHARACTER * max(map(len, labels), default=0)
    right = 20 + _CHARACTER * max((len(bar.words) for row in chart.rows for bar in row.bars if bar), default=0)
    inside = _row_height(chart) * max(1, len(chart.rows))
    axes = figure.add_axes((left / WIDTH, _BELOW / height, 1 - (left + right) / WIDTH, inside / height))
    axes.set(xlim=(0, chart.top), ylim=(inside, 0))
    name_axis(axes, chart.axis)
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_formatter(lambda share, _: f"{100 * share:.3g} %")
    draw_grid(axes, "x")
    axes.set_axisbelow(True)
    axes.set_yticks([_row_height(chart) * (number + 0.5) for number in range(len(labels))], labels)
    axes.tick_params(length=0)
    for number, row in enumerate(chart.rows):
        _paint_row(chart, axes, row, _row_height(chart) * number + _BETWEEN_ROWS / 2, marks)
    paint_key(figure, _key(chart), left, height - _HEAD)


def _paint_row(chart: BarChart, axes: Axes, row: BarRow, top: float, marks: Marks) -> None:
    for position, bar in enumerate(row.bars):
        middle = top + (position + 0.5) * (_BAR + _BETWEEN_BARS)
        if bar is not None:
            series = f" {chart.series[position]}" if chart.series[position] else ""
            _paint_bar(axes, bar, middle, colour_of(position), partial(marks.add, words=f"{row.label}:{series} {bar.words}", link=bar.link))
    for position, point in enumerate(row.points):
        if point is not None:
            middle = top + len(chart.series) * (_BAR + _BETWEEN_BARS) / 2
            (drawn_point,) = axes.plot([point], [middle], **_marker(position))
            marks.add(drawn_point, f"{row.label}: {chart.point_names[position]} {100 * point:.1f} %")


def _paint_bar(axes: Axes, bar: Bar, middle: float, colour: str, mark: Any) -> None:  # noqa: ANN401 - takes the artist alone
    (rectangle,) = axes.barh([middle], [bar.share], height=_BAR, color=colour)
    rectangle.set_clip_on(False)
    mark(rectangle)
    if bar.interval is not None:
        axes.plot(bar.interval, [middle, middle], color=INK, linewidth=1.6, marker="|", markersize=7, clip_on=False)
    axes.annotate(
        bar.words, (1, middle), (8, 0), xycoords=axes.get_yaxis_transform(), textcoords="offset points", va="center_baseline", fontsize=11
    )


def _marker(position: int) -> dict[str, Any]:
    face = "none" if position % 2 else INK
    return {
        "marker": _MARKERS[position % len(_MARKERS)],
        "color": INK,
        "markerfacecolor": face,
        "markersize": 7,
        "linestyle": "none",
        "clip_on": False,
    }
