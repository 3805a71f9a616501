"""What a project says of itself: pyproject.toml, setup.py and setup.cfg, Pipfile, environment.yml, and smaller files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbrepro.environments.discovery.conda_environment import read_environment
from nbrepro.environments.discovery.files import ProjectFile
from nbrepro.environments.discovery.findings import declaration
from nbrepro.environments.discovery.formats import Reader
from nbrepro.environments.discovery.nbdev_settings import read_nbdev_settings
from nbrepro.environments.discovery.pipfile import read_pipfile
from nbrepro.environments.discovery.pyproject import read_pyproject
from nbrepro.environments.discovery.pythons_wished import read_python_version, read_runtime
from nbrepro.environments.discovery.setup_cfg import read_setup_cfg
from nbrepro.environments.discovery.setup_py import read_setup_py
from nbrepro.environments.discovery.system_files import read_apt, read_dockerfile, read_install_r, read_r_description
from nbrepro.model import Declaration, Ecosystem, SourceKind, WishKind

NOWHERE = Path("/nowhere")


def read(reader: Reader, text: str, project: Path = NOWHERE, name: str = "file") -> Declaration:
    file = ProjectFile(project, name, SourceKind.PYPROJECT)
    return declaration(file, reader(text, file))


def requirements(found: Declaration) -> list[str]:
    return [wish.requirement for wish in found.wishes if wish.kind is not WishKind.LOCAL_PROJECT]


def python(found: Declaration) -> str | None:
    return found.python.specifier if found.python else None


@pytest.mark.parametrize(
    ("text", "wanted", "wanted_python"),
    [
        ("[tool.black]\nline-length = 100\n", [], None),
        ('[project]\nname = "a"\nrequires-python = ">=3.9"\ndependencies = ["numpy>=1.20", "scipy"]\n', ["numpy>=1.20", "scipy"], ">=3.9"),
        ('[project]\nname = "a"\n[project.optional-dependencies]\nexamples = ["seaborn"]\ntest = ["pytest"]\n', ["seaborn"], None),
        (
            '[dependency-groups]\nnotebooks = ["scipy", {include-group = "plot"}]\nplot = ["bokeh"]\ndev = ["ruff"]\n',
            ["scipy", "bokeh"],
            None,
        ),
        ('[tool.poetry]\nname = "a"\n[tool.poetry.dependencies]\npython = "^3.7"\nnumpy = "^1.18"\n', ["numpy<2,>=1.18"], "<4,>=3.7"),
        ('[tool.poetry.dependencies]\na = "~1.2"\nb = "1.2.*"\nc = "*"\nd = "1.2"\n', ["a<1.3,>=1.2", "b==1.2.*", "c", "d==1.2"], None),
        (
            '[tool.poetry.dependencies]\na = { version = "^0.3", optional = true }\nb = { version = "1", extras = ["x"] }\n',
            ["b[x]==1"],
            None,
        ),
        (
            '[tool.poetry.dependencies]\na = { git = "https://t@example.org/a.git", tag = "v1" }\n',
            ["git+https://example.org/a.git@v1#egg=a"],
            None,
        ),
        ('[tool.poetry.dependencies]\na = [{version = "1", python = "<3.8"}]\n', ['a==1; python_version < "3.8"'], None),
        ('[tool.poetry.group.dev.dependencies]\npytest = "*"\n[tool.poetry.group.notebook.dependencies]\nscipy = "*"\n', ["scipy"], None),
        ('[tool.flit.metadata]\nmodule = "a"\nrequires = ["numpy"]\nrequires-python = ">=3.6"\n', ["numpy"], ">=3.6"),
    ],
)
def test_pyproject(text: str, wanted: list[str], wanted_python: str | None) -> None:
    found = read(read_pyproject, text)
    assert requirements(found) == wanted
    assert python(found) == wanted_python
    assert not found.problems


def test_lines_and_the_project_itself() -> None:
    found = read(
        read_pyproject,
        '[build-system]\nrequires = ["setuptools"]\n[project]\nname = "My_Tool"\ndependencies = [\n  "numpy",\n]\n',
        name="sub/file",
    )
    assert [(wish.name, wish.requirement, wish.kind, wish.source.line) for wish in found.wishes] == [
        ("my-tool", "sub", WishKind.LOCAL_PROJECT, None),
        ("numpy", "numpy", WishKind.PACKAGE, 6),
    ]


def test_dynamic_dependencies_are_followed(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("numpy\n")
    (tmp_path / "setup.cfg").write_text("[options]\ninstall_requires =\n  scipy\n")
    head = '[project]\nname = "a"\ndynamic = ["dependencies"]\n'
    setuptools = '[tool.setuptools.dynamic]\ndependencies = { file = ["requirements.txt"] }\n'
    assert requirements(read(read_pyproject, head + setuptools, tmp_path)) == ["numpy"]
    assert requirements(read(read_pyproject, head, tmp_path)) == ["scipy"]
    assert "build tool" in read(read_pyproject, head).problems[0]


def test_groups_that_include_themselves() -> None:
    assert "includes itself" in read(read_pyproject, '[dependency-groups]\nexamples = [{include-group = "examples"}]\n').problems[0]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("setup(install_requires=['numpy', 'scipy>=1'])", ["numpy", "scipy>=1"]),
        ("import setuptools\nrequired = ['numpy']\nsetuptools.setup(install_requires=required + ['scipy'])", ["numpy", "scipy"]),
        ("required = []\nrequired.append('numpy')\nrequired += ['scipy']\nsetup(install_requires=required)", ["numpy", "scipy"]),
        ("setup(install_requires='''\nnumpy\nscipy\n''')", ["numpy", "scipy"]),
        ("setup(**dict(install_requires=['numpy']))", ["numpy"]),
        ("options = {'name': 'a'}\noptions['install_requires'] = ['numpy']\nsetup(**options)", ["numpy"]),
        ("setup(install_requires=open('requirements.txt').read().splitlines())", ["pandas"]),
        ("setup(install_requires=[line.strip() for line in open('requirements.txt')])", ["pandas"]),
        ("with open('requirements.txt') as f:\n    required = f.read().splitlines()\nsetup(install_requires=required)", ["pandas"]),
        ("import os\nhere = '.'\nsetup(install_requires=list(open(os.path.join(here, 'requirements.txt'))))", ["pandas"]),
        (
            "def of(name):\n    with open(name) as f:\n      return f.read().split('\\n')\nsetup(install_requires=of('requirements.txt'))",
            ["pandas"],
        ),
        (
            "required = []\nfor r in open('requirements.txt').readlines():\n    required.append(r)\nsetup(install_requires=required)",
            ["pandas"],
        ),
        (
            "from pathlib import Path\nsetup(install_requires=(Path(__file__).parent / 'requirements.txt').read_text().splitlines())",
            ["pandas"],
        ),
        (
            "def read(f):\n    return open(join('.', f)).read()\nsetup(install_requires=[r for r in read('requirements.txt').split()])",
            ["pandas"],
        ),
        ("print 'old'\nsetup(install_requires=['numpy'])", ["numpy"]),
        ("print('no setup here')", []),
    ],
)
def test_setup_py_is_read_without_running_it(tmp_path: Path, text: str, wanted: list[str]) -> None:
    (tmp_path / "requirements.txt").write_text("pandas\n")
    found = read(read_setup_py, text, tmp_path)
    assert requirements(found) == wanted
    assert not found.problems


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("setup(install_requires=compute())", "only running it would tell"),
        ("x = x\nsetup(install_requires=x)", "only running it would tell"),
        (
            "\n".join(f"v{n} = v{n + 1} + v{n + 1}" for n in range(38)) + "\nv38 = []\nsetup(install_requires=v0)",
            "only running it would tell",
        ),
        ("def f():\n    return f()\nsetup(install_requires=f())", "only running it would tell"),
        ("def broken(:\n", "can't be parsed"),
        ("setup(install_requires=open('absent.txt').read())", "names absent.txt"),
        ("x = " + "(" * 5000 + ")" * 5000, "can't be parsed"),
    ],
)
def test_what_setup_py_computes_is_told(text: str, said: str) -> None:
    found = read(read_setup_py, text)
    assert said in found.problems[0]
    assert not requirements(found)


def test_of_what_setup_py_computes_the_known_parts_are_taken() -> None:
    found = read(read_setup_py, "base = ['numpy']\nif new():\n    base += compute()\nsetup(install_requires=base + [name(), 'scipy>=1'])")
    assert requirements(found) == ["numpy", "scipy>=1"]
    assert [problem.rpartition(": ")[2] for problem in found.problems] == ["compute()", "name()"]


def test_setup_py_names_itself_and_its_python() -> None:
    found = read(read_setup_py, "setup(name='My_Tool', python_requires='>=3.6')")
    assert [(wish.name, wish.kind) for wish in found.wishes] == [("my-tool", WishKind.LOCAL_PROJECT)]
    assert python(found) == ">=3.6"


def test_setup_cfg(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("pandas\n")
    text = "[metadata]\nname = a\n[options]\npython_requires = >=3.6\ninstall_requires =\n    numpy>=1\n    # x\n    scipy; os_name > '3'\n"
    found = read(read_setup_cfg, text)
    assert requirements(found) == ["numpy>=1", 'scipy; os_name > "3"']
    assert [wish.source.line for wish in found.wishes] == [None, 6, 8]
    assert python(found) == ">=3.6"
    assert requirements(read(read_setup_cfg, "[options]\ninstall_requires = file: requirements.txt\n", tmp_path)) == ["pandas"]
    assert not read(read_setup_cfg, "[flake8]\nmax-line-length = 100\n").wishes
    assert read(read_setup_cfg, "no section\n").problems


def test_settings_of_nbdev() -> None:
    text = "[DEFAULT]\nlib_name = own_tool\nmin_python = 3.7\nrequirements = fastcore>=1.5,<2 pandas~=2.2\ndev_requirements = pytest\n"
    found = read(read_nbdev_settings, text)
    assert requirements(found) == ["fastcore<2,>=1.5", "pandas~=2.2"]
    assert [wish.source.line for wish in found.wishes] == [None, 4, 4]
    assert python(found) == ">=3.7"
    assert not read(read_nbdev_settings, "[DEFAULT]\nrequirements = numpy\n").wishes, "of another program"
    assert read(read_nbdev_settings, "no section\n").problems


def test_pipfile() -> None:
    text = (
        '[[source]]\nurl = "https://me:s3cret@example.org/simple"\nname = "x"\n[requires]\npython_version = "3.7"\n'
        '[packages]\nnumpy = "*"\nscipy = {version = ">=1.0", markers = "os_name == \'posix\'"}\n'
        'tool = {path = "./tool", editable = true}\n[dev-packages]\npytest = "*"\n'
    )
    found = read(read_pipfile, text)
    assert [wish.requirement for wish in found.wishes] == ["numpy", 'scipy>=1.0; os_name == "posix"', "tool"]
    assert python(found) == "==3.7.*"
    assert found.indexes == ("https://example.org/simple",)


ENVIRONMENT = """
name: lab
channels: [conda-forge, https://conda.example.org/t/s3cret-token/lab]
prefix: /home/me/lab
dependencies:
  - python=3.7
  - numpy=1.14.2=py37_0
  - scipy >=1.0,<2
  - bioconda::samtools
  - pip
  - pip:
    - six==1.12
    - -r more.txt
    - git+https://me:s3cret@example.org/tool
  - npm: [x]
"""


def test_environment_yml(tmp_path: Path) -> None:
    (tmp_path / "more.txt").write_text("tqdm\n")
    found = read(read_environment, ENVIRONMENT, tmp_path)
    assert [(wish.name, wish.requirement, wish.ecosystem, wish.source.line) for wish in found.wishes] == [
        ("numpy", "numpy=1.14.2=py37_0", Ecosystem.CONDA, 7),
        ("scipy", "scipy >=1.0,<2", Ecosystem.CONDA, 8),
        ("samtools", "bioconda::samtools", Ecosystem.CONDA, 9),
        ("pip", "pip", Ecosystem.CONDA, 10),
        ("six", "six==1.12", Ecosystem.PYPI, 12),
        ("tqdm", "tqdm", Ecosystem.PYPI, 1),
        ("tool", "git+https://example.org/tool", Ecosystem.PYPI, 14),
    ]
    assert python(found) == "==3.7.*"
    assert found.channels == ("conda-forge", "https://conda.example.org/lab", "bioconda")
    assert "'npm'" in found.problems[0]


@pytest.mark.parametrize(
    ("spec", "specifier"),
    [
        ("python=3.7", "==3.7.*"),
        ("python==3.7.3", "==3.7.3"),
        ("python>=3.6,<3.9", "<3.9,>=3.6"),
        ("python 3.7.*", "==3.7.*"),
        ("python=3", "==3.*"),
        ("python", None),
    ],
)
def test_python_in_an_environment(spec: str, specifier: str | None) -> None:
    assert python(read(read_environment, f"dependencies: ['{spec}']")) == specifier


@pytest.mark.parametrize(
    "text",
    [
        "dependencies: [numpy",
        "\tdependencies:\n",
        "- a\n- b\n",
        "",
        "dependencies: " + "[" * 5000,
        "a: &a [x]\n" + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(12)),
        "dependencies: &d\n  - *d\n",
        "x: &p {pip: [" + "x," * 1000 + "]}\ndependencies: [" + "*p ," * 1000 + "]",
        "!!python/object/apply:os.system ['true']",
    ],
)
def test_bad_yaml_is_a_problem(text: str) -> None:
    found = read(read_environment, text)
    assert not found.wishes
    assert found.problems


@pytest.mark.parametrize(("text", "specifier"), [("python-3.7", "==3.7.*"), ("python-3.7.3\n", "==3.7.3"), ("r-2018-02-05", None)])
def test_runtime(text: str, specifier: str | None) -> None:
    found = read(read_runtime, text)
    assert python(found) == specifier
    assert not found.problems


@pytest.mark.parametrize(
    ("text", "specifier"), [("3.9.1\n", "==3.9.1"), ("pypy3.9\n3.8\n", "==3.8.*"), ("system\n", None), ("cpython@3.10", "==3.10.*")]
)
def test_python_version(text: str, specifier: str | None) -> None:
    assert python(read(read_python_version, text)) == specifier


def test_what_is_no_python_package() -> None:
    system = [
        read(read_apt, "graphviz\n# more\nlibgl1\n"),
        read(read_install_r, 'install.packages(c("graphviz", "libgl1"))\n# install.packages("no")\n'),
        read(read_r_description, "Package: a\nDepends: R (>= 3.0), graphviz\nImports:\n    libgl1 (>= 1.0)\nSuggests: no\n"),
    ]
    assert [wish.name for wish in system[0].wishes] == ["graphviz", "libgl1"]
    assert [[wish.name for wish in found.wishes] for found in system[1:]] == [["r-graphviz", "r-libgl1"]] * 2
    assert {wish.kind for found in system for wish in found.wishes} == {WishKind.SYSTEM}


def test_dockerfile(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("pandas\n")
    text = (
        "FROM --platform=linux/amd64 python:3.7-slim AS base\n# RUN pip install no\n"
        "RUN apt-get update \\\n && apt-get install -y git \\\n && pip install --no-cache-dir numpy==1.14\n"
        'COPY requirements.txt /tmp/\nRUN pip install -r /tmp/requirements.txt\nRUN ["pip", "install", "scipy"]\n'
    )
    found = read(read_dockerfile, text, tmp_path)
    assert [(wish.requirement, wish.source.line) for wish in found.wishes] == [("git", 3), ("numpy==1.14", 3), ("pandas", 1), ("scipy", 8)]
    assert python(found) == "==3.7.*"
    assert not found.problems


READERS = [read_pyproject, read_setup_py, read_setup_cfg, read_pipfile, read_environment, read_runtime, read_python_version]
READERS += [read_dockerfile, read_apt, read_install_r, read_r_description]


@given(st.text(alphabet=st.characters(codec="utf-8") | st.sampled_from("[]{}:=\"'\n #&*-,()"), max_size=120))
@settings(max_examples=100, deadline=None)
def test_any_text_can_be_read(text: str) -> None:
    heads = {
        read_pyproject: "[project]\nname = 1\n",
        read_setup_py: "setup(install_requires=",
        read_setup_cfg: "[options]\ninstall_requires=",
        read_environment: "dependencies:\n - ",
    }
    for reader in READERS:
        assert read(reader, text).path == "file"
        assert read(reader, heads.get(reader, "[packages]\n") + text).path == "file"


WRONG = [
    "[project]\ndependencies = 3\nrequires-python = 3\nname = 1",
    "project = 3",
    "tool = 3",
    "[tool]\npoetry = [1]",
    "[tool.poetry.dependencies]\na = 3",
]
WRONG += [
    "[project]\ndynamic = 3\ndependencies = [3]",
    "[packages]\na = 3",
    "source = 3\nrequires = 3",
    "[dependency-groups]\nexamples = 3",
]


@pytest.mark.parametrize("reader", [read_pyproject, read_pipfile])
@pytest.mark.parametrize("text", WRONG)
def test_values_of_the_wrong_kind_never_raise(reader: Reader, text: str) -> None:
    assert not requirements(read(reader, text))
