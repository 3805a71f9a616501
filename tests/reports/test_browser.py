from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from reports.examples import compared, comparison_of, every_kind, report_of, result_of, step_of
from reports.hostile import PAGE, hostile_report
from syrupy.assertion import SnapshotAssertion

from nbrepro.model import Display, NotebookVerdict, Verdict
from nbrepro.reports.bundle import short_html
from nbrepro.reports.html import as_html
from nbrepro.reports.results import Report

if TYPE_CHECKING:
    from reports.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BORDER = "e => Number.parseFloat(getComputedStyle(e).getPropertyValue('--split'))"
"""Where the upper picture ends, in percent."""

Open = Callable[..., "Visit"]


def scroll_through(page: Any) -> None:
    """Bring every lazy frame and picture into view."""
    for frame in page.locator("iframe").all():
        frame.scroll_into_view_if_needed()
        frame.content_frame.locator("body").wait_for()


def frame_page() -> Report:
    shown = Display({"text/html": PAGE})
    step = step_of(0, "show()", compared(Verdict.IDENTICAL, "text/html", shown, shown))
    return report_of(result_of("a.ipynb", comparison_of(NotebookVerdict.REPRODUCED, step)))


@pytest.mark.parametrize("make", [every_kind, hostile_report, frame_page])
def test_no_request_leaves_the_file_and_no_foreign_script_runs(visit: Open, make: Callable[[], Report]) -> None:
    opened = visit(as_html(make()))
    scroll_through(opened.page)
    opened.page.wait_for_timeout(500)
    assert opened.knocks == []
    assert opened.files == [opened.page.url]
    assert opened.errors == []
    assert opened.page.evaluate("window.pwned") is None
    assert len(opened.page.context.pages) == 1


def test_the_attack_would_work_if_it_were_live(visit: Open) -> None:
    """The test above proves something only if its page does harm where nothing holds it."""
    opened = visit(f"<!doctype html><body>{PAGE}")
    opened.page.wait_for_timeout(1000)
    assert any("GET" in knock for knock in opened.knocks)
    hurt = visit("<!doctype html><body><script>window.pwned = true</script>")
    assert hurt.page.evaluate("window.pwned") is True


def test_html_outputs_are_seen(visit: Open) -> None:
    opened = visit(as_html(frame_page()))
    scroll_through(opened.page)
    assert opened.page.frame_locator("iframe").locator("#seen").is_visible()


def test_pictures_are_drawn(visit: Open) -> None:
    opened = visit(as_html(every_kind()))
    opened.page.locator("img").first.scroll_into_view_if_needed()
    widths = opened.page.evaluate("Promise.all([...document.images].map(i => i.decode().then(() => i.naturalWidth)))")
    assert len(widths) == 3
    assert all(widths)


def test_filter_buttons_show_what_was_not_reproduced(visit: Open) -> None:
    page = visit(as_html(every_kind())).page
    cells, good = page.locator(".cell"), page.locator(".cell.is-good")
    everything = page.get_by_role("button", name="All cells", exact=True)
    only = page.get_by_role("button", name="Not reproduced")
    assert cells.count() == 13
    only.click()
    assert not any(cell.is_visible() for cell in good.all())
    assert page.get_by_role("status").inner_text() == "6 of 13 cells shown"
    assert (only.get_attribute("aria-pressed"), everything.get_attribute("aria-pressed")) == ("true", "false")
    everything.focus()
    page.keyboard.press("Enter")
    assert all(cell.is_visible() for cell in good.all())
    assert page.get_by_role("status").inner_text() == "13 of 13 cells shown"


def test_next_and_previous_go_around_the_differences(visit: Open) -> None:
    page = visit(as_html(every_kind())).page
    page.get_by_role("button", name="Next").click()
    assert page.evaluate("document.activeElement.id") == "notebook-1-cell-4"
    page.get_by_role("button", name="Previous").click()
    assert page.evaluate("document.activeElement.id") == "notebook-3-cell-3"


def test_the_slider_moves_the_border_between_the_pictures(visit: Open) -> None:
    page = visit(as_html(every_kind())).page
    button = page.get_by_role("button", name="Compare with a slider")
    assert button.get_attribute("aria-expanded") == "false"
    button.click()
    assert button.get_attribute("aria-expanded") == "true"
    slider = page.get_by_role("slider", name="Share of the picture")
    over = page.locator(".stack img.over")
    slider.focus()
    page.keyboard.press("Home")
    assert over.evaluate(BORDER) == pytest.approx(0, abs=1), "nothing of the expected picture is seen"
    page.keyboard.press("End")
    assert over.evaluate(BORDER) == pytest.approx(100, abs=1)
    for _ in range(25):
        page.keyboard.press("ArrowLeft")
    assert over.evaluate(BORDER) == pytest.approx(75, abs=1)
    sources = [page.locator(f".stack img.{name}").get_attribute("src") for name in ("over", "under")]
    shown = [image.get_attribute("src") for image in page.locator(".sides.pictures img").all()]
    assert sources == shown[:2], "the expected picture lies over the observed one"


def background(page: Any) -> int:
    red, green, blue = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)")
    return int(red + green + blue)


def test_both_themes_by_preference_and_by_button(visit: Open) -> None:
    page = as_html(every_kind())
    assert background(visit(page, color_scheme="light").page) > 600
    dark = visit(page, color_scheme="dark").page
    assert background(dark) < 150
    button = dark.get_by_role("button", name="Theme")
    button.click()
    assert button.inner_text() == "Theme: light"
    assert background(dark) > 600
    button.click()
    assert background(dark) < 150
    button.click()
    assert button.inner_text() == "Theme: automatic"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(visit: Open, scheme: str) -> None:
    """WCAG 2.1, 1.4.3: at least 4.5 to 1 for text, measured on every badge and quiet word."""
    page = visit(as_html(every_kind()), color_scheme=scheme).page
    ratios = page.evaluate(Path(__file__).with_name("contrast.js").read_text(encoding="utf-8"))
    assert len(ratios) > 50
    assert [(round(ratio, 2), name) for ratio, name in ratios if ratio < 4.5] == []


def test_what_a_screen_reader_hears(visit: Open, snapshot: SnapshotAssertion) -> None:
    page = visit(as_html(every_kind())).page
    assert page.get_by_role("navigation", name="View").aria_snapshot() == snapshot
    assert page.get_by_role("region", name="Notebooks").aria_snapshot() == snapshot(name="summary")
    assert page.get_by_role("region", name="Cell 4: different").aria_snapshot() == snapshot(name="cell")


def test_the_short_report_follows_the_notebook_theme(visit: Open) -> None:
    theme = '<body data-jp-theme-light="false" style="--jp-ui-font-color1: rgb(230, 230, 230); background: #111">'
    opened = visit(f"<!doctype html><meta charset=utf-8>{theme}{short_html(hostile_report())}")
    report = opened.page.locator(".nbrepro-report")
    assert report.evaluate("e => getComputedStyle(e).color") == "rgb(230, 230, 230)"
    assert opened.knocks == []
    assert opened.page.evaluate("window.pwned") is None
