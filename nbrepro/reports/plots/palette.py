"""Colours that people tell apart whatever their colour vision, on light and on dark pages."""

from __future__ import annotations

from typing import Final

INK: Final = "#010203"
"""Stands for the colour of the text around a plot, and is replaced by it when the plot is finished."""

SERIES: Final = ("#0072b2", "#d55e00", "#cc79a7", "#009e73")
"""Four of the eight colours of M. Okabe and K. Ito (Color Universal Design, 2008): those with a contrast of at least 3:1 to white and to
the dark pages of the reports, as WCAG 2.2 asks of graphics (success criterion 1.4.11)."""

LIGHT: Final = ("#ffffff", "#1b1f24")
"""Background and text of a plot that stands alone, in the light theme."""
DARK: Final = ("#171b22", "#e6e9ee")


def colour_of(position: int) -> str:
    """The colour of a series; they repeat after four, and the order of bars then tells more than colour can.

    >>> colour_of(0) == colour_of(4)
    True
    """
    return SERIES[position % len(SERIES)]
