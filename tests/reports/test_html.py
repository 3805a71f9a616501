from __future__ import annotations

import re

import lxml.html
import pytest
from reports.examples import (
    compared,
    comparison_of,
    every_kind,
    executed,
    picture,
    printed,
    report_of,
    reproduced,
    result_of,
    step_of,
)
from reports.hostile import PAGE, SVG, hostile_report
from syrupy.assertion import SnapshotAssertion

from nbrepro.model import Because, Display, NotebookVerdict, Verdict
from nbrepro.reports.bundle import short_html
from nbrepro.reports.html import as_html
from nbrepro.reports.payloads import FRAME_POLICY, payload_of
from nbrepro.reports.results import Report

OWN_SCRIPTS = 1
HARMLESS_ATTRIBUTE = re.compile(r"on\w+$")


def parsed(page: str) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(page)


def single(verdict: Verdict, kind: str, expected: Display, observed: Display, *because: Because) -> Report:
    step = step_of(0, "show()", compared(verdict, kind, expected, observed, *because))
    return report_of(result_of("a.ipynb", comparison_of(NotebookVerdict.DIFFERS, step)))


def test_page(snapshot: SnapshotAssertion) -> None:
    page = as_html(report_of(reproduced()))
    body = page[page.index("<body>") : page.index("<script>")]
    assert body == snapshot


def test_short_html(snapshot: SnapshotAssertion) -> None:
    assert short_html(every_kind()) == snapshot


@pytest.mark.parametrize("make", [as_html, short_html])
def test_foreign_text_is_never_live(make: object) -> None:
    page = parsed(make(hostile_report()))  # type: ignore[operator]
    assert len(page.findall(".//script")) <= OWN_SCRIPTS
    for element in page.iter():
        assert not [name for name in element.attrib if HARMLESS_ATTRIBUTE.match(name)], element.tag
        for name in ("src", "href", "action", "data", "poster", "background"):
            assert element.get(name, "#").startswith(("#", "data:image/")), element.tag
    assert not page.xpath("//object|//embed|//form|//base|//link|//video|//svg")
    assert len(page.xpath("//meta[@http-equiv]")) <= 1


def test_frames_are_sandboxed_and_have_a_policy_of_their_own() -> None:
    frames = parsed(as_html(hostile_report())).findall(".//iframe")
    assert frames
    for frame in frames:
        assert frame.get("sandbox") == ""
        assert FRAME_POLICY in frame.get("srcdoc")
        inside = frame.get("srcdoc").partition("</style>")[2]
        assert not re.search(r"<(meta|link|base|script|iframe|object|embed)\b", inside, re.IGNORECASE)


def test_page_names_its_policy_and_script() -> None:
    page = parsed(as_html(every_kind()))
    policy = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-inline'; img-src data:" in policy


def test_everything_of_the_report_is_there() -> None:
    text = parsed(as_html(every_kind())).text_content()
    for words in (
        "1 of 4 notebooks reproduced",
        "The run stopped: step error in cell 2",
        "data/measured.csv",
        "the notebook names the kernel conda-env-science; python3 was used",
        "cell 3 had no metadata: an empty object was taken",
        "1 output: The step did not run.",
        "1 output on stderr",
        "expected a JSON value, found nothing",
        "row 1, column total: 250 became 251",
        "deviation 0.0234",
        "16 equal lines",
        "current (Python 3.11.7)",
    ):
        assert words in text


def test_pictures_stand_side_by_side_with_their_difference() -> None:
    first, second = Display({"image/png": picture([0, 1])}), Display({"image/png": picture([1, 0])})
    page = parsed(as_html(single(Verdict.DIFFERENT, "image/png", first, second, Because("picture-distance", "far", 0.2))))
    assert [caption.text for caption in page.xpath("//*[@class='sides pictures']//figcaption")] == [
        "Expected",
        "Observed",
        "Difference: orange where expected is darker, blue where observed is",
    ]
    assert len(page.xpath("//button[@data-slide]")) == 1
    sources = page.xpath("//img/@src")
    assert len(set(sources)) == 3


def test_a_picture_that_was_reproduced_stands_in_the_file_once() -> None:
    shown = Display({"image/png": picture([0, 1]), "text/plain": "<Figure>"})
    page = as_html(single(Verdict.IDENTICAL, "text/plain", shown, shown))
    assert page.count(picture([0, 1])) == 1


def test_a_picture_that_cannot_be_decoded_is_said_to_be_so() -> None:
    assert payload_of("image/png", "no base64!").note == "this is called a picture, but can't be decoded"
    page = as_html(single(Verdict.NOT_COMPARED, "image/png", Display({"image/png": "AAAA"}), Display({"image/png": "AAAB"})))
    assert "data:image/png;base64,AAAB" in page


def test_svg_is_a_picture_and_html_a_frame() -> None:
    assert payload_of("image/svg+xml", SVG).content.startswith("data:image/svg+xml;base64,")
    assert payload_of("text/html", PAGE).form == "frame"
    assert payload_of("text/html", "x" * 300_000).form == "text"
    assert payload_of("application/javascript", "f()").form == "text"


def test_executed_notebooks_show_what_they_gave() -> None:
    text = parsed(as_html(executed())).text_content()
    assert "executed/job.ipynb" in text
    assert "print(1)" in text
    assert "Cells reproduced" not in text


def test_empty_report_is_a_page() -> None:
    assert "no notebooks reproduced" in parsed(as_html(report_of())).text_content()


def test_huge_outputs_are_cut_with_a_note() -> None:
    step = step_of(0, "f()", printed(Verdict.DIFFERENT, "a" * 3_000_000, "b" * 3_000_000))
    other = step_of(1, "f()", printed(Verdict.IDENTICAL, "c\n" * 1_000_000, "c\n" * 1_000_000))
    page = as_html(report_of(result_of("a.ipynb", comparison_of(NotebookVerdict.DIFFERS, step, other))))
    assert len(page) < 300_000
    assert "more characters are not shown" in page


@pytest.mark.slow
def test_many_cells_stay_small() -> None:
    steps = [
        step_of(
            n,
            f"f({n})\n" * 5,
            printed(Verdict.DIFFERENT, f"{n}\n" * 50, f"{n}\n" * 25 + f"{n + 1}\n" * 25),
            printed(Verdict.IDENTICAL, "1", "1"),
        )
        for n in range(500)
    ]
    page = as_html(report_of(result_of("a.ipynb", comparison_of(NotebookVerdict.DIFFERS, *steps))))
    assert page.count('class="cell bad"') == 500
    assert len(page) < 5_000_000
