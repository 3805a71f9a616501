"""Drawing with matplotlib as if nobody else used it: its own settings, no pyplot, no display, equal bytes for equal figures."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, Literal

from nbrepro.errors import MissingExtraError
from nbrepro.reports.plots.finishing import Mark, finished
from nbrepro.reports.plots.palette import INK
from nbrepro.reports.plots.plot import Plot

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH: Final = 760
"""Of every plot, in pixels of a page."""
DOTS_PER_INCH: Final = 72
"""So that a point of matplotlib is a pixel."""

_OTHERS: Final = {"backend", "backend_fallback", "interactive"}
"""Settings that belong to the user's session alone."""
_OWN: Final[Any] = {
    "svg.hashsalt": "nbrepro",
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.size": 11.0,
    "figure.dpi": DOTS_PER_INCH,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.facecolor": "none",
    "axes.unicode_minus": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK),
}
_AXIS_NAME: Final = 27
"""How far below an axis its name stands, in pixels."""
_NO_METADATA: Final = dict.fromkeys(("Date", "Creator", "Format", "Type"))


@dataclass(slots=True)
class Marks:
    """The parts of a plot that say something of their own: each with words to be read, and perhaps a link."""

    found: list[Mark] = field(default_factory=list)

    def add(self, artist: Artist, words: str, link: str = "") -> None:
        """Let a part of the figure say something, and lead somewhere."""
        artist.set_gid(f"mark-{len(self.found)}")
        self.found.append(Mark(words, link))


def drawn(name: str, title: str, description: str, height: float, paint: Callable[[Figure, Marks], None]) -> Plot:
    """A plot of the given height in pixels, painted by a function.

    Matplotlib's settings belong to the whole process: while one thread draws, others see ours.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("drawing with matplotlib", "plots") from error
    marks = Marks()
    content = BytesIO()
    with _own_settings():
        figure = Figure(figsize=(WIDTH / DOTS_PER_INCH, height / DOTS_PER_INCH))
        FigureCanvasSVG(figure)
        paint(figure, marks)
        figure.text(0.0, 1 - 16 / height, title, fontsize=14, fontweight="bold")
        figure.savefig(content, format="svg", metadata=_NO_METADATA)
    drawing = content.getvalue()
    fragment, document = (finished(drawing, name, title, description, marks.found, alone=alone) for alone in (False, True))
    return Plot(name, title, description, fragment, document)


def name_axis(axes: Axes, words: str) -> None:
    """Say below a horizontal axis what it shows, at a place that no measured text decides: versions of matplotlib measure differently."""
    axes.annotate(words, (0.5, 0), (0, -_AXIS_NAME), xycoords="axes fraction", textcoords="offset points", ha="center", va="baseline")


def draw_grid(axes: Axes, axis: Literal["x", "y"]) -> None:
    """Draw faint lines across the plot, one from each tick of an axis."""
    axes.grid(axis=axis, color=INK, alpha=0.15, linewidth=1)


@contextmanager
def _own_settings() -> Iterator[None]:
    """Matplotlib's defaults and ours, whatever the user's style is; afterwards everything is as it was."""
    import matplotlib as mpl

    settings: Any = {key: value for key, value in mpl.rcParamsDefault.items() if key not in _OTHERS}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)  # the reader's fonts draw the text
        with mpl.rc_context({**settings, **_OWN}):
            yield
