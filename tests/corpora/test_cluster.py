"""The Dask executor with a real scheduler and real workers, one of which is lost."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from harness import Example, code, stdout

pytestmark = pytest.mark.slow
pytest.importorskip("distributed")

NUMBER = 6


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Address of a scheduler, and its two workers."""
    place = tmp_path / "scheduler.json"
    common = {"cwd": tmp_path, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    dask = [sys.executable, "-m", "dask"]
    settings = ["--scheduler-file", str(place), "--no-dashboard"]
    scheduler = subprocess.Popen([*dask, "scheduler", "--host", "127.0.0.1", "--port", "0", *settings], **common)  # type: ignore[call-overload]
    processes = [scheduler]
    try:
        deadline = time.monotonic() + 60
        while not place.exists():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        worker = [*dask, "worker", "--nthreads", "1", "--no-nanny", "--host", "127.0.0.1", *settings]
        processes += [subprocess.Popen(worker, **common) for _ in range(2)]  # type: ignore[call-overload]
        yield json.loads(place.read_text(encoding="utf-8"))["address"].removeprefix("tcp:"), processes[1:]
    finally:
        # A worker that is asked to end waits for its scheduler, which may have ended before it.
        for process in reversed(processes):
            process.kill()
        for process in processes:
            process.wait(timeout=30)


def test_a_round_on_a_cluster_that_loses_a_worker(tmp_path: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]]) -> None:
    address, workers = cluster
    for index in range(NUMBER):
        cells = [code(f"import time; time.sleep(1); print({index})", stdout(f"{index}\n"), count=1)]
        Example(cells=cells, name=f"n{index}.ipynb").write(tmp_path / "corpus")
    command = [sys.executable, "-m", "nbrepro.commands.main", "corpus", "run", "corpus", "--store", "s.sqlite", "--env", "current"]
    process = subprocess.Popen(
        [*command, "--executor", f"dask:{address}"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    words = process.stderr.readline()
    assert "Dask workers" in words
    seen = ""
    while "1 of 6" not in seen:
        seen = process.stderr.readline()
        assert seen, "the round ended before a worker was lost"
    os.kill(workers[0].pid, signal.SIGKILL)
    out, err = process.communicate(timeout=200)
    assert process.returncode == 0, err
    assert "6 of 6 notebooks reproduced" in out
    with closing(sqlite3.connect(tmp_path / "s.sqlite")) as connection:
        assert connection.execute("SELECT count(*), count(DISTINCT item_key) FROM runs").fetchone() == (NUMBER, NUMBER)


def test_a_scheduler_that_is_absent_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from nbrepro.commands.main import main

    monkeypatch.setattr("nbrepro.corpora.cluster.CONNECT_SECONDS", 1)
    Example(cells=[code("1")]).write(tmp_path)
    assert main(["corpus", "run", str(tmp_path), "--store", str(tmp_path / "s"), "--executor", "dask://127.0.0.1:9"]) == 2
    assert "there is no scheduler at" in capsys.readouterr().err
    assert main(["corpus", "run", str(tmp_path), "--store", str(tmp_path / "s"), "--executor", "unknown"]) == 2
    assert "there are: dask, local" in capsys.readouterr().err
