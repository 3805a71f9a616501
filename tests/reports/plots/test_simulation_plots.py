"""The plots of simulated execution hold the numbers that were counted by hand, and stand in the page and the folder that are asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lxml import html
from reports.plots.figures import box, marks, parsed, texts
from simulation.test_grouped import traces, two_models

from nbrepro.commands.main import main
from nbrepro.errors import RequestError
from nbrepro.model.intervals import wilson
from nbrepro.reports.plots.bars import Bar
from nbrepro.reports.plots.simulation import (
    MOST_MODELS,
    accuracy,
    accuracy_plot,
    divergences_plot,
    mistake_classes,
    mistakes_plot,
    score_plots,
    trace_plots,
)
from nbrepro.reports.simulation_report import as_html
from nbrepro.simulation.grouped import Judged, judged

pytest.importorskip("matplotlib")

HALF, NONE = "50.0 % (5.5–94.5), 1 of 2", "0.0 % (0.0–79.3), 0 of 2"
"""Two answers to one task: Wilson's interval of half a right answer of one, and of none of one."""


def test_models_stand_side_by_side() -> None:
    chart = accuracy(judged(two_models()), "type")
    assert chart.series == ("careful", "hasty")
    half, none = Bar(0.5, HALF, wilson(0.5, 1)), Bar(0.0, NONE, wilson(0, 1))
    assert [row.bars for row in chart.rows] == [(half, none)] * 2
    assert [row.label for row in accuracy(judged(two_models()), "model").rows] == ["careful", "hasty"]


def test_too_many_models_are_one_series() -> None:
    many = [Judged(str(number), "a", is_right=True, mistake=None, features={"type": "int"}) for number in range(MOST_MODELS + 1)]
    assert accuracy(many, "type").series == ("",)
    assert accuracy(many[1:], "type").series == ("1", "2", "3", "4")


def test_a_plot_shows_the_numbers_of_each_model() -> None:
    plot = accuracy_plot(two_models(), by="loops")
    found = marks(parsed(plot.fragment))
    assert set(found) == {
        *(f"{depth}: careful {HALF}" for depth in ("no loop", "2 deep")),
        *(f"{depth}: hasty {NONE}" for depth in ("no loop", "2 deep")),
    }
    left, _, right, _ = box(found[f"no loop: hasty {NONE}"])
    assert left == right
    with pytest.raises(RequestError, match="by='size'"):
        accuracy_plot(two_models(), by="size")


def test_mistakes_of_each_model() -> None:
    chart = mistake_classes(judged(two_models()))
    shares = {row.label: [bar.share if bar else None for bar in row.bars] for row in chart.rows}
    assert shares == {"length": [0.25, 0.5], "off-by-one": [0.25, 0.25], "unparseable": [None, 0.25]}
    assert "off-by-one: hasty 25.0 % (2.7–80.2), 1 of 4" in marks(parsed(mistakes_plot(two_models()).fragment))


def test_where_traces_first_diverge() -> None:
    plot = divergences_plot(traces())
    assert "careful: 1 of 1 traces without a divergence" in plot.description
    root = parsed(plot.fragment)
    assert len(marks(root)) == 1
    assert {"careful: 1 of 1 traces without a divergence", "hasty: 1 of 2 traces without a divergence"} <= set(texts(root))


def test_plots_that_would_show_one_group_are_left_out() -> None:
    assert [plot.name for plot in score_plots(two_models())] == [
        *("answers-by-length", "answers-by-loops", "answers-by-type", "answers-by-model", "answers-mistakes")
    ]
    assert [plot.name for plot in trace_plots(traces())] == ["traces-by-model", "traces-mistakes", "first-divergences"]


def test_the_page_holds_plots_and_traces() -> None:
    page = html.fromstring(as_html(two_models(), traces()))
    assert len(page.xpath("//figure")) == len(score_plots(two_models())) + len(trace_plots(traces()))
    identifiers = page.xpath("//@id")
    assert len(identifiers) == len(set(identifiers))
    assert "double, hasty" in [found.text_content() for found in page.xpath("//details/summary")]
    assert "2 of 9 answers to 2 programs are right" in page.text_content()


def test_commands_write_plots(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    programs = tmp_path / "programs.jsonl"
    programs.write_text(json.dumps({"id": "sample_0", "code": "def f(x):\n    return x", "input": "1", "output": "1"}), encoding="utf-8")
    for name, answer in (("one", "1"), ("other", "2")):
        (tmp_path / f"{name}.json").write_text(json.dumps({"sample_0": [answer]}), encoding="utf-8")
    one, other = (str(tmp_path / f"{name}.json") for name in ("one", "other"))
    for arguments, folder in ((["score", one, other], "scored"), (["compare", one, other], "compared")):
        assert main(["simulate", *arguments, "--programs", str(programs), "--plots", str(tmp_path / folder)]) == 0
        assert sorted(path.name for path in (tmp_path / folder).iterdir()) == ["answers-by-model.svg", "answers-mistakes.svg"]
        assert f"written: {tmp_path / folder / 'answers-by-model.svg'}" in capsys.readouterr().out
