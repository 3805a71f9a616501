"""Discovery over real trees of files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nbrepro.environments.discovery import discover
from nbrepro.model import Ecosystem, SourceKind

EMPTY = {"cells": [], "metadata": {}}


def write(project: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_the_order_is_strength_then_nearness(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "requirements.txt": "numpy\n",
            "environment.yml": "channels: [conda-forge]\ndependencies: [python=3.7, scipy=1.2, {pip: [six==1.12]}]\n",
            "docs/requirements.txt": "pandas>=0.24\n",
        },
    )
    found = discover(tmp_path / "docs" / "a.ipynb", tmp_path, EMPTY)
    assert [one.path for one in found] == ["environment.yml", "docs/requirements.txt", "requirements.txt"]
    conda = found[0]
    assert [(wish.name, wish.requirement, wish.ecosystem) for wish in conda.wishes] == [
        ("scipy", "scipy=1.2", Ecosystem.CONDA),
        ("six", "six==1.12", Ecosystem.PYPI),
    ]
    assert conda.python is not None
    assert conda.python.specifier == "==3.7.*"
    assert conda.channels == ("conda-forge",)


def test_requirements_pinned_throughout_are_a_lock(tmp_path: Path) -> None:
    write(tmp_path, {"requirements.txt": "numpy==1.14.0\npandas==0.22.0\n", "environment.yml": "dependencies: [numpy]\n"})
    found = discover(tmp_path / "a.ipynb", tmp_path, EMPTY)
    assert [(one.kind, one.is_exact) for one in found] == [(SourceKind.LOCK, True), (SourceKind.CONDA, False)]
    assert str(found[0].wishes[1].source) == "requirements.txt, line 2"


def names(project: Path, notebook: str = "a.ipynb") -> list[str]:
    return [f"{one.kind.value}: {one.path}" for one in discover(project / notebook, project, EMPTY)]


def test_every_kind_in_its_place(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "requirements.txt": "numpy\n",
            "requirements-dev.txt": "pytest==8.0\n",
            "constraints.txt": "scipy<1\n",
            "setup.py": "setup(install_requires=['numpy'])",
            "setup.cfg": "[flake8]\n",
            "pyproject.toml": "[tool.black]\n",
            "Pipfile": '[packages]\nnumpy = "*"\n',
            "environment.yml": "dependencies: [numpy]\n",
            "binder/requirements.txt": "numpy\n",
            "binder/apt.txt": "git\n",
            "poetry.lock": '[[package]]\nname = "numpy"\nversion = "1.0"\n',
            "runtime.txt": "python-3.7\n",
            "Dockerfile": "RUN pip install numpy==1.0\n",
            "README.md": "pip install numpy\n",
            "src/requirements.txt": "scipy\n",
        },
    )
    assert names(tmp_path) == [
        "lock: poetry.lock",
        "binder: binder/requirements.txt",
        "environment.yml: environment.yml",
        "Pipfile: Pipfile",
        "setup: setup.py",
        "requirements: requirements.txt",
        "requirements: requirements-dev.txt",
        "requirements: binder/apt.txt",
        "requirements: constraints.txt",
        "requirements: runtime.txt",
        "requirements: Dockerfile",
    ]


def test_a_project_that_requires_nothing_does_not_hide_its_requirements(tmp_path: Path) -> None:
    write(tmp_path, {"setup.py": "setup(name='a')", "requirements.txt": "numpy\n"})
    assert names(tmp_path) == ["requirements: requirements.txt", "setup: setup.py"]


def test_binder_pins_are_a_lock_and_come_before_the_ones_beside(tmp_path: Path) -> None:
    write(tmp_path, {"requirements.txt": "numpy==1.0\n", ".binder/requirements.txt": "numpy==2.0\n"})
    assert names(tmp_path) == ["lock: .binder/requirements.txt", "lock: requirements.txt"]


def test_elsewhere_counts_only_where_nothing_is_on_the_way(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "runtime.txt": "python-3.7\n",
            "b/c/requirements.txt": "b",
            "a/x/requirements.txt": "a",
            "venv/requirements.txt": "",
        },
    )
    assert names(tmp_path, "a/n.ipynb") == [
        "requirements: a/x/requirements.txt",
        "requirements: b/c/requirements.txt",
        "requirements: runtime.txt",
    ]
    write(tmp_path, {"requirements/base.txt": "pandas\n", "requirements/dev.txt": "pytest\n"})
    assert names(tmp_path, "a/n.ipynb") == [
        "requirements: requirements/base.txt",
        "requirements: requirements/dev.txt",
        "requirements: runtime.txt",
    ]


def test_what_is_installed_from_a_folder_brings_what_it_requires(tmp_path: Path) -> None:
    write(tmp_path, {"requirements.txt": "-e ./tool\nnumpy\n", "tool/setup.py": "setup(install_requires=['scipy'])"})
    found = discover(tmp_path / "a.ipynb", tmp_path, EMPTY)
    assert [one.path for one in found] == ["requirements.txt", "tool/setup.py"]
    assert [wish.name for wish in found[1].wishes] == ["tool", "scipy"]


def test_nothing_above_the_project_is_read(tmp_path: Path) -> None:
    write(tmp_path, {"requirements.txt": "numpy\n", "project/a.ipynb": ""})
    assert not names(tmp_path / "project")
    assert not discover(tmp_path / "project" / "a.ipynb", tmp_path / "other", EMPTY)


def test_of_800_requirements_files_the_nearest_are_read_and_all_are_listed(tmp_path: Path) -> None:
    write(tmp_path, {f"projects/{number:03}/requirements.txt": f"package{number}\n" for number in range(800)})
    found = discover(tmp_path / "projects" / "a.ipynb", tmp_path, EMPTY)
    assert len(found) == 800
    read = [one for one in found if one.wishes]
    assert 0 < len(read) <= 20
    assert found[: len(read)] == tuple(read)
    assert all("are read instead" in one.problems[0] for one in found[len(read) :])


def test_hostile_files_become_problems(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").symlink_to(tmp_path / "requirements.txt")
    (tmp_path / "environment.yml").write_bytes(b"\0\x01" * 50)
    (tmp_path / "Pipfile").write_bytes(b"#" * (50 << 20))
    (tmp_path / "setup.py").mkdir()
    os.mkfifo(tmp_path / "setup.cfg")
    (tmp_path / "pyproject.toml").symlink_to("/etc/hostname")
    (tmp_path / "loop").symlink_to(tmp_path)
    found = discover(tmp_path / "a.ipynb", tmp_path, EMPTY)
    assert {one.path for one in found} == {"requirements.txt", "environment.yml", "Pipfile", "setup.cfg", "pyproject.toml"}
    assert all(one.problems and not one.wishes for one in found)


def test_a_deep_tree_is_walked_to_a_bound(tmp_path: Path) -> None:
    write(tmp_path, {"/".join(["d"] * 40) + "/requirements.txt": "numpy\n"})
    assert not names(tmp_path)


@pytest.mark.parametrize("cells", [[{}], [{"cell_type": "code"}], [{"cell_type": "code", "source": None}]])
def test_odd_notebooks_are_no_error(tmp_path: Path, cells: list[dict[str, object]]) -> None:
    assert discover(tmp_path / "a.ipynb", tmp_path, {"cells": cells, "metadata": {"uv.lock": 3}}) == ()
    assert discover(tmp_path / "a.ipynb", tmp_path, {}) == ()
