"""The execution that a notebook's saved outputs tell of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from nbrepro.model import ErrorOutput, Execution, Origin, Output, Step, StepStatus
from nbrepro.notebooks.output_values import as_output
from nbrepro.notebooks.widgets import saved_widgets


def saved_execution(content: dict[str, Any], *, subject: str, language: str) -> Execution:
    """The saved execution of a mended notebook of nbformat 4: one step for each code cell."""
    cells = [(index, cell) for index, cell in enumerate(content["cells"]) if cell["cell_type"] == "code"]
    has_ids = (content["nbformat"], content["nbformat_minor"]) >= (4, 5)
    return Execution(
        subject=subject,
        origin=Origin.SAVED,
        steps=tuple(_step(index, cell, has_ids=has_ids) for index, cell in cells),
        language=language,
        seconds=_number(_section(content["metadata"], "papermill").get("duration")),
        widgets=saved_widgets(content["metadata"]),
    )


def _step(index: int, cell: dict[str, Any], *, has_ids: bool) -> Step:
    outputs = tuple(output for item in cell["outputs"] if (output := as_output(item)) is not None)
    noted = _section(cell["metadata"], "nbrepro")
    cut = noted.get("cut_bytes")
    return Step(
        index=index,
        source=cell["source"],
        outputs=outputs,
        status=_status(cell, outputs, noted.get("status")),
        execution_count=cell["execution_count"],
        cell_id=cell["id"] if has_ids else None,
        tags=tuple(cell["metadata"].get("tags", ())),
        seconds=_seconds(cell["metadata"]),
        cut_bytes=cut if type(cut) is int and cut > 0 else 0,
    )


def _has_run(cell: dict[str, Any]) -> bool:
    return cell["execution_count"] is not None or bool(cell["outputs"])


def _status(cell: dict[str, Any], outputs: tuple[Output, ...], noted: Any) -> StepStatus:  # noqa: ANN401 - JSON
    """Failed if an error is saved; not run if nothing says that it ran: neither a count nor an output."""
    if noted in {StepStatus.TIMED_OUT, StepStatus.INTERRUPTED}:
        return StepStatus(noted)
    if any(isinstance(output, ErrorOutput) for output in outputs):
        return StepStatus.FAILED
    if cell["source"].strip() and not _has_run(cell):
        return StepStatus.NOT_RUN
    return StepStatus.COMPLETED


def _seconds(metadata: dict[str, Any]) -> float | None:
    """Wall time of a cell as papermill or a Jupyter server noted it; None where neither did."""
    noted = _number(_section(metadata, "papermill").get("duration"))
    if noted is not None:
        return noted
    times = _section(metadata, "execution")
    start = times.get("iopub.execute_input", times.get("iopub.status.busy"))
    end = times.get("shell.execute_reply", times.get("iopub.status.idle"))
    try:
        seconds = (datetime.fromisoformat(str(end)) - datetime.fromisoformat(str(start))).total_seconds()
    except (TypeError, ValueError):  # no times, or one of them without its zone
        return None
    return seconds if seconds >= 0 else None


def _section(metadata: dict[str, Any], name: str) -> dict[str, Any]:
    """An object within metadata, empty where it is missing or something else."""
    section = metadata.get(name)
    return section if isinstance(section, dict) else {}


def _number(value: Any) -> float | None:  # noqa: ANN401 - any JSON value
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf") else None
