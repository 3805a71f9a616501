"""What holds for every plot: what it shows can be read by all, and drawing leaves no trace in the session of the user."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from reports.plots.figures import HOSTILE, SVG, box, marks, parsed, round_of_forty, texts

from nbrepro.errors import RequestError
from nbrepro.reports.characters import visible
from nbrepro.reports.plots.bars import Bar, BarChart, BarRow, bar_plot, described
from nbrepro.reports.plots.corpus import corpus_plots
from nbrepro.reports.plots.palette import DARK, LIGHT, SERIES
from nbrepro.reports.plots.plot import save_plots

pytest.importorskip("matplotlib")

CHART = BarChart(
    "a-chart",
    "A chart",
    (
        BarRow("one", (Bar(1.0, "4 of 4", (0.5, 1.0), link="#list"), Bar(0.25, "1 of 4")), (0.6, None)),
        BarRow(HOSTILE, (Bar(0.5, "2 of 4"), None)),
    ),
    "share of answers",
    series=("careful", "hasty\x07"),
    point_names=("a study", "another"),
)


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_colours_stand_out_in_both_themes() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    for page, text in (LIGHT, DARK):
        assert contrast(page, text) > 7
        assert min(contrast(page, colour) for colour in SERIES) >= 3


def test_bars_have_the_length_of_their_shares() -> None:
    found = marks(parsed(bar_plot(CHART).fragment))
    bars = [box(found[words]) for words in ("one: careful 4 of 4", "one: hasty␇ 1 of 4", f"{visible(HOSTILE)}: careful 2 of 4")]
    assert set(found) == {*found, "one: a study 60.0 %"}
    assert len(found) == 4
    whole = bars[0][2] - bars[0][0]
    assert [(right - left) / whole for left, _, right, _ in bars] == pytest.approx([1, 0.25, 0.5], abs=1e-4)
    assert bars[0][3] < bars[1][1]
    assert bars[1][3] < bars[2][1]


def test_everything_can_be_read() -> None:
    root = parsed(bar_plot(CHART).fragment)
    shown = texts(root)
    assert {"A chart", "one", "careful", "hasty␇", "a study", "another", "4 of 4", "1 of 4", "2 of 4", "share of answers"} <= set(shown)
    assert "<script>alert(1)</script> $x$ ␇ 中" in shown
    identifiers = root.get("aria-labelledby").split()
    named = [found.text for identifier in identifiers for found in root.xpath("//*[@id=$id]", id=identifier)]
    assert named == ["A chart", visible(described(CHART))]
    assert not root.xpath("//*[local-name()='script' or local-name()='style' or local-name()='metadata']")


def test_text_takes_the_colour_of_the_page() -> None:
    fragment = bar_plot(CHART).fragment
    colours = {found.get("style", "").partition("fill: ")[2].partition(";")[0] for found in parsed(fragment).iter(f"{SVG}text")}
    assert colours == {"currentColor"}
    assert "#000000" not in fragment


def test_links_work_in_pages_and_are_left_out_of_files() -> None:
    plot = bar_plot(CHART)
    assert [found.get("href") for found in parsed(plot.fragment).iter(f"{SVG}a")] == ["#list"]
    assert parsed(plot.fragment).get("role") == "group"
    assert not list(parsed(plot.document).iter(f"{SVG}a"))
    assert parsed(plot.document).get("role") == "img"


def test_what_is_referred_to_is_there_under_a_name_of_its_own() -> None:
    for plot in corpus_plots(round_of_forty()):
        root = parsed(plot.document)
        identifiers = root.xpath("//@id")
        assert len(identifiers) == len(set(identifiers))
        assert all(identifier.startswith(f"{plot.name}-") for identifier in identifiers)
        referred = [found.get("href")[1:] for found in root.iter(f"{SVG}use")]
        clipped = [area.removeprefix("url(#").removesuffix(")") for area in root.xpath("//@clip-path")]
        assert referred or plot.name.startswith("cells-"), "intervals and points are drawn by references"
        assert {*referred, *clipped} <= set(identifiers)


def test_equal_figures_give_equal_bytes() -> None:
    first, second = corpus_plots(round_of_forty()), corpus_plots(round_of_forty())
    assert first == second
    assert len({plot.name for plot in first}) == len(first)


ANOTHER_SESSION = """
import sys
import matplotlib
from reports.plots.figures import round_of_forty
from nbrepro.reports.plots.corpus import corpus_plots

matplotlib.rcParams.update({"svg.fonttype": "path", "text.color": "red", "axes.facecolor": "black", "font.size": 30, "svg.hashsalt": "x"})
settings = [key for key in matplotlib.rcParams if key != "backend"]  # looking at it chooses one
before = [matplotlib.rcParams[key] for key in settings]
plots = corpus_plots(round_of_forty())
assert [matplotlib.rcParams[key] for key in settings] == before
assert "matplotlib.pyplot" not in sys.modules
sys.stdout.write("".join(plot.document for plot in plots))
"""


def session(code: str) -> str:
    search = f"import sys\nsys.path.insert(0, {str(Path(__file__).parents[2])!r})\n"
    return subprocess.run([sys.executable, "-c", search + code], capture_output=True, text=True, check=True, encoding="utf-8").stdout


@pytest.mark.slow
def test_the_style_of_a_session_is_neither_used_nor_changed() -> None:
    assert session(ANOTHER_SESSION) == "".join(plot.document for plot in corpus_plots(round_of_forty()))


WITHOUT_MATPLOTLIB = """
import sys
sys.modules["matplotlib"] = None
from reports.plots.figures import round_of_forty
from nbrepro.errors import MissingExtraError
from nbrepro.reports.corpus_report import CorpusReport, as_html
from nbrepro.reports.plots.corpus import corpus_plots
from nbrepro.reports.simulation_report import as_html as simulation_page
from nbrepro.simulation.answers import Answer, AnswerKind
from nbrepro.simulation.scoring import Score, ScoredAnswer
from nbrepro.simulation.verdicts import judge

try:
    corpus_plots(round_of_forty())
except MissingExtraError as error:
    print(error)
print(as_html(round_of_forty()))
print(CorpusReport(round_of_forty())._repr_mimebundle_()["text/html"])
scored = ScoredAnswer(Answer("a", AnswerKind.OUTPUT, "1", "1"), judge("1", "2"))
print(simulation_page(Score((scored,), {})))
"""


@pytest.mark.slow
def test_without_matplotlib_a_report_says_what_it_lacks() -> None:
    said = session(WITHOUT_MATPLOTLIB)
    assert said.startswith("drawing with matplotlib needs plots: install it with pip install 'nbrepro[plots]'")
    assert said.count("matplotlib is not installed (pip install &#39;nbrepro[plots]&#39;)") == 3
    assert "How far the notebooks came" in said


def test_saved_plots_stand_alone(tmp_path: Path) -> None:
    plots = corpus_plots(round_of_forty())
    written = save_plots(plots, tmp_path / "new" / "folder")
    assert [path.name for path in written] == [f"{plot.name}.svg" for plot in plots]
    for path in written:
        root = parsed(path.read_text(encoding="utf-8"))
        (style,) = root.iter(f"{SVG}style")
        assert "prefers-color-scheme: dark" in style.text
    (tmp_path / "file").write_text("")
    with pytest.raises(RequestError, match="could not be made a folder for plots"):
        save_plots(plots, tmp_path / "file")


def test_a_plot_shows_itself_in_a_notebook() -> None:
    plot = bar_plot(CHART)
    bundle = plot._repr_mimebundle_()
    assert bundle == {"text/plain": f"A chart. {described(CHART)}", "image/svg+xml": plot.document}


def test_places_are_told_to_a_hundredth_of_a_pixel() -> None:
    """So that versions of matplotlib, which measure text a little differently, give the same plot."""
    for plot in corpus_plots(round_of_forty()):
        places = [value for name in ("d", "x", "y", "transform") for value in parsed(plot.fragment).xpath(f"//@{name}")]
        assert places
        assert not [value for value in places if re.search(r"\.\d{3}|rotate\(-?0 ", value)]
