"""The project's own package that counts its version from tags: the module that only an installation writes is there."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from environments.local_index import LocalIndex
from harness import Example, code
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from nbrepro.environments import storage
from nbrepro.environments.own_distributions import UNKNOWN, stated_version
from nbrepro.environments.own_versions import Counted, counted, counted_version
from nbrepro.environments.provision import ready
from nbrepro.notebooks import read

METADATA = {"language_info": {"name": "python", "version": ".".join(map(str, sys.version_info[:3]))}}
BUILD = '[build-system]\nrequires = ["setuptools", "setuptools_scm"]\nbuild-backend = "setuptools.build_meta"\n'
SCM = BUILD + '[project]\nname = "tool"\ndynamic = ["version"]\n[tool.setuptools_scm]\nversion_file = "src/tool/_version.py"\n'
HATCH = """
[project]
name = "tool"
dynamic = ["version"]
[tool.hatch.version]
source = "vcs"
fallback-version = "0.9"
raw-options = { version_scheme = "post-release" }
[tool.hatch.build.hooks.vcs]
version-file = "tool/_version.py"
template = "VERSION = {version!r}, {version_tuple}, {{}}"
"""
PDM = '[tool.pdm.version]\nsource = "scm"\nwrite_to = "tool/v.txt"\n'
SETUPS = {
    "setup(use_scm_version=True)": Counted(),
    "setup(use_scm_version={'write_to': 'tool/version.py', 'version_scheme': 'no-guess-dev'})": Counted(
        "tool/version.py", "", "no-guess-dev"
    ),
    "HOW = dict(write_to=os.path.join('tool', 'version.py'))\nsetup(use_scm_version=HOW)": Counted("tool/version.py"),
    "setup(use_scm_version={'write_to': 'b/tool/v.py', 'root': '..', 'relative_to': __file__})": Counted("b/tool/v.py"),
    "setup(use_scm_version=False)": None,
    "setup(use_scm_version=how())": None,
    "def (": None,
}


def test_what_is_said_in_pyproject(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for text, said in (
        (SCM, Counted("a/src/tool/_version.py")),
        (HATCH, Counted("a/tool/_version.py", "VERSION = {version!r}, {version_tuple}, {{}}", "post-release", "0.9")),
        (PDM, Counted("a/tool/v.txt", "{}\n")),
        ("[tool.hatch]\nversion = 3\n[tool.setuptools_scm]\nwrite_to = 3\n", Counted()),
        ("[project]\nversion = '1'\n", None),
        ("[tool", None),
    ):
        (tmp_path / "a" / "pyproject.toml").write_text(text, encoding="utf-8")
        assert counted_version(tmp_path, "a") == said


@pytest.mark.parametrize("text", SETUPS)
def test_what_is_said_in_setup_py(text: str, tmp_path: Path) -> None:
    folder = tmp_path / "b"
    folder.mkdir()
    (folder / "setup.py").write_text(text, encoding="utf-8")
    said, expected = counted_version(tmp_path, "b"), SETUPS[text]
    if expected and expected.module and "root" not in text:
        expected = Counted(f"b/{expected.module}", "", expected.scheme)
    assert said == expected


def test_the_module_s_text() -> None:
    for how in (Counted("a.py"), Counted("a.py", "VERSION = {version!r}"), Counted("a.py", "__version__ = '{version:>9999999999}'")):
        found: dict[str, object] = {}
        exec(how.text("1.2.dev3+gabc"), found)
        assert "__version__" not in found or found["__version__"] in {"1.2.dev3+gabc", "{version:>9999999999}"}
    assert found
    exec(Counted("a.py").text("1.2.dev3+gabc"), found)
    assert found["version_tuple"] == (1, 2, "dev3", "gabc")
    assert Counted("a.txt").text("1.2") == "1.2"
    assert Counted("a.txt", "{}\n").text("1.2") == "1.2\n"
    assert Counted("a.py", "{version!r}, {{}}").text("1.2") == "'1.2', {}"


@given(st.text(), st.text(), st.sampled_from(["", "post-release", "no-guess-dev", "only-version", "release-branch-semver"]))
def test_any_tag_gives_a_version_or_none(tag: str, template: str, scheme: str) -> None:
    for described in (tag, f"{tag}-0-gabc", f"v{tag}-12-gabc"):
        version = counted(described, scheme)
        assert version is None or str(Version(version)) == version
    Counted("a.py", template).text("1.0")


def repository(folder: Path, files: Mapping[str, str]) -> Path:
    cell = "import tool\nprint(tool.__version__)"
    path = Example(cells=[code(cell, count=1)], metadata=METADATA, files=files, name="docs/a.ipynb").write(folder)

    def git(*words: str) -> None:
        subprocess.run(["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b.c", *words], check=True, capture_output=True)

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "all")
    git("tag", "v1.4.0")
    git("commit", "-q", "--allow-empty", "-m", "more")
    return path


FILES = {
    "pyproject.toml": SCM,
    "src/tool/__init__.py": "from ._version import version as __version__\n",
    "src/tool/inner/__init__.py": "",
}


@pytest.fixture
def index(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalIndex]:
    monkeypatch.setenv(storage.VARIABLE, str(tmp_path_factory.mktemp("cache")))
    with LocalIndex() as index:
        index.add("ipykernel", "6.0.99", uploaded="2021-07-01")
        monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
        yield index


@pytest.mark.slow
def test_a_package_whose_version_module_no_commit_holds_can_be_imported(index: LocalIndex, tmp_path: Path) -> None:
    path = repository(tmp_path, FILES)
    before = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if ".git" not in path.parts}
    found, built = ready(read(path))
    asked = [built.python, "-c", "import tool, tool.inner, importlib.metadata as m; print(tool.__version__, m.version('tool'))"]
    variables = {"PYTHONPATH": ":".join(found.import_paths)}
    told = subprocess.run(asked, env=variables, cwd=path.parent, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    assert told[0] == told[1]
    assert told[0].startswith("1.4.1.dev1+g")
    (said,) = (one.message for one in found.deviations if one.slug == "own-version-written")
    assert "tool/_version.py" in said
    assert before == {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if ".git" not in path.parts}, "the project stays as it is"
    again, _ = ready(read(path))
    assert again.import_paths == found.import_paths, "it is copied once"
    (tmp_path / "src/tool/inner/new.py").write_text("")
    changed, _ = ready(read(path))
    assert (Path(changed.import_paths[0]) / "tool/inner/new.py").is_file(), "what has changed is copied anew"
    (tmp_path / "src/tool/_version.py").write_text("version = 'installed'")
    installed, _ = ready(read(path))
    assert installed.own_builds == (), "an installation has written it"


def test_without_history_the_version_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(SCM, encoding="utf-8")
    (tmp_path / ".git").mkdir()
    assert stated_version(tmp_path, ".") == UNKNOWN
    (tmp_path / "pyproject.toml").write_text(HATCH, encoding="utf-8")
    assert stated_version(tmp_path, ".") == "0.9"


OUTSIDE = '[tool.setuptools_scm]\nversion_file = "../other/tool/_version.py"\n'


@pytest.mark.slow
def test_nothing_is_written_outside_of_a_package_of_the_project(index: LocalIndex, tmp_path: Path) -> None:
    for number, place in enumerate(("../other/tool/_version.py", "_version.py", "/etc/nbrepro_version.py", "src/tool")):
        folder = tmp_path / str(number)
        files = {**FILES, "pyproject.toml": SCM.replace("src/tool/_version.py", place), "../other/tool/__init__.py": ""}
        found, _ = ready(read(repository(folder, files)))
        assert found.own_builds == (), place
