"""The key of a plot: what its colours and marks stand for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from nbrepro.reports.characters import one_line

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LINE: Final = 17
"""Height of an entry, in pixels."""
LONGEST_NAME: Final = 80
_BASELINE: Final = 4
_SAMPLE: Final = 7
_TEXT: Final = 20

Entry = tuple[str, dict[str, Any]]
"""A name, and how the line or mark that it stands for is drawn."""


def square(colour: str) -> dict[str, Any]:
    """How the sample of a bar is drawn."""
    return {"marker": "s", "markersize": 9, "color": colour, "linestyle": "none"}


def paint_key(figure: Figure, entries: Sequence[Entry], left: float, top: float) -> None:
    """Write the entries one below another, where nothing else is drawn.

    Matplotlib's own legend stands where measured text puts it, and versions of matplotlib measure differently.

    Args:
        figure: with a pixel for each point.
        entries: from the uppermost to the lowest.
        left: in pixels from the left.
        top: in pixels from below.
    """
    from matplotlib.lines import Line2D
    from matplotlib.transforms import IdentityTransform

    for number, (name, style) in enumerate(entries):
        middle = top - LINE * (number + 0.5)
        figure.add_artist(Line2D([left + _SAMPLE], [middle], **{**style, "transform": IdentityTransform(), "label": ""}))
        figure.text(left + _TEXT, middle - _BASELINE, one_line(name, LONGEST_NAME), transform=IdentityTransform(), va="baseline")
