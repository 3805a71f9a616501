"""What `%nbrepro check` shows in a real JupyterLab."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import Example, code, result, stdout
from reports.lab import jupyterlab, run_all

pytestmark = [pytest.mark.browser, pytest.mark.slow]

pytest.importorskip("jupyterlab")

CONTRAST = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")
PATIENCE = 180_000
"""Milliseconds: two kernels are started one after the other, on a machine that may be busy."""
NARROW = {"width": 760, "height": 900}
"""Beside an open side bar on a small screen, little is left for a notebook."""
NAME = "a notebook with a name that is as long as names of notebooks get when somebody writes a whole sentence.ipynb"
LONG = "print('word ' * 40, 'x' * 300, 2)"


@pytest.fixture(params=["JupyterLab Light", "JupyterLab Dark"])
def page(request: pytest.FixtureRequest, chromium: Any, tmp_path: Path) -> Iterator[Any]:
    """A page of JupyterLab in which a notebook has just been checked."""
    notebooks, home = tmp_path / "notebooks", tmp_path / "home"
    Example(
        cells=[code("1 + 1", result("2"), count=1), code(LONG, stdout("word " * 40 + "x" * 300 + " 1\n"), count=2)],
        name=NAME,
    ).write(notebooks)
    checks = [code("%load_ext nbrepro"), code(f"%nbrepro check '{NAME}' --env current")]
    Example(cells=checks, name="checks.ipynb").write(notebooks)
    with jupyterlab(notebooks, home, request.param) as address:
        opened = chromium.new_page(viewport=NARROW)
        opened.set_default_timeout(PATIENCE)
        run_all(opened, address, "checks.ipynb")
        opened.locator(".nbrepro-report").wait_for()
        yield opened
        opened.close()


def test_the_short_report_is_whole_and_readable_in_both_themes(page: Any, request: pytest.FixtureRequest) -> None:
    report = page.locator(".nbrepro-report")
    assert "differs" in report.inner_text()
    assert page.locator(".nbrepro-report").count() == 1
    is_dark = page.evaluate("document.body.dataset.jpThemeLight") == "false"
    assert is_dark == ("Dark" in request.node.callspec.params["page"])
    width, shown = page.locator(".jp-OutputArea-output:has(.nbrepro-report)").evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert width <= shown, "the report is wider than the place that it stands in"
    differences = report.locator("details[open] pre")
    assert differences.is_visible()
    assert differences.evaluate("e => e.clientWidth") > 0.8 * report.evaluate("e => e.clientWidth")
    assert differences.evaluate("e => getComputedStyle(e).wordBreak") == "normal", "words are broken in their middle"
    ratios = report.evaluate(CONTRAST)
    assert len(ratios) > 6
    assert [(round(ratio, 2), name) for ratio, name in ratios if ratio < 4.5] == []
