"""`pytest --nbrepro` in a pytest of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from harness import Example, code, markdown, result

pytestmark = pytest.mark.slow


def pytest_in(folder: Path, *words: str) -> str:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=240)
    return done.stdout + done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    Example(
        cells=[
            markdown("# Title"),
            code("1 + 1", result("2"), count=1),
            code("x = 3", count=2),
            code("x", result("4"), count=3),
        ],
        name="work.ipynb",
    ).write(tmp_path)
    return tmp_path


def test_one_test_for_each_cell(folder: Path) -> None:
    output = pytest_in(folder, "--nbrepro", "-v", "-rs")
    assert "1 failed, 1 passed, 1 skipped" in output, output
    assert "work.ipynb::cell 2 PASSED" in output
    assert "work.ipynb::cell 4 FAILED" in output
    assert "'4'" in output
    assert "Traceback" not in output


def test_one_test_for_each_notebook(folder: Path) -> None:
    output = pytest_in(folder, "--nbrepro", "--nbrepro-by", "notebook")
    assert "1 failed" in output, output


def test_options_of_check(folder: Path) -> None:
    output = pytest_in(folder, "--nbrepro", "--nbrepro-options", "--relative-tolerance 0.5 --tolerant-integers")
    assert "2 passed, 1 skipped" in output, output


def test_without_the_option_notebooks_are_left_alone(folder: Path) -> None:
    assert "no tests ran" in pytest_in(folder)


def test_a_file_that_cannot_be_read_is_one_clear_line(folder: Path) -> None:
    (folder / "torn.ipynb").write_text("{", encoding="utf-8")
    output = pytest_in(folder, "--nbrepro", "torn.ipynb")
    assert "torn.ipynb, line 1" in output, output
    assert "Traceback" not in output
