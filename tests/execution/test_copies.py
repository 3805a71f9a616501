"""Private copies: everything that a notebook may need, nothing through which it could change its user's files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from execution.runs import run, shown
from harness import code

from nbrepro.errors import RequestError
from nbrepro.execution.copies import private_copy, project_of


def write(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def names_below(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir() or path.is_symlink()}


def test_the_project_is_the_nearest_repository(tmp_path: Path) -> None:
    write(tmp_path, "outer/.git/HEAD", "outer/inner/.git", "outer/inner/a/b/note", "plain/note")
    assert project_of(tmp_path / "outer/inner/a/b") == tmp_path / "outer/inner"
    assert project_of(tmp_path / "outer") == tmp_path / "outer"
    assert project_of(tmp_path / "plain") == tmp_path / "plain"


def test_history_caches_and_environments_are_left_out(folder: Path) -> None:
    write(folder, "src/a.py", "data/x.csv", ".hidden", "nb/note", "nb/.ipynb_checkpoints/note")
    write(
        folder, ".git/HEAD", "src/__pycache__/a.pyc", ".venv/pyvenv.cfg", ".venv/lib/x.py", "conda/conda-meta/history", "node_modules/x.js"
    )
    (folder / "empty").mkdir()
    with private_copy(folder / "nb") as copied:
        copy = copied.folder.parent
        assert copied.folder.name == "nb"
        assert copy.name == folder.name
        assert names_below(copy) == {"src/a.py", "data/x.csv", ".hidden", "nb/note"}
        assert (copy / "data/x.csv").read_text() == "data/x.csv"
        assert (copy / "empty").is_dir()
        assert copied.deviations == ()
    assert not copy.exists()


def test_modes_and_times_are_kept(folder: Path) -> None:
    write(folder, "program")
    (folder / "program").chmod(0o750)
    os.utime(folder / "program", (1_000_000_000, 1_000_000_000))
    with private_copy(folder) as copied:
        status = (copied.folder / "program").stat()
    assert (status.st_mode & 0o777, status.st_mtime) == (0o750, 1_000_000_000)


def test_links_lead_into_the_copy_or_are_left_out(folder: Path) -> None:
    outside = folder.parent / "outside"
    write(outside, "secret")
    write(folder, "data/x", "nb/note")
    for name, target in {
        "relative": "data/x",
        "absolute": folder / "data/x",
        "of-folder": folder / "data",
        "nb/upwards": "../data",
        "dangling": "absent",
        "leaves": outside / "secret",
        "leaves-by-folder": outside,
        "leaves-by-name": "../outside/secret",
        "chain": folder / "leaves",
    }.items():
        (folder / name).symlink_to(target)
    with private_copy(folder) as copied:
        copy = copied.folder
        for name in ("relative", "absolute", "of-folder/x", "nb/upwards/x"):
            (copy / name).write_text("changed")
            assert (copy / name).resolve() == copy / "data/x"
        assert (copy / "dangling").is_symlink()
        assert not any((copy / name).is_symlink() for name in ("leaves", "leaves-by-folder", "leaves-by-name", "chain"))
    assert (folder / "data/x").read_text() == "data/x"
    assert [deviation.rpartition(" ")[2] for deviation in sorted(copied.deviations)] == [
        "chain",
        "leaves",
        "leaves-by-folder",
        "leaves-by-name",
    ]


def test_what_is_no_file_is_passed_over(folder: Path) -> None:
    write(folder, "note")
    os.mkfifo(folder / "pipe")
    with private_copy(folder) as copied:
        assert names_below(copied.folder) == {"note"}


def test_a_project_too_large_is_refused_before_anything_is_copied(folder: Path) -> None:
    write(folder, "a", "b")
    with pytest.raises(RequestError, match="too large for a private copy"), private_copy(folder, largest=1):
        pass


def test_folders_made_read_only_are_removed_all_the_same(folder: Path) -> None:
    with private_copy(folder) as copied:
        write(copied.folder, "locked/deep/file")
        (copied.folder / "locked/deep").chmod(0o500)
        (copied.folder / "locked").chmod(0o500)
    assert not copied.folder.exists()


def test_an_isolated_run_changes_nothing_of_its_user(folder: Path) -> None:
    write(folder, ".git/HEAD", "data/x", "nb/.keep")
    before = names_below(folder) | {"nb/example.ipynb"}
    cells = [
        code("import pathlib; path = pathlib.Path('../data/x'); path.read_text()"),
        code("path.write_text('changed'); pathlib.Path('new').touch(); path.read_text()"),
    ]
    for _ in range(2):
        execution = run(folder / "nb", *cells, isolate=True)
        assert [shown(step) for step in execution.steps] == [["'data/x'"], ["'changed'"]]
    assert names_below(folder) == before
    assert (folder / "data/x").read_text() == "data/x"
    assert [shown(step) for step in run(folder / "nb", *cells).steps] == [["'data/x'"], ["'changed'"]]
    assert (folder / "data/x").read_text() == "changed"
