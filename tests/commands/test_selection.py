"""Which notebooks a call means."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbrepro.commands.selection import common_folder, select
from nbrepro.errors import RequestError


def fill(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}", encoding="utf-8")


def test_folders_are_searched_and_left_out_folders_are_not(tmp_path: Path) -> None:
    fill(
        tmp_path,
        "b.ipynb",
        "a/c.ipynb",
        "a/.ipynb_checkpoints/c-checkpoint.ipynb",
        ".hidden/d.ipynb",
        ".e.ipynb",
        "venv/lib/site-packages/f.ipynb",
        "notes.txt",
    )
    assert [str(path.relative_to(tmp_path)) for path in select([tmp_path])] == ["a/c.ipynb", "b.ipynb"]


def test_each_notebook_once_in_the_order_given(tmp_path: Path) -> None:
    fill(tmp_path, "b.ipynb", "a.ipynb")
    assert [path.name for path in select([tmp_path / "b.ipynb", tmp_path])] == ["b.ipynb", "a.ipynb"]


def test_a_named_file_is_taken_whatever_its_ending(tmp_path: Path) -> None:
    fill(tmp_path, "notebook.json")
    assert select([tmp_path / "notebook.json", tmp_path / "absent.ipynb"]) == (tmp_path / "notebook.json", tmp_path / "absent.ipynb")


def test_nothing_to_choose_from_is_a_wrong_request(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="holds no notebook"):
        select([tmp_path])
    with pytest.raises(RequestError, match="which notebook"):
        select([])


def test_common_folder(tmp_path: Path) -> None:
    assert common_folder([tmp_path / "a" / "x.ipynb", tmp_path / "b" / "y.ipynb"]) == tmp_path
    assert common_folder([tmp_path / "a" / "x.ipynb"]) == tmp_path / "a"
