"""Widget views, and the outputs that stand inside of widgets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from nbrepro.comparison import compare
from nbrepro.comparison.settings import Settings
from nbrepro.model import Comparison, Display, Execution, NotebookVerdict, Origin, Output, Step, StepStatus, Stream, Verdict, Widget
from nbrepro.notebooks.widgets import VIEW_MIME_TYPE as VIEW

IDENTICAL, EQUIVALENT, CLOSE, DIFFERENT = Verdict.IDENTICAL, Verdict.EQUIVALENT, Verdict.CLOSE, Verdict.DIFFERENT
NOT_COMPARED = Verdict.NOT_COMPARED


def view(identity: str) -> Display:
    return Display({"text/plain": "a widget", VIEW: {"model_id": identity, "version_major": 2, "version_minor": 0}}, is_result=True)


def printed(text: str, cut: int = 0) -> Widget:
    return Widget("OutputModel", outputs=(Stream("stdout", text),), cut_bytes=cut)


def slider(value: Any = 3, **state: Any) -> Widget:
    return Widget("IntSliderModel", state={"value": value, "description": "n"} | state)


def box(*children: str, **state: Any) -> Widget:
    return Widget("VBoxModel", state={"children": [f"IPY_MODEL_{child}" for child in children], "_dom_classes": []} | state)


def shown(widgets: Mapping[str, Widget], *outputs: Output, status: StepStatus = StepStatus.COMPLETED) -> Execution:
    """A run of one cell that shows the first of some widgets."""
    step = Step(0, "show()", outputs or (view(next(iter(widgets))),), status, execution_count=1)
    return Execution("a.ipynb", Origin.SAVED, (step,), widgets=widgets)


def verdicts(comparison: Comparison) -> list[tuple[str, Verdict]]:
    return [(output.kind, output.verdict) for output in comparison.steps[0].outputs]


def slugs(comparison: Comparison) -> set[str]:
    return {reason.slug for step in comparison.steps for output in step.outputs for reason in output.because}


def test_what_output_widgets_hold_is_compared_with_the_cell_that_shows_them() -> None:
    saved = shown({"a": box("b", "c"), "b": slider(), "c": printed("result 100\n")})
    again = shown({"x": box("y", "z"), "y": slider(), "z": printed("result 100\n")})
    other = shown({"x": box("y", "z"), "y": slider(), "z": printed("result 999\n")})
    same = compare(saved, again)
    assert verdicts(same) == [(VIEW, EQUIVALENT), ("stdout", IDENTICAL)]
    assert same.verdict is NotebookVerdict.REPRODUCED
    changed = compare(saved, other)
    assert verdicts(changed)[1] == ("stdout", DIFFERENT)
    assert changed.verdict is NotebookVerdict.DIFFERS


@pytest.mark.parametrize(("expected", "observed"), [(True, False), (False, True)])
def test_without_a_state_on_one_side_nothing_is_lost_and_nothing_is_vouched_for(expected: bool, observed: bool) -> None:
    widgets = {"a": printed("result\n")}
    comparison = compare(shown(widgets if expected else {}, view("a")), shown(widgets if observed else {}, view("a")))
    assert verdicts(comparison)[1] == ("stdout", NOT_COMPARED)
    assert "widget-state" in slugs(comparison)


def test_a_cell_that_did_not_run_compares_nothing_of_its_widgets() -> None:
    comparison = compare(shown({"a": printed("x\n")}), shown({}, view("a"), status=StepStatus.NOT_RUN))
    assert {verdict for _, verdict in verdicts(comparison)} == {NOT_COMPARED}


def test_outputs_that_come_or_go_in_a_widget_are_extra_or_missing() -> None:
    full, empty = {"a": printed("x\n")}, {"a": Widget("OutputModel")}
    assert verdicts(compare(shown(full), shown(empty)))[1:] == [("stdout", Verdict.MISSING)]
    assert verdicts(compare(shown(empty), shown(full)))[1:] == [("stdout", Verdict.EXTRA)]


def test_a_cut_in_a_widget_proves_nothing() -> None:
    assert verdicts(compare(shown({"a": printed("x\ny\n")}), shown({"a": printed("x\n", cut=9)})))[1:] == [("stdout", NOT_COMPARED)]


def test_widgets_inside_of_output_widgets_are_opened_and_each_counts_once() -> None:
    inner = Widget("OutputModel", outputs=(view("c"), view("a")))
    widgets = {"a": box("b"), "b": inner, "c": printed("deep\n")}
    comparison = compare(shown(widgets), shown(widgets))
    assert [kind for kind, _ in verdicts(comparison)].count("stdout") == 1


def bar(seconds: int, speed: int, done: int = 100) -> dict[str, Widget]:
    return {"a": Widget("HTMLModel", state={"value": f" {done}/100 [00:0{seconds}&lt;00:00, {speed}it/s]"})}


def figure(y: list[int], **state: Any) -> dict[str, Widget]:
    """A figure of plotly: its data stand under names with an underscore."""
    return {"a": Widget("FigureModel", state={"_data": [{"y": y}]} | state)}


SAME = [
    ("widget-ids", figure([1]), {"b": figure([1], _last_layout_edit_id=7, _view_count=1)["a"]}),
    ("widget-ids", {"a": slider()}, {"b": slider()}),
    ("widget-defaults", {"a": slider()}, {"a": slider(orientation="horizontal")}),
    ("widget-defaults", {"a": Widget("IntSliderModel")}, {"a": Widget("IntSliderModel", state={"value": 0})}),
    ("widget-layout", {"a": slider(layout="IPY_MODEL_l"), "l": Widget("LayoutModel", state={"width": "50%"})}, {"a": slider()}),
    ("progress-bars", bar(1, 98), bar(2, 51)),
    ("number-tolerance", {"a": slider(0.1)}, {"a": slider(0.10000001)}),
]
OTHER = [
    ({"a": slider(3)}, {"b": slider(4)}),
    ({"a": Widget("IntSliderModel")}, {"a": Widget("IntSliderModel", state={"value": 7})}),
    ({"a": slider()}, {"a": Widget("IntTextModel", state={"value": 3, "description": "n"})}),
    ({"a": box("b"), "b": slider(3)}, {"a": box("b"), "b": slider(4)}),
    ({"a": box("b", "c"), "b": slider(3), "c": slider(4)}, {"a": box("b", "c"), "b": slider(4), "c": slider(3)}),
    ({"a": box("b", "c"), "b": slider(), "c": slider()}, {"a": box("b"), "b": slider()}),
    (bar(1, 98), bar(2, 51, done=99)),
    (figure([1, 2]), figure([1, 3])),
    (figure([1, 2]), {"a": Widget("FigureModel")}),
    ({"a": Widget("ImageModel", buffers=((("value",), "YWJj"),))}, {"a": Widget("ImageModel", buffers=((("value",), "YWJk"),))}),
]


@pytest.mark.parametrize(("rule", "expected", "observed"), SAME)
def test_widgets_that_show_the_same(rule: str, expected: dict[str, Widget], observed: dict[str, Widget]) -> None:
    comparison = compare(shown(expected), shown(observed))
    assert comparison.verdict.is_reproduced
    assert slugs(comparison) == {rule}
    if rule != "number-tolerance":
        strict = compare(shown(expected), shown(observed), Settings(disabled=frozenset({rule})))
        assert strict.verdict is NotebookVerdict.DIFFERS


@pytest.mark.parametrize(("expected", "observed"), OTHER)
def test_widgets_that_show_something_else(expected: dict[str, Widget], observed: dict[str, Widget]) -> None:
    assert compare(shown(expected), shown(observed)).verdict is NotebookVerdict.DIFFERS
    assert compare(shown(observed), shown(expected)).verdict is NotebookVerdict.DIFFERS


def picture(*content: str, identity: str = "a") -> dict[str, Widget]:
    return {identity: Widget("ImageModel", buffers=tuple((("value",), data) for data in content))}


@pytest.mark.parametrize(
    ("expected", "observed"),
    [
        (picture("YWJj"), picture(identity="b")),
        (picture("YWJj"), picture("")),
        (picture(""), picture("", identity="b")),
        ({"a": box("b"), "b": slider()}, {"a": box("b")}),
        ({"a": box("b")}, {"c": box("b")}),
    ],
)
def test_what_is_not_known_of_one_side_is_not_compared(expected: dict[str, Widget], observed: dict[str, Widget]) -> None:
    assert verdicts(compare(shown(expected), shown(observed))) == [(VIEW, NOT_COMPARED)]
    assert verdicts(compare(shown(observed), shown(expected))) == [(VIEW, NOT_COMPARED)]


def test_widgets_that_name_one_another_or_stand_very_deep_come_to_an_end() -> None:
    circle = {"a": box("b"), "b": box("a")}
    assert compare(shown(circle), shown({"c": box("b"), "b": box("c")})).verdict is NotebookVerdict.REPRODUCED
    deep = {str(number): box(str(number + 1)) for number in range(3000)}
    assert verdicts(compare(shown(deep), shown({"again": deep["0"]} | deep))) == [(VIEW, NOT_COMPARED)]


@pytest.mark.parametrize("widgets", [{"a": box("b")}, {"a": box("a")}, picture(""), {"a": printed("x\n")}, {}])
def test_a_notebook_is_identical_to_itself_whatever_is_known_of_its_widgets(widgets: dict[str, Widget]) -> None:
    execution = shown(widgets, view("a"))
    assert {verdict for _, verdict in verdicts(compare(execution, execution))} == {IDENTICAL}
