"""Cells that install, script blocks, and the lock that juv keeps in a notebook."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbrepro.environments.discovery.cells import read_cells
from nbrepro.environments.discovery.discovering import discover
from nbrepro.environments.discovery.files import ProjectFile
from nbrepro.environments.discovery.findings import declaration
from nbrepro.environments.discovery.script import read_script
from nbrepro.model import Declaration, Ecosystem, SourceKind, WishKind

BLOCK = """# /// script
# requires-python = ">=3.9"
# dependencies = [
#   "numpy<2",
#   "scipy",
# ]
#
# [[tool.uv.index]]
# url = "https://me:s3cret@example.org/simple"
# ///"""


def notebook(*sources: str) -> dict[str, object]:
    return {"cells": [{"cell_type": "code", "source": source, "metadata": {}} for source in sources], "metadata": {}}


def read(source: str, project: Path = Path("/nowhere")) -> Declaration:
    file = ProjectFile(project, "docs/a.ipynb", SourceKind.INSTALL_CELL)
    return declaration(file, read_cells(notebook(source), file))


@pytest.mark.parametrize(
    ("source", "requirements"),
    [
        ("!pip install numpy", ["numpy"]),
        ("!!pip install numpy", ["numpy"]),
        ("%pip install -q -U --user numpy==1.14 'scipy>=1.0,<2'", ["numpy==1.14", "scipy<2,>=1.0"]),
        ("%sx pip3 install numpy", ["numpy"]),
        ("pip install numpy", ["numpy"]),
        ("! sudo -H pip3.7 install numpy", ["numpy"]),
        ("!{sys.executable} -m pip install numpy pandas", ["numpy", "pandas"]),
        ("import sys\n!$sys.executable -m pip install numpy", ["numpy"]),
        ("out = !pip install numpy", ["numpy"]),
        ("if True:\n    !pip install numpy", ["numpy"]),
        ("!pip install numpy && pip install scipy; echo done", ["numpy", "scipy"]),
        ("!cd sub && pip install numpy # really", ["numpy"]),
        ("!pip install numpy \\\n    scipy", ["numpy", "scipy"]),
        ("!pip install numpy > /dev/null 2>&1", ["numpy"]),
        ("!pip install numpy>=1.14", ["numpy>=1.14"]),
        ("!pip install numpy >= 1.14 scipy", ["numpy>=1.14", "scipy"]),
        ("!pip install --upgrade pip setuptools", ["setuptools"]),
        ("!pip install -t /tmp/x --proxy http://p numpy", ["numpy"]),
        ("!yes | pip install numpy", ["numpy"]),
        ("!uv pip install numpy", ["numpy"]),
        ("%%bash\nset -e\npip install numpy\npip install scipy", ["numpy", "scipy"]),
        ("%%time\n!pip install numpy", ["numpy"]),
        ("!pip install git+https://me:s3cret@example.org/tool.git", ["git+https://example.org/tool.git"]),
        ("!pip install -e ..", ["."]),
        ("import pip\npip.main(['install', 'numpy'])", ["numpy"]),
        ("from pip._internal import main\nimport pip\npip._internal.main(['install', '-q', 'numpy'])", ["numpy"]),
        ("import subprocess, sys\nsubprocess.check_call([sys.executable, '-m', 'pip', 'install', 'numpy'])", ["numpy"]),
        ("import os\nos.system('pip install numpy')", ["numpy"]),
        ("get_ipython().system('pip install numpy')", ["numpy"]),
        ("get_ipython().run_line_magic('pip', 'install numpy')", ["numpy"]),
    ],
)
def test_what_pip_is_asked_for(source: str, requirements: list[str]) -> None:
    found = read(source)
    assert [wish.requirement for wish in found.wishes] == requirements
    assert not found.problems
    assert all(str(wish.source) == "docs/a.ipynb, cell 1" for wish in found.wishes)


@pytest.mark.parametrize(
    "source",
    [
        "print('pip install numpy')",
        "!echo pip install numpy",
        "!pip uninstall numpy",
        "!pip freeze",
        "s = '''\n!pip list\n'''",
        "%%writefile setup.sh\npip install numpy",
        "!pip download numpy",
        "install(numpy)",
        "# how to pip install things",
        "!conda list",
    ],
)
def test_what_installs_nothing(source: str) -> None:
    found = read(source)
    assert not found.wishes
    assert not found.problems


@pytest.mark.parametrize(
    "line", ["#!pip install numpy", "# %pip install numpy", "# !{sys.executable} -m pip install numpy", "## conda install numpy"]
)
def test_what_is_commented_out_is_told_but_not_taken(line: str) -> None:
    found = read(line)
    assert not found.wishes
    assert "commented out" in found.problems[0]


@pytest.mark.parametrize(
    "line", ["!pip install {package}", "!pip install $package", "for p in ps: os.system(f'pip install {p}')", "!pip install -r $FILE"]
)
def test_what_only_running_tells_is_never_guessed(line: str) -> None:
    assert not read(line).wishes


def test_an_endless_command_is_not_read() -> None:
    assert "not read" in read("!pip install " + "{" * 100_000).problems[0]


def test_conda_cells() -> None:
    found = read("!conda install -y -c conda-forge -c bioconda --name base 'numpy=1.14' scipy>=1.0 python=3.6 && mamba install six")
    assert [(wish.requirement, wish.ecosystem) for wish in found.wishes] == [
        ("numpy=1.14", Ecosystem.CONDA),
        ("scipy>=1.0", Ecosystem.CONDA),
        ("six", Ecosystem.CONDA),
    ]
    assert found.channels == ("conda-forge", "bioconda")
    assert found.python is not None
    assert found.python.specifier == "==3.6.*"


def test_system_packages_are_no_python_packages() -> None:
    found = read("!apt-get update && apt-get install -y graphviz")
    assert [(wish.name, wish.kind) for wish in found.wishes] == [("graphviz", WishKind.SYSTEM)]


def test_files_are_followed_from_the_folder_of_the_notebook(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "requirements.txt").write_text("numpy\n")
    (tmp_path / "docs" / "environment.yml").write_text("dependencies: [scipy]\n")
    found = read("!pip install -r ../requirements.txt\n!conda env update -f environment.yml", tmp_path)
    assert [str(wish.source) for wish in found.wishes] == ["requirements.txt, line 1", "docs/environment.yml, line 1"]


def test_a_cell_that_only_updates_from_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "environment.yml").write_text("dependencies: [scipy]\n")
    assert [wish.requirement for wish in read("%%sh\nconda env update -f environment.yml", tmp_path).wishes] == ["scipy"]


def test_a_script_block_is_read_in_whatever_cell_it_stands() -> None:
    file = ProjectFile(Path("/nowhere"), "a.ipynb", SourceKind.SCRIPT)
    found = declaration(file, read_script(notebook("print(1)", BLOCK), file))
    assert [(wish.requirement, str(wish.source)) for wish in found.wishes] == [("numpy<2", "a.ipynb, cell 2"), ("scipy", "a.ipynb, cell 2")]
    assert found.python is not None
    assert found.python.specifier == ">=3.9"
    assert found.indexes == ("https://example.org/simple",)
    assert "second" in declaration(file, read_script(notebook(BLOCK, BLOCK), file)).problems[0]
    assert "no TOML" in declaration(file, read_script(notebook("# /// script\n# nonsense\n# ///"), file)).problems[0]


def test_the_notebook_itself_comes_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("numpy\n")
    content = notebook('# /// script\n# dependencies = ["numpy"]\n# ///', "!pip install six==1.0")
    content["metadata"] = {
        "uv.lock": 'version = 1\n[manifest]\nrequirements = [{name = "numpy"}]\n[[package]]\nname = "numpy"\nversion = "2.0"\n'
    }
    found = discover(tmp_path / "a.ipynb", tmp_path, content)
    assert [one.kind for one in found] == [SourceKind.LOCK, SourceKind.SCRIPT, SourceKind.REQUIREMENTS, SourceKind.INSTALL_CELL]
    assert found[0].is_exact
    assert not found[3].is_exact


@given(st.text(alphabet=st.characters(codec="utf-8") | st.sampled_from("!%#{}$&|;>'\"\\ \n"), max_size=150))
@settings(max_examples=150, deadline=None)
def test_any_cell_can_be_read(text: str) -> None:
    for source in (f"!pip install {text}", f"{text}install", f"# /// script\n# {text}\n# ///", f"!conda install {text}"):
        assert read(source).path == "docs/a.ipynb"
