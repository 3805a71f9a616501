"""A notebook with the outputs of an execution in place of its own."""

from __future__ import annotations

from typing import Any

from nbrepro.errors import ConversionError
from nbrepro.model import Execution, Step, StepStatus
from nbrepro.notebooks.document import Document
from nbrepro.notebooks.output_values import as_json
from nbrepro.notebooks.widgets import widget_metadata

_OF_ANOTHER_RUN = ("execution", "nbrepro", "papermill")
"""Metadata that tells of the run that made the old outputs."""


def executed(document: Document, execution: Execution) -> dict[str, Any]:
    """The content of the notebook with the outputs and execution counts of an execution, to be read only: it shares parts with it.

    A code cell that did not run has no outputs and no count. The states of widgets are those of the execution. Everything
    else is kept, except the timings that papermill or a Jupyter server noted of the old outputs. Cells whose outputs were
    cut say so in `metadata.nbrepro.cut_bytes`, cells that were stopped in `metadata.nbrepro.status`.

    Raises:
        ConversionError: The execution is not one of this notebook.
    """
    steps = {step.index: step for step in execution.steps}
    codes = {index for index, _ in document.code_cells}
    if strangers := steps.keys() - codes:
        raise ConversionError(f"{document.path}: cell {min(strangers) + 1} of the execution is no code cell of this notebook")
    cells = [_replaced(cell, steps.get(index)) if index in codes else cell for index, cell in enumerate(document.cells)]
    metadata = {key: value for key, value in document.content["metadata"].items() if key not in {"papermill", "widgets"}}
    metadata |= widget_metadata(execution.widgets)
    return {**document.content, "cells": cells, "metadata": metadata}


def _replaced(cell: dict[str, Any], step: Step | None) -> dict[str, Any]:
    metadata = {key: value for key, value in cell["metadata"].items() if key not in _OF_ANOTHER_RUN}
    if step is None or step.status is StepStatus.NOT_RUN:
        return {**cell, "execution_count": None, "metadata": metadata, "outputs": []}
    outputs = [as_json(output) for output in step.outputs]
    return {**cell, "execution_count": step.execution_count, "metadata": metadata | _noted(step), "outputs": outputs}


def _noted(step: Step) -> dict[str, Any]:
    """What has to be known of a step that did not end as usual, to be kept in the metadata of its cell."""
    noted: dict[str, Any] = {"cut_bytes": step.cut_bytes} if step.cut_bytes else {}
    if step.status in {StepStatus.TIMED_OUT, StepStatus.INTERRUPTED}:
        noted["status"] = step.status.value
    return {"nbrepro": noted} if noted else {}
