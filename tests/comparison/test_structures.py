"""JSON-like payloads: what is the same structure, and where a message says that two part."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from nbrepro.comparison.registry import comparer_for
from nbrepro.comparison.scripts import compare_scripts
from nbrepro.comparison.settings import Settings
from nbrepro.comparison.structures import compare_structures
from nbrepro.comparison.widgets import compare_widget_views
from nbrepro.model import Judgement, Verdict

SETTINGS = Settings()
NAN = float("nan")
UUIDS = ("3f2b8c1e-0a4d-4e6f-9b7a-112233445566", "9c8d7e6f-5a4b-4c3d-8e2f-665544332211", "0a0b0c0d-1e1f-4a2b-8c3d-aabbccddeeff")
HASHES = ("20a9bbdf6992940abcb8003877bcd929", "d41d8cd98f00b204e9800998ecf8427e")


def judge(expected: Any, observed: Any, settings: Settings = SETTINGS) -> Judgement:
    judgement = compare_structures(expected, observed, settings)
    assert compare_structures(observed, expected, settings).verdict is judgement.verdict
    return judgement


def encoded(values: list[float], dtype: str) -> dict[str, str]:
    return {"dtype": dtype, "bdata": base64.b64encode(np.array(values, dtype).tobytes()).decode()}


def figure(**trace: Any) -> dict[str, Any]:
    return {
        "data": [{"type": "scatter", **trace}],
        "layout": {"template": {"data": {"bar": [{"type": "bar"}]}, "layout": {"colorway": ["#636efa"]}}},
    }


def vega(name: str, version: str = "v6.4.1", value: float = 3.5) -> dict[str, Any]:
    return {
        "$schema": f"https://vega.github.io/schema/vega-lite/{version}.json",
        "data": {"name": f"data-{name}"},
        "datasets": {f"data-{name}": [{"a": 1, "b": value}]},
    }


def bokeh(document: str, first: str, second: str, axis: str) -> dict[str, Any]:
    models = [{"type": "object", "id": first}, {"type": "object", "id": second}]
    return {document: {"version": "3.4.0", "roots": models, "defs": [{"id": axis}]}}


def old_bokeh(root: str, *references: tuple[str, str]) -> dict[str, Any]:
    models = [{"type": kind, "id": number, "attributes": {}} for kind, number in references]
    return {"doc": {"version": "1.4.0", "roots": {"references": models, "root_ids": [root]}}}


@pytest.mark.parametrize(
    ("expected", "observed", "rules"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, {"key-order"}),
        ({"a": 1}, {"a": 1.0}, {"number-format"}),
        ({"a": [None, 1.5]}, {"a": [NAN, 1.5]}, {"missing-value-mark"}),
        ('{"a": [1,2]}', '{ "a":[1, 2] }', {"json-layout"}),
        ("[1,2]", [1, 2], {"json-layout"}),
        (figure(y=encoded([1.5, 2.5], "f8")), figure(y=[1.5, 2.5]), {"array-encoding"}),
        (figure(y=encoded([1, 2], "i1")), figure(y=encoded([1, 2], "i4")), {"array-encoding"}),
        ({"y": {**encoded([1, 2, 3, 4], "u1"), "shape": "2, 2"}}, {"y": [[1, 2], [3, 4]]}, {"array-encoding"}),
        (figure(name=f"T_ab12c {HASHES[0]}"), figure(name=f"T_cd34e {HASHES[1]}"), {"element-ids"}),
        (vega(HASHES[0]), vega(HASHES[1]), {"element-ids"}),
        (vega(HASHES[0]), vega(HASHES[0], "v5.20.1"), {"library-versions"}),
        (bokeh(UUIDS[0], "p1002", "p1003", "p1003"), bokeh(UUIDS[1], "p2002", "p2003", "p2003"), {"element-ids"}),
        (old_bokeh("1002", ("Plot", "1002"), ("Axis", "1005")), old_bokeh("1102", ("Axis", "1105"), ("Plot", "1102")), {"element-ids"}),
        (figure(), {**figure(), "layout": {"template": {"data": {}, "layout": {"colorway": ["#636efa"]}}}}, {"chart-template"}),
        ({"repr": "<A at 0x7f3a5c0d2e80>"}, {"repr": "<A at 0x7f00aa0d2e90>"}, {"memory-addresses"}),
    ],
)
def test_same_structures(expected: Any, observed: Any, rules: set[str]) -> None:
    judgement = judge(expected, observed)
    assert judgement.verdict is Verdict.EQUIVALENT, judgement.because
    assert {reason.slug for reason in judgement.because} == rules
    for rule in rules:
        assert judge(expected, observed, Settings(disabled=frozenset({rule}))).verdict is Verdict.DIFFERENT


@pytest.mark.parametrize(
    ("expected", "observed", "message"),
    [
        (figure(y=[1, 2, 3]), figure(y=[1, 2, 4]), "data[0].y[2]: expected 3, observed 4"),
        (figure(y=[1, 2]), figure(y=[1, 2, 3]), "data[0].y: expected 2 items, observed 3 items"),
        (figure(y=[1.5, 2.5]), figure(y=[1.5, -2.5]), "data[0].y[1]: expected 2.5, observed -2.5"),
        (figure(y=encoded([1.5, 2.5], "f8")), figure(y=[1.5, 3.5]), "data[0].y[1]: expected 2.5, observed 3.5"),
        (figure(y=encoded([1.5, 2.5], "f8")), figure(y=encoded([1.5, 3.5], "f8")), "data[0].y[1]: expected 2.5, observed 3.5"),
        (figure(mode="lines"), figure(mode="markers"), "data[0].mode: expected lines, observed markers"),
        (figure(mode="lines"), figure(), "data[0].mode: not observed"),
        (figure(), figure(mode="lines"), "data[0].mode: not expected"),
        (vega(HASHES[0]), vega(HASHES[1], value=4.5), f'datasets["data-{HASHES[0]}"][0].b: expected 3.5, observed 4.5'),
        ({"a": 100}, {"a": 101}, "a: expected 100, observed 101"),
        ({"a": 1}, {"a": True}, "a: expected 1, observed true"),
        ({"a": 0}, {"a": None}, "a: expected 0, observed null"),
        ({"a": NAN}, {"a": 1.5}, "a: expected nan, observed 1.5"),
        ({"a": "1"}, {"a": 1}, 'a: expected "1", observed 1'),
        ({"a": None}, {"a": "None"}, 'a: expected null, observed "None"'),
        ({"a": [1]}, {"a": {"0": 1}}, "a: expected a list of 1 item, observed an object with 1 item"),
        ({"version": 1}, {"version": 2}, "version: expected 1, observed 2"),
        ({"a": {"b": {"version": "1.0"}}}, {"a": {"b": {"version": "2.0"}}}, "a.b.version: expected 1.0, observed 2.0"),
        ({"id": "1006"}, {"id": "1007"}, "id: expected 1006, observed 1007"),
        ([1, 2], [2, 1], "[0]: expected 1, observed 2"),
        ('{"a": 1, "a": 2}', '{"a": 3, "a": 2}', 'script: line 1: expected \'{"a": 1, "a": 2}\', observed \'{"a": 3, "a": 2}\''),
    ],
)
def test_different_structures(expected: Any, observed: Any, message: str) -> None:
    judgement = judge(expected, observed)
    assert judgement.verdict is Verdict.DIFFERENT
    assert message in [reason.message for reason in judgement.because]


def test_a_template_that_sets_another_colour_is_different() -> None:
    observed = json.loads(json.dumps(figure()).replace("#636efa", "#ff0000"))
    assert judge(figure(), observed).verdict is Verdict.DIFFERENT


def test_an_identifier_stands_for_one_thing() -> None:
    assert judge(figure(uid=UUIDS[0]), figure(uid=UUIDS[1])).verdict is Verdict.EQUIVALENT
    assert judge([UUIDS[0], UUIDS[1]], [UUIDS[0], UUIDS[0]]).verdict is Verdict.DIFFERENT
    expected = {"nodes": [UUIDS[0], UUIDS[1]], "edge": UUIDS[0]}
    assert judge(expected, {"nodes": [UUIDS[1], UUIDS[2]], "edge": UUIDS[1]}).verdict is Verdict.EQUIVALENT
    assert judge(expected, {"nodes": [UUIDS[1], UUIDS[2]], "edge": UUIDS[2]}).verdict is Verdict.DIFFERENT
    first, second = bokeh(UUIDS[0], "p1002", "p1003", "p1003"), bokeh(UUIDS[0], "p1002", "p1003", "p1002")
    assert judge(first, second).verdict is Verdict.DIFFERENT


def test_the_largest_deviation_is_reported_with_its_place() -> None:
    judgement = judge({"y": [1.0, 2.0, 3.0]}, {"y": [1.0, 2.0000008, 3.0000003]})
    assert judgement.verdict is Verdict.CLOSE
    assert judgement.deviation == pytest.approx(4e-7)
    assert "y[1]" in judgement.because[0].message


def test_differences_are_counted() -> None:
    judgement = judge({"y": list(range(100))}, {"y": list(range(1, 101))})
    assert judgement.because[0].message == "100 differences"
    assert len(judgement.because) == 6


def test_any_depth() -> None:
    def nested(value: int) -> Any:
        for _ in range(50_000):
            value = [value]  # type: ignore[assignment]
        return value

    judgement = compare_structures(nested(1), nested(2), SETTINGS)
    assert compare_structures(nested(1), nested(1), SETTINGS).verdict is Verdict.IDENTICAL
    assert judgement.verdict is Verdict.DIFFERENT


@pytest.mark.parametrize(
    ("expected", "observed", "verdict"),
    [
        ({"model_id": "a"}, {"model_id": "a"}, Verdict.NOT_COMPARED),
        ({"model_id": "a"}, {"model_id": "b"}, Verdict.NOT_COMPARED),
        ({"model_id": "a", "state": {"value": 1}}, {"model_id": "b"}, Verdict.NOT_COMPARED),
        ({"model_id": "a", "state": {"value": 1}}, {"model_id": "b", "state": {"value": 1}}, Verdict.IDENTICAL),
        ({"model_id": "a", "state": {"value": 1}}, {"model_id": "b", "state": {"value": 2}}, Verdict.DIFFERENT),
        ("nonsense", None, Verdict.NOT_COMPARED),
    ],
)
def test_widget_views(expected: Any, observed: Any, verdict: Verdict) -> None:
    judgement = compare_widget_views(expected, observed, SETTINGS)
    assert judgement.verdict is verdict
    assert verdict is Verdict.IDENTICAL or judgement.because


@pytest.mark.parametrize(
    ("expected", "observed", "slugs"),
    [
        ("console.log(1)", "console.log(2)", {"line-changed", "lines-differ"}),
        ('Plotly.newPlot("a", [{"y": [1]}], {})', 'Plotly.newPlot("b", [{"y": [2]}], {})', {"value-changed"}),
        ('Plotly.newPlot("a", [{"y": [1]}], {})', "Plotly.purge('a')", {"charts-changed"}),
        (
            'Plotly.newPlot("a", [], {}); Plotly.addFrames("a", [{"n": 1}])',
            'Plotly.newPlot("a", [], {}); Plotly.addFrames("a", [{"n": 2}])',
            {"value-changed"},
        ),
        (
            """docs_json = '{"d":{"version":"1.0","t":"it\\'s 1"}}';""",
            """docs_json = '{"d":{"version":"1.0","t":"it\\'s 2"}}';""",
            {"value-changed"},
        ),
        ("a = map_" + HASHES[0] + ".add(1)", "a = map_" + HASHES[1] + ".add(2)", {"line-changed", "lines-differ"}),
    ],
)
def test_different_scripts(expected: str, observed: str, slugs: set[str]) -> None:
    judgement = compare_scripts(expected, observed, SETTINGS)
    assert judgement.verdict is Verdict.DIFFERENT
    assert {reason.slug for reason in judgement.because} <= slugs


@pytest.mark.parametrize(
    ("expected", "observed", "rules"),
    [
        (f"var map_{HASHES[0]} = L.map([1.5])", f"var map_{HASHES[1]} = L.map([1.5])", {"element-ids"}),
        (
            'require(["plotly"], p => {Plotly.newPlot("a", [{"y": [1]}], {})})',
            'Plotly.newPlot("a", [{"y": [1]}], {}, {"responsive": true})',
            {"library-code"},
        ),
        ("/* plotly.js v2.1.0 */ f(1)", "/* plotly.js v3.0.0 */ g(2)", {"library-code"}),
    ],
)
def test_same_scripts(expected: str, observed: str, rules: set[str]) -> None:
    judgement = compare_scripts(expected, observed, SETTINGS)
    assert judgement.verdict is Verdict.EQUIVALENT
    assert {reason.slug for reason in judgement.because} == rules
    assert compare_scripts(expected, observed, Settings(disabled=frozenset(rules))).verdict is Verdict.DIFFERENT


def test_javascript_is_compared_as_a_script() -> None:
    assert comparer_for("application/javascript") is compare_scripts


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from([*UUIDS, "p1001", "1.0", "NaN"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "id", "version", "dtype", "bdata", "roots", UUIDS[0]]), inner, max_size=4)
    ),
    max_leaves=12,
)


@examples(deadline=None)
@given(json_values, json_values)
def test_laws(first: Any, second: Any) -> None:
    assert compare_structures(first, json.loads(json.dumps(first)), SETTINGS).verdict is Verdict.IDENTICAL
    assert compare_structures(json.dumps(first), json.dumps(first), SETTINGS).verdict is Verdict.IDENTICAL
    judge(first, second)


@examples(deadline=None)
@given(st.text(), st.text())
def test_any_text(first: str, second: str) -> None:
    judge(first, second)
