"""The process that cleans up after a program that was killed: a real one, told by its standard input."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from nbrepro.execution.guards import PROGRAM

GUARD = (sys.executable, "-I", "-S", str(PROGRAM))
WRITES = """
import os, sys, time
end = time.monotonic() + 1
number = 0
while time.monotonic() < end and os.path.exists(sys.argv[1]):
    for _ in range(20):
        number += 1
        os.mkdir(f"{sys.argv[1]}/{number}")
    print(flush=True)
    time.sleep(0.0005)
"""


def test_a_folder_is_removed_although_somebody_still_writes_into_it(tmp_path: Path) -> None:
    folder = tmp_path / "room"
    folder.mkdir()
    guard = subprocess.Popen(GUARD, stdin=subprocess.PIPE)
    writer = subprocess.Popen([sys.executable, "-c", WRITES, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert writer.stdout is not None
    writer.stdout.readline()
    guard.communicate(json.dumps(["+", str(folder), ""]).encode() + b"\n", timeout=60)
    writer.communicate(timeout=60)
    assert not folder.exists()


def test_a_folder_that_was_taken_back_stays(tmp_path: Path) -> None:
    for name in ("kept", "removed"):
        (tmp_path / name).mkdir()
    lines = [["+", "kept"], ["+", "removed"], ["-", "kept"]]
    told = b"".join(json.dumps([sign, str(tmp_path / name), ""]).encode() + b"\n" for sign, name in lines)
    # The last line is one that its program could not finish.
    subprocess.run(GUARD, input=told + b'["+", "/', check=True, timeout=60)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
