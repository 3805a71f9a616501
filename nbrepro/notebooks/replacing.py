"""A notebook with the outputs of an execution in place of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbrepro.errors import ConversionError
from nbrepro.model import Display, ErrorOutput, Execution, Output, Step, StepStatus, Stream
from nbrepro.notebooks.document import Document, as_node

if TYPE_CHECKING:
    from nbformat import NotebookNode

_OF_ANOTHER_RUN = ("execution", "nbrepro", "papermill")
"""Metadata that tells of the run that made the old outputs."""


def executed(document: Document, execution: Execution) -> NotebookNode:
    """A new notebook with the outputs and execution counts of an execution.

    A code cell that did not run has no outputs and no count. Everything else is kept, except what was true of the old
    outputs only: widget states, and the timings that papermill or a Jupyter server noted. Cells whose outputs were cut
    say so in `metadata.nbrepro.cut_bytes`, cells that were stopped in `metadata.nbrepro.status`.

    Raises:
        ConversionError: The execution is not one of this notebook.
    """
    steps = {step.index: step for step in execution.steps}
    codes = {index for index, _ in document.code_cells}
    if strangers := steps.keys() - codes:
        raise ConversionError(f"{document.path}: cell {min(strangers)} of the execution is no code cell of this notebook")
    cells = [_replaced(cell, steps.get(index)) if index in codes else cell for index, cell in enumerate(document.cells)]
    metadata = {key: value for key, value in document.content["metadata"].items() if key not in {"papermill", "widgets"}}
    return as_node({**document.content, "cells": cells, "metadata": metadata})


def _replaced(cell: dict[str, Any], step: Step | None) -> dict[str, Any]:
    metadata = {key: value for key, value in cell["metadata"].items() if key not in _OF_ANOTHER_RUN}
    if step is None or step.status is StepStatus.NOT_RUN:
        return {**cell, "execution_count": None, "metadata": metadata, "outputs": []}
    outputs = [_as_json(output) for output in step.outputs]
    return {**cell, "execution_count": step.execution_count, "metadata": metadata | _noted(step), "outputs": outputs}


def _noted(step: Step) -> dict[str, Any]:
    """What has to be known of a step that did not end as usual, to be kept in the metadata of its cell."""
    noted: dict[str, Any] = {"cut_bytes": step.cut_bytes} if step.cut_bytes else {}
    if step.status in {StepStatus.TIMED_OUT, StepStatus.INTERRUPTED}:
        noted["status"] = step.status.value
    return {"nbrepro": noted} if noted else {}


def _as_json(output: Output) -> dict[str, Any]:
    """The output as nbformat 4 has it, its fields in the order in which Jupyter writes them."""
    match output:
        case Stream(name, text):
            return {"name": name, "output_type": "stream", "text": text}
        case ErrorOutput(name, value, traceback):
            return {"ename": name, "evalue": value, "output_type": "error", "traceback": list(traceback)}
        case Display(data, metadata, is_result=False):
            return {"data": dict(data), "metadata": dict(metadata), "output_type": "display_data"}
        case Display(data, metadata, execution_count=count):
            return {"data": dict(data), "execution_count": count, "metadata": dict(metadata), "output_type": "execute_result"}
