"""Laws that hold for every notebook, whole or broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from generated import faulty_files, notebooks, old_notebooks
from hypothesis import HealthCheck, given, settings

from nbrepro.errors import UnreadableNotebookError
from nbrepro.notebooks import Document, executed, from_node, parse, read, write
from nbrepro.notebooks.writing import as_bytes

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


def parsed(content: Any) -> Document:
    return parse(json.dumps(content).encode(), "generated.ipynb")


@unhurried
@given(content=notebooks())
def test_reading_then_writing_loses_nothing(content: dict[str, Any], tmp_path: Path) -> None:
    document = parsed(content)
    assert document.content == content
    write(document.node, tmp_path / "written.ipynb")
    assert read(tmp_path / "written.ipynb").content == content


@unhurried
@given(content=notebooks())
def test_jupyter_reads_what_was_written(content: dict[str, Any]) -> None:
    theirs = nbformat.reads(as_bytes(parsed(content).node, "written.ipynb").decode(), as_version=nbformat.NO_CONVERT)
    for cell in content["cells"]:
        cell["metadata"].pop("trusted", None)
    assert theirs == content


@unhurried
@given(content=notebooks())
def test_a_document_is_the_same_from_its_node_as_from_its_file(content: dict[str, Any]) -> None:
    document = parsed(content)
    assert from_node(document.node, document.path) == document


@unhurried
@given(content=notebooks())
def test_the_saved_execution_put_into_its_own_notebook_is_saved_again(content: dict[str, Any]) -> None:
    document = parsed(content)
    saved = document.saved_execution()
    again = from_node(executed(document, saved), document.path).saved_execution()
    assert [(step.outputs, step.execution_count) for step in again.steps] == [(step.outputs, step.execution_count) for step in saved.steps]


@unhurried
@given(content=old_notebooks())
def test_nbformat_3_becomes_what_the_converter_of_nbformat_makes_of_it(content: dict[str, Any]) -> None:
    theirs = nbformat.convert(nbformat.from_dict(json.loads(json.dumps(content))), 4)
    ours = parsed(content).copy_node()
    nbformat.validate(ours)
    for cell in theirs.cells:
        del cell["id"]
    for cell in theirs.cells + ours.cells:
        for output in cell.get("outputs", ()):
            output.get("data", {}).pop("application/json", None)  # nbformat 5.11 loads it into a copy that it drops
    assert ours.cells == theirs.cells


def gives_a_result_or_a_clear_error(content: bytes, folder: Path) -> None:
    try:
        document = parse(content, "broken.ipynb")
    except UnreadableNotebookError as caught:
        error: UnreadableNotebookError | None = caught
    else:
        error = None
    if error is not None:
        assert str(error).startswith("broken.ipynb")
        assert error.expected
        assert error.found
        return
    assert all(step.index < len(document.cells) for step in document.saved_execution().steps)
    write(executed(document, document.saved_execution()), folder / "again.ipynb")
    write(document.node, folder / "again.ipynb")
    assert read(folder / "again.ipynb").saved_execution().ran == document.saved_execution().ran


@settings(unhurried, max_examples=300)
@given(content=faulty_files())
def test_a_broken_file_gives_a_result_or_a_clear_error(content: bytes, tmp_path: Path) -> None:
    gives_a_result_or_a_clear_error(content, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@settings(unhurried, max_examples=5000)
@given(content=faulty_files())
def test_5000_broken_files_give_results_or_clear_errors(content: bytes, tmp_path: Path) -> None:
    gives_a_result_or_a_clear_error(content, tmp_path)
