"""Calls of uv: what is done where its cache changes under it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from nbrepro.environments import uv_calls

MISSES = """
import pathlib, sys
count = pathlib.Path(sys.argv[1])
done = len(count.read_text()) if count.exists() else 0
count.write_text("x" * (done + 1))
if done < int(sys.argv[2]):
    sys.exit(f"cause: failed to read directory `{sys.argv[3]}/archive-v0/x`: No such file or directory (os error 2)")
"""


@pytest.mark.parametrize(
    ("failures", "where", "tries", "status"),
    [(0, "cache", 1, 0), (1, "cache", 2, 0), (2, "cache", 3, 0), (9, "cache", 3, 1), (1, "elsewhere", 1, 1)],
)
def test_a_call_is_made_again_where_its_cache_was_swept(tmp_path: Path, failures: int, where: str, tries: int, status: int) -> None:
    count = tmp_path / "count"
    command = [sys.executable, "-c", MISSES, str(count), str(failures), str(tmp_path / where)]
    done = uv_calls.finished(command, {"UV_CACHE_DIR": str(tmp_path / "cache")})
    assert (len(count.read_text()), done.returncode) == (tries, status)
