from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest
from execution.runs import shown
from harness import Example, code, markdown

from nbrepro.errors import MissingExtraError, RequestError
from nbrepro.execution import execute, parameterized, parse_parameter
from nbrepro.notebooks import read


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("True", True),
        ("False", False),
        ("None", None),
        ("true", "true"),
        ("12", 12),
        ("-3", -3),
        ("1_000", 1000),
        ("0.5", 0.5),
        ("1e-3", 0.001),
        ("inf", math.inf),
        ("", ""),
        ("1.2.3", "1.2.3"),
        ("[1]", "[1]"),
    ],
)
def test_values_are_read_as_papermill_reads_them(text: str, value: object) -> None:
    from papermill.cli import _resolve_type

    assert parse_parameter(text) == value == _resolve_type(text)
    assert type(parse_parameter(text)) is type(value)


@pytest.mark.parametrize("tags", [["parameters"], []])
def test_parameters_take_effect_and_leave_the_document_alone(tmp_path: Path, tags: list[str]) -> None:
    source = "x = 1" if tags else "pass"
    document = read(Example([markdown("# T"), code(source, tags=tags), code("x, y")]).write(tmp_path))
    before = document.saved_execution()
    changed = parameterized(document, {"x": 7, "y": "a 'b'"})
    assert document.saved_execution() == before
    sources = [step.source for step in changed.saved_execution().steps]
    assert len(sources) == 3
    assert ("x = 7" in sources[1]) == bool(tags)
    execution = execute(changed)
    assert execution.failure is None
    assert shown(execution.steps[-1]) == ["(7, \"a 'b'\")"]


def test_only_the_new_cell_gains_tags(tmp_path: Path) -> None:
    document = read(Example([code("x = 1", tags=["parameters"]), code("x")]).write(tmp_path))
    cells = parameterized(document, {"x": 2}).cells
    assert [cell["metadata"].get("tags") for cell in cells] == [["parameters"], ["injected-parameters"], None]


def test_a_notebook_without_metadata_is_taken_for_python(tmp_path: Path) -> None:
    document = read(Example([code("x")], metadata={}).write(tmp_path))
    assert "x = 2" in parameterized(document, {"x": 2}).cells[0]["source"]


def test_a_language_that_papermill_does_not_know(tmp_path: Path) -> None:
    metadata = {"kernelspec": {"name": "brainfuck", "display_name": "B"}, "language_info": {"name": "brainfuck"}}
    document = read(Example([code("+")], metadata=metadata).write(tmp_path))
    with pytest.raises(RequestError, match="papermill can't set these parameters"):
        parameterized(document, {"x": 2})


def test_without_papermill_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "papermill.parameterize", None)
    with pytest.raises(MissingExtraError, match=r"nbrepro\[papermill\]"):
        parameterized(read(Example([code("x")]).write(tmp_path)), {"x": 2})
