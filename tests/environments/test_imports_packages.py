"""The table of packages keeps its own rules; what was resolved is checked against what is imported."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from nbrepro.environments.imports import dated, top_level_modules, verify_modules
from nbrepro.environments.imports.packages import package_table
from nbrepro.environments.imports.standard_library import REMOVED, is_standard
from nbrepro.model import Source, SourceKind, Wish

TABLE = package_table()
MODULES = [*TABLE.modules, *(name.replace("-", "_") for name in TABLE.same_name), *TABLE.kernel]


def wish(name: str, module: str | None) -> Wish:
    return Wish(name, name, Source(SourceKind.IMPORT, "a.ipynb", 2), imported_as=module)


class TestTable:
    def test_no_module_of_the_standard_library(self) -> None:
        assert [module for module in MODULES if is_standard(module)] == []

    def test_backports_are_of_the_standard_library(self) -> None:
        assert [module for module in TABLE.backports if not is_standard(module)] == []

    def test_every_name_of_a_package_is_canonical(self) -> None:
        former = [name for name, _ in TABLE.formerly.values()]
        backports = [name for name, _ in TABLE.backports.values()]
        names = [*TABLE.modules.values(), *TABLE.same_name, *TABLE.notes, *TABLE.formerly, *TABLE.conda, *former, *backports]
        assert [name for name in names if name != canonicalize_name(name)] == []

    def test_what_is_refused_or_unrelated_is_never_installed_by_its_name(self) -> None:
        unrelated = {str(canonicalize_name(name)) for name in (*TABLE.unrelated, *TABLE.refused)}
        assert unrelated & TABLE.same_name == set()
        assert [name for name in TABLE.refused if TABLE.package_of(name) is not None] == []
        assert [name for name in TABLE.unrelated if TABLE.package_of(name) == name] == []

    def test_every_module_is_in_one_part_only(self) -> None:
        assert [name for name in TABLE.modules if canonicalize_name(name) in TABLE.same_name and "." not in name] == []
        assert [name for name in TABLE.modules if name in TABLE.refused] == []

    def test_notes_and_names_belong_to_packages_that_are_installed(self) -> None:
        known = {*TABLE.modules.values(), *TABLE.same_name}
        assert [name for name in (*TABLE.notes, *TABLE.formerly) if name not in known] == []

    def test_bounds_are_specifiers_of_packages_that_are_known(self) -> None:
        assert all(SpecifierSet(bound) for bound in TABLE.bounds.values())
        assert [module for module in TABLE.bounds if TABLE.package_of(module) is None] == []

    def test_modules_that_are_gone_are_standard(self) -> None:
        assert [module for module in REMOVED if not is_standard(module)] == []

    def test_conda_names(self) -> None:
        assert TABLE.conda_name("torch") == "pytorch"
        assert TABLE.conda_name("numpy") == "numpy"


@pytest.mark.parametrize(("year", "expected"), [(2021, "rdkit-pypi"), (2024, "rdkit"), (None, "rdkit")])
def test_a_package_had_another_name_then(year: int | None, expected: str) -> None:
    cut = datetime(year, 6, 1, tzinfo=UTC) if year else None
    (found,) = dated([wish("rdkit", "rdkit")], cut)
    assert (found.name, found.requirement) == (expected, expected)
    declared = wish("rdkit", None)
    assert dated([declared], cut) == (declared,)


class TestTopLevelModules:
    @pytest.mark.parametrize(
        ("record", "expected"),
        [
            ("six.py,sha256=x,1\nsix-1.0.dist-info/RECORD,,\n__pycache__/six.cpython-38.pyc,,", {"six"}),
            ("_cffi.cpython-311-x86_64-linux-gnu.so,,\ncffi/__init__.py,,", {"_cffi", "cffi"}),
            ("google/cloud/storage/__init__.py,,\ngoogle/cloud/storage/blob.py,,\ngoogle/cloud/storage_v1/a/b.py,,",
             {"google.cloud.storage", "google.cloud.storage_v1.a"}),
            ("pkg/one.py,,\npkg/deep/two.py,,", {"pkg"}),
            ("../../bin/tool.py,,\nx-1.data/scripts/a.py,,\nshare/doc.txt,,\npkg/__init__.py,,", {"pkg"}),
            ('"pkg/__init__.py",sha256=a,3', {"pkg"}),
            ("", set()),
        ],
    )  # fmt: skip
    def test_of_a_record(self, record: str, expected: set[str]) -> None:
        assert top_level_modules({"RECORD": record}) == expected

    def test_without_a_record(self) -> None:
        assert top_level_modules({"top_level.txt": "yaml\n_yaml\n"}) == {"yaml", "_yaml"}


class TestVerifying:
    def test_what_is_provided_is_no_problem(self) -> None:
        provided = {
            "pyyaml": {"yaml"},
            "google-cloud-storage": {"google.cloud.storage"},
            "matplotlib": {"mpl_toolkits.mplot3d", "matplotlib"},
        }
        wishes = [wish("pyyaml", "yaml"), wish("google-cloud-storage", "google.cloud.storage"), wish("matplotlib", "mpl_toolkits")]
        assert verify_modules(provided, wishes) == ()

    def test_a_module_may_come_from_another_distribution(self) -> None:
        assert verify_modules({"python-igraph": (), "igraph": {"igraph"}}, [wish("python-igraph", "igraph")]) == ()

    def test_what_is_lacking_is_named(self) -> None:
        (problem,) = verify_modules({"sklearn": {"nothing"}}, [wish("sklearn", "sklearn")])
        assert problem == "a.ipynb, cell 2 imports sklearn, for which sklearn was installed, but that provides nothing"
        (problem,) = verify_modules(
            {"google-cloud-storage": {"google.cloud.other"}}, [wish("google-cloud-storage", "google.cloud.storage")]
        )
        assert "google.cloud.storage" in problem

    def test_what_was_declared_or_not_resolved_is_left_to_others(self) -> None:
        assert verify_modules({"pyyaml": ()}, [wish("pyyaml", None), wish("scipy", "scipy")]) == ()
