"""The part of a notebook's page that ipywidgets' `Output` widget needs: it takes outputs away from the cell.

While a program is inside `with output:`, the widget holds the identity of the running request; the page then puts the
outputs of that request into the widget and tells the kernel. Without this, they would show up below the cell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nbrepro.execution.connections import OUTPUTS, Message

MODEL = ("@jupyter-widgets/output", "OutputModel")
Send = Callable[[str, Mapping[str, Any]], object]
"""Sends a request of this kind with this content to the kernel."""


@dataclass(slots=True)
class _OutputWidget:
    request: str = ""
    outputs: list[dict[str, Any]] = field(default_factory=list)
    size: int = 0
    clears_at_next: bool = False
    is_told: bool = True

    def clear(self, *, wait: bool) -> None:
        self.clears_at_next = wait
        if not wait:
            self.outputs, self.size, self.is_told = [], 0, False

    def add(self, message: Message, limit: int | None) -> None:
        if self.clears_at_next:
            self.clear(wait=False)
        self.size += message.size
        if limit is not None and self.size > limit:
            return
        content = {name: value for name, value in message.content.items() if name != "transient"}
        last = self.outputs[-1] if self.outputs else {}
        if message.kind == "stream" and last.get("output_type") == "stream" and last.get("name") == content.get("name"):
            last["text"] += content["text"]
        else:
            self.outputs.append({"output_type": message.kind, **content})
        self.is_told = False


class OutputWidgets:
    """The `Output` widgets of a run. What they hold is no output of a cell; they only take it away."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._widgets: dict[str, _OutputWidget] = {}

    def take(self, message: Message) -> bool:
        """Take a message; gives whether it went to a widget, and so belongs to no cell."""
        if message.kind.startswith("comm_"):
            self._change(message)
            return True
        if message.kind not in OUTPUTS and message.kind not in {"error", "clear_output"}:
            return False
        inside = [widget for widget in self._widgets.values() if message.parent and widget.request == message.parent]
        if not inside or message.kind == "update_display_data":
            return False
        if message.kind == "clear_output":
            inside[-1].clear(wait=bool(message.content.get("wait")))
        else:
            inside[-1].add(message, self._limit)
        return True

    def _change(self, message: Message) -> None:
        identity = str(message.content.get("comm_id", ""))
        data = message.content.get("data") or {}
        state = data.get("state") or {}
        if message.kind == "comm_open" and (state.get("_model_module"), state.get("_model_name")) == MODEL:
            self._widgets[identity] = _OutputWidget()
        elif message.kind == "comm_close":
            self._widgets.pop(identity, None)
        widget = self._widgets.get(identity)
        if widget is None:
            return
        if "msg_id" in state:
            self._enter(identity, widget, str(state["msg_id"] or ""))
        if "outputs" in state:
            widget.outputs = [dict(output) for output in state["outputs"]]

    def _enter(self, identity: str, widget: _OutputWidget, request: str) -> None:
        """Note which request a widget listens to; the one that was entered last stands last and takes the outputs."""
        del self._widgets[identity]
        self._widgets[identity] = widget
        widget.request = request

    def tell(self, send: Send) -> None:
        """Tell the kernel what the widgets hold. It listens only between cells, so this is done before the next one."""
        for identity, widget in self._widgets.items():
            if not widget.is_told:
                widget.is_told = True
                content = {"comm_id": identity, "data": {"method": "update", "state": {"outputs": widget.outputs}, "buffer_paths": []}}
                send("comm_msg", content)
