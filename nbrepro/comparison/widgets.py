"""Comparison of widget views: what the widgets show, as far as both sides keep the state of their models."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

from nbrepro.comparison.findings import Findings
from nbrepro.comparison.output_rules import PROGRESS_BARS
from nbrepro.comparison.progress import without_progress
from nbrepro.comparison.rules import WIDGET_DEFAULTS, WIDGET_IDS, WIDGET_LAYOUT
from nbrepro.comparison.settings import Settings
from nbrepro.comparison.structure_walk import Walk
from nbrepro.comparison.structures import compare_structures
from nbrepro.model import Because, Judgement, Verdict, Widget
from nbrepro.notebooks.widgets import REFERENCE, model_of

_MODEL, _STATE, _BUFFERS = "model", "state", "buffers"
_UNSEEN = re.compile(
    r"_(?:model|view)_(?:module|module_version|name)|_view_count|_dom_classes|_anywidget_id|_esm|_css"
    r"|_(?:js2py|py2js|last)_\w+|msg_id|outputs|tabbable|tooltip"
)
"""Parts of a state that say how a page finds and runs a widget, not what the widget shows; `_data` of a figure is data."""
_APPEARANCE = ("layout", "style")
_CONTENT = frozenset({"_data", "children", "data", "index", "value"})
"""Parts of a state that are what a widget has to show; a default of theirs is empty, false or zero."""
_DEEPEST = 40
_BLANK = re.compile(r"\s")
"""tqdm puts blanks as wide as a digit between the words of a widget."""
_BAR_TEXT = re.compile(r"\d+:\d\d(?:<|&lt;)|\d\s*(?:it|\w{1,8})/s\b")

_NOT_COMPARED = Because(
    "widget-view",
    "the output holds only the random id of a widget; what the widget shows is state of its kernel and isn't saved with the output",
)
_UNKNOWN = Judgement(Verdict.NOT_COMPARED, (Because("widget-state", "the state of a widget inside of it is not known of one side"),))
_NO_BUFFERS = Judgement(Verdict.NOT_COMPARED, (Because("widget-buffers", "binary parts of its state are not known of one side"),))
_TOO_DEEP = Judgement(Verdict.NOT_COMPARED, (Because("widget-depth", f"more than {_DEEPEST} widgets stand inside of each other"),))


def compare_widget_views(expected: Any, observed: Any, settings: Settings) -> Judgement:  # noqa: ANN401 - JSON
    """Verdict of two widget views (`application/vnd.jupyter.widget-view+json`).

    A view names a model by a random id. Without the state of the model it shows nothing that could be compared; where both
    payloads carry it under `state`, as `with_state` gives it, the states are compared.

    >>> compare_widget_views({"model_id": "a"}, {"model_id": "b"}, Settings()).verdict
    <Verdict.NOT_COMPARED: 'not-compared'>
    """
    first, second = _state(expected), _state(observed)
    if first is None or second is None:
        return Judgement(Verdict.NOT_COMPARED, (_NOT_COMPARED,))
    if not _is_tree(first) or not _is_tree(second):
        return compare_structures(first, second, settings)
    findings = Findings(settings)
    if expected.get("model_id") != observed.get("model_id") and not findings.apply(WIDGET_IDS, "the same widget has another random id"):
        findings.differ("widget-id-changed", "the widget has another id")
    _compare_trees(findings, "the widget", first, second, 0)
    return findings.judgement()


def _state(payload: Any) -> Any:  # noqa: ANN401 - JSON
    return payload.get("state") if isinstance(payload, dict) else None


def with_state(payload: Any, widgets: Mapping[str, Widget]) -> Any:  # noqa: ANN401 - JSON
    """A view with the states of all widgets in it; the view itself where they aren't known."""
    identity = model_of(payload)
    return {"model_id": identity, "state": _tree(identity, widgets, ())} if identity in widgets else payload


def _tree(identity: str, widgets: Mapping[str, Widget], above: tuple[str, ...]) -> Any:  # noqa: ANN401 - JSON
    """A widget with the widgets that it names in their places; one whose state isn't known has no model."""
    if identity not in widgets:
        return {_MODEL: "", _STATE: {}, _BUFFERS: {}}
    if identity in above or len(above) > _DEEPEST + 1:
        return None
    widget = widgets[identity]
    path = (*above, identity)
    return {
        _MODEL: widget.model,
        _STATE: {key: _resolved(value, widgets, path) for key, value in widget.state.items()},
        _BUFFERS: {"/".join(map(str, path)): data for path, data in widget.buffers},
    }


def _resolved(value: Any, widgets: Mapping[str, Widget], path: tuple[str, ...]) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, str) and value.startswith(REFERENCE):
        return _tree(value.removeprefix(REFERENCE), widgets, path)
    return [_resolved(item, widgets, path) for item in value] if isinstance(value, list) else value


def _is_tree(value: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(value, dict) and value.keys() == {_MODEL, _STATE, _BUFFERS}


def _compare_trees(findings: Findings, place: str, expected: dict[str, Any], observed: dict[str, Any], depth: int) -> None:
    if depth > _DEEPEST:
        findings.absorb(_TOO_DEEP, place)
        return
    if not expected[_MODEL] or not observed[_MODEL]:
        findings.absorb(_UNKNOWN, place)
        return
    if expected[_MODEL] != observed[_MODEL]:
        findings.differ("widget-changed", f"{place}: expected {expected[_MODEL]}, observed {observed[_MODEL]}")
        return
    first, second = expected[_STATE], observed[_STATE]
    keys = sorted(key for key in first.keys() | second.keys() if not _UNSEEN.fullmatch(key))
    for key in keys:
        if key in _APPEARANCE:
            _compare_appearance(findings, f"{place}, {key}", first.get(key), second.get(key))
        elif key in first and key in second:
            _compare_values(findings, place, key, (first[key], second[key]), depth)
        else:
            _one_sided(findings, f"{place}, {key}", key, first.get(key, second.get(key)))
    _compare_buffers(findings, place, expected[_BUFFERS], observed[_BUFFERS])


def _compare_values(findings: Findings, place: str, key: str, values: tuple[Any, Any], depth: int) -> None:
    first, second = values
    if _is_tree(first) and _is_tree(second):
        _compare_trees(findings, f"{place}, {key}", first, second, depth + 1)
    elif isinstance(first, list) and isinstance(second, list) and len(first) == len(second) and any(map(_is_tree, first)):
        for number, pair in enumerate(zip(first, second, strict=True)):
            _compare_values(findings, place, f"{key}[{number}]", pair, depth)
    elif not _is_same_progress(findings, place, first, second):
        part = Findings(findings.settings)
        Walk(part).compare({key: first}, {key: second})
        findings.merge(part, place)


def _is_same_progress(findings: Findings, place: str, expected: Any, observed: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether two texts stand beside a progress bar that is a widget, and say the same but for times and speeds."""
    if not all(isinstance(text, str) and _BAR_TEXT.search(text) for text in (expected, observed)) or expected == observed:
        return False
    first, second = (without_progress(f"0%|#|{_BLANK.sub(' ', unescape(text))}") for text in (expected, observed))
    return first == second and findings.apply(PROGRESS_BARS, f"{place}: progress bars are compared without times and speeds")


def _one_sided(findings: Findings, place: str, key: str, value: Any) -> None:  # noqa: ANN401 - JSON
    """A part of the state that only one side states, which saved states leave out where it is the default."""
    message = f"{place}: only one side states it"
    if (key in _CONTENT and value) or not findings.apply(WIDGET_DEFAULTS, message):
        findings.differ("widget-state-changed", message)


def _compare_appearance(findings: Findings, place: str, expected: Any, observed: Any) -> None:  # noqa: ANN401 - JSON
    message = f"{place}: sizes, spaces and colours of a widget differ"
    if _appearance(expected) != _appearance(observed) and not findings.apply(WIDGET_LAYOUT, message):
        findings.differ("widget-layout-changed", message)


def _appearance(value: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """What a layout or style sets; what it leaves open is null or absent."""
    state = value[_STATE] if _is_tree(value) else {}
    return {key: item for key, item in state.items() if key[:1] != "_" and item is not None}


def _compare_buffers(findings: Findings, place: str, expected: Mapping[str, str], observed: Mapping[str, str]) -> None:
    if expected.keys() != observed.keys() or not all((*expected.values(), *observed.values())):
        findings.absorb(_NO_BUFFERS, place)
        return
    for path in expected:
        if expected[path] != observed[path]:
            findings.differ("widget-buffer-changed", f"{place}, {path}: other bytes")
