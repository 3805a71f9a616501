"""What a notebook tells without being run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from generated import faulty_files
from harness import Example, code, display, error, markdown, raw, result, stderr, stdout
from hypothesis import given

from nbrepro.corpora.code_style import style_findings
from nbrepro.corpora.discovery import discover_notebooks
from nbrepro.corpora.facts import NotebookFacts, facts_of
from nbrepro.corpora.projects import project_for
from nbrepro.corpora.sources import source
from nbrepro.errors import UnreadableNotebookError
from nbrepro.notebooks import parse


def facts(folder: Path, example: Example) -> NotebookFacts:
    example.write(folder)
    return facts_of(example.document(), folder / example.name, folder)


def test_cells_outputs_titles_and_imports(tmp_path: Path) -> None:
    found = facts(
        tmp_path,
        Example(
            cells=[
                markdown("# The title\ntext\n## part"),
                code("import numpy as np, mine", count=1),
                code("np.pi", result({"text/plain": "3.14", "text/html": "3.14"}), stdout("a"), stderr("b"), count=2),
                code("1/0", error("ZeroDivisionError", "no"), count=3),
                code("  \n"),
                raw("raw"),
                code("%matplotlib inline\n!ls\n[x for x in y]", display({"image/png": "AAAA"}), count=4),
            ],
            files={"mine.py": "", "requirements.txt": "numpy>=1.20\n"},
            name="Untitled1.ipynb",
        ),
    )
    assert (found.nbformat, found.nbformat_minor, found.kernel, found.language, found.language_version) == (
        4,
        5,
        "python3",
        "python",
        "3.11.0",
    )
    assert (found.total_cells, found.code_cells, found.markdown_cells, found.raw_cells, found.empty_cells) == (7, 5, 1, 1, 1)
    assert (found.title, found.headings, found.markdown_lines, found.has_default_name) == ("The title", 2, 3, True)
    assert (found.cells_with_output, found.executed_cells, found.max_execution_count, found.has_saved_error) == (3, 4, 4, True)
    assert (found.counts_repeated, found.counts_ascending, found.counts_consecutive) == (False, True, True)
    assert dict(found.output_kinds) == {"text/plain": 1, "text/html": 1, "stdout": 1, "stderr": 1, "error": 1, "image/png": 1}
    assert {(use.name, use.origin.value, use.package) for use in found.imports} >= {("numpy", "package", "numpy"), ("mine", "local", None)}
    assert (found.declared, found.declarations) == ("requirements", ("requirements.txt",))
    assert {"magic:matplotlib": 1, "shell": 1, "comprehension": 1}.items() <= found.features.items()


@pytest.mark.parametrize(
    ("counts", "repeated", "ascending", "consecutive"),
    [
        ((1, 2, 3), False, True, True),
        ((2, 3, 4), False, True, False),
        ((1, 3, 2), False, False, False),
        ((1, 1, 2), True, False, False),
        ((1, None, 2), False, True, False),
        ((None, None, None), False, True, False),
    ],
)
def test_execution_counts(tmp_path: Path, counts: tuple[int | None, ...], repeated: bool, ascending: bool, consecutive: bool) -> None:
    found = facts(tmp_path, Example(cells=[code("1", count=count) for count in counts]))
    assert (found.counts_repeated, found.counts_ascending, found.counts_consecutive) == (repeated, ascending, consecutive)


def test_outputs_do_not_change_the_hash_of_the_source(tmp_path: Path) -> None:
    one = facts(tmp_path, Example(cells=[code("1", result("1"), count=1)]))
    other = facts(tmp_path, Example(cells=[markdown("x"), code("1")]))
    assert one.source_sha256 == other.source_sha256 != facts(tmp_path, Example(cells=[code("2")])).source_sha256


def test_damaged_notebooks_are_found_with_their_problem(tmp_path: Path) -> None:
    (tmp_path / "empty.ipynb").write_bytes(b"")
    (tmp_path / "torn.ipynb").write_text('{"cells": [', encoding="utf-8")
    (tmp_path / "list.ipynb").write_text("[1]", encoding="utf-8")
    (tmp_path / "gone.ipynb").symlink_to(tmp_path / "nowhere")
    (tmp_path / ".ipynb_checkpoints").mkdir()
    Example(cells=[]).write(tmp_path / ".ipynb_checkpoints")
    Example(cells=[], name="good.ipynb").write(tmp_path)
    found = {one.path: one for one in discover_notebooks(project_for(source(str(tmp_path)), tmp_path))}
    assert sorted(found) == ["empty.ipynb", "gone.ipynb", "good.ipynb", "list.ipynb", "torn.ipynb"]
    assert {path for path, one in found.items() if one.problem_slug == "unreadable-notebook"} == set(found) - {"good.ipynb"}
    assert all(str(tmp_path) not in (one.problem or "") for one in found.values())


def test_style_is_that_of_the_code_without_its_magics(tmp_path: Path) -> None:
    pytest.importorskip("pycodestyle")
    cells = [
        code("%matplotlib inline\n!ls *\nx=1  \n\n"),
        code("def f( a ):\n    return a\nf(1)"),
        code("%%bash\nfor x in 1;do\necho $x;done"),
        code("%%time\ny = 1;"),
        code("print 'old'"),
        code(f"z = {'9' * 80}"),
    ]
    found = facts(tmp_path, Example(cells=cells, files={"setup.cfg": "[pycodestyle]\nignore = E225\nmax-line-length = 200\n"}))
    assert dict(found.style) == {"E225": 1, "E201": 1, "E202": 1, "E305": 1, "E703": 1, "E501": 1}
    assert found.style_checker is not None
    assert found.style_checker.startswith("pycodestyle ")
    assert found.style_density == "more than 30 in 100 lines"


@pytest.mark.parametrize("source", ["u", "r\n", "import os\nb\nx=1"])
def test_a_name_that_could_begin_a_text_is_no_fault(source: str) -> None:
    pytest.importorskip("pycodestyle")
    found = style_findings([source, "y=1"])
    assert found is not None
    assert found["E225"] >= 1, "the other cells are looked at"


def test_what_nothing_has_looked_at_is_not_without_findings(tmp_path: Path) -> None:
    r = {"kernelspec": {"display_name": "R", "language": "R", "name": "ir"}, "language_info": {"name": "R"}}
    found = facts(tmp_path, Example(cells=[code("x=1")], metadata=r))
    assert (found.style_checker, found.style_density, found.style) == (None, None, {})
    # As Python has it where the extra is not installed.
    program = "import sys; sys.modules['pycodestyle'] = None\nfrom nbrepro.corpora.code_style import *; print(style_findings(['x=1']))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "None"


@given(faulty_files())
def test_facts_of_anything_that_can_be_read(content: bytes) -> None:
    try:
        document = parse(content, "any.ipynb")
    except UnreadableNotebookError:
        return
    found = facts_of(document, Path("/nonexistent/any.ipynb"), Path("/nonexistent"))
    assert found.code_cells + found.markdown_cells + found.raw_cells + found.unknown_cells == found.total_cells
    json.dumps(dict(found.features))
