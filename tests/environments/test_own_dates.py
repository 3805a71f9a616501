"""The project's own package where it is younger than the notebook, or comes from an index."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from environments.local_index import LocalIndex
from harness import Example, code

from nbrepro.environments import storage
from nbrepro.environments.provision import Resolved, resolved
from nbrepro.notebooks import read

METADATA = {"language_info": {"name": "python", "version": ".".join(map(str, sys.version_info[:3]))}}
BUILD = '[build-system]\nrequires = []\nbuild-backend = "a"\n'
NEEDS_YOUNGER = BUILD + '[project]\nname = "tool"\nversion = "2"\ndependencies = ["fruit>=2"]\n'
COMPILED = "from setuptools import setup\nsetup(name='tool', ext_modules=[make()])\n"


@pytest.fixture(autouse=True)
def index(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalIndex]:
    monkeypatch.setenv(storage.VARIABLE, str(tmp_path_factory.mktemp("cache")))
    with LocalIndex() as index:
        index.add("ipykernel", "6.0.99", uploaded="2020-01-01")
        index.add("fruit", "1.0", uploaded="2020-01-01")
        index.add("fruit", "2.0", uploaded="2023-01-01")
        index.add("tool", "1.0", uploaded="2020-01-01")
        monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
        yield index


def commit(folder: Path, day: str, *paths: str) -> None:
    when = {"GIT_AUTHOR_DATE": f"{day}T12:00:00Z", "GIT_COMMITTER_DATE": f"{day}T12:00:00Z"}
    for words in (["init", "-q"], ["add", *paths], ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "x"]):
        subprocess.run(["git", "-C", str(folder), *words], check=True, env={**os.environ, **when})


def found_in(folder: Path, files: Mapping[str, str], cell: str = "import tool") -> Resolved:
    """A notebook of 2021, and files that were written in 2023."""
    path = Example(cells=[code(cell, count=1)], metadata=METADATA, files=files, name="docs/a.ipynb").write(folder)
    commit(folder, "2021-06-01", "docs/a.ipynb")
    commit(folder, "2023-06-01", ".")
    return resolved(read(path))


def versions(found: Resolved) -> dict[str, str]:
    return {package.name: package.version for package in found.lock.packages}


def slugs(found: Resolved) -> set[str]:
    return {deviation.slug for deviation in found.deviations}


@pytest.mark.slow
def test_what_the_own_package_needs_may_be_younger_than_the_notebook_that_uses_it(tmp_path: Path) -> None:
    found = found_in(tmp_path, {"pyproject.toml": NEEDS_YOUNGER, "tool/__init__.py": ""})
    assert versions(found)["fruit"] == "2.0"
    assert "as-of-own-package" in slugs(found)
    assert "unpinned" not in slugs(found)
    assert f"{found.spec.cut:%Y-%m-%d}" == "2023-06-01"


@pytest.mark.slow
@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": NEEDS_YOUNGER.replace(BUILD, "")},
        {"requirements.txt": "fruit>=2\n"},
    ],
)
def test_elsewhere_the_notebook_s_day_counts(files: dict[str, str], tmp_path: Path) -> None:
    found = found_in(tmp_path, files, "import fruit")
    assert versions(found)["fruit"] == "1.0"
    assert "unpinned" in slugs(found)
    assert "as-of-own-package" not in slugs(found)


@pytest.mark.slow
def test_where_the_later_day_meets_no_more_the_notebook_s_day_counts(tmp_path: Path) -> None:
    found = found_in(tmp_path, {"pyproject.toml": NEEDS_YOUNGER.replace(">=2", ">=9"), "tool/__init__.py": ""})
    assert versions(found)["fruit"] == "1.0"
    assert "as-of-own-package" not in slugs(found)


@pytest.mark.slow
def test_sources_do_not_hide_a_compiled_package_that_comes_from_the_index(tmp_path: Path) -> None:
    files = {"setup.py": COMPILED, "tool/__init__.py": "", "requirements.txt": "tool\n"}
    found = found_in(tmp_path, files)
    assert versions(found)["tool"] == "1.0"
    assert found.import_paths == ()
    assert "own-package-installed" in slugs(found)
    assert found.compiled == ()


@pytest.mark.slow
def test_sources_stay_on_the_path_where_others_need_it_or_nothing_is_compiled(tmp_path: Path) -> None:
    files = {"setup.py": COMPILED, "tool/__init__.py": "", "requirements.txt": "tool\n", "helper.py": ""}
    assert ".." in found_in(tmp_path / "a", files, "import tool, helper").import_paths
    plain = {**files, "setup.py": "from setuptools import setup\nsetup(name='tool')\n"}
    assert ".." in found_in(tmp_path / "b", plain).import_paths


def test_a_package_goes_by_the_name_that_it_states(tmp_path: Path) -> None:
    files = {"setup.py": "from setuptools import setup\nsetup()\n", "pyproject.toml": NEEDS_YOUNGER, "requirements.txt": "-e .\n"}
    found = found_in(tmp_path / "some-folder", {**files, "tool/__init__.py": ""})
    assert [own.name for own in found.own_distributions] == ["tool"]
