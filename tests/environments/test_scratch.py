"""Temporary folders of whoever was killed are removed by the next one, and those of the living stay."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from nbrepro.environments.scratch import scratch_folder, sweep

HOLDS = """
import sys, time
from nbrepro.environments.scratch import scratch_folder
with scratch_folder("test") as folder:
    (folder / "file").touch()
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def test_it_is_gone_afterwards(temporary: Path) -> None:
    with scratch_folder("test") as folder:
        assert folder.is_dir()
        sweep()
        assert folder.is_dir()
    assert not list(temporary.iterdir())


@pytest.mark.slow
def test_what_a_killed_process_leaves_is_removed(temporary: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", HOLDS], stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        sweep()
        assert (folder / "file").exists(), "a folder that is in use was removed"
        process.send_signal(signal.SIGKILL)
    assert folder.is_dir()
    (temporary / "nbrepro-other").mkdir()
    sweep()
    assert [path.name for path in temporary.iterdir()] == ["nbrepro-other"]
