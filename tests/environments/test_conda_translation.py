"""Conda's wishes in the words of PyPI."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from nbrepro.environments.conda.channels import expanded
from nbrepro.environments.conda.names import is_known, name_table, pypi_name, what_else
from nbrepro.environments.conda.translating import translate_to_pypi
from nbrepro.environments.conda.versions import versions_of
from nbrepro.environments.discovery.conda_environment import read_environment
from nbrepro.environments.discovery.files import ProjectFile
from nbrepro.model import Ecosystem, EnvironmentSpec, PythonWish, Source, SourceKind, Wish, WishKind

FILE = Source(SourceKind.CONDA, "environment.yml", 4)
PYTHON = PythonWish("==3.8.*", FILE)


def conda(requirement: str, name: str) -> Wish:
    return Wish(name, requirement, FILE, Ecosystem.CONDA)


def translated(*wishes: Wish) -> EnvironmentSpec:
    return translate_to_pypi(EnvironmentSpec("a.ipynb", PYTHON, wishes, channels=("conda-forge",)))


def said(spec: EnvironmentSpec) -> dict[str, str]:
    return {one.slug: one.message for one in spec.deviations}


@pytest.mark.parametrize(
    ("match", "versions"),
    [
        ("", ""),
        ("*", ""),
        ("=1.2", "==1.2.*"),
        ("=1", "==1.*"),
        ("=1.2.3", "==1.2.3"),
        ("==1.2", "==1.2"),
        (" 1.2", "==1.2"),
        (" 1.2.*", "==1.2.*"),
        (" 1.2*", "==1.2.*"),
        ("=1.2.*", "==1.2.*"),
        ("= 1.2", "==1.2.*"),
        ("=1.2=py38_0", "==1.2"),
        ("==1.2.3=py38_0", "==1.2.3"),
        (" 1.2.3 py38_0", "==1.2.3"),
        ("=1.2.3=*cuda*", "==1.2.3"),
        (">=1,<2", "<2,>=1"),
        (" >= 1 , < 2", "<2,>=1"),
        (">=1.2.*", ">=1.2"),
        (">1", ">1"),
        ("!=1.2.*", "!=1.2.*"),
        ("~=1.2", "~=1.2"),
        ("[version='>=1.2,<2']", "<2,>=1.2"),
        ('[version="1.2", build=py38_0]', "==1.2"),
        ("[build=py38_0]", ""),
        ("=2021a", "==2021a0"),
        ("=1.8|=1.9", None),
        ("=not.a.version", None),
        ("=", ""),
        (">>1", None),
    ],
)
def test_versions(match: str, versions: str | None) -> None:
    found = versions_of(match)
    assert found == versions if versions is None else SpecifierSet(found or "") == SpecifierSet(versions)


@given(st.text(max_size=20))
def test_any_text_gives_versions_that_can_be_read_or_none(text: str) -> None:
    found = versions_of(text)
    assert found is None or SpecifierSet(found) is not None


@pytest.mark.parametrize(
    ("requirement", "name", "expected"),
    [
        ("numpy=1.19.2=py38h54aff64_0", "numpy", "numpy==1.19.2"),
        ("conda-forge::pytorch=1.7", "pytorch", "torch==1.7.*"),
        ("opencv=4.5.1", "opencv", "opencv-python-headless==4.5.1.*"),
        ("matplotlib-base", "matplotlib-base", "matplotlib"),
        ("pytables>=3", "pytables", "tables>=3"),
        ("python-graphviz", "python-graphviz", "graphviz"),
        ("beautifulsoup4", "beautifulsoup4", "beautifulsoup4"),
        ("biopython=1.78", "biopython", "biopython==1.78.*"),
        ("tensorflow-gpu==2.3.0", "tensorflow-gpu", "tensorflow==2.3.0"),
        ("typing_extensions", "typing-extensions", "typing-extensions"),
        ("ruamel_yaml=0.15.87", "ruamel-yaml", "ruamel-yaml==0.15.87"),
    ],
)
def test_a_package_keeps_its_versions_under_its_name_on_pypi(requirement: str, name: str, expected: str) -> None:
    (wish,) = translated(conda(requirement, name)).wishes
    assert Requirement(wish.requirement) == Requirement(expected)
    assert (wish.name, wish.ecosystem, wish.kind) == (Requirement(expected).name, Ecosystem.PYPI, WishKind.PACKAGE)
    assert wish.source == FILE


@pytest.mark.parametrize(
    "name", ["gcc", "libgfortran", "openblas", "mkl", "nodejs", "git", "r-ggplot2", "bioconductor-deseq2", "samtools", "-libgcc-mutex"]
)
def test_what_is_no_python_package_is_named_and_never_asked_for(name: str) -> None:
    spec = translated(conda(f"{name}=1.0", name))
    assert [wish.kind for wish in spec.wishes] == [WishKind.SYSTEM]
    assert name in said(spec)["conda-only"]


@pytest.mark.parametrize("name", ["librosa", "libclang", "r", "star", "scikit-learn"])
def test_prefixes_take_no_python_package_away(name: str) -> None:
    assert is_known(name) != bool(what_else(name))


def test_an_unknown_name_is_never_taken_from_pypi() -> None:
    spec = translated(conda("our-lab-pipeline=1.0", "our-lab-pipeline"), conda("numpy", "numpy"))
    assert [wish.name for wish in spec.wishes] == ["numpy"]
    assert "our-lab-pipeline" in said(spec)["conda-unknown"]


def test_a_version_that_cannot_be_said_is_on_record() -> None:
    spec = translated(conda("numpy=1.18|=1.19", "numpy"))
    assert [wish.requirement for wish in spec.wishes] == ["numpy"]
    assert "numpy" in said(spec)["conda-unversioned"]


def test_wishes_of_the_pip_section_stay_and_imports_that_conda_brings_go() -> None:
    pip = Wish("torch", "torch==1.8.0", FILE)
    imported = Wish("opencv-python-headless", "opencv-python-headless", Source(SourceKind.IMPORT), imported_as="cv2")
    other = Wish("pandas", "pandas", Source(SourceKind.IMPORT), imported_as="pandas")
    spec = translated(conda("pytorch=1.7", "pytorch"), conda("opencv", "opencv"), pip, imported, other)
    assert [wish.requirement for wish in spec.wishes] == ["opencv-python-headless", "torch==1.8.0", "pandas"]


def test_nothing_of_conda_is_left_and_the_departure_is_on_record() -> None:
    spec = translated(conda("pytorch", "pytorch"))
    assert not spec.is_conda
    assert spec.channels == ()
    assert spec.python == PYTHON
    assert said(spec).keys() == {"conda-translated", "conda-renamed"}


def test_a_specification_without_conda_stays_as_it_is() -> None:
    spec = EnvironmentSpec("a.ipynb", PYTHON, (Wish("numpy", "numpy", FILE),))
    assert translate_to_pypi(spec) is spec


def test_a_whole_environment_file(tmp_path: Path) -> None:
    text = """
name: study
channels: [conda-forge, bioconda]
dependencies:
  - python=3.8
  - numpy=1.19.2=py38h54aff64_0
  - pytorch>=1.6,<1.8
  - samtools
  - r-base=4.0
  - pip:
    - umap-learn==0.5.1
"""
    found = list(read_environment(text, ProjectFile(tmp_path, "environment.yml", SourceKind.CONDA)))
    wishes = tuple(one for one in found if isinstance(one, Wish))
    spec = translate_to_pypi(EnvironmentSpec("a.ipynb", PYTHON, wishes))
    assert [wish.requirement for wish in spec.wishes if wish.kind is WishKind.PACKAGE] == [
        "numpy==1.19.2",
        "torch<1.8,>=1.6",
        "umap-learn==0.5.1",
    ]
    assert {wish.name for wish in spec.wishes if wish.kind is WishKind.SYSTEM} == {"samtools", "r-base"}


def test_the_table_holds_normalized_names_once() -> None:
    table = name_table()
    names = [*table.pypi, *table.same, *table.elsewhere, *table.pypi.values(), *table.more_numbers]
    assert all(name == pypi_name(name) or name in table.pypi for name in names)
    assert not table.elsewhere.keys() & (table.pypi.keys() | table.same)


@pytest.mark.parametrize(
    ("channels", "cut", "expected"),
    [
        (("a", "b", "a"), None, ("a", "b")),
        (("a", "nodefaults"), None, ("a",)),
        ((), None, ("https://repo.anaconda.com/pkgs/main", "https://repo.anaconda.com/pkgs/r")),
        (
            ("defaults", "a"),
            datetime(2018, 1, 1, tzinfo=UTC),
            ("https://repo.anaconda.com/pkgs/main", "https://repo.anaconda.com/pkgs/r", "https://repo.anaconda.com/pkgs/free", "a"),
        ),
        (("https://me:secret@example.org/t/tk-123/lab",), None, ("https://example.org/lab",)),
    ],
)
def test_channels(channels: tuple[str, ...], cut: datetime | None, expected: tuple[str, ...]) -> None:
    assert expanded(channels, cut) == expected
