"""Discovery over real trees of files."""

from __future__ import annotations

from pathlib import Path

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
