"""Environments from end to end: a real index, a real environment, a real kernel."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from harness import Example, code, result

from nbrepro.commands.env import _first
from nbrepro.commands.main import main

pytestmark = [pytest.mark.slow, pytest.mark.network]


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBREPRO_CACHE", str(tmp_path_factory.mktemp("cache")))


def test_a_notebook_runs_in_what_it_declares(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    version = ".".join(map(str, sys.version_info[:3]))
    path = Example(
        cells=[code("import six\nsix.__version__", result("'1.15.0'"), count=1), code("import own\nown.VALUE", result("7"), count=2)],
        metadata={"language_info": {"name": "python", "version": version}},
        files={"requirements.txt": "six==1.15.0\n", "own.py": "VALUE = 7\n"},
    ).write(tmp_path)
    target = tmp_path / "found.json"
    assert main(["check", str(path), "--env", "auto", "--quiet", "--json", str(target)]) == 0
    (found,) = json.loads(target.read_text(encoding="utf-8"))["notebooks"]
    assert (found["verdict"], found["compared"]) == ("reproduced", 2)
    assert "its own" in found["environment"]["description"]
    assert main(["env", "lock", str(path)]) == 0
    assert "six" in (tmp_path / "pylock.toml").read_text(encoding="utf-8")
    assert main(["env", "lock", str(path)]) == 2, "a lock is not replaced by accident"
    assert main(["env", "list"]) == 0
    assert "example.ipynb" in capsys.readouterr().out
    assert main(["env", "gc", "--max-size", "1"]) == 0
    assert "1 removed" in capsys.readouterr().out


def test_what_cannot_be_had_is_a_result_that_names_its_place(tmp_path: Path) -> None:
    cells = [code("1", result("1"), count=1)]
    path = Example(cells=cells, files={"requirements.txt": "six==1.15.0\nsix==1.16.0\n"}).write(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "nbrepro.commands.main", "check", str(path), "--env", "auto", "--json", "-"],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    (found,) = json.loads(done.stdout)["notebooks"]
    if found["verdict"] == "environment-failed":
        assert "requirements.txt, line" in found["failure"]["message"]
    else:
        assert any("six" in deviation for deviation in found["environment"]["deviations"]), "never silent"
    assert "Traceback" not in done.stderr


def test_what_nobody_reads_to_its_end_is_counted() -> None:
    assert _first([str(number) for number in range(20)], "files") == [str(number) for number in range(20)]
    assert _first([str(number) for number in range(800)], "files")[18:] == ["18", "19", "and 780 more files"]
