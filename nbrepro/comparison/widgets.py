"""Comparison of widget views."""

from __future__ import annotations

from typing import Any

from nbrepro.comparison.settings import Settings
from nbrepro.comparison.structures import compare_structures
from nbrepro.model import Because, Judgement, Verdict

_NOT_COMPARED = Because(
    "widget-view",
    "the output holds only the random id of a widget; what the widget shows is state of its kernel and isn't saved with the output",
)


def compare_widget_views(expected: Any, observed: Any, settings: Settings) -> Judgement:  # noqa: ANN401 - JSON
    """Verdict of two widget views (`application/vnd.jupyter.widget-view+json`).

    A view names a model by a random id. Without the state of the model it shows nothing that could be compared; where both
    payloads carry it under `state`, the states are compared.

    >>> compare_widget_views({"model_id": "a"}, {"model_id": "b"}, Settings()).verdict
    <Verdict.NOT_COMPARED: 'not-compared'>
    """
    first, second = _state(expected), _state(observed)
    if first is not None and second is not None:
        return compare_structures(first, second, settings)
    return Judgement(Verdict.NOT_COMPARED, (_NOT_COMPARED,))


def _state(payload: Any) -> Any:  # noqa: ANN401 - JSON
    return payload.get("state") if isinstance(payload, dict) else None
