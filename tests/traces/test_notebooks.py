"""Notebooks are traced cell by cell, in two orders, in the interpreter that is asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nbrepro.commands.main import main
from nbrepro.commands.trace_notebook import NotebookRequest, compare_orders, trace_notebook
from nbrepro.environments.pythons import find_interpreters
from nbrepro.errors import RequestError
from nbrepro.model import TraceStatus
from nbrepro.traces import Backend, TraceLimits

CELLS: list[tuple[str, int | None]] = [
    ("%matplotlib inline\nimport math\nx = 1", 1),
    ("y = x * 10", 3),
    ("x = 2\n!ls", 2),
    ("z = [y]\nprint('<b>', y)\nz", 4),
    ("z.append(5); del x", 5),
]


def notebook(path: Path, cells: list[tuple[str, int | None]], language: str = "python") -> Path:
    content: dict[str, Any] = {"nbformat": 4, "nbformat_minor": 4, "metadata": {"language_info": {"name": language}}}
    content["cells"] = [{"cell_type": "markdown", "metadata": {}, "source": "text"}]
    content["cells"] += [
        {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": count} for source, count in cells
    ]
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_the_variables_of_each_cell(tmp_path: Path) -> None:
    view = trace_notebook(notebook(tmp_path / "a.ipynb", CELLS))
    found = view.trace.cells
    assert [(cell.cell, cell.reads, tuple(cell.binds), tuple(cell.mutates), cell.deletes) for cell in found] == [
        (1, (), ("math", "x"), (), ()),
        (2, ("x",), ("y",), (), ()),
        (3, (), ("x",), (), ()),
        (4, ("y",), ("z",), (), ()),
        (5, ("z",), (), ("z",), ("x",)),
    ]
    assert found[3].output == "<b> 10\n"
    assert found[3].result["v"] == [10]
    assert [(cell, what.text) for cell, what in view.trace.left_out] == [(1, "%matplotlib inline"), (3, "!ls")]
    assert "left out, as it is no Python: cell 4, line 2: !ls" in repr(view)
    assert "<b>" not in view.as_html()
    assert view.exit_status == 0


def test_a_difference_between_orders_is_followed_back(tmp_path: Path) -> None:
    view = compare_orders(notebook(tmp_path / "a.ipynb", CELLS))
    assert (view.first.cell, view.first.name, view.first.one, view.first.other) == (2, "y", 20, 10)  # type: ignore[union-attr]
    (behind,) = view.behind
    assert [(link.cell, link.name, link.set_by) for link in behind.links] == [(4, "y", (2, 2)), (2, "x", (3, 1))]
    assert view.exit_status == 1
    assert view.as_json()["behind"][0]["beginning"] == "order"
    assert view.as_html().count("<details>") == 2


def test_a_notebook_in_order_has_no_difference(tmp_path: Path) -> None:
    view = compare_orders(notebook(tmp_path / "a.ipynb", [("x = 1", 1), ("x += 1\nx", 2)]))
    assert (view.first, view.behind, view.exit_status) == (None, (), 0)


def test_a_run_that_fails_in_one_order_only(tmp_path: Path) -> None:
    view = compare_orders(notebook(tmp_path / "a.ipynb", [("print(a)", 2), ("a = 1", 1), ("b = a", 3)]))
    assert view.only_once == (2, 3)
    assert view.exit_status == 1
    assert "NameError" in view.other.cells[0].error


def test_what_ends_a_notebook_is_its_last_cell(tmp_path: Path) -> None:
    path = notebook(tmp_path / "a.ipynb", [("a = 1", None), ("import os; os._exit(3)", None), ("b = 1", None)])
    found = trace_notebook(path).trace
    assert [(cell.cell, cell.status) for cell in found.cells] == [(1, TraceStatus.OK), (2, TraceStatus.DIED)]
    endless = notebook(tmp_path / "b.ipynb", [("a = 1", None), ("while True: pass", None)])
    late = trace_notebook(endless, NotebookRequest(limits=TraceLimits(seconds=1))).trace
    assert [cell.status for cell in late.cells] == [TraceStatus.OK, TraceStatus.TIMEOUT]


def test_cells_go_on_after_errors_that_are_expected(tmp_path: Path) -> None:
    path = notebook(tmp_path / "a.ipynb", [("1 / 0", 1), ("a = 1", 2)])
    assert len(trace_notebook(path).trace.cells) == 1
    assert len(trace_notebook(path, NotebookRequest(keep_going=True)).trace.cells) == 2
    content = json.loads(path.read_text(encoding="utf-8"))
    content["cells"][1]["metadata"]["tags"] = ["raises-exception"]
    path.write_text(json.dumps(content), encoding="utf-8")
    assert len(trace_notebook(path).trace.cells) == 2


def test_cells_run_in_the_notebook_s_folder_and_may_await(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("two = 2\n", encoding="utf-8")
    cells = [
        "import asyncio, os\nfrom beside import two\nhere = os.getcwd()",
        "await asyncio.sleep(0)\ndisplay(two)\nawait asyncio.sleep(0, 7)",
    ]
    found = trace_notebook(notebook(tmp_path / "a.ipynb", [(cell, None) for cell in cells])).trace.cells
    assert found[0].binds["here"] == str(tmp_path)
    assert (found[1].output, found[1].result) == ("2\n", 7)
    copied = trace_notebook(tmp_path / "a.ipynb", NotebookRequest(isolate=True)).trace.cells
    assert copied[0].binds["here"] != str(tmp_path)


def test_other_interpreters_and_steps(tmp_path: Path) -> None:
    oldest = [found for found in find_interpreters() if not found.minor.startswith("2.")][-1]
    path = notebook(tmp_path / "a.ipynb", [("import sys\nv = '%d.%d' % sys.version_info[:2]", None), ("v", None)])
    found = trace_notebook(path, NotebookRequest(environment=str(oldest.path), backend=Backend.SETTRACE)).trace
    assert found.cells[0].binds["v"] == oldest.minor
    assert found.cells[0].trace is not None


def test_wrong_requests(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="found one in julia"):
        trace_notebook(notebook(tmp_path / "a.ipynb", [("x", 1)], language="julia"))
    with pytest.raises(RequestError, match="no cell has an execution count"):
        compare_orders(notebook(tmp_path / "b.ipynb", [("x", None)]))


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, page, found = notebook(tmp_path / "a.ipynb", CELLS), tmp_path / "page.html", tmp_path / "cells.json"
    assert main(["trace", str(path), "--env", "current", "--html", str(page), "--json", str(found)]) == 0
    assert "binds:    y = 10" in capsys.readouterr().out
    assert json.loads(found.read_text(encoding="utf-8"))["schema"] == "nbrepro.cells/1"
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert main(["trace", str(path), "--env", "current", "--compare-orders", "--json", "-"]) == 1
    assert json.loads(capsys.readouterr().out)["first"]["name"] == "y"
    assert main(["trace", str(tmp_path / "p.py"), "--compare-orders"]) == 2
