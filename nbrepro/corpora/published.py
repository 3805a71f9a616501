"""Figures that earlier studies have published, as they stand there, for holding ours beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class PublishedFigure:
    """How many notebooks came so far, of how many that were tried."""

    stage: str
    """The stage of our funnel that it is nearest to."""
    count: int
    of: int
    note: str = ""
    """What is to be known before it is held against ours."""


@dataclass(frozen=True, slots=True)
class Study:
    """A study and its figures."""

    name: str
    source: str
    figures: tuple[PublishedFigure, ...]


PMC: Final = Study(
    "Samuel and Mietchen 2024",
    "GigaScience, doi:10.1093/gigascience/giad113; counts as in the analysis notebooks of the study",
    (
        PublishedFigure("executed", 10_388, 15_817, "8,449 of them declare nothing and ran in a full Anaconda"),
        PublishedFigure("finished", 1_203, 15_817),
        PublishedFigure(
            "reproduced",
            879,
            15_817,
            "its comparison holds no cell against another with nbconvert 6 or newer, and calls that the same: an unknown part of these"
            " was never compared",
        ),
    ),
)
ARCHAEOLOGY: Final = Study(
    "Pimentel and others 2021",
    "Empirical Software Engineering 26, 65, doi:10.1007/s10664-021-09961-9; first environments, without duplicates",
    (
        PublishedFigure("finished", 181_955, 697_398),
        PublishedFigure(
            "reproduced",
            34_148,
            697_398,
            "byte for byte; with normalizations 64,214 of 590,354 isolated runs: several of them had no effect, and pictures were dropped",
        ),
    ),
)
STUDIES: Final = (PMC, ARCHAEOLOGY)
