from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from execution.runs import processes_in


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for a notebook; at the end no process may run in it, and no temporary file may be left."""
    temporary = tmp_path / "t"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    place = tmp_path / "notebooks"
    place.mkdir()
    yield place
    assert processes_in(tmp_path) == []
    assert list(temporary.iterdir()) == []
