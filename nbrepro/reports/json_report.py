"""The report for programs; `report.schema.json` beside this file describes it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from nbrepro.causes import Cause
from nbrepro.model import Because, Execution, Failure, OutputComparison, Step, StepComparison
from nbrepro.reports.counts import Counts
from nbrepro.reports.results import NotebookResult, Report

SCHEMA_PATH = Path(__file__).with_name("report.schema.json")


def as_json(report: Report) -> str:
    """The report as JSON text in ASCII, so that no foreign character can steer a terminal that shows it.

    A number that JSON can't hold (an infinite deviation) is null; the message beside it tells it.
    """
    return json.dumps(as_values(report), indent=2, allow_nan=False) + "\n"


def as_values(report: Report) -> dict[str, Any]:
    """The report as plain JSON values."""
    return {
        "schema": report.schema,
        "tool": {"name": "nbrepro", "version": report.version},
        "created": report.created.isoformat(timespec="seconds"),
        "exit_status": report.exit_status,
        "notebooks": [_notebook(result) for result in report],
    }


def _notebook(result: NotebookResult) -> dict[str, Any]:
    return {
        "path": result.path,
        "verdict": result.verdict,
        "compared": result.counts.compared,
        "counts": _counts(result.counts),
        "environment": _environment(result.execution),
        "seconds": _number(result.seconds),
        "problem": None if result.problem is None else {"slug": result.problem_slug, "message": result.problem},
        "repairs": list(result.repairs),
        "output_path": result.output_path,
        "steps": _steps(result),
        "failure": _failure(result.failure),
        "causes": [_cause(cause) for cause in result.causes],
    }


def _counts(counts: Counts) -> dict[str, Any]:
    return {
        "runnable": counts.runnable,
        "ran": counts.ran,
        "comparable": counts.comparable,
        "reproduced": counts.reproduced,
        "outputs_same": counts.same,
        "outputs_different": counts.different,
        "outputs_not_compared": counts.not_compared,
        "outputs_not_judged": counts.not_judged,
        "cut_bytes": counts.cut_bytes,
    }


def _environment(execution: Execution | None) -> dict[str, Any] | None:
    if execution is None:
        return None
    return {
        "description": execution.environment,
        "language": execution.language,
        "runner": execution.runner,
        "deviations": list(execution.deviations),
        "notes": list(execution.notes),
    }


def _steps(result: NotebookResult) -> list[dict[str, Any]]:
    observed = {step.index: step for step in result.observed.steps} if result.observed else {}
    if result.comparison is None:
        return [
            {"index": step.index, "verdict": None, "status": step.status, **_measured(step), "outputs": []} for step in observed.values()
        ]
    return [_step(step, None if step.observed_index is None else observed.get(step.observed_index)) for step in result.comparison.steps]


def _step(step: StepComparison, observed: Step | None) -> dict[str, Any]:
    return {
        "index": step.index,
        "verdict": step.verdict,
        "status": step.status,
        "expected_index": step.expected_index,
        "observed_index": step.observed_index,
        "source_changed": step.source_changed,
        **_measured(observed),
        "outputs": [_output(output) for output in step.outputs],
    }


def _measured(step: Step | None) -> dict[str, Any]:
    return {"seconds": _number(step.seconds) if step else None, "cut_bytes": step.cut_bytes if step else 0}


def _output(output: OutputComparison) -> dict[str, Any]:
    return {
        "kind": output.kind,
        "verdict": output.verdict,
        "judged": output.judged,
        "because": [_because(reason) for reason in output.because],
        "representations": dict(output.representations),
    }


def _because(reason: Because) -> dict[str, Any]:
    return {"slug": reason.slug, "message": reason.message, "deviation": _number(reason.deviation)}


def _failure(failure: Failure | None) -> dict[str, Any] | None:
    if failure is None:
        return None
    evidence = [{"name": name, "value": value} for name, value in failure.evidence]
    return {"kind": failure.kind, "message": failure.message, "step": failure.step, "evidence": evidence}


def _cause(cause: Cause) -> dict[str, Any]:
    evidence = [{"name": name, "value": value} for name, value in cause.evidence]
    return {"slug": cause.slug, "message": cause.message, "certainty": cause.certainty, "step": cause.step, "evidence": evidence}


def _number(value: float | None) -> float | None:
    """None for what JSON has no number for; numpy's scalars become plain numbers."""
    return float(value) if value is not None and math.isfinite(value) else None
