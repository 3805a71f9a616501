"""Reports as tables for further work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from nbrepro.errors import MissingExtraError, RequestError
from nbrepro.model import OutputComparison
from nbrepro.reports.results import NotebookResult, Report

if TYPE_CHECKING:
    import pandas as pd

OUTPUT_COLUMNS = ("path", "step", "output", "kind", "verdict", "judged", "because", "message", "deviation")
STEP_COLUMNS = ("path", "step", "verdict", "status", "outputs", "same", "seconds")


def to_frame(report: Report, by: str) -> pd.DataFrame:
    """One row for each output (`by="output"`) or for each step (`by="step"`).

    `step` is the cell's place in the notebook, counted from 0 as in the JSON report.

    Raises:
        MissingExtraError: pandas is not installed.
        RequestError: `by` is neither of the two.
    """
    kinds = {"output": (OUTPUT_COLUMNS, _output_rows), "step": (STEP_COLUMNS, _step_rows)}
    if by not in kinds:
        raise RequestError(f"to_frame(by={by!r}): expected one of {', '.join(map(repr, kinds))}")
    try:
        import pandas as pd
    except ImportError as error:
        raise MissingExtraError("to_frame", "pandas") from error
    columns, rows = kinds[by]
    return pd.DataFrame([row for result in report for row in rows(result)], columns=list(columns))


def _output_rows(result: NotebookResult) -> Iterator[tuple[Any, ...]]:
    for step in result.comparison.steps if result.comparison else ():
        for position, output in enumerate(step.outputs):
            yield result.path, step.index, position, output.kind, output.verdict.value, output.judged, *_reasons(output)


def _reasons(output: OutputComparison) -> tuple[str, str, float | None]:
    slugs = " ".join(dict.fromkeys(reason.slug for reason in output.because))
    message = output.because[0].message if output.because else ""
    measured = [reason.deviation for reason in output.because if reason.deviation is not None]
    return slugs, message, max(measured, default=None)


def _step_rows(result: NotebookResult) -> Iterator[tuple[Any, ...]]:
    seconds = {step.index: step.seconds for step in result.observed.steps} if result.observed else {}
    if result.comparison is None:
        for step in result.observed.steps if result.observed else ():
            yield result.path, step.index, None, step.status.value, len(step.outputs), None, step.seconds
        return
    for compared in result.comparison.steps:
        same = sum(output.verdict.is_same for output in compared.judged)
        outputs = sum(1 for _ in compared.judged)
        yield result.path, compared.index, compared.verdict.value, compared.status.value, outputs, same, seconds.get(compared.index)
