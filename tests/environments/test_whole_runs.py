"""Programs that start others end with all of them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from nbrepro.environments.whole_runs import run_whole


def waiting(marker: str) -> list[psutil.Process]:
    return [process for process in psutil.process_iter(["cmdline"]) if marker in (process.info["cmdline"] or [])]


def test_what_a_program_has_started_ends_with_it_when_the_time_is_up(tmp_path: Path) -> None:
    marker = f"waits-{os.getpid()}-{time.time_ns()}"
    sleeper = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)', {marker!r}]); "
    ready = tmp_path / "ready"
    program = f"{sleeper}open({str(ready)!r}, 'w').close(); time.sleep(60)"
    with pytest.raises(subprocess.TimeoutExpired):
        run_whole([sys.executable, "-c", program], folder=tmp_path, variables=os.environ, timeout=3)
    assert ready.exists(), "it had started the other one"
    deadline = time.monotonic() + 10
    while waiting(marker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert waiting(marker) == []


def test_what_it_reads_and_writes(tmp_path: Path) -> None:
    program = (
        "import sys, os; print(sys.stdin.read().upper(), os.getcwd(), os.environ['NAME']); sys.stderr.buffer.write(b'\\xff'); sys.exit(3)"
    )
    done = run_whole([sys.executable, "-c", program], folder=tmp_path, variables={"NAME": "x"}, given="ä")
    assert (done.returncode, done.stdout, done.stderr) == (3, f"Ä {tmp_path} x\n", "�")
