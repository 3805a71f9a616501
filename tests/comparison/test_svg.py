"""SVG drawings: structure, text and numbers."""

from __future__ import annotations

from io import StringIO

import matplotlib as mpl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbrepro.comparison.settings import Settings
from nbrepro.comparison.svg import compare_svg
from nbrepro.model import Verdict

mpl.use("Agg")

from matplotlib import pyplot as plt

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 500 300">'
DRAWING = (
    HEAD + '<defs><clipPath id="p1"><rect x="0" y="0" width="9" height="9"/></clipPath></defs>'
    '<g clip-path="url(#p1)" style="fill: none; stroke: #1f77b4">'
    '<path d="M 0 0 L 10 20" transform="translate(1 2) scale(2)" opacity="0.5"/></g>'
    '<text x="5" y="6">year 2019</text></svg>'
)


def changed(old: str, new: str) -> str:
    assert old in DRAWING
    return DRAWING.replace(old, new)


@pytest.mark.parametrize(
    ("observed", "slug"),
    [
        (changed("p1", "q7"), "svg-ids"),
        (changed("<defs>", "<!-- Created by version 3 --><metadata><date>2020</date></metadata><defs>"), "svg-metadata"),
        (changed("<defs>", "\n  <defs>"), "svg-encoding"),
        (changed('x="5" y="6"', 'y="6" x="5"'), "svg-encoding"),
        (changed("fill: none; stroke: #1f77b4", "stroke:#1f77b4;fill:none"), "svg-encoding"),
        ('<?xml version="1.0" encoding="utf-8"?>\n' + DRAWING, "svg-encoding"),
        (changed("L 10 20", "L 10.0,20.0"), "svg-encoding"),
    ],
)
def test_what_nobody_sees_is_equivalent(observed: str, slug: str) -> None:
    judgement = compare_svg(DRAWING, observed)
    assert (judgement.verdict, judgement.because[0].slug) == (Verdict.EQUIVALENT, slug)
    assert compare_svg(DRAWING, observed, Settings(disabled=frozenset({slug}))).verdict is Verdict.DIFFERENT


@pytest.mark.parametrize(
    "observed", [changed("L 10 20", "L 10.03 20"), changed("translate(1 2)", "translate(1.04 2)"), changed('x="5"', 'x="5.1"')]
)
def test_a_fraction_of_a_pixel_is_close(observed: str) -> None:
    judgement = compare_svg(DRAWING, observed)
    assert (judgement.verdict, judgement.because[-1].slug) == (Verdict.CLOSE, "number-tolerance")
    assert judgement.deviation is not None
    assert 0 < judgement.deviation <= 1 / 5000


@pytest.mark.parametrize(
    ("observed", "place"),
    [
        (changed("L 10 20", "L 10.2 20"), "/svg/g[1]/path[1]"),
        (changed("L 10 20", "L 10 20 30 40"), "/svg/g[1]/path[1]"),
        (changed("L 10 20", "L 10 -20"), "/svg/g[1]/path[1]"),
        (changed("L 10 20", "l 10 20"), "/svg/g[1]/path[1]"),
        (changed("2019", "2018"), "/svg/text[1]"),
        (changed("#1f77b4", "#1f77b5"), "/svg/g[1]"),
        (changed("scale(2)", "scale(2.05)"), "/svg/g[1]/path[1]"),
        (changed('opacity="0.5"', 'opacity="0.55"'), "/svg/g[1]/path[1]"),
        (changed("url(#p1)", "url(#p2)"), "/svg/g[1]"),
        (changed("<text ", '<circle r="3"/><text '), "/svg/text[1]"),
        (changed("</svg>", "<g/></svg>"), "/svg/g[2]"),
        (changed(' opacity="0.5"', ""), "opacity"),
    ],
)
def test_what_is_seen_is_different(observed: str, place: str) -> None:
    for pair in ((DRAWING, observed), (observed, DRAWING)):
        assert compare_svg(*pair).verdict is Verdict.DIFFERENT
    assert place in compare_svg(DRAWING, observed).because[0].message


def test_swapped_elements_are_different() -> None:
    first, second = '<rect x="1"/>', '<rect x="2"/>'
    assert compare_svg(f"{HEAD}{first}{second}</svg>", f"{HEAD}{second}{first}</svg>").verdict is Verdict.DIFFERENT


def test_hexadecimal_colours_are_no_numbers() -> None:
    first, second = (f'{HEAD}<rect fill="{colour}"/></svg>' for colour in ("#0001e1", "#000010"))
    assert compare_svg(first, second).verdict is Verdict.DIFFERENT


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "<svg>",
        "<html/>",
        "\x00",
        "\ud800",
        '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><svg>' + "&b;" * 10 + "</svg",
    ],
)
def test_what_cannot_be_read_is_not_compared(broken: str) -> None:
    assert compare_svg(DRAWING, broken).verdict is Verdict.NOT_COMPARED


def test_entities_are_neither_expanded_nor_loaded() -> None:
    template = '<!DOCTYPE svg [<!ENTITY e SYSTEM "file:///etc/{}">]><svg><text>&e;</text></svg>'
    assert compare_svg(template.format("hostname"), template.format("passwd")).verdict is Verdict.EQUIVALENT


def drawn(salt: str, title: str = "Signal 2019") -> str:
    with plt.rc_context({"svg.hashsalt": salt}):
        canvas, axes = plt.subplots()
        axes.plot([1, 3, 2], marker="o")
        axes.set_title(title)
        buffer = StringIO()
        canvas.savefig(buffer, format="svg", metadata={"Date": salt})
        plt.close(canvas)
    return buffer.getvalue()


def test_figures_of_matplotlib() -> None:
    judgement = compare_svg(drawn("a"), drawn("b"))
    assert judgement.verdict is Verdict.EQUIVALENT
    assert {reason.slug for reason in judgement.because} == {"svg-ids", "svg-metadata"}
    assert compare_svg(drawn("a"), drawn("b", "Signal 2018")).verdict is Verdict.DIFFERENT


@given(st.text(max_size=60), st.text(max_size=60))
def test_laws(first: str, second: str) -> None:
    for text in (first, HEAD + f"<text>{first}</text></svg>"):
        assert compare_svg(text, text).verdict is Verdict.IDENTICAL
        other = HEAD + f"<text>{second}</text></svg>"
        assert compare_svg(text, other).verdict is compare_svg(other, text).verdict
