"""Rounds from end to end: real kernels, real workers, and ends of every sort."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import chdir, closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import psutil
import pytest
from harness import Example, code, result, stdout

from nbrepro.commands.main import main
from nbrepro.corpora.items import RunSettings
from nbrepro.corpora.planning import RoundRequest, plan_round
from nbrepro.corpora.sources import sources
from nbrepro.corpora.store import StoreError, open_store

pytestmark = pytest.mark.slow

GOOD = [code("1 + 1", result("2"), count=1)]
COMMAND = [sys.executable, "-m", "nbrepro.commands.main", "corpus"]


def write(folder: Path, **notebooks: list[dict[str, Any]]) -> Path:
    for name, cells in notebooks.items():
        Example(cells=cells, name=f"{name}.ipynb").write(folder)
    return folder


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


def corpus(folder: Path, *words: str) -> Done:
    """The command line in this process: its workers are processes of their own all the same."""
    out, err = StringIO(), StringIO()
    with chdir(folder), redirect_stdout(out), redirect_stderr(err):
        status = main(["corpus", *words])
    return Done(status, out.getvalue(), err.getvalue())


def run(folder: Path, *words: str) -> Done:
    done = corpus(folder, "run", "corpus", "--store", "s.sqlite", "--env", "current", *words)
    assert done.returncode == 0, done.stderr
    return done


def rows(folder: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{folder / 's.sqlite'}?mode=ro", uri=True, timeout=10)) as connection:
        return connection.execute(statement).fetchall()


def verdicts(folder: Path) -> dict[str, str]:
    return dict(
        rows(folder, "SELECT path, verdict FROM runs JOIN notebooks ON notebooks.id = notebook_id JOIN comparisons ON run_id = runs.id")
    )


def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_each_notebook_is_run_once_whatever_else_is_there(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "corpus",
        good=GOOD,
        copy=GOOD,
        differs=[code("1 + 1", result("3"), count=1)],
        fails=[code("1 / 0", count=1), code("2", result("2"), count=2)],
        cleared=[code("1 + 1")],
        empty=[],
    )
    (folder / "torn.ipynb").write_text("{", encoding="utf-8")
    done = run(tmp_path)
    assert "1 of 3 notebooks reproduced" in done.stdout
    assert verdicts(tmp_path) == {"copy.ipynb": "reproduced", "differs.ipynb": "differs", "fails.ipynb": "failed"}
    left_out = dict(
        rows(tmp_path, "SELECT path, left_out FROM round_notebooks JOIN notebooks ON id = notebook_id WHERE left_out IS NOT NULL")
    )
    assert left_out == {"good.ipynb": "duplicate", "cleared.ipynb": "nothing-saved", "empty.ipynb": "no-code", "torn.ipynb": "unreadable"}
    studied = dict(rows(tmp_path, "SELECT path, processed FROM executions JOIN notebooks ON notebooks.id = notebook_id"))
    assert studied == {"copy.ipynb": 51, "differs.ipynb": 35, "fails.ipynb": 39}, "installed + loaded + executed, same results, exception"
    assert "nothing" in run(tmp_path).stdout
    assert len(rows(tmp_path, "SELECT 1 FROM runs")) == 3, "nothing is run twice"


def test_what_settings_do_not_affect_is_not_run_again(tmp_path: Path) -> None:
    write(tmp_path / "corpus", a=[code("object()", result("<object at 0x7f1122334455>"), count=1)])
    run(tmp_path)
    assert verdicts(tmp_path) == {"a.ipynb": "reproduced"}
    assert "0 of 1 notebooks reproduced" in run(tmp_path, "--without", "memory-addresses").stdout
    assert len(rows(tmp_path, "SELECT 1 FROM runs")) == 1, "compared again from what the store has"
    assert len(rows(tmp_path, "SELECT 1 FROM comparisons")) == 2
    done = corpus(tmp_path, "compare", "--store", "s.sqlite")
    assert "1 of 1 notebooks reproduced" in done.stdout
    run(tmp_path, "--order", "saved")
    assert len(rows(tmp_path, "SELECT 1 FROM runs")) == 2, "another order may show something else"
    (tmp_path / "corpus" / "data.csv").write_text("1", encoding="utf-8")
    run(tmp_path, "--order", "saved")
    assert len(rows(tmp_path, "SELECT 1 FROM runs")) == 3, "and so may another file beside it"


def test_a_notebook_is_kept_from_the_rest_of_the_machine(tmp_path: Path) -> None:
    look = "import os, socket\nprint(os.listdir(os.path.expanduser('~')), 'TOKEN' in os.environ)"
    dirty = "open(os.path.expanduser('~/left'), 'w').close(); open('data.csv', 'w').write('changed'); print('written')"
    reach = "try:\n    socket.create_connection(('192.0.2.1', 80), timeout=5)\nexcept OSError as error:\n    print(error.errno)"
    cells = [code(look, stdout("[] False\n"), count=1), code(dirty, stdout("written\n"), count=2), code(reach, stdout("101\n"), count=3)]
    folder = write(tmp_path / "corpus", a=cells, b=[*cells, code("'b'", result("'b'"), count=4)])
    (folder / "data.csv").write_text("as it was", encoding="utf-8")
    os.environ["TOKEN"] = "secret"
    try:
        run(tmp_path, "--jobs", "1")
    finally:
        del os.environ["TOKEN"]
    assert (folder / "data.csv").read_text(encoding="utf-8") == "as it was"
    (levels,) = {row[0] for row in rows(tmp_path, "SELECT isolation FROM runs")}
    assert levels.startswith("private-copy clean-home")
    if "no-network" in levels:  # some systems allow no namespaces; then the level is absent, as asserted above
        assert set(verdicts(tmp_path).values()) == {"reproduced"}


def test_a_worker_that_is_lost_loses_its_item_only(tmp_path: Path) -> None:
    killer = [code("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nimport time; time.sleep(9)", stdout("x"), count=1)]
    write(tmp_path / "corpus", a=GOOD, killer=killer, z=[code("2 + 2", result("4"), count=1)])
    run(tmp_path)
    assert verdicts(tmp_path) == {"a.ipynb": "reproduced", "z.ipynb": "reproduced", "killer.ipynb": "environment-failed"}
    message = rows(tmp_path, "SELECT failure_message FROM runs WHERE is_infrastructure")
    assert len(message) == 1
    assert "the worker was lost 2 times" in message[0][0]
    assert rows(tmp_path, "SELECT attempts FROM items ORDER BY attempts DESC") == [(2,), (1,), (1,)]
    run(tmp_path)
    assert len(rows(tmp_path, "SELECT 1 FROM runs")) == 4, "only what failed for the machinery is tried again"


def slow_corpus(folder: Path, number: int, seconds: float = 0.4) -> None:
    for index in range(number):
        source = f"import time; time.sleep({seconds}); print({index})"
        write(folder / "corpus", **{f"n{index}": [code(source, stdout(f"{index}\n"), count=1)]})


def start(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*COMMAND, "run", "corpus", "--store", "s.sqlite", "--env", "current", "--runner", "fork"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "TMPDIR": str(temporary(folder))},
    )


def temporary(folder: Path) -> Path:
    """Where the rounds of a folder that are started put what they make for a run."""
    place = folder / "tmp"
    place.mkdir(exist_ok=True)
    return place


def finished(folder: Path) -> int:
    try:
        return int(rows(folder, "SELECT count(*) FROM runs")[0][0])
    except sqlite3.OperationalError:
        return 0


def is_alive(process: psutil.Process) -> bool:
    """Whether a process still runs; one that nobody has waited for (a zombie) doesn't."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_killed_at_once_and_resumed_nothing_is_lost_and_nothing_run_twice(tmp_path: Path) -> None:
    slow_corpus(tmp_path, 8)
    for target in (1, 4):
        process = start(tmp_path)
        until(lambda target=target: finished(tmp_path) >= target)  # type: ignore[misc]
        children = psutil.Process(process.pid).children(recursive=True)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        until(lambda children=children: not any(map(is_alive, children)), 100)  # type: ignore[misc]
        assert rows(tmp_path, "PRAGMA integrity_check") == [("ok",)]
    before = finished(tmp_path)
    run(tmp_path, "--runner", "fork")
    assert 4 <= before < 8
    assert rows(tmp_path, "SELECT count(*), count(DISTINCT item_key), count(DISTINCT notebook_id) FROM runs") == [(8, 8, 8)]
    assert set(verdicts(tmp_path).values()) == {"reproduced"}
    assert rows(tmp_path, "SELECT count(*) FROM rounds") == [(1,)], "it is the same round that goes on"


def test_ctrl_c_leaves_no_process_and_no_folder_and_the_round_goes_on(tmp_path: Path) -> None:
    slow_corpus(tmp_path, 6)
    process = start(tmp_path)
    until(lambda: finished(tmp_path) >= 1)
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    until(lambda: not any(map(is_alive, children)))
    until(lambda: not any(temporary(tmp_path).iterdir()))
    run(tmp_path, "--runner", "fork")
    assert rows(tmp_path, "SELECT count(*), count(DISTINCT item_key) FROM runs") == [(6, 6)]


def test_while_one_runs_others_may_look_but_not_write(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    source = f"import os, time\nwhile not os.path.exists({str(gate)!r}): time.sleep(0.1)\nprint('through')"
    write(tmp_path / "corpus", a=GOOD, waits=[code(source, stdout("through\n"), count=1)])
    process = start(tmp_path)
    try:
        until(lambda: finished(tmp_path) >= 1)
        status = corpus(tmp_path, "status", "--store", "s.sqlite").stdout
        assert "not finished" in status
        assert "1 of 2 done, 1 running, 0 waiting" in status
        assert "corpus: waits.ipynb" in status
        assert "1 of 1 notebooks reproduced" in corpus(tmp_path, "report", "--store", "s.sqlite").stdout
        second = corpus(tmp_path, "run", "corpus", "--store", "s.sqlite", "--env", "current")
        assert (second.returncode, "writes to this store" in second.stderr) == (2, True)
    finally:
        gate.touch()
        assert process.wait(timeout=120) == 0
    assert finished(tmp_path) == 2


def test_a_round_whose_process_was_killed_is_not_said_to_run(tmp_path: Path) -> None:
    write(tmp_path / "corpus", a=GOOD, waits=[code("import time; time.sleep(600)", stdout("x"), count=1)])
    process = start(tmp_path)
    until(lambda: finished(tmp_path) >= 1)
    process.kill()
    process.wait(timeout=60)
    status = corpus(tmp_path, "status", "--store", "s.sqlite").stdout
    assert "1 of 2 done, 1 left by a process that has ended (corpus run begins them anew), 0 waiting" in status
    assert "running since" not in status


def test_two_rounds_side_by_side(tmp_path: Path) -> None:
    source = "import os; print(os.path.exists('data.csv'))"
    folder = write(tmp_path / "corpus", a=[code(source, stdout("True\n"), count=1)], b=GOOD)
    run(tmp_path, "--name", "before")
    (folder / "data.csv").write_text("", encoding="utf-8")
    run(tmp_path, "--name", "after")
    lines = corpus(tmp_path, "compare-runs", "before", "after", "--store", "s.sqlite").stdout.splitlines()
    assert lines[:2] == ["2 notebooks in both before and after: 1 better, 0 worse, 1 as they were", "  1 from differs to reproduced"]
    assert lines[2].startswith("better: corpus: a.ipynb: differs → reproduced")
    printed = corpus(tmp_path, "compare-runs", "before", "after", "--store", "s.sqlite", "--markdown", "-", "--html", "c.html").stdout
    assert "| corpus: a.ipynb | differs | reproduced | 0 → 1 |  |" in printed.splitlines()
    assert "<td>" in (tmp_path / "c.html").read_text(encoding="utf-8")
    assert "Plots" not in (tmp_path / "c.html").read_text(encoding="utf-8")
    refused = corpus(tmp_path, "compare-runs", "before", "absent", "--store", "s.sqlite")
    assert (refused.returncode, "there are: before, after" in refused.stderr) == (2, True)


def test_what_a_label_names_is_run_again_and_the_rest_is_not(tmp_path: Path) -> None:
    write(tmp_path / "corpus", good=GOOD, fails=[code("open('here.txt').read()", result("'x'"), count=1)])
    refused = corpus(tmp_path, "run", "corpus", "--store", "s.sqlite", "--env", "current", "--again-if", "stage=executed")
    assert (refused.returncode, "nothing has been run before" in refused.stderr) == (2, True)
    run(tmp_path, "--name", "first")
    again = ("--again-if", "failure=FileNotFoundError", "--name", "second")
    run(tmp_path, *again)
    run(tmp_path, *again)
    paths = rows(tmp_path, "SELECT path FROM runs JOIN notebooks ON notebooks.id = notebook_id ORDER BY runs.id")
    assert sorted(paths[:2]) == [("fails.ipynb",), ("good.ipynb",)]
    assert paths[2:] == [("fails.ipynb",)]
    assert "0 better, 0 worse, 2 as they were" in corpus(tmp_path, "compare-runs", "first", "second", "--store", "s.sqlite").stdout
    assert "expected KIND=VALUE" in corpus(tmp_path, "run", "corpus", "--store", "s.sqlite", "--again-if", "failed").stderr


def planned(folder: Path, **request: Any) -> int:
    with open_store(folder / "s.sqlite", write=True) as store:
        chosen = RoundRequest(sources([folder / "corpus"]), RunSettings("current"), **request)
        return plan_round(store, chosen, folder, lambda _: None)


def test_a_round_goes_on_by_its_request_or_its_name(tmp_path: Path) -> None:
    write(tmp_path / "corpus", a=GOOD)
    first = planned(tmp_path)
    assert planned(tmp_path) == first, "not finished: it goes on"
    assert planned(tmp_path, language="python") != first
    named = planned(tmp_path, name="mine")
    planned(tmp_path)
    assert planned(tmp_path, name="mine") == named
    with pytest.raises(StoreError, match="choose another --name"):
        planned(tmp_path, name="mine", each_copy=True)
    planned(tmp_path, again=True)
    assert rows(tmp_path, "SELECT count(*) FROM items") == [(2,)], "the same item for all, and another where it is run again"


def test_a_round_that_goes_on_holds_what_is_there_now(tmp_path: Path) -> None:
    folder = write(tmp_path / "corpus", a=GOOD, b=[code("2", result("2"), count=1)])
    planned(tmp_path)
    (folder / "b.ipynb").unlink()
    write(folder, c=[code("3", result("3"), count=1)])
    assert planned(tmp_path) == 1
    held = rows(tmp_path, "SELECT path FROM round_notebooks JOIN notebooks ON id = notebook_id ORDER BY path")
    assert held == [("a.ipynb",), ("c.ipynb",)]
    assert rows(tmp_path, "SELECT count(*) FROM round_repositories") == [(1,)]


def test_sources_that_can_not_be_had_are_told_and_the_others_run(tmp_path: Path) -> None:
    write(tmp_path / "corpus", a=GOOD)
    (tmp_path / "list.jsonl").write_text(
        '{"path": "corpus"}\n{"source": "file:///absent/repository"}\n{"path": "gone"}\n', encoding="utf-8"
    )
    done = corpus(tmp_path, "run", "list.jsonl", "--store", "s.sqlite", "--env", "current", "--keep", "keep")
    assert done.returncode == 0, done.stderr
    assert "Sources that could not be had (2 of 3)" in done.stdout
    again = corpus(tmp_path, "run", "list.jsonl", "--store", "s.sqlite", "--env", "current", "--keep", "keep")
    assert "Sources that could not be had (2 of 3)" in again.stdout
    assert rows(tmp_path, "SELECT count(*) FROM repositories") == [(3,)]
    assert verdicts(tmp_path) == {"a.ipynb": "reproduced"}
