"""What releases need and don't declare."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nbrepro.environments.unsaid_needs import with_unsaid_needs
from nbrepro.model import Ecosystem, EnvironmentSpec, PythonWish, Source, SourceKind, Wish, WishKind

SOURCE = Source(SourceKind.REQUIREMENTS, "requirements.txt", 1)
OLD, NEW = datetime(2017, 1, 7, tzinfo=UTC), datetime(2022, 1, 7, tzinfo=UTC)


def spec(*wishes: Wish, cut: datetime | None = OLD) -> EnvironmentSpec:
    return EnvironmentSpec("a.ipynb", PythonWish("==3.6", SOURCE), wishes, cut=cut)


def wish(requirement: str, kind: WishKind = WishKind.PACKAGE, ecosystem: Ecosystem = Ecosystem.PYPI) -> Wish:
    return Wish(requirement.partition("=")[0].partition(">")[0], requirement, SOURCE, ecosystem, kind)


@pytest.mark.parametrize(
    ("requirement", "cut", "expected"),
    [
        ("scikit-learn", OLD, ["numpy", "scipy"]),
        ("scikit-learn==0.19.2", NEW, ["numpy", "scipy"]),
        ("scikit-learn==0.20.0", OLD, []),
        ("scikit-learn", NEW, []),
        ("scikit-learn", None, []),
        ("scikit-learn>=0.17", OLD, ["numpy", "scipy"]),
        ("seaborn", OLD, ["numpy", "scipy", "pandas", "matplotlib"]),
        ("statsmodels==0.9.0", None, ["scipy"]),
        ("mlxtend", OLD, ["numpy", "scipy", "pandas", "scikit-learn", "matplotlib"]),
        ("mlxtend==0.10.0", OLD, []),
        ("keras", OLD, ["tensorflow"]),
        ("keras", NEW, ["tensorflow"]),
        ("keras", None, ["tensorflow"]),
        ("keras", datetime(2016, 9, 1, tzinfo=UTC), []),
        ("keras==1.0.8", NEW, []),
        ("requests", OLD, []),
    ],
)
def test_old_releases_get_what_they_need(requirement: str, cut: datetime | None, expected: list[str]) -> None:
    found = with_unsaid_needs(spec(wish(requirement), cut=cut))
    assert [one.requirement for one in found.wishes[1:]] == expected
    assert [one.slug for one in found.deviations] == (["unsaid-needs"] if expected else [])


def test_what_keras_computes_with_may_be_something_else() -> None:
    found = with_unsaid_needs(spec(wish("keras"), wish("scikit-learn")))
    assert {one.name: one.is_optional for one in found.wishes[2:]} == {"tensorflow": True, "numpy": False, "scipy": False}


def test_what_is_wished_already_stays_as_it_is() -> None:
    found = with_unsaid_needs(spec(wish("scikit-learn"), wish("scipy==0.19.0"), wish("seaborn")))
    assert [one.requirement for one in found.wishes] == ["scikit-learn", "scipy==0.19.0", "seaborn", "numpy", "pandas", "matplotlib"]


def test_a_bound_is_no_wish() -> None:
    found = with_unsaid_needs(spec(wish("scikit-learn==0.18", WishKind.CONSTRAINT), wish("scipy==0.19.0", WishKind.CONSTRAINT)))
    assert len(found.wishes) == 2
    conda = spec(wish("scikit-learn", ecosystem=Ecosystem.CONDA))
    assert with_unsaid_needs(conda) == conda
