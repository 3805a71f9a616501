"""Writing what came of an item: a run with its steps, outputs, environment and comparison, in one transaction."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from nbrepro import __version__
from nbrepro.comparison.settings import Settings
from nbrepro.corpora.contents import put
from nbrepro.corpora.items import key_of, settings_as_json
from nbrepro.corpora.outcomes import Outcome
from nbrepro.corpora.preparing import Prepared
from nbrepro.corpora.recorded import put_steps
from nbrepro.corpora.store import Store
from nbrepro.model import Comparison, Execution, FailureKind, OutputComparison, StepComparison, Verdict

_STAGES = {
    FailureKind.ENVIRONMENT_NOT_RESOLVED: "resolve",
    FailureKind.ENVIRONMENT_NOT_BUILT: "build",
    FailureKind.KERNEL_NOT_FOUND: "start",
    FailureKind.KERNEL_NOT_STARTED: "start",
}


def now() -> str:
    """This moment in ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def commit_outcome(store: Store, outcome: Outcome, settings: Settings) -> int:
    """Write what came of an item, and that it is done; gives the number of the run. All of it is written, or nothing."""
    with store.transaction():
        notebook = store.value("SELECT notebook_id FROM items WHERE key = ?", (outcome.key,))
        run = _run(store, notebook, outcome)
        put_steps(store, notebook, run, outcome.comparison.observed.steps)
        put_comparison(store, run, outcome.comparison, settings)
        store.execute("UPDATE items SET state = 'done', run_id = ?, changed = ? WHERE key = ?", (run, now(), outcome.key))
    return run


def put_comparison(store: Store, run: int, comparison: Comparison, settings: Settings) -> None:
    """Write a comparison under its settings with its causes, in the place of an earlier one under the same."""
    from nbrepro.corpora.explaining import put_causes

    values = settings_as_json(settings)
    store.execute("DELETE FROM comparisons WHERE run_id = ? AND settings_key = ?", (run, key_of(values)))
    outputs = [output for step in comparison.steps for output in step.judged]
    first = next((output.kind for output in outputs if output.verdict.is_compared and not output.verdict.is_same), None)
    cursor = store.execute(
        "INSERT INTO comparisons (run_id, settings_key, settings, verdict, runnable, ran, comparable, reproduced, compared, same,"
        " first_difference, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            run,
            key_of(values),
            json.dumps(values, sort_keys=True),
            comparison.verdict.value,
            comparison.observed.runnable,
            comparison.observed.ran,
            comparison.comparable_steps,
            comparison.reproduced_steps,
            comparison.compared,
            sum(output.verdict.is_same for output in outputs),
            first,
            __version__,
        ),
    )
    rows = [
        (cursor.lastrowid, step.index, step.verdict.value, json.dumps([_output(output) for output in step.outputs], ensure_ascii=True))
        for step in comparison.steps
        if _is_telling(step)
    ]
    store.execute_many("INSERT INTO step_comparisons VALUES (?, ?, ?, ?)", rows)
    assert cursor.lastrowid is not None  # noqa: S101 - a row was inserted
    put_causes(store, cursor.lastrowid, run, comparison)


def _is_telling(step: StepComparison) -> bool:
    """Whether there is anything to be said of a step: those without outputs on either side have no row."""
    return bool(step.outputs) or step.verdict is not Verdict.NOTHING_TO_COMPARE


def _output(output: OutputComparison) -> dict[str, Any]:
    return {
        "kind": output.kind,
        "verdict": output.verdict.value,
        "judged": output.judged,
        "because": [[reason.slug, reason.message, reason.deviation] for reason in output.because],
        "representations": [[mime, verdict.value] for mime, verdict in output.representations],
    }


def _run(store: Store, notebook: int, outcome: Outcome) -> int:
    execution = outcome.comparison.observed
    failure = execution.failure
    cursor = store.execute(
        "INSERT INTO runs (item_key, notebook_id, environment_id, environment, stage, runner, language, isolation, seconds,"
        " prepared_seconds, started, failure_kind, failure_message, failure_step, failure_evidence, error_name, is_infrastructure,"
        " deviations, notes, unsteady, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            outcome.key,
            notebook,
            _environment(store, outcome.prepared),
            execution.environment,
            stage_of(execution),
            execution.runner,
            execution.language,
            " ".join(outcome.isolation),
            execution.seconds,
            outcome.prepared.seconds,
            outcome.started,
            failure.kind.value if failure else None,
            failure.message if failure else None,
            failure.step if failure else None,
            json.dumps(failure.evidence if failure else ()),
            _error_name(execution),
            outcome.is_infrastructure,
            json.dumps(execution.deviations),
            json.dumps(execution.notes),
            None if outcome.unsteady is None else json.dumps(outcome.unsteady),
            __version__,
        ),
    )
    assert cursor.lastrowid is not None  # noqa: S101 - a row was inserted
    return cursor.lastrowid


def stage_of(execution: Execution) -> str:
    """How far a run came: `resolve`, `build` or `start` where it went no further, `run`, or `finished`."""
    if execution.failure is None:
        return "finished"
    return _STAGES.get(execution.failure.kind, "run")


def _error_name(execution: Execution) -> str | None:
    """The class of the error that ended a run; None where none did."""
    failure = execution.failure
    if failure is None or failure.kind is not FailureKind.STEP_ERROR:
        return None
    return next((step.error.name for step in execution.steps if step.index == failure.step and step.error), None)


def _environment(store: Store, prepared: Prepared) -> int | None:
    if prepared.key is None or prepared.lock is None:
        return None
    present: int | None = store.value("SELECT id FROM environments WHERE key = ?", (prepared.key,))
    if present is not None:
        return present
    lock = prepared.lock
    cut = lock.cut.isoformat() if lock.cut else None
    row = (prepared.key, lock.python, lock.platform, lock.file_name, put(store, lock.text), prepared.packages, cut)
    return store.execute(
        "INSERT INTO environments (key, python, platform, file_name, lock_id, packages, cut) VALUES (?, ?, ?, ?, ?, ?, ?)", row
    ).lastrowid
