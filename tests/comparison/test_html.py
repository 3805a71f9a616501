"""HTML: which markup shows the same, and what is never the same."""

from __future__ import annotations

import base64
import io
from html import escape

import pytest
from hypothesis import example, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from PIL import Image

from nbrepro.comparison.html import compare_html
from nbrepro.comparison.settings import Settings
from nbrepro.model import Judgement, Verdict

SETTINGS = Settings()
UUIDS = ("3f2b8c1e-0a4d-4e6f-9b7a-112233445566", "9c8d7e6f-5a4b-4c3d-8e2f-665544332211")
HASHES = ("20a9bbdf6992940abcb8003877bcd929", "d41d8cd98f00b204e9800998ecf8427e")


def judge(expected: str, observed: str, settings: Settings = SETTINGS) -> Judgement:
    judgement = compare_html(expected, observed, settings)
    assert compare_html(observed, expected, settings).verdict is judgement.verdict
    return judgement


def picture(colour: str) -> str:
    stream = io.BytesIO()
    image = Image.new("RGB", (40, 40), "white")
    image.paste(colour, (5, 5, 30, 30))
    image.save(stream, "PNG")
    return f'<p>plot</p><img alt="plot" src="data:image/png;base64,{base64.b64encode(stream.getvalue()).decode()}">'


def plotly(identifier: str, y: str, library: str = "plotly-2.1.0") -> str:
    return (
        f'<div><script src="https://cdn.plot.ly/{library}.min.js"></script>'
        f'<div id="{identifier}" class="plotly-graph-div" style="height:525px; width:100%;"></div>'
        f'<script>if (document.getElementById("{identifier}")) {{ Plotly.newPlot("{identifier}", [{{"type": "scatter", "y": {y}}}],'
        f' {{"title": "t"}}, {{"responsive": true}}) }};</script></div>'
    )


def altair(identifier: str, value: int) -> str:
    return (
        f'<style>#altair-viz-{identifier}.vega-embed {{ width: 100%; }}</style><div id="altair-viz-{identifier}"></div>'
        "<script>(function(spec, embedOpt){"
        f' document.getElementById("altair-viz-{identifier}"); vegaEmbed(outputDiv, spec, embedOpt); }})'
        f'({{"mark": "point", "$schema": "https://vega.github.io/schema/vega-lite/v5.json",'
        f' "data": {{"values": [{value}]}}}}, {{"mode": "vega-lite"}});</script>'
    )


def bokeh(document: str, div: str, value: int) -> str:
    return (
        f'<div id="{div}" data-root-id="p1002"></div><script>(function(root) {{ const docs_json = {{'
        f'"{document}":{{"version":"3.4.0","roots":'
        f'[{{"id":"p1002","attributes":{{"x":[{value}]}}}}]}}}};'
        f' const render_items = [{{"docid":"{document}","roots":{{"p1002":"{div}"}}}}]; }})(window);</script>'
    )


def folium(identifier: str, latitude: str, popup: str = "hello") -> str:
    page = (
        f"<!DOCTYPE html><html><head><style>#map_{identifier} {{ width: 100%; }}</style></head>"
        f'<body><div id="map_{identifier}"></div></body>'
        f'<script>var map_{identifier} = L.map("map_{identifier}", {{ center: [{latitude}, 2.5] }});'
        f" L.popup().setContent(`<b>{popup}</b>`);</script></html>"
    )
    return f'<div style="width:100%;"><iframe srcdoc="{escape(page)}" allowfullscreen></iframe></div>'


def old_folium(identifier: str, latitude: str) -> str:
    page = f'<body><div id="map_{identifier}"></div><script>var map_{identifier} = L.map("map_{identifier}", [{latitude}]);</script></body>'
    return f'<iframe src="data:text/html;charset=utf-8;base64,{base64.b64encode(page.encode()).decode()}"></iframe>'


def xarray(first: str, second: str, reference: str, value: str = "1.0 2.0") -> str:
    return (
        f"<pre class='xr-text-repr-fallback'>&lt;xarray.Dataset&gt;</pre>"
        f"<ul><li><input id='section-{first}' type='checkbox'><label for='section-{first}'>a</label></li>"
        f"<li><input id='data-{second}' type='checkbox'><label for='data-{reference}'>{value}</label></li></ul>"
    )


def sklearn(container: int, parameter: str) -> str:
    return (
        f"<style>#sk-container-id-{container} {{ color: black; }}</style>"
        f'<div id="sk-container-id-{container}" class="sk-top-container"><pre>Lasso(alpha={parameter})</pre>'
        f'<input id="sk-estimator-id-{container}" type="checkbox" checked><label for="sk-estimator-id-{container}">Lasso</label></div>'
    )


YOUTUBE = '<iframe width="400" height="300" src="https://www.youtube.com/embed/abc" frameborder="0" allowfullscreen></iframe>'
SVG = '<svg width="20" height="20"><rect x="1" y="1" width="5" height="5" style="fill:#ECB172"/></svg>'


@pytest.mark.parametrize(
    ("expected", "observed", "rules"),
    [
        ("<p class='a' title='b'>x</p>", '<p title="b" class="a">x</p>', {"html-markup"}),
        ("<b title='x'>a</b>", '<b title="x">a</b>', {"html-markup"}),
        ("<p>caf&eacute; &amp; t</p>", "<p>caf\u00e9 &#38; t</p>", {"html-markup"}),
        ("<p>a</p><p>b</p>", "<p>a</p>\n\n   <p>b</p>", {"html-markup"}),
        ("<p>a b</p>", "<p>a\n   b</p>", {"html-markup"}),
        ("<div><span>a</span></div>", "<div>a</div>", {"html-markup"}),
        ("<p>a</p></body></html>", "<p>a</p>", {"html-markup"}),
        ("<p>a</p>", "<p>a</p><!-- made at noon -->", {"html-comments"}),
        ('<p class="a">x</p>', '<p class="b">x</p>', {"html-styling"}),
        ('<p style="padding: 1px">x</p>', '<p style="padding: 2px">x</p>', {"html-styling"}),
        ("<p>&lt;A at 0x7f3a5c0d2e80&gt;</p>", "<p>&lt;A at 0x7f00aa0d2e90&gt;</p>", {"memory-addresses"}),
        ('<input id="a"><label for="a">x</label>', '<input id="b"><label for="b">x</label>', {"element-ids"}),
        ('<h1 id="n1">x</h1><a href="#n1">y</a>', '<h1 id="n2">x</h1><a href="#n2">y</a>', {"element-ids"}),
        (xarray(UUIDS[0], UUIDS[1], UUIDS[1]), xarray(UUIDS[1], UUIDS[0], UUIDS[0]), {"element-ids"}),
        (sklearn(1, "1.0"), sklearn(7, "1.0"), {"element-ids"}),
        (plotly(UUIDS[0], "[1, 2]"), plotly(UUIDS[1], "[1, 2]"), {"element-ids"}),
        (plotly(UUIDS[0], "[1, 2]"), plotly(UUIDS[0], "[1, 2]", "plotly-3.0.0"), {"library-addresses"}),
        (altair(HASHES[0], 1), altair(HASHES[1], 1), {"element-ids"}),
        (bokeh(UUIDS[0], UUIDS[1], 1), bokeh(UUIDS[1], UUIDS[0], 1), {"element-ids"}),
        (folium(HASHES[0], "1.5"), folium(HASHES[1], "1.5"), {"element-ids"}),
        (old_folium(HASHES[0], "1.5"), old_folium(HASHES[1], "1.5"), {"element-ids"}),
    ],
)
def test_same_pages(expected: str, observed: str, rules: set[str]) -> None:
    judgement = judge(expected, observed)
    assert judgement.verdict is Verdict.EQUIVALENT, judgement.because
    assert {reason.slug for reason in judgement.because} == rules
    # Text and code may still be equal by a rule on text (uuids), but never by the one that is switched off.
    for rule in rules:
        assert rule not in {reason.slug for reason in judge(expected, observed, Settings(disabled=frozenset({rule}))).because}


@pytest.mark.parametrize("rule", ["html-markup", "html-comments", "html-styling", "element-ids"])
def test_a_rule_that_is_switched_off_is_not_applied(rule: str) -> None:
    pages = {
        "html-markup": ("<p>a</p><p>b</p>", "<p>a</p>\n<p>b</p>"),
        "html-comments": ("<p>a</p>", "<p>a</p><!-- b -->"),
        "html-styling": ('<p class="a">x</p>', '<p class="b">x</p>'),
        "element-ids": ('<input id="a">', '<input id="b">'),
    }
    assert judge(*pages[rule], Settings(disabled=frozenset({rule}))).verdict is Verdict.DIFFERENT


@pytest.mark.parametrize(
    ("expected", "observed", "message"),
    [
        (
            "<p>future income 100</p>",
            "<p>future income 999</p>",
            "text: line 1: expected 'future income 100', observed 'future income 999'",
        ),
        ("<p>a</p><p>b</p>", "<p>b</p><p>a</p>", None),
        ("<pre>a b</pre>", "<pre>ab</pre>", None),
        ("<p>a b</p>", "<p>ab</p>", None),
        ("<b>a</b> <i>b</i>", "<b>a</b><i>b</i>", None),
        ("<h1>a</h1>", "<h2>a</h2>", "elements: expected <h1>, observed <h2>"),
        ("<b>a</b>", "a", "elements: expected 1, observed 0"),
        ('<a href="x.csv">a</a>', '<a href="y.csv">a</a>', "attribute href of <a>: expected x.csv, observed y.csv"),
        (
            '<span style="color: green">ok</span>',
            '<span style="color: red">ok</span>',
            "attribute style of <span>: expected color: green, observed color: red",
        ),
        ('<p style="width:30%">x</p>', '<p style="width:60%">x</p>', "attribute style of <p>: expected width: 30%, observed width: 60%"),
        (
            "<progress value=3 max=9></progress>",
            "<progress value=4 max=9></progress>",
            "attribute value of <progress>: expected 3, observed 4",
        ),
        ('<a href="#a">x</a>', '<a href="#b">x</a>', "attribute href of <a>: expected #a, observed #b"),
        ('<p id="a" aria-label="one">x</p>', '<p id="a" aria-label="two">x</p>', "attribute aria-label of <p>: expected one, observed two"),
        ("<input checked>", "<input>", "attribute checked of <input>: not observed"),
        ("<p>x &lt; 1</p>", "<p>x &gt; 1</p>", None),
        ("<p>a</p></html><p>b</p>", "<p>a</p></html><p>c</p>", "text: line 2: expected 'b', observed 'c'"),
        ("<p>a\0b</p>", "<p>a\0c</p>", None),
        (
            xarray(UUIDS[0], UUIDS[1], UUIDS[1]),
            xarray(UUIDS[0], UUIDS[1], UUIDS[1], "1.0 3.0"),
            "text: line 3: expected '1.0 2.0', observed '1.0 3.0'",
        ),
        (sklearn(1, "1.0"), sklearn(2, "2.0"), "text: line 1: expected 'Lasso(alpha=1.0)', observed 'Lasso(alpha=2.0)'"),
        (plotly(UUIDS[0], "[1, 2]"), plotly(UUIDS[1], "[1, 3]"), "plotly chart: data[0].y[1]: expected 2, observed 3"),
        (altair(HASHES[0], 1), altair(HASHES[1], 2), "Vega chart: data.values[0]: expected 1, observed 2"),
        (
            bokeh(UUIDS[0], UUIDS[1], 1),
            bokeh(UUIDS[1], UUIDS[0], 2),
            f'Bokeh chart: ["{UUIDS[0]}"].roots[0].attributes.x[0]: expected 1, observed 2',
        ),
        (folium(HASHES[0], "1.5"), folium(HASHES[1], "2.5"), None),
        (folium(HASHES[0], "1.5"), folium(HASHES[1], "1.5", "goodbye"), None),
        (old_folium(HASHES[0], "1.5"), old_folium(HASHES[1], "2.5"), None),
        (YOUTUBE, YOUTUBE.replace("abc", "xyz"), None),
        (picture("red"), picture("blue"), None),
        (picture("red"), "<p>plot</p>", "pictures: expected 1, observed 0"),
        (SVG, SVG.replace('width="5"', 'width="15"'), None),
        ("<script>f(1)</script>", "<script>f(2)</script>", None),
        ("<script>f(1)</script>", "", "scripts: expected 1, observed 0"),
        (r"<p>$\alpha_1$</p>", r"<p>$\beta_1$</p>", None),
    ],
)
def test_different_pages(expected: str, observed: str, message: str | None) -> None:
    judgement = judge(expected, observed)
    assert judgement.verdict is Verdict.DIFFERENT
    assert message is None or message in [reason.message for reason in judgement.because]


def test_references_must_follow_their_ids() -> None:
    expected = xarray(UUIDS[0], UUIDS[1], UUIDS[1])
    assert judge(expected, xarray(UUIDS[1], UUIDS[0], UUIDS[1])).verdict is Verdict.DIFFERENT
    assert judge(expected, xarray(UUIDS[0], UUIDS[1], UUIDS[0])).verdict is Verdict.DIFFERENT


def test_references_are_no_difference_where_the_rule_on_ids_is_switched_off() -> None:
    page = '<input id="a"><label for="a" aria-label="">x</label>'
    assert judge(page, f"{page}<!-- b -->", Settings(disabled=frozenset({"element-ids"}))).verdict is Verdict.EQUIVALENT


def test_numbers_within_tolerance_are_close() -> None:
    judgement = judge("<p>sum 1.0000001</p>", "<p>sum 1.0000002</p>")
    assert judgement.verdict is Verdict.CLOSE
    assert judgement.deviation == pytest.approx(1e-7)


@pytest.mark.parametrize(
    "unit",
    [
        "<div>",
        "<table><tr><td>",
        "<b>",
        "<",
        "&",
        "<!--",
        "<p a='",
        "<script>Plotly.newPlot(x, [[[",
        "<script>docs_json = '",
        '<script>vegaEmbed)({"a":[',
        "<td colspan=1000>",
        "<svg>",
    ],
)
def test_hostile_markup_is_judged(unit: str) -> None:
    hostile = unit * 3000
    assert judge(hostile, f"{hostile}1").verdict in set(Verdict)
    assert judge(f"<p>1</p>{hostile}", f"<p>2</p>{hostile}").verdict is Verdict.DIFFERENT


def test_what_is_nested_too_deeply_is_compared_as_text() -> None:
    judgement = judge("<div>" * 5000 + "a", "<div>" * 5000 + "b")
    assert judgement.verdict is Verdict.DIFFERENT
    assert judgement.because[-1].slug == "html-as-text"


def test_entities_are_not_expanded_without_end() -> None:
    declaration = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
    assert judge(f"{declaration}<p>&b; 1</p>", f"{declaration}<p>&b; 2</p>").verdict is Verdict.DIFFERENT


def test_many_attributes() -> None:
    element = "<p " + " ".join(f"a{number}=1" for number in range(2000))
    assert judge(f"{element}>1</p>", f"{element}>2</p>").because[-1].slug == "html-as-text"


snippets = st.lists(
    st.sampled_from(
        [
            "<p>",
            "</p>",
            "<table>",
            "<tr><td>",
            "</table>",
            "<b id='a1'>",
            "<a href='#a1'>",
            "<!--",
            "-->",
            "<script>",
            "</script>",
            "1.5",
            "x ",
            "&amp;",
            "</html>",
            "<svg>",
        ]
    )
    | st.text(max_size=4),
    max_size=12,
).map("".join)


@examples(deadline=None, max_examples=200)
@given(snippets, snippets)
@example("<?xml version='1.0' encoding='latin-1'?><p>\u00e9</p>", "\ud800")
def test_laws(first: str, second: str) -> None:
    assert compare_html(first, first, SETTINGS).verdict is Verdict.IDENTICAL
    judge(first, second)


@examples(deadline=None)
@given(st.text(alphabet=st.characters(categories=["L", "N"]), min_size=1), st.text(alphabet=st.characters(categories=["L"]), min_size=1))
def test_visible_words_are_never_lost(text: str, word: str) -> None:
    assert judge(f"<p>{text}</p>", f"<p>{text} {word}</p>").verdict is Verdict.DIFFERENT
