"""The figures of a round: counted right, sure as they say, and shown without harm."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from harness import Example, code, result
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from nbrepro.commands.main import main
from nbrepro.comparison import compare
from nbrepro.comparison.settings import Settings
from nbrepro.corpora.changes import Change
from nbrepro.corpora.committing import commit_outcome, now
from nbrepro.corpora.durations import durations, quantile
from nbrepro.corpora.export import TABLES, export
from nbrepro.corpora.items import RunSettings
from nbrepro.corpora.labels import STAGES, name_of
from nbrepro.corpora.outcomes import Outcome
from nbrepro.corpora.planning import RoundRequest, plan_round
from nbrepro.corpora.preparing import Prepared
from nbrepro.corpora.published import STUDIES
from nbrepro.corpora.recorded import saved_execution
from nbrepro.corpora.sources import sources
from nbrepro.corpora.statistics import CorpusStatistics, Tally, corpus_statistics, notebooks_behind
from nbrepro.corpora.store import Store, open_store
from nbrepro.model import ErrorOutput, Execution, Failure, FailureKind, Origin, StepStatus
from nbrepro.model.intervals import wilson
from nbrepro.reports.corpus_report import as_html, as_markdown, as_text

HOSTILE = "<script>alert(1)</script>|`x`"


@given(st.integers(0, 500), st.integers(0, 500))
def test_an_interval_holds_its_share_and_stays_within_0_and_1(count: int, more: int) -> None:
    low, high = wilson(count, count + more)
    assert 0 <= low <= high <= 1
    if count + more:
        assert low - 1e-12 <= count / (count + more) <= high + 1e-12


def test_intervals_as_they_are_published() -> None:
    """Values of the table in R. Newcombe, Statistics in Medicine 17 (1998), 857-872, method 3."""
    assert [round(bound, 4) for bound in wilson(81, 263)] == [0.2553, 0.3662]
    assert [round(bound, 4) for bound in wilson(15, 148)] == [0.0624, 0.1605]
    assert [round(bound, 4) for bound in wilson(0, 20)] == [0.0, 0.1611]
    assert [round(bound, 4) for bound in wilson(1, 29)] == [0.0061, 0.1718]


def failed(saved: Execution, kind: FailureKind) -> Execution:
    error = ErrorOutput(HOSTILE, "value")
    steps = tuple(replace(step, outputs=(error,), status=StepStatus.FAILED) for step in saved.steps)
    return replace(saved, steps=steps, failure=Failure(kind, "it failed", 0))


OUTCOMES: Mapping[str, Any] = {
    "exactly": lambda saved: saved,
    "reproduced": lambda saved: replace(saved, steps=tuple(replace(s, outputs=(shown(s, "1.00000001"),)) for s in saved.steps)),
    "compared": lambda saved: replace(saved, steps=tuple(replace(step, outputs=()) for step in saved.steps)),
    "executed": lambda saved: failed(saved, FailureKind.STEP_ERROR),
    "built": lambda saved: failed(saved, FailureKind.KERNEL_NOT_STARTED),
    "resolved": lambda saved: failed(saved, FailureKind.ENVIRONMENT_NOT_BUILT),
    "run": lambda saved: failed(saved, FailureKind.ENVIRONMENT_NOT_RESOLVED),
}


def shown(step: Any, text: str) -> Any:
    return replace(step.outputs[0], data={"text/plain": text})


@pytest.fixture
def store(tmp_path: Path) -> Any:
    """A round of one notebook for each stage, one that waits, one unreadable."""
    folder = tmp_path / "corpus"
    for name in (*OUTCOMES, "chosen"):
        Example(cells=[code(f"'{name}'\nimport numpy", result("1.00000000"), count=1)], name=f"{name}.ipynb").write(folder)
    (folder / f"{HOSTILE.replace('/', '_')}.ipynb").write_text("{", encoding="utf-8")
    with open_store(tmp_path / "s.sqlite", write=True) as opened:
        plan_round(opened, RoundRequest(sources([folder]), RunSettings("current")), tmp_path, lambda _: None)
        for key, notebook, path in opened.execute("SELECT key, notebook_id, path FROM items JOIN notebooks ON id = notebook_id").fetchall():
            if path != "chosen.ipynb":
                saved = saved_execution(opened, notebook)
                observed = replace(OUTCOMES[path.removesuffix(".ipynb")](saved), origin=Origin.RERUN)
                commit_outcome(opened, Outcome(key, Prepared(), compare(saved, observed), ("clean-home",), now()), Settings())
        yield opened


def test_each_stage_counts_what_came_so_far(store: Store) -> None:
    found = corpus_statistics(store, 1)
    counts = {figure.value: figure.count for figure in found.figures_of("stage")}
    assert counts == dict(zip(STAGES, (9, 8, 8, 7, 6, 5, 4, 3, 3, 2, 1), strict=True))
    assert found.count("left-out", "unreadable") == 1
    assert found.count("state", "waiting") == 1
    assert (found.whole.run, found.whole.executed, found.whole.finished, found.whole.reproduced) == (7, 4, 3, 2)
    assert (found.whole.comparable_cells, found.whole.reproduced_cells) == (7, 2)
    assert found.breakdowns["library"]["numpy"] == found.whole == found.breakdowns["python"]["python 3.11"]


def test_every_figure_is_its_notebooks(store: Store) -> None:
    found = corpus_statistics(store, 1)
    for figure in found.figures:
        behind = [name_of(row) for row in notebooks_behind(store, 1, *figure.labels)]
        assert len(behind) == figure.count, figure.labels
        assert tuple(behind) == figure.notebooks, figure.labels


def test_the_notebooks_of_a_share_have_both_of_its_labels(store: Store) -> None:
    found = corpus_statistics(store, 1)
    for kind, values in found.breakdowns.items():
        for value, tally in values.items():
            for stage, number in (("run", tally.run), ("finished", tally.finished), ("reproduced", tally.reproduced)):
                assert len(list(notebooks_behind(store, 1, f"{kind}={value}", f"stage={stage}"))) == number, (kind, value, stage)


def test_a_list_names_notebooks_and_why(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["corpus", "list", "--store", str(store.path), "--only", "stage=executed", "--only", "verdict=failed"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.endswith("\tit failed")
    assert main(["corpus", "list", "--store", str(store.path), "--only", "stage=exactly", "--only", "verdict=failed"]) == 0
    assert capsys.readouterr().out == "no notebook of this round is stage=exactly and verdict=failed\n"
    assert main(["corpus", "list", "--store", str(store.path), "--only", "failed"]) == 2


def test_a_page_shows_foreign_names_and_runs_nothing_of_them(store: Store) -> None:
    statistics = corpus_statistics(store, 1)
    page = html.fromstring(as_html(statistics))
    assert not page.xpath("//script")
    assert page.xpath("//meta[@http-equiv='Content-Security-Policy']")
    text = page.text_content()
    assert HOSTILE in text
    assert "<script>" not in as_markdown(statistics)
    for study in STUDIES:
        assert study.name in text
        assert study.source in text
    of_notebooks = page.xpath("//table//details[not(.//ol[starts-with(@id, 'cells-') or starts-with(@id, 'outputs-')])]")
    words = [one.xpath("./summary")[0].text_content() for one in of_notebooks]
    listed = [len(one.xpath(".//li")) for one in of_notebooks]
    assert all(int(said) == number for said, number in zip(words, listed, strict=True) if "%" not in said), (
        "every number lists its notebooks"
    )
    assert "42.9 % (15.8–75.0)" in words, "and so does every share: 3 of 7"
    assert {number for said, number in zip(words, listed, strict=True) if said == "42.9 % (15.8–75.0)"} == {3}


def test_a_round_of_nothing_can_be_shown() -> None:
    empty = CorpusStatistics(1, "1", "", None, {}, "0", 0, (), (), Tally())
    assert "0 of 0" in as_text(empty)
    assert "0 of 0" in as_markdown(empty)
    assert "0 of 0" in as_html(empty)


@pytest.mark.parametrize(
    ("before", "after", "cells", "direction"),
    [
        ("failed", "differs", (0, 0), 1),
        ("reproduced", "failed", (3, 3), -1),
        ("failed", "timed-out", (1, 1), 0),
        ("differs", "differs", (1, 2), 1),
        ("differs", "differs", (2, 2), 0),
        ("reproduced-within-tolerance", "reproduced", (2, 2), 1),
    ],
)
def test_better_and_worse(before: str, after: str, cells: tuple[int, int], direction: int) -> None:
    assert Change("a", before, after, *cells).direction == direction
    assert Change("a", after, before, *reversed(cells)).direction == -direction


def test_csv_holds_every_row(store: Store, tmp_path: Path) -> None:
    csv.field_size_limit(10_000_000)
    written = export(store, tmp_path / "out", "csv")
    assert [path.stem for path, _ in written] == list(TABLES)
    for path, number in written:
        with path.open(encoding="utf-8", newline="") as file:
            assert len(list(csv.reader(file))) == number + 1 == store.value(f"SELECT count(*) FROM {path.stem}") + 1
    with (tmp_path / "out" / "executions.csv").open(encoding="utf-8") as file:
        reasons = {row["reason"] for row in csv.DictReader(file)}
    assert HOSTILE in reasons


def test_parquet_holds_every_value(store: Store, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    for path, _ in export(store, tmp_path / "out", "parquet"):
        rows = [dict(row) for row in store.execute(f"SELECT * FROM {path.stem}")]
        assert parquet.read_table(path).to_pylist() == rows


def test_every_table_of_the_schema_is_exported(store: Store) -> None:
    names = {row[0] for row in store.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'")}
    assert names == set(TABLES)


def test_a_dash_means_standard_output(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["corpus", "report", "--store", str(store.path), "--markdown", "-"]) == 0
    assert "## How far the notebooks came" in capsys.readouterr().out
    assert not (tmp_path / "-").exists()


def test_plots_are_saved_beside_the_markdown_that_shows_them(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    shown, folder = tmp_path / "reports" / "report.md", tmp_path / "the plots"
    shown.parent.mkdir()
    assert main(["corpus", "report", "--store", str(store.path), "--markdown", str(shown), "--plots", str(folder)]) == 0
    capsys.readouterr()
    names = [path.stem for path in sorted(folder.iterdir())]
    assert names == ["cells-by-declared", "cells-by-python", "cells-by-year", "failures", "funnel"]
    text = shown.read_text(encoding="utf-8")
    assert all(f"](<../the%20plots/{name}.svg>)" in text for name in names)


def test_durations_are_counted_in_the_order_of_time(store: Store) -> None:
    store.execute("UPDATE runs SET seconds = NULL")
    assert durations(store, 1) == ()
    moments = {1: ("2020-01-01T00:00:00+00:00", 10.0), 2: ("2020-01-01T00:05:00+00:00", 100.0), 3: ("2020-01-01T10:00:00+00:00", 1.0)}
    for number, (started, seconds) in moments.items():
        store.execute("UPDATE runs SET started = ?, seconds = ?, prepared_seconds = NULL WHERE id = ?", (started, seconds, number))
    store.execute("UPDATE runs SET prepared_seconds = 9.0 WHERE id = 3")
    first, last = durations(store, 1, stretches=10)
    assert (first.runs, first.median, first.most) == (2, 10.0, 100.0)
    assert (last.runs, last.median, last.most) == (1, 10.0, 10.0)
    assert (first.start, last.end) == (0.0, pytest.approx(10.0))


@given(st.lists(st.floats(0.01, 1e5), min_size=1), st.floats(0.01, 1.0))
def test_a_quantile_is_as_exact_as_its_classes(seconds: list[float], share: float) -> None:
    exact = sorted(seconds)[math.ceil(share * len(seconds) - 1e-9) - 1]
    found = quantile(Counter(round(100 * math.log10(one)) for one in seconds), share)
    assert found == pytest.approx(exact, rel=0.012)


def test_the_counts_of_cells_lead_to_the_notebooks_that_have_them(store: Store) -> None:
    statistics = corpus_statistics(store, 1)
    counted = {f"{kind}={value}": statistics.count(kind, value) for kind, value in COUNTED}
    whole = statistics.whole
    # Each notebook has one cell with outputs.
    assert list(counted.values())[:4] == [whole.runnable_cells, whole.ran_cells, whole.comparable_cells, whole.reproduced_cells]
    assert (counted["outputs=compared"], counted["outputs=same"]) == (7, 2)
    page, text = html.fromstring(as_html(statistics)), as_markdown(statistics)
    for label, count in counted.items():
        assert len(page.xpath(f"//ol[@id='{label.replace('=', '-')}']/li")) == count
    assert f"<details><summary>Cells that ran, number: {whole.ran_cells} notebooks</summary>" in text


COUNTED = (
    ("cells", "runnable"),
    ("cells", "ran"),
    ("cells", "comparable"),
    ("cells", "reproduced"),
    ("outputs", "compared"),
    ("outputs", "same"),
)
