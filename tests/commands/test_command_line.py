"""The command line from end to end: real notebooks, real kernels, real exit statuses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from harness import Example, code, error, result, stderr, stdout

from nbrepro.commands.main import main

pytestmark = pytest.mark.slow

GOOD = Example(
    cells=[code("1 + 1", result("2"), count=1), code("object()", result("<object at 0x7f1122334455>"), count=2)], name="good.ipynb"
)
BAD = Example(cells=[code("1 + 1", result("3"), count=1)], name="bad.ipynb")


def run_in(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nbrepro.commands.main", *words], cwd=folder, capture_output=True, text=True, check=False, timeout=240
    )


def test_check_says_what_is_the_same_and_what_is_not(tmp_path: Path) -> None:
    for example in (GOOD, BAD):
        example.write(tmp_path)
    (tmp_path / "torn.ipynb").write_text('{"cells": [', encoding="utf-8")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    done = run_in(tmp_path, "check", ".", "--json", "found.json", "--html", "found.html", "--junit", "found.xml", "--markdown", "found.md")
    assert (done.returncode, done.stderr) == (1, "")
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert [(notebook["path"], notebook["verdict"]) for notebook in found["notebooks"]] == [
        ("bad.ipynb", "differs"),
        ("good.ipynb", "reproduced"),
        ("torn.ipynb", None),
    ]
    assert [step["verdict"] for step in found["notebooks"][1]["steps"]] == ["identical", "equivalent"]
    assert "torn.ipynb" in done.stdout
    assert {path: path.read_bytes() for path in before} == before, "check changes no notebook"
    assert all((tmp_path / name).stat().st_size > 100 for name in ("found.html", "found.xml", "found.md"))


def test_exit_status_0_and_json_alone_on_standard_output(tmp_path: Path) -> None:
    GOOD.write(tmp_path)
    done = run_in(tmp_path, "check", "good.ipynb", "--json", "-")
    assert done.returncode == 0
    assert json.loads(done.stdout)["notebooks"][0]["compared"] == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--json", "good.ipynb", "bad.ipynb"], "--json good.ipynb: this notebook would be overwritten"),
        (["good.ipynb", "--html", "./bad.ipynb"], "--html ./bad.ipynb: this notebook would be overwritten"),
        (["good.ipynb", "--json", "-", "--markdown", "-"], "standard output can't hold two reports"),
        (["good.ipynb", "--json", "found", "--junit", "./found"], "--json found and --junit ./found: one file can't hold two reports"),
        (["good.ipynb", "--picture-tolerance", "1.5"], "expected a number from 0 to 1"),
    ],
)
def test_reports_overwrite_neither_notebooks_nor_one_another(tmp_path: Path, words: list[str], told: str) -> None:
    for example in (GOOD, BAD):
        example.write(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    done = run_in(tmp_path, "check", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_quiet_still_says_what_could_not_be_read(tmp_path: Path) -> None:
    done = run_in(tmp_path, "check", "absent.ipynb", "--quiet")
    assert (done.returncode, done.stdout) == (2, "")
    assert "absent.ipynb: unreadable" in done.stderr


def test_a_switched_off_normalization_makes_it_differ(tmp_path: Path) -> None:
    GOOD.write(tmp_path)
    assert main(["check", str(tmp_path / "good.ipynb"), "--quiet", "--without", "memory-addresses"]) == 1


def test_nothing_compared_is_never_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = Example(cells=[code("x = 1")]).write(tmp_path)
    assert main(["check", str(path)]) == 1
    assert "nothing to compare" in capsys.readouterr().out.replace("-", " ")


def test_stderr_counts_only_if_asked(tmp_path: Path) -> None:
    source = "import sys; print('now', file=sys.stderr); print('out')"
    path = Example(cells=[code(source, stderr("then\n"), stdout("out\n"), count=1)]).write(tmp_path)
    assert main(["check", str(path), "--quiet"]) == 0
    assert main(["check", str(path), "--quiet", "--judge-stderr"]) == 1


def test_keep_going_runs_what_comes_after(tmp_path: Path) -> None:
    path = Example(cells=[code("1 / 0", count=1), code("'after'", result("'after'"), count=2)]).write(tmp_path)
    target = tmp_path / "found.json"
    for words, ran in (([], 1), (["--keep-going"], 2)):
        assert main(["check", str(path), "--quiet", "--json", str(target), *words]) == 1
        (found,) = json.loads(target.read_text(encoding="utf-8"))["notebooks"]
        assert (found["verdict"], found["counts"]["ran"]) == ("failed", ran)


def test_a_saved_error_is_expected(tmp_path: Path) -> None:
    cells = [code("1 / 0", error("ZeroDivisionError", "division by zero"), count=1), code("2", result("2"), count=2)]
    assert main(["check", str(Example(cells=cells).write(tmp_path)), "--quiet"]) == 0


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["check", "absent.ipynb"], "absent.ipynb"),
        (["check", "."], "holds no notebook"),
        (["check"], "which notebook"),
        (["check", "x.ipynb", "--env", "no/such/python"], "no/such/python"),
        (["check", "x.ipynb", "--html", "no/such/folder/report.html"], "create it first"),
        (["check", "x.ipynb", "--without", "memory-adresses"], "did you mean memory-addresses?"),
        (["diff", "absent.ipynb", "x.ipynb"], "there is no such file"),
        (["diff", ".", "x.ipynb"], "not one with the other"),
    ],
)
def test_a_wrong_request_is_one_clear_line(words: list[str], complaint: str, tmp_path: Path) -> None:
    if "x.ipynb" in words:
        GOOD.write(tmp_path)
        (tmp_path / "good.ipynb").rename(tmp_path / "x.ipynb")
    done = run_in(tmp_path, *words)
    assert done.returncode == 2
    assert complaint in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_run_writes_executed_notebooks_and_keeps_the_originals(tmp_path: Path) -> None:
    example = Example(cells=[code("print('written')", count=None)], name="inner/work.ipynb")
    path = example.write(tmp_path)
    Example(cells=[code("1")], name="other.ipynb").write(tmp_path)
    done = run_in(tmp_path, "run", ".", "--output-dir", "out")
    assert done.returncode == 0, done.stdout + done.stderr
    assert path.read_bytes() == example.as_bytes
    written = json.loads((tmp_path / "out" / "inner" / "work.ipynb").read_text(encoding="utf-8"))
    assert written["cells"][0]["outputs"][0]["text"] == ["written\n"]


def test_run_in_place_only_if_the_run_reached_its_end(tmp_path: Path) -> None:
    fine, broken = Example(cells=[code("6 * 7")], name="fine.ipynb"), Example(cells=[code("1 / 0")], name="broken.ipynb")
    for example in (fine, broken):
        example.write(tmp_path)
    assert run_in(tmp_path, "run", ".", "--in-place").returncode == 1
    assert json.loads((tmp_path / "fine.ipynb").read_text(encoding="utf-8"))["cells"][0]["outputs"]
    assert (tmp_path / "broken.ipynb").read_bytes() == broken.as_bytes


def test_run_refuses_to_write_over_the_originals_by_accident(tmp_path: Path) -> None:
    GOOD.write(tmp_path)
    done = run_in(tmp_path, "run", "good.ipynb", "--output-dir", ".")
    assert done.returncode == 2
    assert "--in-place" in done.stderr


def test_parameters_follow_papermill(tmp_path: Path) -> None:
    Example(cells=[code("alpha = 1", tags=["parameters"]), code("print(alpha * 2)")], name="with.ipynb").write(tmp_path)
    done = run_in(tmp_path, "run", "with.ipynb", "-p", "alpha=21")
    assert done.returncode == 0, done.stdout + done.stderr
    cells = json.loads((tmp_path / "executed" / "with.ipynb").read_text(encoding="utf-8"))["cells"]
    assert cells[-1]["outputs"][0]["text"] == ["42\n"]
    assert any("injected-parameters" in cell["metadata"].get("tags", []) for cell in cells)


def test_diff_of_two_folders(tmp_path: Path) -> None:
    for folder, text in (("a", "2"), ("b", "2")):
        Example(cells=[code("1 + 1", result(text), count=1)], name="same.ipynb").write(tmp_path / folder)
    Example(cells=[code("1", result("1"), count=1)], name="only.ipynb").write(tmp_path / "a")
    done = run_in(tmp_path, "diff", "a", "b", "--json", "-")
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert [notebook["path"] for notebook in found["notebooks"]] == ["only.ipynb", "same.ipynb"]
    assert "only in a" in json.dumps(found["notebooks"][0])


def test_leftovers_of_one_notebook_are_not_seen_by_another(tmp_path: Path) -> None:
    source = "import pathlib; p = pathlib.Path('left.txt'); seen = p.exists(); p.write_text('x'); print(seen)"
    for name in ("a.ipynb", "b.ipynb"):
        Example(cells=[code(source, stdout("False\n"), count=1)], name=name).write(tmp_path)
    assert main(["check", str(tmp_path), "--quiet", "--jobs", "1"]) == 0
    assert not (tmp_path / "left.txt").exists()


def test_ctrl_c_keeps_what_is_done(tmp_path: Path) -> None:
    Example(cells=[code("1", result("1"), count=1), code("import time; time.sleep(600)")], name="slow.ipynb").write(tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-m", "nbrepro.commands.main", "check", "slow.ipynb", "--json", "found.json"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONFAULTHANDLER": "1"},
    )
    try:
        time.sleep(12)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert "Traceback" not in errors
    (found,) = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))["notebooks"]
    assert found["steps"][0]["verdict"] == "identical", output
    assert found["failure"]["kind"] == "interrupted"
