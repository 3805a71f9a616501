"""The private folders of a run: where they are, and that nothing of them stays."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbrepro.execution import rooms
from nbrepro.execution.rooms import room


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary folder with a short name: in the test's own one no socket might have room for its path."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


def fill(*folders: Path) -> None:
    for folder in folders:
        (folder / "deep").mkdir()
        (folder / "deep" / "file").write_text("x")
        (folder / "deep").chmod(0o500)


def test_the_notebooks_files_are_in_the_temporary_folder_and_the_kernels_in_memory(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = temporary / "memory"
    memory.mkdir()
    monkeypatch.setattr(rooms, "MEMORY", memory)
    with room() as made:
        variables = made.variables()
        assert Path(variables["TMPDIR"]).parent.parent == temporary
        for own in (Path(variables["IPYTHONDIR"]), made.connection_file, Path(made.socket_prefix)):
            assert own.parent.parent == memory
        assert all(folder.stat().st_mode & 0o777 == 0o700 for folder in (made.folder, made.own))
        fill(Path(variables["TMPDIR"]), Path(variables["IPYTHONDIR"]))
    assert list(memory.iterdir()) == []
    assert list(temporary.iterdir()) == [memory]


@pytest.mark.parametrize("why", ["absent", "full"])
def test_without_room_in_memory_everything_is_in_one_folder(temporary: Path, monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    if why == "absent":
        monkeypatch.setattr(rooms, "MEMORY", temporary / "absent")
    else:
        monkeypatch.setattr(rooms, "MEMORY_BYTES", 1 << 62)
    with room() as made:
        assert made.own == made.folder
        fill(made.folder / "tmp", made.folder / "ipython")
    assert list(temporary.iterdir()) == []
