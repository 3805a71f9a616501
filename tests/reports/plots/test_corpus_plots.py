"""The plots of a corpus show its figures, and lead to the notebooks behind them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from lxml import html
from reports.plots.figures import HOSTILE, SVG, box, marks, parsed, round_of_forty, texts

from nbrepro.corpora.published import ARCHAEOLOGY, PMC
from nbrepro.corpora.statistics import Tally
from nbrepro.model.intervals import wilson
from nbrepro.reports.characters import visible
from nbrepro.reports.corpus_report import CorpusReport, as_fragment, as_html, as_markdown
from nbrepro.reports.plots.corpus import MOST_ROWS, corpus_plots, failures, funnel, trait
from nbrepro.reports.plots.plot import Plot
from nbrepro.reports.plots.timeline import in_words, timeline_plot

pytest.importorskip("matplotlib")


def plots() -> dict[str, Plot]:
    return {plot.name: plot for plot in corpus_plots(round_of_forty())}


def test_the_funnel_holds_counts_intervals_and_both_studies() -> None:
    rows = {row.label: row for row in funnel(round_of_forty()).rows}
    assert next(iter(rows)) == "Run so far"
    assert len(rows) == 8
    (finished,) = rows["Finished without an unexpected error"].bars
    assert (finished.share, finished.interval) == (0.5, wilson(20, 40))
    assert rows["Finished without an unexpected error"].points == (1_203 / 15_817, 181_955 / 697_398)
    assert rows["Executed"].points == (10_388 / 15_817, None)
    shown = texts(parsed(plots()["funnel"].fragment))
    assert {PMC.name, ARCHAEOLOGY.name, "50.0 % (35.2–64.8)"} <= set(shown)


def test_failures_are_shares_of_what_was_run() -> None:
    found = [(row.label, row.bars[0].share) for row in failures(round_of_forty()).rows]
    assert found == [(HOSTILE, 0.3), ("KeyError", 0.2)]
    bars = marks(parsed(plots()["failures"].fragment))
    widths = {words.partition(":")[0]: box(mark)[2] - box(mark)[0] for words, mark in bars.items()}
    assert widths[visible(HOSTILE)] / widths["KeyError"] == pytest.approx(1.5, rel=1e-4)


def test_traits_tell_of_cells_and_leave_out_what_nothing_is_known_of() -> None:
    rows = trait(round_of_forty(), "year").rows
    assert [row.label for row in rows] == ["2019 (30)", "2020 (10)"]
    assert [bar.share if bar else None for row in rows for bar in row.bars] == [0.75, 0.5, 0.0, None]
    many = {str(1980 + number): Tally(run=number) for number in range(30)}
    chart = trait(replace(round_of_forty(), breakdowns={"year": many}), "year")
    assert [row.label for row in chart.rows] == [f"{1980 + number} ({number})" for number in range(30 - MOST_ROWS, 30)]
    assert f"{30 - MOST_ROWS} less frequent ones" in chart.remark


def test_every_link_leads_to_the_list_of_its_notebooks() -> None:
    page = html.fromstring(as_html(round_of_forty()))
    links = page.xpath("//*[local-name()='svg']//*[local-name()='a']")
    assert len(links) == 8 + 2 + 2  # stages, failures, and 2019 twice: nobody knows which notebooks are of 2020
    for link in links:
        (listed,) = page.xpath("//*[@id=$id]", id=link.get("href")[1:])
        assert listed.getparent().tag == "details"
    (failed,) = [link for link in links if link.text_content().strip().startswith("KeyError")]
    (listed,) = page.xpath("//*[@id=$id]", id=failed.get("href")[1:])
    assert len(listed.findall("li")) == 8
    identifiers = page.xpath("//@id")
    assert len(identifiers) == len(set(identifiers))


def test_pages_hold_their_plots_and_no_scripts() -> None:
    for text in (as_html(round_of_forty()), as_fragment(round_of_forty())):
        page = html.fromstring(text)
        assert len(page.xpath("//figure")) == 4
        assert not page.xpath("//script")
    bundle = CorpusReport(round_of_forty())._repr_mimebundle_()
    assert bundle["text/html"] == as_fragment(round_of_forty())


def test_markdown_shows_saved_plots() -> None:
    shown = as_markdown(round_of_forty(), {"folder/a%20b.svg": plots()["funnel"]})
    assert "![How far the notebooks came](<folder/a%20b.svg>)" in shown
    assert "![" not in as_markdown(round_of_forty())


def test_durations_in_the_order_of_time() -> None:
    plot = plots()["durations"]
    assert plot.description.endswith(
        "30 notebooks, median 12 s, 90 % below 90 s; from hour 1.5: 10 notebooks, median 7.2e+03 s, 90 % below 7.3e+03 s."
    )
    root = parsed(plot.fragment)
    first, second = marks(root).values()
    assert box(first)[0] < box(second)[0]
    assert box(first)[1] > box(second)[1], "longer is higher"
    assert {"10 s", "1 min", "10 min", "1 h", "10 h", "median", "hours since the first run was begun"} <= set(texts(root))


@pytest.mark.parametrize("seconds", [0.001, 0.5, 10, 59, 3600, 1e6, 1e7])
def test_a_single_duration_has_an_axis(seconds: float) -> None:
    (one, *_) = round_of_forty().durations
    plot = timeline_plot([replace(one, median=seconds, most=seconds)])
    assert in_words(seconds) in "".join(marks(parsed(plot.fragment)))


def test_a_round_of_nothing_has_no_plots() -> None:
    empty = replace(round_of_forty(), figures=(), breakdowns={}, durations=())
    assert corpus_plots(empty) == ()
    assert "Nothing was run yet." in as_html(empty)


def test_every_plot_is_drawn_within_its_frame(tmp_path: Path) -> None:
    for plot in corpus_plots(round_of_forty()):
        root = parsed(plot.fragment)
        width, height = float(root.get("width")), float(root.get("height"))
        for text in root.iter(f"{SVG}text"):
            assert 0 <= float(text.get("x", "0")) <= width
            assert 0 <= float(text.get("y", "0")) <= height


def test_styles_of_a_fragment_reach_nothing_outside_of_it() -> None:
    (style,) = html.fromstring(as_fragment(round_of_forty())).iter("style")
    selectors = [part.strip() for rule in style.text.split("}")[:-1] for part in rule.partition("{")[0].split(",")]
    assert selectors
    assert all(".nbrepro-" in selector for selector in selectors)
