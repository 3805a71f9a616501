"""Executions as rows of the store, and back: what was written is what is read."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from sqlite3 import Row
from typing import Any

from nbrepro.corpora.contents import get, put
from nbrepro.corpora.store import Store, StoreError
from nbrepro.model import Display, ErrorOutput, Execution, Failure, FailureKind, Origin, Output, Step, StepStatus, Stream


def put_steps(store: Store, notebook: int, run: int | None, steps: Iterable[Step]) -> None:
    """Write the steps of a run with their outputs; those without a run are the saved ones."""
    for step in steps:
        cursor = store.execute(
            "INSERT INTO steps (notebook_id, run_id, position, status, execution_count, cell_id, tags, seconds, cut_bytes)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                notebook,
                run,
                step.index,
                step.status.value,
                step.execution_count,
                step.cell_id,
                json.dumps(step.tags),
                step.seconds,
                step.cut_bytes,
            ),
        )
        rows = [
            (cursor.lastrowid, position, number, *row)
            for position, output in enumerate(step.outputs)
            for number, row in enumerate(_rows(store, output))
        ]
        store.execute_many("INSERT INTO outputs VALUES (?, ?, ?, ?, ?, ?, ?)", rows)


def _rows(store: Store, output: Output) -> Iterator[tuple[str, str, int | None, str]]:
    """Type, kind, content and what else is to be known of each representation of an output."""
    match output:
        case Stream():
            yield "stream", output.name, put(store, output.text), "{}"
        case ErrorOutput():
            yield "error", "error", put(store, [output.name, output.value, list(output.traceback)]), "{}"
        case Display():
            kind = "result" if output.is_result else "display"
            about = json.dumps({"metadata": dict(output.metadata), "count": output.execution_count})
            if not output.data:
                yield kind, "", None, about
            for mime, data in output.data.items():
                yield kind, mime, put(store, data), about
                about = "{}"


def saved_execution(store: Store, notebook: int) -> Execution:
    """The execution that is saved in a notebook."""
    row = store.execute(
        "SELECT repositories.name, notebooks.path, notebooks.language FROM notebooks JOIN repositories"
        " ON repositories.id = notebooks.repository_id WHERE notebooks.id = ?",
        (notebook,),
    ).fetchone()
    if row is None:
        raise StoreError(f"{store.path}: there is no notebook {notebook}")
    steps = _steps(store, notebook, "notebook_id = ? AND run_id IS NULL", notebook)
    return Execution(f"{row['name']}: {row['path']}", Origin.SAVED, steps, language=row["language"] or "python")


def observed_execution(store: Store, run: int) -> Execution:
    """The execution that was observed in a run."""
    row = store.execute(
        "SELECT runs.*, notebooks.path, repositories.name FROM runs JOIN notebooks ON notebooks.id = runs.notebook_id"
        " JOIN repositories ON repositories.id = notebooks.repository_id WHERE runs.id = ?",
        (run,),
    ).fetchone()
    if row is None:
        raise StoreError(f"{store.path}: there is no run {run}")
    return Execution(
        subject=f"{row['name']}: {row['path']}",
        origin=Origin.RERUN,
        steps=_steps(store, row["notebook_id"], "run_id = ?", run),
        failure=_failure(row),
        language=row["language"],
        seconds=row["seconds"],
        runner=row["runner"],
        environment=row["environment"],
        deviations=tuple(json.loads(row["deviations"])),
        notes=tuple(json.loads(row["notes"])),
    )


def _failure(row: Row) -> Failure | None:
    if row["failure_kind"] is None:
        return None
    evidence = tuple((str(name), str(value)) for name, value in json.loads(row["failure_evidence"]))
    return Failure(FailureKind(row["failure_kind"]), row["failure_message"], row["failure_step"], evidence)


def _steps(store: Store, notebook: int, condition: str, value: int) -> tuple[Step, ...]:
    sources = dict(
        store.execute("SELECT position, source_id FROM cells WHERE notebook_id = ? AND cell_type = 'code'", (notebook,)).fetchall()
    )
    rows = store.execute(f"SELECT * FROM steps WHERE {condition} ORDER BY position", (value,)).fetchall()  # noqa: S608 - our own words
    outputs = _outputs(store, condition, value)
    return tuple(
        Step(
            index=row["position"],
            source=get(store, sources[row["position"]]),
            outputs=tuple(outputs.get(row["id"], ())),
            status=StepStatus(row["status"]),
            execution_count=row["execution_count"],
            cell_id=row["cell_id"],
            tags=tuple(json.loads(row["tags"])),
            seconds=row["seconds"],
            cut_bytes=row["cut_bytes"],
        )
        for row in rows
    )


def _outputs(store: Store, condition: str, value: int) -> dict[int, list[Output]]:
    rows = store.execute(
        f"SELECT outputs.* FROM outputs JOIN steps ON steps.id = outputs.step_id WHERE {condition}"  # noqa: S608 - our own words
        " ORDER BY step_id, outputs.position, representation",
        (value,),
    )
    found: dict[int, list[Output]] = defaultdict(list)
    for (step, _), group in groupby(rows, key=lambda row: (row["step_id"], row["position"])):
        found[step].append(_output(store, list(group)))
    return found


def _output(store: Store, rows: list[Row]) -> Output:
    first = rows[0]
    if first["type"] == "stream":
        return Stream(first["kind"], get(store, first["content_id"]))
    if first["type"] == "error":
        name, value, traceback = get(store, first["content_id"])
        return ErrorOutput(name, value, tuple(traceback))
    about = json.loads(first["about"])
    data: dict[str, Any] = {row["kind"]: get(store, row["content_id"]) for row in rows if row["content_id"] is not None}
    return Display(data, about["metadata"], is_result=first["type"] == "result", execution_count=about["count"])
