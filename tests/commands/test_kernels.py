"""`nbrepro kernels` on the command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_a_kernel_is_installed_listed_and_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))

    def kernels(*words: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "nbrepro.commands.main", "kernels", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    assert kernels("list") == (0, "there are no kernels of nbrepro\n")
    status, words = kernels("install", "--preload", "numpy", "--display-name", "Warm Python")
    assert status == 0
    assert words.startswith(f"nbrepro  Warm Python  {sys.executable}  with numpy  {tmp_path}")
    assert words.startswith(kernels("list")[1])
    assert kernels("remove", "python3")[0] == 2
    assert kernels("remove", "nbrepro") == (0, f"removed: {tmp_path / 'kernels' / 'nbrepro'}\n")
    assert kernels("list") == (0, "there are no kernels of nbrepro\n")
