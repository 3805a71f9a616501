"""The magic in real kernels: results as objects, short errors, help, completion, and a notebook that checks itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from harness import Example, code, result

from nbrepro.execution import execute
from nbrepro.model import Display, ErrorOutput, Execution, Stream

pytestmark = pytest.mark.slow


def played(folder: Path, *sources: str) -> Execution:
    """A notebook of these cells, run in a real kernel that goes on after errors."""
    Example(cells=[code("1 + 1", result("2"), count=1)], name="good.ipynb").write(folder)
    example = Example(cells=[code("%load_ext nbrepro"), *map(code, sources)], name="play.ipynb")
    return execute(example.document(), working_directory=folder, keep_going=True)


def texts(execution: Execution, index: int) -> str:
    parts = []
    for output in execution.steps[index].outputs:
        if isinstance(output, Stream):
            parts.append(output.text)
        elif isinstance(output, Display):
            parts.append(str(output.data.get("text/plain")))
        else:
            parts.append(f"{output.name}: {output.value}\n" + "\n".join(output.traceback))
    return "\n".join(parts)


def test_results_are_objects_with_text_and_html(tmp_path: Path) -> None:
    execution = played(
        tmp_path,
        "report = %nbrepro check good.ipynb\nreport",
        "print(report['good.ipynb'].verdict.value, len(report))",
        "%nbrepro diff good.ipynb good.ipynb",
        "%nbrepro run good.ipynb --output-dir out",
        "report.to_frame().shape",
    )
    assert execution.failure is None
    shown = next(output for output in execution.steps[1].outputs if isinstance(output, Display))
    assert "reproduced" in shown.data["text/plain"]
    assert "reproduced" in shown.data["text/html"]
    assert "<script" not in shown.data["text/html"]
    assert texts(execution, 2) == "reproduced 1\n"
    assert "equal" in texts(execution, 3)
    assert (tmp_path / "out" / "good.ipynb").exists()


def test_mistakes_are_short_and_stop_the_notebook(tmp_path: Path) -> None:
    execution = played(tmp_path, "%nbrepro chekc good.ipynb", "%nbrepro check absent-folder/ --jobs 0", "%nbrepro", "%nbrepro check 'a")
    for index in range(1, 5):
        assert "Traceback" not in texts(execution, index), texts(execution, index)
        assert len(texts(execution, index)) < 1200
    assert "invalid choice" in texts(execution, 1)


def test_our_errors_are_one_line(tmp_path: Path) -> None:
    execution = played(tmp_path, "%nbrepro diff good.ipynb nowhere.ipynb")
    (output,) = execution.steps[1].outputs
    assert isinstance(output, ErrorOutput)
    assert output.name == "RequestError"
    assert len(output.traceback) == 1
    assert "nowhere.ipynb" in output.traceback[0]


def test_help_completion_reload_and_unload(tmp_path: Path) -> None:
    execution = played(
        tmp_path,
        "%nbrepro check --help",
        "print(get_ipython().complete('d', '%nbrepro d', 10)[1])",
        "%reload_ext nbrepro\nprint(len([m for m in get_ipython().Completer.custom_matchers if m.__name__ == 'complete_verbs']))",
        "print(get_ipython().find_line_magic('nbrepro').__doc__)",
        "%unload_ext nbrepro\nprint(get_ipython().find_line_magic('nbrepro'))",
    )
    assert "--keep-going" in texts(execution, 1)
    assert texts(execution, 2) == "['diff']\n"
    assert texts(execution, 3) == "1\n"
    assert "VERB" in texts(execution, 4)
    assert texts(execution, 5) == "None\n"


def test_check_without_a_path_finds_its_notebook(tmp_path: Path) -> None:
    path = Example(cells=[code("1 + 1", result("2"), count=1)], name="mine.ipynb").write(tmp_path)
    execution = played(
        tmp_path, f"import os; os.environ['JPY_SESSION_NAME'] = {str(path)!r}; del os.environ['NBREPRO_RUN']", "%nbrepro check"
    )
    assert "mine.ipynb: reproduced" in texts(execution, 2)


def test_check_without_a_path_where_nothing_names_the_notebook(tmp_path: Path) -> None:
    execution = played(tmp_path, "import os; os.environ.pop('NBREPRO_RUN')", "%nbrepro check")
    assert "give its path" in texts(execution, 2)


def test_a_notebook_that_checks_itself_is_not_checked_for_ever(tmp_path: Path) -> None:
    report = {"text/plain": "nbrepro check: …", "application/vnd.nbrepro.report+json": {"schema": "nbrepro.check/1"}}
    path = Example(
        cells=[code("%load_ext nbrepro", count=1), code("1 + 1", result("2"), count=2), code("%nbrepro check", result(report), count=3)]
    ).write(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "nbrepro.commands.main", "check", str(path), "--json", "-"],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        env=os.environ,
    )
    (found,) = json.loads(done.stdout)["notebooks"]
    assert found["verdict"] == "reproduced", done.stdout
    assert [step["verdict"] for step in found["steps"]] == ["nothing-to-compare", "identical", "not-compared"]
