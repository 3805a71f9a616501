"""How long notebooks took in the course of a round."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from nbrepro.reports.plots.canvas import WIDTH, Marks, draw_grid, drawn, name_axis
from nbrepro.reports.plots.key import LINE, paint_key
from nbrepro.reports.plots.palette import colour_of
from nbrepro.reports.plots.plot import Plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from nbrepro.corpora.durations import Stretch

_HEIGHT: Final = 300
_LEFT: Final = 70
_BELOW: Final = 44
_TITLE: Final = 28
_HEAD: Final = _TITLE + 2 * LINE + 6
_HOUR: Final = 3600
_MINUTE: Final = 60
_TICKS: Final = (0.001, 0.01, 0.1, 1.0, 10.0, 60.0, 600.0, 3600.0, 36_000.0, 360_000.0, 3.6e6, 3.6e7)
"""Seconds."""
_LINES: Final[Any] = {"color": colour_of(0), "clip_on": False}
_MEDIAN: Final[Any] = {**_LINES, "linestyle": "none", "marker": "o", "markersize": 6}
_MOST: Final[Any] = {**_LINES, "linestyle": "none", "marker": "_", "markersize": 9, "markeredgewidth": 2}


def timeline_plot(stretches: Sequence[Stretch]) -> Plot:
    """Median and 90 % quantile of the durations, from the first run of a round to the last.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    parts = "; ".join(
        f"from hour {one.start:.3g}: {one.runs:,} notebooks, median {one.median:.3g} s, 90 % below {one.most:.3g} s" for one in stretches
    )
    words = f"Durations hold resolving, building and running. {parts}."
    return drawn("durations", "How long notebooks took, from the first to the last", words, _HEIGHT, partial(_paint, stretches))


def _paint(stretches: Sequence[Stretch], figure: Figure, marks: Marks) -> None:
    axes = figure.add_axes((_LEFT / WIDTH, _BELOW / _HEIGHT, 1 - (_LEFT + 28) / WIDTH, 1 - (_BELOW + _HEAD) / _HEIGHT))
    unit, name = _unit(max(one.end for one in stretches))
    ticks = _ticks(min(one.median for one in stretches), max(one.most for one in stretches))
    axes.set_yscale("log")
    axes.set_yticks(ticks)
    axes.set(xlim=(0, unit * max(one.end for one in stretches)), ylim=(ticks[0], ticks[-1]))
    name_axis(axes, f"{name} since the first run was begun")
    axes.yaxis.set_major_formatter(lambda seconds, _: in_words(seconds))
    axes.minorticks_off()
    draw_grid(axes, "y")
    _paint_durations(axes, stretches, unit, marks)
    paint_key(figure, [("median", _MEDIAN), ("90 % stay below", _MOST)], _LEFT, _HEIGHT - _TITLE)


def _paint_durations(axes: Axes, stretches: Sequence[Stretch], unit: float, marks: Marks) -> None:
    middles = [unit * (one.start + one.end) / 2 for one in stretches]
    for one, middle in zip(stretches, middles, strict=True):
        (span,) = axes.plot([middle, middle], [one.median, one.most], linewidth=3, solid_capstyle="butt", **_LINES)
        marks.add(span, f"{one.runs:,} notebooks: median {in_words(one.median)}, 90 % below {in_words(one.most)}")
    axes.plot(middles, [one.median for one in stretches], **_MEDIAN)
    axes.plot(middles, [one.most for one in stretches], **_MOST)


def _ticks(lowest: float, highest: float) -> tuple[float, ...]:
    """The ticks that enclose all durations, at least two.

    >>> _ticks(12, 300), _ticks(60, 60)
    ((10.0, 60.0, 600.0), (60.0, 600.0))
    """
    first = max((number for number, tick in enumerate(_TICKS) if tick <= lowest), default=0)
    last = min((number for number, tick in enumerate(_TICKS) if tick >= highest), default=len(_TICKS) - 1)
    return _TICKS[min(first, len(_TICKS) - 2) : max(last, first + 1) + 1]


def _unit(hours: float) -> tuple[float, str]:
    """What hours are multiplied with for an axis, and what they then are."""
    return (1.0, "hours") if hours >= 1 else (float(_MINUTE), "minutes") if hours * _MINUTE >= 1 else (float(_HOUR), "seconds")


def in_words(seconds: float) -> str:
    """A duration in the unit that fits it.

    >>> in_words(0.25), in_words(90), in_words(7200)
    ('0.25 s', '1.5 min', '2 h')
    """
    if seconds >= _HOUR:
        return f"{seconds / _HOUR:.3g} h"
    return f"{seconds / _MINUTE:.3g} min" if seconds >= _MINUTE else f"{seconds:.3g} s"
