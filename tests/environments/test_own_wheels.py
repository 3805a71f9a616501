"""Wheels that lie in the project: what a notebook that wants them finds, and what is said of them."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from environments.wheels import make_wheel
from harness import Example, code

from nbrepro.environments.resolution.request import request_for
from nbrepro.environments.specification import specify
from nbrepro.model import EnvironmentSpec
from nbrepro.notebooks import read

WHEEL = "fruit-1.0-py3-none-any.whl"
IMPORT = code("import fruit")


def specified(folder: Path, *cells: object) -> EnvironmentSpec:
    path = Example(cells=[*cells, IMPORT]).write(folder)
    return specify(path, read(path).content)


def add(folder: Path, inner: str, text: str) -> None:
    with zipfile.ZipFile(folder / WHEEL, "a") as archive:
        archive.writestr(inner, text)


def said(spec: EnvironmentSpec) -> list[str]:
    return [deviation.slug for deviation in request_for(spec).deviations]


@pytest.mark.parametrize("how", ["cell", "file", "nothing"])
def test_a_wheel_of_the_project_is_on_the_path(tmp_path: Path, how: str) -> None:
    make_wheel(tmp_path, "fruit")
    if how == "file":
        (tmp_path / "requirements.txt").write_text(f"./{WHEEL}\n")
    spec = specified(tmp_path, *([code(f"!pip install {WHEEL}")] if how == "cell" else []))
    assert spec.import_paths == (WHEEL,)
    assert not spec.unknown_imports
    assert said(spec) == ([] if how == "nothing" else ["project-not-built"])
    asked = "import fruit, importlib.metadata as m; print(fruit.VERSION, m.version('fruit'))"
    done = subprocess.run(
        [sys.executable, "-c", asked], env={"PYTHONPATH": str(tmp_path / WHEEL)}, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["1.0", "1.0"]


def test_what_the_wheel_needs_is_wished_too(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / WHEEL, "w") as archive:
        archive.writestr("fruit-1.0.dist-info/METADATA", "Name: fruit\nVersion: 1.0\nRequires-Dist: six (>=1.9)\nRequires-Dist: numpy\n")
    (tmp_path / "requirements.txt").write_text(f"./{WHEEL}\nnumpy==1.16.0\n")
    assert [wish.requirement for wish in specified(tmp_path).wishes] == [WHEEL, "numpy==1.16.0", "six>=1.9"]


@pytest.mark.parametrize("fault", ["absent", "compiled", "broken"])
def test_a_wheel_that_can_not_be_imported_from_is_told(tmp_path: Path, fault: str) -> None:
    if fault == "compiled":
        make_wheel(tmp_path, "fruit")
        add(tmp_path, "fruit/fast.so", "")
    elif fault == "broken":
        (tmp_path / WHEEL).write_bytes(b"PK")
    spec = specified(tmp_path, code(f"!pip install {WHEEL}"))
    assert spec.import_paths == ()
    assert said(spec) == ["dropped"]
