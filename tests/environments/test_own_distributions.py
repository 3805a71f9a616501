"""The project's own package: what an installation would say of it is there, though it is only on the path."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from environments.wheels import HERE
from harness import Example, code

from nbrepro.environments import storage
from nbrepro.environments.own_distributions import UNKNOWN, OwnDistribution, own_distributions, stated_version
from nbrepro.environments.provision import Resolved
from nbrepro.environments.specification import specify
from nbrepro.model import Lock, LockedPackage
from nbrepro.notebooks import read

METADATA = {"language_info": {"name": "python", "version": ".".join(map(str, sys.version_info[:3]))}}
SETUP = "from setuptools import setup\nsetup(name='My_Tool', version='1.2.0')\n"
LOCK = Lock("3.11.7", "linux", (), "", "pylock.toml")


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(storage.VARIABLE, str(tmp_path_factory.mktemp("cache")))


def found_in(folder: Path, **files: str) -> Resolved:
    example = Example(cells=[code("import my_tool", count=1)], metadata=METADATA, files={"my_tool/__init__.py": "", **files})
    path = example.write(folder)
    (folder / ".git").mkdir()
    spec = replace(specify(path, read(path).content), cut=datetime(2019, 6, 1, tzinfo=UTC))
    return Resolved.of(spec, LOCK, HERE, ())


VERSIONS = [
    ({"setup.py": SETUP}, "1.2.0"),
    ({"setup.py": "VERSION = '3.1'\nfrom setuptools import setup\nsetup(name='a', version=VERSION)\n"}, "3.1"),
    ({"setup.py": "from setuptools import setup\nsetup(version=versioneer.get_version())\n"}, UNKNOWN),
    ({"setup.py": "setup(version=read())", "a/__init__.py": "__version__ = '0.4.1'\n"}, "0.4.1"),
    ({"setup.py": "setup(version=read())", "src/a/_version.py": '__version__ = version = "2.0.dev1"\n'}, "2.0.dev1"),
    ({"pyproject.toml": '[project]\nname = "a"\nversion = "5"\n'}, "5"),
    ({"pyproject.toml": '[tool.poetry]\nname = "a"\nversion = "5.1-beta"\n'}, "5.1b0"),
    ({"pyproject.toml": "[project\n", "setup.cfg": "[metadata]\nversion = 6\n"}, "6"),
    ({"setup.cfg": "[metadata]\nversion = attr: a.__version__\n", "a/__init__.py": "__version__: str = '7.0'"}, "7.0"),
    ({"settings.ini": "[DEFAULT]\nlib_name = a\nversion = 8.0\n"}, "8.0"),
    ({"setup.py": "def (", "a/__init__.py": "__version__ = get()\n"}, UNKNOWN),
    ({}, UNKNOWN),
]


@pytest.mark.parametrize(("files", "version"), VERSIONS)
def test_the_version_that_is_stated(files: dict[str, str], version: str, tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / "tool" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tool" / name).write_text(text, encoding="utf-8")
    assert stated_version(tmp_path, "tool") == version


def test_code_finds_the_metadata_of_the_package_that_is_on_the_path(tmp_path: Path) -> None:
    found = found_in(tmp_path, **{"setup.py": SETUP})
    assert own_distributions(found.spec) == (OwnDistribution("my-tool", "1.2.0"),)
    (own,) = found.own_distributions
    own.write()
    question = "from importlib.metadata import version, files; print(version('My_Tool'), version('my-tool'))"
    told = subprocess.run(
        [sys.executable, "-c", question], env={"PYTHONPATH": found.import_paths[-1]}, capture_output=True, text=True, check=True
    )
    assert told.stdout == "1.2.0 1.2.0\n"
    assert sorted(path.name for path in own.folder.rglob("*")) == ["METADATA", "my_tool-1.2.0.dist-info"], "nothing can be imported from it"


def test_a_package_that_is_installed_speaks_for_itself(tmp_path: Path) -> None:
    found = found_in(tmp_path, **{"setup.py": SETUP})
    installed = Resolved.of(found.spec, replace(LOCK, packages=(LockedPackage("my-tool", "1.1"),)), HERE, ())
    assert installed.own_distributions == ()
    assert str(storage.own_distributions()) not in "".join(installed.import_paths)


def test_folders_outside_the_project_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text(SETUP, encoding="utf-8")
    found = found_in(tmp_path / "project", **{"requirements.txt": "-e ..\n"})
    assert own_distributions(found.spec) == ()
