"""From a document to the execution it tells of, and from an execution back into a notebook."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from harness import PYTHON, Example, code, display, error, markdown, result, stderr, stdout

from nbrepro.errors import ConversionError
from nbrepro.model import Display, ErrorOutput, Execution, Origin, Step, StepStatus, Stream
from nbrepro.notebooks import executed, from_node, parse, read


def test_saved_outputs_become_steps() -> None:
    example = Example(
        [
            markdown("# Title"),
            code("a", result({"text/plain": "1", "text/html": "<b>1</b>"}, {"isolated": True}), stderr("w"), count=3, tags=["slow"]),
            code("b", display({"application/json": {"x": 1}}), error("ValueError", "no", ["line"]), count=4),
        ]
    )
    saved = example.document().saved_execution()
    assert (saved.subject, saved.origin, saved.language, saved.failure) == ("example.ipynb", Origin.SAVED, "python", None)
    assert saved.steps == (
        Step(
            1,
            "a",
            (
                Display({"text/plain": "1", "text/html": "<b>1</b>"}, {"isolated": True}, is_result=True, execution_count=3),
                Stream("stderr", "w"),
            ),
            execution_count=3,
            cell_id="id-1",
            tags=("slow",),
        ),
        Step(
            2,
            "b",
            (Display({"application/json": {"x": 1}}), ErrorOutput("ValueError", "no", ("line",))),
            StepStatus.FAILED,
            execution_count=4,
            cell_id="id-2",
        ),
    )


STATUSES: dict[str, tuple[list[dict[str, Any]], list[str]]] = {
    "one of two": ([code("a", count=1), code("b")], ["completed", "not-run"]),
    "output without count": ([code("a", stdout("x")), code("b")], ["completed", "not-run"]),
    "none of two": ([code("a"), code("b")], ["not-run", "not-run"]),
    "empty cell": ([code("a", count=1), code(" \n")], ["completed", "completed"]),
}


@pytest.mark.parametrize(("cells", "statuses"), STATUSES.values(), ids=STATUSES.keys())
def test_which_cells_ran(cells: list[dict[str, Any]], statuses: list[str]) -> None:
    assert [step.status for step in Example(cells).document().saved_execution().steps] == statuses


TIMINGS: dict[str, tuple[dict[str, Any], float | None]] = {
    "none": ({}, None),
    "papermill": ({"papermill": {"duration": 1.5}}, 1.5),
    "papermill before its run": ({"papermill": {"duration": None}}, None),
    "server": (
        {"execution": {"iopub.execute_input": "2026-01-01T10:00:00.5Z", "shell.execute_reply": "2026-01-01T10:00:02Z"}},
        1.5,
    ),
    "server, no end": ({"execution": {"iopub.execute_input": "2026-01-01T10:00:00Z"}}, None),
    "server, one time without zone": (
        {"execution": {"iopub.execute_input": "2026-01-01T10:00:00", "shell.execute_reply": "2026-01-01T10:00:02Z"}},
        None,
    ),
    "no times": ({"execution": {"iopub.execute_input": 5, "shell.execute_reply": []}, "papermill": 7}, None),
}


@pytest.mark.parametrize(("metadata", "seconds"), TIMINGS.values(), ids=TIMINGS.keys())
def test_noted_wall_times(metadata: dict[str, Any], seconds: float | None) -> None:
    step = Example([code("a") | {"metadata": metadata}]).document().saved_execution().steps[0]
    assert step.seconds == seconds


def old(*cells: dict[str, Any]) -> bytes:
    return json.dumps({"metadata": {"name": "x"}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": cells}]}).encode()


def test_outputs_of_nbformat_3() -> None:
    outputs = [
        {"output_type": "stream", "stream": "stderr", "text": ["a\n", "b"]},
        {"output_type": "pyout", "prompt_number": 2, "text": ["4"], "png": "iVBO\n", "json": '{"a": [1]}'},
        {"output_type": "display_data", "svg": "<svg/>", "metadata": {"png": {"width": 5}}},
        {"output_type": "pyerr", "ename": "E", "evalue": "v", "traceback": ["t"]},
    ]
    cell = {"cell_type": "code", "language": "python", "input": ["print 1\n", "2"], "prompt_number": 2, "outputs": outputs}
    document = parse(old({"cell_type": "heading", "level": 2, "source": "Title"}, cell), "old.ipynb")
    assert document.cells[0]["source"] == "## Title"
    assert document.saved_execution().steps == (
        Step(
            1,
            "print 1\n2",
            (
                Stream("stderr", "a\nb"),
                Display({"text/plain": "4", "image/png": "iVBO\n", "application/json": {"a": [1]}}, is_result=True, execution_count=2),
                Display({"image/svg+xml": "<svg/>"}, {"image/png": {"width": 5}}),
                ErrorOutput("E", "v", ("t",)),
            ),
            StepStatus.FAILED,
            execution_count=2,
        ),
    )
    assert (document.original_format, document.language, document.repairs) == ((3, 0), "python", ("nbformat 3, read as nbformat 4",))


@pytest.mark.parametrize("level", [0, 7, 2.0, None, "2", []])
def test_a_heading_of_no_known_level_is_one_of_the_first(level: Any) -> None:
    document = parse(old({"cell_type": "heading", "level": level, "source": ["a\n", "b"]}), "old.ipynb")
    assert document.cells[0]["source"] == "# a b"


def test_the_language_of_nbformat_3_stands_in_its_cells() -> None:
    document = parse(old({"cell_type": "code", "language": "julia", "input": "1", "outputs": []}), "old.ipynb")
    assert document.language == "julia"


@pytest.mark.parametrize("major", [1, 2])
def test_the_oldest_formats(major: int) -> None:
    cells = [{"cell_type": "code", "code" if major == 1 else "input": "1 + 1", "prompt_number": 4, "outputs": []}]
    text = {"cell_type": "text", "text": "hello"} if major == 1 else {"cell_type": "markdown", "source": "hello"}
    form = {"cells": [*cells, text]} if major == 1 else {"worksheets": [{"cells": [*cells, text]}], "metadata": {"name": ""}}
    document = parse(json.dumps(form | {"nbformat": major}).encode(), "old.ipynb")
    assert [cell["source"] for cell in document.cells] == ["1 + 1", "hello"]
    assert document.cells[1]["cell_type"] == "markdown"
    assert document.original_format == (major, 0)


EXAMPLE = Example(
    [
        markdown("text"),
        code("a", result("old"), count=9, tags=["t"]) | {"metadata": {"tags": ["t"], "papermill": {"duration": 3.0}, "mine": 1}},
        code("b", result("old"), count=10),
    ],
    metadata=PYTHON | {"widgets": {"state": {}}, "papermill": {"duration": 9.0}, "mine": 2},
)


def rerun(*steps: Step) -> Execution:
    return Execution("example.ipynb", Origin.RERUN, steps)


def test_outputs_of_an_execution_replace_the_saved_ones() -> None:
    document = EXAMPLE.document()
    outputs = (Stream("stdout", "new"), Display({"text/plain": "2"}, is_result=True, execution_count=1), ErrorOutput("E", "v", ("t",)))
    node = executed(document, rerun(Step(1, "a", outputs, StepStatus.FAILED, execution_count=1), Step(2, "b", status=StepStatus.NOT_RUN)))
    assert node["cells"][1]["outputs"] == [
        stdout("new"),
        result("2") | {"execution_count": 1},
        error("E", "v", ["t"]),
    ]
    assert node["cells"][1]["execution_count"] == 1
    assert node["cells"][1]["metadata"] == {"tags": ["t"], "mine": 1}
    assert (node["cells"][2]["outputs"], node["cells"][2]["execution_count"]) == ([], None)
    assert node["metadata"] == PYTHON | {"mine": 2}
    assert document == EXAMPLE.document()


def test_a_cell_without_a_step_has_no_outputs() -> None:
    node = executed(EXAMPLE.document(), rerun())
    assert [cell["outputs"] for cell in node["cells"][1:]] == [[], []]


def test_cut_and_stopped_cells_say_so_and_are_read_back() -> None:
    stopped = Step(1, "a", (Stream("stdout", "x"),), StepStatus.TIMED_OUT, execution_count=1, cut_bytes=500)
    node = executed(EXAMPLE.document(), rerun(stopped))
    assert node["cells"][1]["metadata"]["nbrepro"] == {"cut_bytes": 500, "status": "timed-out"}
    again = from_node(node, "again.ipynb").saved_execution().steps[0]
    assert again == replace(stopped, cell_id="id-1", tags=("t",))


def test_what_was_noted_of_one_run_is_gone_after_the_next() -> None:
    node = executed(EXAMPLE.document(), rerun(Step(1, "a", status=StepStatus.TIMED_OUT, cut_bytes=5)))
    again = executed(from_node(node, "again.ipynb"), rerun(Step(1, "a", execution_count=1)))
    assert "nbrepro" not in again["cells"][1]["metadata"]


def test_an_execution_of_another_notebook_is_refused() -> None:
    with pytest.raises(ConversionError, match="cell 1 of the execution is no code cell"):
        executed(EXAMPLE.document(), rerun(Step(0, "a")))


def test_a_copy_may_be_changed() -> None:
    document = EXAMPLE.document()
    node = document.copy_node()
    node.cells[1].outputs.clear()
    node.metadata["kernelspec"]["name"] = "other"
    assert document == EXAMPLE.document()
    assert document.node == EXAMPLE.document().node


def test_the_name_is_kept_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    EXAMPLE.write(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert read(Path("example.ipynb")).path == "example.ipynb"
    assert read("./example.ipynb").saved_execution().subject == "./example.ipynb"


def test_reading_does_not_import_nbformat(tmp_path: Path) -> None:
    program = "import sys; from nbrepro.notebooks import read, write; document = read(sys.argv[1]); document.saved_execution(); "
    program += "write(document.content, sys.argv[1]); sys.exit('nbformat' in sys.modules)"
    subprocess.run([sys.executable, "-c", program, EXAMPLE.write(tmp_path)], check=True)
