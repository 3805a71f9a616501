"""Which declaration decides, and what is laid over it: the rules, each by itself."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from harness import Example, code
from packaging.utils import canonicalize_name

from nbrepro.environments.dates import NotebookDate
from nbrepro.environments.imports import ImportReading
from nbrepro.environments.specification import combine, specify
from nbrepro.model import Declaration, EnvironmentSpec, PythonWish, Source, SourceKind, Wish, WishKind
from nbrepro.notebooks import read

DATE = NotebookDate(datetime(2019, 6, 1, tzinfo=UTC), "last commit")
STATED = PythonWish("==3.7.3", Source(SourceKind.METADATA))


def wish(requirement: str, kind: SourceKind = SourceKind.REQUIREMENTS) -> Wish:
    name = canonicalize_name(re.split("[=<>;]", requirement)[0])
    return Wish(name, requirement, Source(kind, kind.value))


def declared(kind: SourceKind, *requirements: str, python: str | None = None) -> Declaration:
    wished = PythonWish(python, Source(kind, kind.value)) if python else None
    return Declaration(kind, kind.value, tuple(wish(requirement, kind) for requirement in requirements), wished)


def specified(
    *declarations: Declaration, imports: tuple[str, ...] = (), unknown: tuple[str, ...] = (), dated: bool = True
) -> EnvironmentSpec:
    reading = ImportReading(tuple(wish(name, SourceKind.IMPORT) for name in imports), unknown=unknown)
    return combine("a.ipynb", declarations, reading, DATE if dated else None, STATED)


def wanted(spec: EnvironmentSpec) -> list[str]:
    return [one.requirement for one in spec.wishes]


def slugs(spec: EnvironmentSpec) -> list[str]:
    return [deviation.slug for deviation in spec.deviations]


def test_the_strongest_declaration_decides_and_all_are_kept() -> None:
    first, second = declared(SourceKind.CONDA, "numpy=1.16"), declared(SourceKind.REQUIREMENTS, "numpy==1.15")
    spec = specified(first, second, imports=("numpy",))
    assert wanted(spec) == ["numpy=1.16"]
    assert spec.declarations == (first, second)
    assert slugs(spec) == []


def test_install_cells_are_laid_over_and_never_decide_alone() -> None:
    files, cells = declared(SourceKind.REQUIREMENTS, "pandas==0.24", "numpy"), declared(SourceKind.INSTALL_CELL, "pandas==0.25", "tqdm")
    assert wanted(specified(files, cells)) == ["numpy", "pandas==0.25", "tqdm"]
    bare = declared(SourceKind.INSTALL_CELL, "Pandas")
    assert wanted(specified(files, bare)) == ["pandas==0.24", "numpy"], "a bare install leaves a pin alone"
    pinned, spelt = declared(SourceKind.REQUIREMENTS, "scikit-learn==0.19"), declared(SourceKind.INSTALL_CELL, "scikit_learn")
    assert wanted(specified(pinned, spelt)) == ["scikit-learn==0.19"], "in whichever spelling"
    assert "nothing-declared" in slugs(specified(cells))


def test_a_bare_install_in_a_later_cell_leaves_the_version_of_an_earlier_one() -> None:
    cells = declared(SourceKind.INSTALL_CELL, "numpy==1.15", "numpy", "pandas==0.23", "pandas==0.24")
    assert wanted(specified(cells)) == ["numpy==1.15", "pandas==0.24"]


def test_what_is_imported_and_not_declared_is_added_and_said() -> None:
    spec = specified(declared(SourceKind.REQUIREMENTS, "numpy"), imports=("numpy", "scipy"))
    assert wanted(spec) == ["numpy", "scipy"]
    assert slugs(spec) == ["undeclared-imports"]


def test_what_is_declared_for_another_python_only_does_not_bring_an_import() -> None:
    for marker, expected in (("python_version < '3'", ["numpy"]), ("python_version > '3'", [])):
        spec = specified(declared(SourceKind.REQUIREMENTS, f"numpy; {marker}"), imports=("numpy",))
        assert wanted(spec) == [f"numpy; {marker}", *expected]
    weaker = declared(SourceKind.REQUIREMENTS, "scipy==0.9; python_version < '3'")
    assert wanted(specified(declared(SourceKind.PYPROJECT, "numpy"), weaker, imports=("scipy",))) == ["numpy", "scipy"]


def test_a_weaker_declaration_says_which_version_of_an_import() -> None:
    spec = specified(declared(SourceKind.PYPROJECT, "numpy"), declared(SourceKind.REQUIREMENTS, "scipy==1.2"), imports=("scipy",))
    assert wanted(spec) == ["numpy", "scipy==1.2"]


def test_a_package_in_any_version_comes_in_one_that_has_what_is_imported() -> None:
    imported = (Wish("scikit-learn", "scikit-learn<0.20", Source(SourceKind.IMPORT, "a.ipynb", 2)),)
    for said, expected in (("scikit-learn", "scikit-learn<0.20"), ("scikit-learn>=0.19", "scikit-learn>=0.19")):
        spec = combine("a.ipynb", (declared(SourceKind.REQUIREMENTS, said),), ImportReading(imported), DATE, STATED)
        assert wanted(spec) == [expected]


def test_unknown_imports_are_named_and_never_installed() -> None:
    spec = specified(declared(SourceKind.REQUIREMENTS, "numpy"), unknown=("mystery",))
    assert wanted(spec) == ["numpy"]
    assert spec.unknown_imports == ("mystery",)
    named = specified(declared(SourceKind.REQUIREMENTS, "lesser_known==1.0"), unknown=("Lesser_Known.part",))
    assert named.unknown_imports == (), "its own name is declared"
    assert slugs(spec) == ["unknown-imports"]


def test_the_python_of_the_notebook_unless_a_pin_or_a_range_is_against_it() -> None:
    assert specified().python == STATED
    assert specified(declared(SourceKind.PYPROJECT, "numpy", python=">=3.6")).python == STATED
    assert specified(declared(SourceKind.PYPROJECT, "numpy", python=">=3.8")).python.specifier == ">=3.8"
    assert specified(declared(SourceKind.CONDA, "numpy", python="==3.6.*")).python.specifier == "==3.6.*"
    undecided = combine("a.ipynb", (), ImportReading(), DATE, None)
    assert undecided.python.specifier == "==3.7.*", "the newest that was half a year old"


def test_no_date_is_a_deviation() -> None:
    spec = specified(declared(SourceKind.REQUIREMENTS, "numpy"), dated=False)
    assert spec.cut is None
    assert slugs(spec) == ["no-date"]


def test_the_python_of_a_container_gives_way_to_the_one_of_the_notebook() -> None:
    python = PythonWish("==3.9.*", Source(SourceKind.REQUIREMENTS, "docker/Dockerfile", 1))
    container = Declaration(SourceKind.REQUIREMENTS, "docker/Dockerfile", python=python)
    assert specified(declared(SourceKind.REQUIREMENTS, "numpy"), container).python == STATED
    reading = ImportReading(())
    assert combine("a.ipynb", (container,), reading, DATE, None).python == python, "it is all there is"


def test_what_an_installed_project_requires_is_wished_too() -> None:
    place = Source(SourceKind.REQUIREMENTS, "requirements.txt", 1)
    project = Wish("own", ".", place, kind=WishKind.LOCAL_PROJECT)
    files = Declaration(SourceKind.REQUIREMENTS, "requirements.txt", (project, wish("numpy")))
    spec = specified(files, declared(SourceKind.SETUP, "scipy>=1.0", "numpy"))
    assert wanted(spec) == [".", "numpy", "scipy>=1.0"]


def test_what_another_folder_declares_counts_only_with_a_word(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "requirements.txt").write_text("six>=1\n")
    above, beside = (Example(cells=[code("1")]).write(folder) for folder in (tmp_path, tmp_path / "two"))
    (said,) = [one for one in specify(above, read(above).content).deviations if one.slug == "declared-elsewhere"]
    assert "one/requirements.txt counts, the nearest of 2" in said.message
    assert "declared-elsewhere" not in slugs(specify(beside, read(beside).content))
