"""The date of a notebook: real repositories, real metadata."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from harness import Example, code, markdown, result

from nbrepro.environments.dates import notebook_date
from nbrepro.environments.specification import specify
from nbrepro.notebooks import read


def commit(folder: Path, when: str, content: str) -> None:
    (folder / "a.ipynb").write_text(content, encoding="utf-8")
    identity = dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"), "x@example.org")
    variables = os.environ | identity | {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": "2024-01-01T00:00:00Z"}
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run(["git", "-C", str(folder), *words], check=True, env=variables)


def test_the_last_commit_that_touched_the_file(tmp_path: Path) -> None:
    commit(tmp_path, "2018-03-04T05:06:07+02:00", "{}")
    commit(tmp_path, "2019-03-04T05:06:07+02:00", "{ }")
    found = notebook_date(tmp_path / "a.ipynb", {}, [])
    assert found is not None
    assert found.moment == datetime(2019, 3, 4, 3, 6, 7, tzinfo=UTC)
    assert "last commit" in found.source


def saved(output: str = "2", text: str = "words", python: str = "3.6.5", count: int = 1, later: str = "later") -> str:
    cells = [markdown(text), code("1 + 1", result(output), count=count), code(later)]
    return Example(cells=cells, metadata={"language_info": {"name": "python", "version": python}}).as_bytes.decode()


def test_the_commit_that_wrote_the_outputs_counts(tmp_path: Path) -> None:
    commit(tmp_path, "2016-01-01T00:00:00Z", saved("1.99"))
    commit(tmp_path, "2017-01-01T00:00:00Z", saved())
    commit(tmp_path, "2019-01-01T00:00:00Z", saved(text="better words"))
    commit(tmp_path, "2021-01-01T00:00:00Z", saved(text="better words", python="3.9.1"))
    found = notebook_date(tmp_path / "a.ipynb", {}, [])
    assert found is not None
    assert (found.moment.year, found.python) == (2017, "3.6.5")
    assert "last commit that changed its code or outputs" in found.source
    assert (found.touched and found.touched.moment.year) == 2021
    wish = specify(tmp_path / "a.ipynb", read(tmp_path / "a.ipynb").content).python
    assert wish.specifier == "==3.6.5"
    assert wish.source.path == "the notebook's language_info of the commit that changed its code or outputs last"


def test_beside_pins_the_last_commit_counts(tmp_path: Path) -> None:
    commit(tmp_path, "2017-01-01T00:00:00Z", saved())
    commit(tmp_path, "2021-01-01T00:00:00Z", saved(text="better words", python="3.9.1"))
    for file, content, year, python in (
        ("requirements.txt", "numpy\npandas>=1.0\n", 2017, "==3.6.5"),
        ("requirements.txt", "numpy==1.21\n", 2021, "==3.9.1"),
        ("environment.yml", "dependencies: [numpy]\n", 2017, "==3.6.5"),
        ("environment.yml", "dependencies: [numpy=1.21]\n", 2021, "==3.9.1"),
    ):
        (tmp_path / file).write_text(content, encoding="utf-8")
        spec = specify(tmp_path / "a.ipynb", read(tmp_path / "a.ipynb").content)
        assert (spec.cut and spec.cut.year, spec.python.specifier) == (year, python)
        (tmp_path / file).unlink()


def test_code_that_was_changed_and_not_run_again_is_of_the_day_when_it_was_changed(tmp_path: Path) -> None:
    commit(tmp_path, "2016-01-01T00:00:00Z", saved())
    commit(tmp_path, "2018-01-01T00:00:00Z", saved(later="from package.later import function", python="3.7.1"))
    commit(tmp_path, "2019-01-01T00:00:00Z", saved(later="from package.later  import function\n", text="better words", python="3.8.1"))
    found = notebook_date(tmp_path / "a.ipynb", {}, [])
    assert found is not None
    assert (found.moment.year, found.python) == (2018, "3.7.1")


def test_running_it_again_makes_it_younger(tmp_path: Path) -> None:
    commit(tmp_path, "2017-01-01T00:00:00Z", saved())
    commit(tmp_path, "2018-01-01T00:00:00Z", saved(count=2))
    found = notebook_date(tmp_path / "a.ipynb", {}, [])
    assert found is not None
    assert (found.moment.year, found.python) == (2018, "")
    assert "last commit that touched it" in found.source


def test_another_format_of_the_same_outputs_changes_nothing(tmp_path: Path) -> None:
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [
            {
                "metadata": {},
                "cells": [
                    {
                        "cell_type": "code",
                        "language": "python",
                        "metadata": {},
                        "collapsed": False,
                        "input": "1 + 1",
                        "prompt_number": 1,
                        "outputs": [{"output_type": "pyout", "prompt_number": 1, "metadata": {}, "text": "2"}],
                    }
                ],
            }
        ],
    }
    commit(tmp_path, "2014-01-01T00:00:00Z", json.dumps(old))
    commit(tmp_path, "2016-01-01T00:00:00Z", Example(cells=[code("1 + 1", result("2"), count=1)], metadata={}).as_bytes.decode())
    found = notebook_date(tmp_path / "a.ipynb", {}, [])
    assert found is not None
    assert found.moment.year == 2014


def test_a_changed_file_is_not_of_its_last_commit(tmp_path: Path) -> None:
    commit(tmp_path, "2018-03-04T05:06:07Z", "{}")
    (tmp_path / "a.ipynb").write_text("[]", encoding="utf-8")
    assert notebook_date(tmp_path / "a.ipynb", {}, []) is None


def test_times_in_the_metadata(tmp_path: Path) -> None:
    cells = [
        {"execution": {"iopub.execute_input": "2020-01-02T03:04:05.678Z"}},
        {"ExecuteTime": {"end_time": "2020-02-02T03:04:05"}},
        {"executionInfo": {"timestamp": 1_577_934_245_000}},
        {"execution": {"iopub.execute_input": "3020-01-02T03:04:05Z"}},
        {"execution": {"iopub.execute_input": "soon"}},
        {"executionInfo": {"timestamp": 1e300}},
    ]
    found = notebook_date(tmp_path / "a.ipynb", {}, cells)
    assert found is not None
    assert found.moment == datetime(2020, 2, 2, 3, 4, 5, tzinfo=UTC)


def test_nothing_says_it(tmp_path: Path) -> None:
    assert notebook_date(tmp_path / "a.ipynb", {"kernelspec": {"name": "python3"}}, [{}]) is None


SETTINGS = {
    "a watcher": ("core.fsmonitor", "{}"),
    "hooks": ("core.hooksPath", "hooks"),
    "a filter": ("filter.odd=name.clean", "{}; cat"),
    "a filter process": ("filter.odd=name.process", "{}"),
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_foreign_repository_runs_nothing(tmp_path: Path, setting: str) -> None:
    folder, mark = tmp_path / "foreign", tmp_path / "mark"
    folder.mkdir()
    commit(folder, "2018-03-04T05:06:07Z", "{}")
    hook = folder / "hooks" / "post-index-change"
    hook.parent.mkdir()
    hook.write_text(f"#!/bin/sh\ntouch {mark}\n", encoding="utf-8")
    hook.chmod(0o755)
    name, value = SETTINGS[setting]
    subprocess.run(["git", "-C", str(folder), "config", name, value.format(f"touch {mark}")], check=True)
    (folder / ".gitattributes").write_text("* filter=odd=name\n", encoding="utf-8")
    os.utime(folder / "a.ipynb", (1, 1))
    subprocess.run(["git", "-C", str(folder), "status", "--porcelain"], check=False, capture_output=True)
    assert mark.exists(), "otherwise this shows nothing"
    mark.unlink()
    os.utime(folder / "a.ipynb", (2, 2))
    found = notebook_date(folder / "a.ipynb", {}, [])
    assert found is not None
    assert found.moment.year == 2018
    assert not mark.exists()


def test_a_bare_repository_among_the_files_is_no_repository_of_theirs(tmp_path: Path) -> None:
    commit(tmp_path, "2018-03-04T05:06:07Z", "{}")
    mark = tmp_path / "mark"
    (tmp_path / ".git" / "config").write_text(f"[core]\n\tbare = false\n\tworktree = ..\n\tfsmonitor = touch {mark}\n", encoding="utf-8")
    (tmp_path / ".git" / "a.ipynb").write_text("{}", encoding="utf-8")
    (tmp_path / ".git").rename(tmp_path / "data")
    assert notebook_date(tmp_path / "data" / "a.ipynb", {}, []) is None
    assert not mark.exists()
