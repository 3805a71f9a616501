"""The states of widgets, as a notebook keeps them in its metadata.

https://ipywidgets.readthedocs.io/en/stable/embedding.html (Jupyter widget state)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from nbrepro.errors import UnreadableNotebookError
from nbrepro.model import OUTPUT_MODEL, Output, Widget
from nbrepro.notebooks.output_values import as_json, as_output
from nbrepro.notebooks.outputs import mend_outputs
from nbrepro.notebooks.place import Place

STATE_MIME_TYPE = "application/vnd.jupyter.widget-state+json"
VIEW_MIME_TYPE = "application/vnd.jupyter.widget-view+json"
"""An output that shows a widget: it holds the id of its model."""
REFERENCE = "IPY_MODEL_"
"""Stands in a state before the id of another model."""
_VERSION = 2
_CUT = "nbrepro_cut_bytes"


def saved_widgets(metadata: Mapping[str, Any]) -> dict[str, Widget]:
    """The widgets whose state a notebook keeps, by id. What is no state of a widget is passed over: no output depends on it."""
    saved = _part(_part(metadata, "widgets"), STATE_MIME_TYPE)
    if saved.get("version_major") != _VERSION:
        return {}
    models = _part(saved, "state")
    found = {identity: _widget(model) for identity, model in models.items() if isinstance(model, dict)}
    return {identity: widget for identity, widget in found.items() if widget is not None}


def _widget(model: Mapping[str, Any]) -> Widget | None:
    """A widget from what is kept of it; None where its class isn't named or its outputs can't be read."""
    name, state = model.get("model_name"), dict(_part(model, "state"))
    if not isinstance(name, str):
        return None
    outputs: tuple[Output, ...] | None = ()
    if name == OUTPUT_MODEL:
        outputs = as_outputs(state.pop("outputs", None))
    if outputs is None:
        return None
    cut = model.get(_CUT)
    return Widget(
        model=name,
        module=str(model.get("model_module", "")),
        module_version=str(model.get("model_module_version", "")),
        state=state,
        outputs=outputs,
        buffers=tuple(_buffers(model.get("buffers"))),
        cut_bytes=cut if type(cut) is int and cut > 0 else 0,
    )


def as_outputs(items: Any) -> tuple[Output, ...] | None:  # noqa: ANN401 - any JSON value
    """The outputs that an `Output` widget holds, from JSON; None where they are none."""
    holder = {"outputs": deepcopy(items)}
    try:
        mend_outputs(holder, Place(""))
    except UnreadableNotebookError:
        return None
    return tuple(output for item in holder["outputs"] if (output := as_output(item)) is not None)


def _buffers(items: Any) -> list[tuple[tuple[str | int, ...], str]]:  # noqa: ANN401 - any JSON value
    """The binary parts of a state that are written in base64, as all known writers do."""
    return [
        (tuple(item["path"]), str(item.get("data", "")))
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, dict) and item.get("encoding") == "base64" and isinstance(item.get("path"), list)
    ]


def widget_metadata(widgets: Mapping[str, Widget]) -> dict[str, Any]:
    """The part of a notebook's metadata that keeps these widgets; empty where there are none."""
    if not widgets:
        return {}
    models = {identity: _as_model(widget) for identity, widget in widgets.items()}
    return {"widgets": {STATE_MIME_TYPE: {"state": models, "version_major": _VERSION, "version_minor": 0}}}


def _as_model(widget: Widget) -> dict[str, Any]:
    state = dict(widget.state)
    if widget.is_output:
        # A page that opens the notebook must not go on taking the outputs of a request of that time.
        state |= {"msg_id": "", "outputs": [as_json(output) for output in widget.outputs]}
    model: dict[str, Any] = {
        "model_module": widget.module,
        "model_module_version": widget.module_version,
        "model_name": widget.model,
        "state": state,
    }
    if buffers := [{"data": data, "encoding": "base64", "path": list(path)} for path, data in widget.buffers if data]:
        model["buffers"] = buffers
    return model | ({_CUT: widget.cut_bytes} if widget.cut_bytes else {})


def model_of(payload: Any) -> str:  # noqa: ANN401 - JSON
    """The id of the model that a view shows; empty where it names none."""
    identity = payload.get("model_id") if isinstance(payload, dict) else None
    return identity if isinstance(identity, str) else ""


def within(identity: str, widgets: Mapping[str, Widget]) -> list[Widget]:
    """A widget and the widgets inside of it, each once, in the order of the page."""
    found: dict[str, Widget] = {}
    waiting = [identity]
    while waiting:
        name = waiting.pop()
        if name in widgets and name not in found:
            found[name] = widgets[name]
            inside = [other for key in sorted(widgets[name].state) for other in _references(widgets[name].state[key])]
            waiting += reversed(inside)
    return list(found.values())


def _references(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """The models that a part of a state names."""
    if isinstance(value, str):
        if value.startswith(REFERENCE):
            yield value.removeprefix(REFERENCE)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def _part(parent: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """An object inside of another one, empty where it is missing or something else."""
    part = parent.get(key)
    return part if isinstance(part, dict) else {}
