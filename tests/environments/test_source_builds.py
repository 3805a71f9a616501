"""Sources are compiled against the numpy of their own environment, whatever was built before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from environments.local_index import LocalIndex
from environments.wheels import HERE, SITE

from nbrepro.environments import storage
from nbrepro.environments.cache import Built, environment_for
from nbrepro.environments.resolution import Building, resolve, resolve_with_ladder
from nbrepro.errors import UnresolvableError
from nbrepro.model import EnvironmentSpec, PythonWish, Source, SourceKind, Wish

PROJECT = """
[build-system]
requires = ["numpy"]
build-backend = "backend"
backend-path = ["."]
[project]
name = "tree"
version = "1.0"
"""
BACKEND = """
import os, zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    import numpy
    with zipfile.ZipFile(os.path.join(folder, "tree-1.0-py3-none-any.whl"), "w") as archive:
        archive.writestr("tree.py", "COMPILED_AGAINST = %r" % numpy.VERSION)
        archive.writestr("tree-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: tree\\nVersion: 1.0\\n")
        archive.writestr("tree-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr("tree-1.0.dist-info/RECORD", "tree.py,,\\n")
    return "tree-1.0-py3-none-any.whl"
"""


LATER = BACKEND.replace("tree-1.0", "tree-2.0").replace("\\nVersion: 1.0", "\\nVersion: 2.0")
UNDECLARED = PROJECT.replace('requires = ["numpy"]', "requires = []").replace("1.0", "2.0")
OLD_TOOLS = UNDECLARED.replace("requires = []", 'requires = ["setuptools"]')
SAYS = "'error in tree setup command: use_2to3 is invalid.'"
CHOOSY = LATER.replace("    import numpy\n", f"    import setuptools as numpy\n    assert numpy.VERSION < '58', {SAYS}\n")
UNREADABLE = LATER.replace("import numpy\n", "class numpy: VERSION = 0\n").replace(
    "\\nVersion: 2.0\\n", "\\nVersion: 2.0\\nRequires-Dist: numpy (>=1.)\\n"
)
STATED = {
    "tree.egg-info/requires.txt": "numpy>=1.\n\n[all]\nabsent\n",
    "pyproject.toml": UNDECLARED.split("[project]")[0],
    "backend.py": UNREADABLE,
}
REQUIREMENTS = Source(SourceKind.REQUIREMENTS, "requirements.txt", 1)


@pytest.fixture(autouse=True)
def index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[LocalIndex]:
    monkeypatch.setenv(storage.VARIABLE, str(tmp_path / "cache"))
    with LocalIndex() as index:
        index.add("ipykernel", "6.0.99", uploaded="2018-07-01")
        for version in ("1.12.0", "1.16.0"):
            index.add("numpy", version, uploaded="2018-01-01")
        index.add("tree", "1.0", uploaded="2018-01-01", is_source=True, files={"pyproject.toml": PROJECT, "backend.py": BACKEND})
        monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
        yield index


def wished(*wishes: Wish) -> EnvironmentSpec:
    cut = datetime(2019, 1, 1, tzinfo=UTC)
    return EnvironmentSpec("a.ipynb", PythonWish(f"=={HERE.version}", Source(SourceKind.METADATA)), wishes, cut=cut)


def installed(*wishes: Wish) -> tuple[str, Built]:
    """The module that the source comes to, and its environment."""
    lock, interpreter = resolve_with_ladder(wished(*wishes), [HERE], building=Building(True))
    built = environment_for(lock, interpreter, allow_build=True)
    return (built.folder / SITE / "tree.py").read_text(encoding="utf-8"), built


def compiled_against(numpy: str) -> str:
    """What the source says in an environment with this numpy."""
    return installed(Wish("numpy", f"numpy=={numpy}", REQUIREMENTS), Wish("tree", "tree", REQUIREMENTS))[0]


@pytest.mark.slow
def test_a_source_is_compiled_against_the_numpy_of_its_environment() -> None:
    assert "1.16.0" in compiled_against("1.16.0")
    assert "1.12.0" in compiled_against("1.12.0"), "what was compiled for a later numpy was taken"


@pytest.mark.slow
def test_a_build_gets_what_it_imports_and_does_not_declare(index: LocalIndex) -> None:
    index.add("tree", "2.0", uploaded="2018-02-01", is_source=True, files={"pyproject.toml": UNDECLARED, "backend.py": LATER})
    text, built = installed(Wish("numpy", "numpy==1.12.0", REQUIREMENTS), Wish("tree", "tree==2.0", REQUIREMENTS))
    assert "1.12.0" in text
    assert built.build_needs == ("the build of tree imports it and does not declare it: it gets numpy",)


@pytest.mark.slow
def test_a_build_that_fails_with_newer_tools_gets_older_ones(index: LocalIndex) -> None:
    for version in ("57.0", "60.0"):
        index.add("setuptools", version, uploaded="2018-01-01")
    index.add("tree", "2.0", uploaded="2018-02-01", is_source=True, files={"pyproject.toml": OLD_TOOLS, "backend.py": CHOOSY})
    text, _ = installed(Wish("tree", "tree==2.0", REQUIREMENTS))
    assert "57.0" in text


@pytest.mark.slow
def test_a_source_whose_metadata_no_installer_reads_is_built_with_that_repaired(index: LocalIndex) -> None:
    index.add("tree", "2.0", uploaded="2018-02-01", is_source=True, files=STATED)
    _, built = installed(Wish("tree", "tree==2.0", REQUIREMENTS))
    print(*built.lock.deviations, sep="\n")
    assert {package.name for package in built.lock.packages} >= {"tree", "numpy"}
    assert "Requires-Dist: numpy>=1\n" in next(built.folder.glob(f"{SITE}/tree-*/METADATA")).read_text(encoding="utf-8")
    assert "metadata-repaired" in [one.slug for one in built.lock.deviations]
    assert not built.changes()


@pytest.mark.slow
def test_what_would_be_built_says_how_to_allow_it(index: LocalIndex) -> None:
    index.add("tree", "2.0", uploaded="2018-02-01", is_source=True, files=STATED)
    with pytest.raises(UnresolvableError, match="--allow-build"):
        resolve(wished(Wish("tree", "tree==2.0", REQUIREMENTS)), HERE)
