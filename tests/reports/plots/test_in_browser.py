"""Plots as a browser draws them: bars that open lists, text that can be read in both themes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from reports.plots.figures import round_of_forty
from reports.plots.test_drawing import contrast

from nbrepro.reports.corpus_report import as_html

if TYPE_CHECKING:
    from reports.conftest import Visit

pytest.importorskip("matplotlib")
pytestmark = [pytest.mark.browser, pytest.mark.slow]

Open = Callable[..., "Visit"]
COLOUR = "e => getComputedStyle(e).fill"
BACKGROUND = "e => getComputedStyle(e).backgroundColor"


def as_hex(colour: str) -> str:
    """`rgb(1, 2, 3)` as browsers tell it, written as `#010203`."""
    return "#" + "".join(f"{int(part):02x}" for part in colour.removeprefix("rgb(").removesuffix(")").split(","))


def test_a_bar_opens_the_list_of_its_notebooks(visit: Open) -> None:
    page = visit(as_html(round_of_forty())).page
    link = page.locator("svg a", has_text="KeyError")
    listed = page.locator(link.get_attribute("href"))
    assert not listed.is_visible()
    link.click()
    listed.wait_for(state="visible")
    assert listed.locator("li").count() == 8


def test_a_bar_is_reached_and_followed_by_keyboard(visit: Open) -> None:
    page = visit(as_html(round_of_forty())).page
    link = page.locator("svg a").first
    link.focus()
    page.keyboard.press("Enter")
    page.locator(link.get_attribute("href")).wait_for(state="visible")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_labels_stand_out_from_the_page(visit: Open, scheme: str) -> None:
    opened = visit(as_html(round_of_forty()), color_scheme=scheme)
    background = as_hex(opened.page.locator("section.plots").evaluate(BACKGROUND))
    text = as_hex(opened.page.locator("section.plots svg text").first.evaluate(COLOUR))
    assert contrast(background, text) > 7
    assert opened.errors == []
    assert opened.knocks == []


def test_plots_fit_narrow_pages(visit: Open) -> None:
    page = visit(as_html(round_of_forty())).page
    page.set_viewport_size({"width": 420, "height": 800})
    frame = page.locator("section.plots").bounding_box()
    for drawing in page.locator("section.plots svg").all():
        box = drawing.bounding_box()
        assert box["x"] >= frame["x"]
        assert box["x"] + box["width"] <= frame["x"] + frame["width"]
