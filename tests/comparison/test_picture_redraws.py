"""The same drawing at another resolution, and what only looks like it."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from matplotlib import style
from matplotlib.figure import Figure
from PIL import Image

from nbrepro.comparison.picture_scaling import Overlay, find_scaling
from nbrepro.comparison.pictures import compare_pictures
from nbrepro.comparison.settings import Settings
from nbrepro.model import Verdict

RESOLUTIONS = tuple(pytest.param(dpi, marks=pytest.mark.slow) for dpi in (80, 100, 144))


def figure(dpi: int = 72, size: tuple[float, float] = (4, 2.5), **change: Any) -> str:
    drawn: dict[str, Any] = {
        "heights": [3.0, 5.0, 2.0, 4.0],
        "color": "C0",
        "labels": ["0", "1", "2", "3", "4", "5"],
        "tops": True,
    } | change
    with style.context("default"):
        canvas = Figure(figsize=size)
        axes = canvas.subplots()
        axes.bar(range(4), drawn["heights"], color=drawn["color"])
        if drawn["tops"]:
            axes.plot([0, 3], [5.5, 1.0], color="C1")
        axes.set_ylim(0, 6)
        axes.set_yticks(range(6), drawn["labels"])
        buffer = BytesIO()
        canvas.savefig(buffer, format="png", dpi=dpi)
    return base64.b64encode(buffer.getvalue()).decode()


@pytest.fixture(scope="module")
def base() -> str:
    return figure()


@pytest.mark.parametrize("dpi", RESOLUTIONS)
def test_the_same_drawing_at_another_resolution_is_close(base: str, dpi: int) -> None:
    for pair in ((base, figure(dpi)), (figure(dpi), base)):
        judgement = compare_pictures(*pair)
        assert (judgement.verdict, judgement.because[0].slug) == (Verdict.CLOSE, "picture-resolution")
        assert f"72 and {dpi} dots per inch" in judgement.because[0].message
        assert judgement.deviation is not None
        assert judgement.deviation <= 0.02


@pytest.mark.parametrize(
    "change",
    [
        {"heights": [3.0, 5.0, 2.1, 4.0]},
        {"heights": [3.0, 5.25, 2.0, 4.0]},
        {"color": "C2"},
        {"tops": False},
        {"labels": ["0", "1", "2", "8", "4", "5"]},
        {"labels": ["0", "1", "2", "3", "4", "6"]},
        {"labels": ["0", "7", "2", "3", "4", "5"]},
        {"labels": ["0", "1", "2", "4", "3", "5"]},
    ],
    ids=str,
)
@pytest.mark.parametrize("dpi", RESOLUTIONS)
def test_a_changed_drawing_at_another_resolution_is_different(base: str, change: dict[str, Any], dpi: int) -> None:
    judgement = compare_pictures(base, figure(dpi, **change))
    assert (judgement.verdict, judgement.because[0].slug) == (Verdict.DIFFERENT, "picture-size")


def test_a_changed_digit_is_named_as_a_letter(base: str) -> None:
    message = compare_pictures(base, figure(100, labels=["0", "1", "2", "8", "4", "5"])).because[0].message
    assert "letters or fine strokes can't be told to be the same" in message


def test_an_edge_a_few_pixels_aside_is_named(base: str) -> None:
    message = compare_pictures(base, figure(100, heights=[3.0, 5.0, 2.1, 4.0])).because[0].message
    assert "an edge lies elsewhere or is missing" in message


def test_the_tolerance_decides(base: str) -> None:
    assert compare_pictures(base, figure(100), Settings(picture_tolerance=0.0)).verdict is Verdict.DIFFERENT


def test_other_proportions_are_no_other_resolution(base: str) -> None:
    judgement = compare_pictures(base, figure(100, size=(4, 3.5)))
    assert judgement.verdict is Verdict.DIFFERENT
    assert "not another resolution only" in judgement.because[0].message
    assert "matplotlib-inline" not in judgement.because[0].message


def test_the_default_sizes_of_notebooks_are_named() -> None:
    judgement = compare_pictures(figure(72, size=(6, 4)), figure(100, size=(6.4, 4.8)))
    assert judgement.verdict is Verdict.DIFFERENT
    assert "up to matplotlib-inline 0.1.3" in judgement.because[0].message


def test_too_small_a_picture_is_not_compared_at_two_resolutions() -> None:
    payloads = []
    for side in (12, 24):
        buffer = BytesIO()
        Image.new("L", (side, side), 255).save(buffer, "PNG")
        payloads.append(base64.b64encode(buffer.getvalue()).decode())
    assert "too small" in compare_pictures(payloads[0], payloads[1]).because[0].message


@pytest.mark.slow
def test_too_large_a_picture_is_not_compared_at_two_resolutions() -> None:
    payloads = []
    for side in (1500, 3000):
        buffer = BytesIO()
        Image.new("L", (side, side), 255).save(buffer, "PNG")
        payloads.append(base64.b64encode(buffer.getvalue()).decode())
    judgement = compare_pictures(payloads[0], payloads[1])
    assert judgement.verdict is Verdict.DIFFERENT
    assert "too large to be compared at two resolutions" in judgement.because[0].message


@pytest.mark.parametrize(("low", "high"), [(72, 100), (72, 144), (80, 100), (100, 150), (72, 300)])
def test_a_scaling_is_found_in_spite_of_rounding(low: int, high: int) -> None:
    for width, height in ((394, 265), (401, 322)):
        found = find_scaling((width, height), (round(width * high / low), round(height * high / low) + 1))
        assert found is not None
        assert found.factor == pytest.approx(high / low)


@pytest.mark.parametrize("larger", [(394, 265), (400, 270), (788, 265), (9000, 6000)])
def test_no_scaling_is_found_where_there_is_none(larger: tuple[int, int]) -> None:
    assert find_scaling((394, 265), larger) is None


@pytest.mark.parametrize("place", [(0, 0), (20, 14), (57, 36)])
def test_an_overlay_lies_where_it_belongs(place: tuple[int, int]) -> None:
    small = np.full((40, 60, 3), 255, np.uint8)
    small[place[1] : place[1] + 4, place[0] : place[0] + 3] = 0
    overlay = Overlay(small, small.repeat(2, axis=0).repeat(2, axis=1), 2.0)
    assert np.abs(overlay.seen().astype(int) - small).max() < 60
    assert overlay.seen(around=4).shape == (48, 68, 3)
    moved = overlay.seen(right=1.0)
    assert np.abs(moved[:, 1:].astype(int) - small[:, :-1]).max() < 60
