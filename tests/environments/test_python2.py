"""Environments for Python 2.7: what may be taken from an index, what is loosened, and real ones that run real notebooks."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
import pytest
from environments.local_index import LocalIndex
from nbformat.v4 import new_code_cell, new_notebook, new_output
from packaging.tags import parse_tag

from nbrepro.comparison import compare
from nbrepro.environments import storage
from nbrepro.environments.cache import environment_for
from nbrepro.environments.locks.hashed_requirements import hashed_requirements, lock_from_hashed_requirements
from nbrepro.environments.pythons import Interpreter, find_interpreters
from nbrepro.environments.resolution import python2 as python2_module
from nbrepro.environments.resolution import python2_pip, python2_shelf
from nbrepro.environments.resolution.python2 import resolve_python2
from nbrepro.environments.resolution.python2_attempt import Attempt
from nbrepro.environments.resolution.python2_installing import install_python2
from nbrepro.environments.resolution.python2_ladder import Ladder
from nbrepro.environments.resolution.python2_shelf import Shelf
from nbrepro.environments.resolution.request import request_for
from nbrepro.environments.resolution.simple_index import SimpleIndex
from nbrepro.errors import EnvironmentBuildError, RequestError, UnresolvableError
from nbrepro.execution import at, execute
from nbrepro.model import EnvironmentSpec, Lock, LockedPackage, PythonWish, Source, SourceKind, Wish
from nbrepro.notebooks import read

PYTHON2 = Interpreter("/usr/bin/python2.7", "2.7.18")
TAGS = parse_tag("py2-none-any") | parse_tag("cp27-cp27mu-linux_x86_64")
JUNE_2017 = datetime(2017, 6, 1, tzinfo=UTC)
WHEEL = "py2-none-any"


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(storage.VARIABLE, str(tmp_path / "cache"))


@pytest.fixture
def index() -> Iterator[LocalIndex]:
    with LocalIndex() as index:
        index.add("ipykernel", "4.10.1", tag=WHEEL, uploaded="2019-08-09")
        yield index


@pytest.fixture
def python2() -> Interpreter:
    found = next((one for one in find_interpreters() if one.minor == "2.7"), None)
    return found or pytest.skip("there is no Python 2.7 on this machine")


def wish(requirement: str, kind: SourceKind = SourceKind.REQUIREMENTS, line: int = 1, hashes: tuple[str, ...] = ()) -> Wish:
    name = re.split(r"[\[=<>;]", requirement)[0].strip()
    return Wish(name, requirement, Source(kind, "requirements.txt", line), hashes=hashes)


def spec(*wishes: Wish | str, cut: datetime | None = JUNE_2017) -> EnvironmentSpec:
    listed = tuple(wish(one) if isinstance(one, str) else one for one in wishes)
    return EnvironmentSpec("a.ipynb", PythonWish("==2.7.*", Source(SourceKind.METADATA)), listed, cut=cut)


def stocked(index: LocalIndex, *wishes: Wish | str, allow_build: bool = False, cut: datetime | None = JUNE_2017) -> tuple[Attempt, Shelf]:
    """The attempt that is left when every wish can be met, and what can be taken for it."""
    shelf = Shelf(SimpleIndex(index.url), TAGS, "2.7.18")
    attempt = Attempt(request_for(spec(*wishes, cut=cut)).asked, cut, PYTHON2)
    return Ladder(shelf, allow_build).stocked(attempt), shelf


def newest(attempt: Attempt, shelf: Shelf, name: str = "fruit") -> str | None:
    return next((str(version) for version in shelf.fitting(attempt, name)), None) if attempt.of(name) else None


def slugs(attempt: Attempt | Lock) -> list[str]:
    return [one.slug for one in attempt.deviations]


def test_an_old_matplotlib_comes_with_a_kernel_that_shows_its_figures(index: LocalIndex) -> None:
    january = datetime(2016, 1, 1, tzinfo=UTC)
    for wished, cut, kernel in (
        ("matplotlib", january, "4.8.2"),
        ("matplotlib==1.5.3", JUNE_2017, "4.8.2"),
        ("matplotlib==2.0.0", january, "4.10.1"),
        ("matplotlib", JUNE_2017, "4.10.1"),
        ("matplotlib", None, "4.10.1"),
    ):
        attempt = Attempt(request_for(spec(wished, cut=cut)).asked, cut, PYTHON2)
        assert f"ipykernel=={kernel}" in attempt.question().constraints


@pytest.mark.parametrize(
    ("options", "is_taken"),
    [
        ({"tag": "py2-none-any"}, True),
        ({"tag": "py2.py3-none-any"}, True),
        ({"tag": "cp27-cp27mu-linux_x86_64"}, True),
        ({"tag": "cp27-cp27m-linux_x86_64"}, False),
        ({"tag": "py3-none-any"}, False),
        ({"tag": "py2.py3-none-any", "requires_python": ">=3.5"}, False),
        ({"tag": "py2.py3-none-any", "requires_python": ">=2.7,!=3.0.*"}, True),
        ({"is_source": True}, False),
        ({"tag": WHEEL, "uploaded": "2017-06-02"}, False),
        ({"tag": WHEEL, "uploaded": None}, False),
    ],
)
def test_only_wheels_for_this_python_and_of_that_day_are_offered(index: LocalIndex, options: dict[str, object], is_taken: bool) -> None:
    index.add("fruit", "1.0", tag=WHEEL)
    index.add("fruit", "2.0", **options)  # type: ignore[arg-type]
    attempt, shelf = stocked(index, "fruit")
    assert newest(attempt, shelf) == ("2.0" if is_taken else "1.0")
    assert not attempt.deviations


def test_the_date_does_not_bind_what_is_pinned_nor_the_kernel(index: LocalIndex) -> None:
    index.add("fruit", "1.0", tag=WHEEL, uploaded="2019-01-01")
    attempt, shelf = stocked(index, "fruit==1.0")
    assert newest(attempt, shelf) == "1.0"
    assert newest(attempt, shelf, "ipykernel") == "4.10.1"
    assert not attempt.deviations


def test_what_had_only_early_releases_comes_in_the_newest_of_them(index: LocalIndex) -> None:
    for name in ("young", "grown"):
        index.add(name, "0.9b1", tag=WHEEL)
        index.add(name, "0.9b2", is_source=True)
        index.add(name, "1.0", tag=WHEEL, uploaded="2018-01-01")
    index.add("grown", "0.8", is_source=True)
    attempt, shelf = stocked(index, "young")
    assert (newest(attempt, shelf, "young"), slugs(attempt)) == ("0.9b1", ["pre-release"])
    built, shelf = stocked(index, "young>=0.9b2", allow_build=True)
    assert (newest(built, shelf, "young"), slugs(built)) == ("0.9b2", ["built"]), "one is asked for"
    attempt, shelf = stocked(index, "grown", allow_build=True)
    assert (newest(attempt, shelf, "grown"), slugs(attempt)) == ("0.8", ["built"])


@pytest.mark.parametrize(
    ("wished", "allow_build", "expected", "slug"),
    [
        ("fruit==1.2.3", False, "1.2.5", "nearest-patch"),
        ("fruit==1.2.3", True, "1.2.3", "built"),
        ("fruit==1.3.0", False, "1.2.5", "nearest-minor"),
        ("fruit==1.7.0", False, "1.2.5", "nearest-minor"),
        ("fruit==0.7", False, "1.2.0", "nearest-minor"),
        ("fruit==1.2.5+local", False, "1.2.5", "local-version"),
        ("fruit==7.0", False, "2.0", "unpinned"),
        ("fruit>=3", False, "2.0", "unpinned"),
        ("late", False, "1.0", "after-date"),
        ("onlysource", False, None, "dropped"),
        ("onlysource", True, "1.0", "built"),
        ("numpy", True, "1.9.1", "after-date"),
        ("nothing==1.0", False, None, "dropped"),
    ],
)
def test_what_can_not_be_had_is_loosened_a_little_at_a_time(
    index: LocalIndex, wished: str, allow_build: bool, expected: str | None, slug: str
) -> None:
    for version in ("1.2.0", "1.2.5", "2.0"):
        index.add("fruit", version, tag=WHEEL)
    for version in ("1.2.3", "1.3.0"):
        index.add("fruit", version, is_source=True)
    for version in ("1.0", "2.0"):
        index.add("late", version, tag=WHEEL, uploaded=f"201{version[0]}-01-01".replace("2011", "2018").replace("2012", "2019"))
    index.add("onlysource", "1.0", is_source=True)
    index.add("numpy", "1.9.0", is_source=True)
    index.add("numpy", "1.9.1", tag=WHEEL, uploaded="2018-01-01")
    attempt, shelf = stocked(index, wished, allow_build=allow_build)
    name = re.split("[=>]", wished)[0]
    assert newest(attempt, shelf, name) == expected
    assert slugs(attempt) == [slug]
    assert "requirements.txt, line 1" in attempt.deviations[0].message or slug in {"built", "after-date"}


def test_the_kernel_has_the_setuptools_that_it_needs(index: LocalIndex) -> None:
    index.add("setuptools", "5.0", tag=WHEEL, uploaded="2014-06-01")
    index.add("setuptools", "44.1.1", tag=WHEEL, uploaded="2020-05-01")
    attempt, shelf = stocked(index, "setuptools", cut=datetime(2015, 1, 1, tzinfo=UTC))
    assert newest(attempt, shelf, "setuptools") == "44.1.1"


@pytest.mark.parametrize(
    ("wished", "slug"), [("ipykernel", []), ("ipykernel>=4.2", []), ("ipykernel==4.3.1", ["kernel-floats"]), ("ipykernel==4.8.2", [])]
)
def test_no_kernel_is_taken_that_fails_with_the_tornado_there_is(index: LocalIndex, wished: str, slug: list[str]) -> None:
    index.add("ipykernel", "4.3.1", tag=WHEEL, uploaded="2016-01-01")
    index.add("ipykernel", "4.8.2", tag=WHEEL, uploaded="2018-02-01")
    attempt, shelf = stocked(index, wished)
    is_kept = wished.endswith("4.8.2")
    assert newest(attempt, shelf, "ipykernel") == ("4.8.2" if is_kept else "4.10.1")
    assert ("ipykernel==4.10.1" in attempt.question().constraints) is not is_kept
    assert slugs(attempt) == slug


def test_what_a_later_release_needs_may_be_later_too(index: LocalIndex) -> None:
    index.add("fruit", "3.0", tag=WHEEL, requires=["seed (>=1.5)"], uploaded="2018-01-01")
    for version, day in {"1.4": "2017-07-01", "1.5": "2017-08-01", "1.6": "2017-09-01"}.items():
        index.add("seed", version, tag=WHEEL, uploaded=day)
    attempt, shelf = stocked(index, "fruit", "seed")
    assert (newest(attempt, shelf), newest(attempt, shelf, "seed")) == ("3.0", "1.5")
    assert set(slugs(attempt)) == {"after-date"}


def test_of_what_had_sources_only_the_version_of_the_day_is_taken(index: LocalIndex) -> None:
    for name, versions in {"fruit": ("1.0", "1.1", "1.2"), "seed": ("0.9", "1.0", "1.1", "1.2")}.items():
        for version in versions:
            index.add(name, version, is_source=True, uploaded="2018-01-01" if version == "1.2" else "2017-01-01")
            index.add(name, version, tag=WHEEL, uploaded="2018-01-02", requires=["seed>=1.0"] if name == "fruit" else [])
    attempt, shelf = stocked(index, "fruit", "seed")
    assert (newest(attempt, shelf), newest(attempt, shelf, "seed")) == ("1.1", "1.1")
    assert {said.message for said in attempt.deviations} == {
        "fruit had no wheel for this Python on that day; 1.1, which was there as source and got one later, is taken",
        "seed of that day is too old for fruit 1.1; 1.1, which was there as source and got one later, is taken",
    }


def test_a_prerelease_beside_a_final_release_is_taken_only_by_who_wishes_it(index: LocalIndex) -> None:
    index.add("fruit", "0.9", tag=WHEEL)
    index.add("fruit", "1.0b1", tag=WHEEL)
    attempt, shelf = stocked(index, "fruit")
    assert (newest(attempt, shelf), slugs(attempt)) == ("0.9", [])
    wished, shelf = stocked(index, "fruit==1.0b1")
    assert (newest(wished, shelf), slugs(wished)) == ("1.0b1", [])


def test_a_refused_build_is_named(index: LocalIndex) -> None:
    index.add("fruit", "1.2.3", is_source=True)
    index.add("fruit", "1.2.5", tag=WHEEL)
    attempt, _ = stocked(index, "fruit==1.2.3")
    assert attempt.deviations[0].message == (
        "requirements.txt, line 1: fruit==1.2.3 has no wheel for this Python, and building it is not allowed; fruit 1.2.5 is taken"
    )
    dropped, _ = stocked(index, "fruit==1.2.3", cut=datetime(2010, 1, 1, tzinfo=UTC))
    assert "fruit" in str(dropped.deviations)


def test_a_wish_for_another_python_is_passed_over(index: LocalIndex) -> None:
    attempt, _ = stocked(index, "nothing; python_version >= '3'")
    assert not attempt.deviations


def test_places_that_contradict_each_other_are_settled(index: LocalIndex) -> None:
    for version in ("1.0", "2.0"):
        index.add("fruit", version, tag=WHEEL)
    attempt, shelf = stocked(index, wish("fruit==1.0"), wish("fruit==2.0", SourceKind.INSTALL_CELL, line=2))
    assert newest(attempt, shelf) == "2.0"
    assert slugs(attempt) == ["contradiction"]


def test_only_files_with_the_hashes_of_the_wish_are_taken(index: LocalIndex) -> None:
    digest = index.add("fruit", "1.0", tag=WHEEL)
    attempt, shelf = stocked(index, wish("fruit==1.0", hashes=(f"sha256:{digest}",)))
    assert (newest(attempt, shelf), slugs(attempt)) == ("1.0", [])
    other, _ = stocked(index, wish("fruit==1.0", hashes=("sha256:" + "0" * 64,)))
    assert slugs(other) == ["nearest-patch"]
    assert "no file with the hash" in other.deviations[0].message


def test_a_known_source_is_known_by_its_hash_only(index: LocalIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = index.add("simplegeneric", "0.8.1", is_source=True, uploaded="2018-01-01")
    shelf = Shelf(SimpleIndex(index.url), TAGS, "2.7.18")
    attempt = Attempt(request_for(spec()).asked, JUNE_2017, PYTHON2)
    assert shelf.offered(attempt, "simplegeneric") == ()
    monkeypatch.setitem(python2_shelf.KNOWN_SOURCES, digest, "simplegeneric 0.8.1")
    assert [file.name for file in shelf.offered(attempt, "simplegeneric") or ()] == ["simplegeneric-0.8.1.tar.gz"]


def test_what_a_failing_source_speaks_of_is_not_loosened(index: LocalIndex) -> None:
    index.add("numpy", "1.12.0", tag=WHEEL)
    index.add("salad", "1.0", is_source=True)
    attempt, shelf = stocked(index, "numpy==1.12.0", "salad==1.0", allow_build=True)
    said = (
        "ERROR: Command errored out with exit status 1:\n    Complete output (1 lines):\n    Failed to import 'numpy'.\n"
        "    ----------------------------------------\nERROR: Could not find a version that satisfies the requirement salad==1.0\n"
    )
    ladder = Ladder(shelf, allow_build=True)
    unpinned = ladder.settled(attempt, said)
    assert unpinned is not None
    assert [str(one) for one in unpinned.of("numpy")] == ["numpy==1.12.0"]
    dropped = ladder.settled(unpinned, said)
    assert dropped is not None
    assert not dropped.of("salad")
    assert slugs(dropped) == ["built", "unpinned", "dropped"]
    assert "its source can't be built: Failed to import 'numpy'." in dropped.deviations[-1].message


def test_what_another_package_needs_in_a_version_without_wheel_is_built(index: LocalIndex) -> None:
    index.add("tree", "1.0", requires=["Seed==0.5"], tag=WHEEL)
    index.add("seed", "0.5", is_source=True)
    index.add("seed", "0.7", tag=WHEEL)
    said = "ERROR: Could not find a version that satisfies the requirement Seed==0.5 (from tree->-r wishes.in (line 1))\n"
    attempt, shelf = stocked(index, "tree", allow_build=True)
    ladder = Ladder(shelf, allow_build=True)
    built = ladder.settled(attempt, said)
    assert built is not None
    assert (slugs(built), built.built) == (["built"], {"seed"})
    without = ladder.settled(built, said)
    assert without is not None
    assert slugs(without) == ["built", "dropped"]
    assert "(tree needs seed==0.5, of which there is no file)" in without.deviations[-1].message
    refused = Ladder(shelf, allow_build=False).settled(attempt, said)
    assert refused is not None
    assert slugs(refused) == ["dropped"]


@pytest.mark.slow
@pytest.mark.network
def test_a_need_without_wheel_is_built_on_the_way(index: LocalIndex, python2: Interpreter) -> None:
    setup = "from setuptools import setup\nsetup(name='seed', version='0.5', py_modules=['seed'])\n"
    index.add("tree", "1.0", requires=["seed==0.5"], tag=WHEEL)
    index.add("seed", "0.5", is_source=True, files={"setup.py": setup, "seed.py": ""})
    index.add("seed", "0.7", tag=WHEEL)
    lock = resolve_python2(spec("tree"), python2, allow_build=True, index=SimpleIndex(index.url))
    assert {one.name: one.version for one in lock.packages} == {"ipykernel": "4.10.1", "seed": "0.5", "tree": "1.0"}
    assert slugs(lock) == ["built"]


def test_an_optional_wish_is_dropped_before_a_needed_one_loses_its_version(index: LocalIndex) -> None:
    for name in ("seed", "tree"):
        index.add(name, "1.0", tag=WHEEL)
    attempt, shelf = stocked(index, "seed==1.0", replace(wish("tree"), is_optional=True))
    loosened = Ladder(shelf, allow_build=False).settled(attempt, "seed and tree stand against each other")
    assert loosened is not None
    assert loosened.wished == {"seed"}
    assert [deviation.slug for deviation in loosened.deviations] == ["optional-dropped"]


def test_what_nobody_wishes_and_the_day_does_not_have_is_freed_at_once(index: LocalIndex) -> None:
    index.add("salad", "1.0", requires=["leaf", "seed"], tag=WHEEL)
    index.add("leaf", "1.0", is_source=True)
    index.add("seed", "1.0", tag=WHEEL, uploaded="2018-01-01")
    attempt, shelf = stocked(index, "salad", allow_build=True)
    freed = Ladder(shelf, allow_build=True).freed(attempt, ("leaf", "seed", "absent"))
    assert freed is not None
    assert slugs(freed) == ["built", "after-date"]


def test_other_pythons_are_refused(index: LocalIndex, tmp_path: Path) -> None:
    here = Interpreter(sys.executable, "3.11.7")
    with pytest.raises(RequestError, match=r"not for 3\.11\.7"):
        resolve_python2(spec(), here, index=SimpleIndex(index.url))
    lock = hashed_requirements((), python="3.11.7", platform="linux", cut=None, deviations=())
    with pytest.raises(RequestError, match=r"both must be 2\.7"):
        install_python2(lock, tmp_path / "environment", PYTHON2)


def locked(index: LocalIndex, digest: str, *, is_wheel: bool) -> Lock:
    package = LockedPackage("fruit", "1.0", hashes=(f"sha256:{digest}",), is_wheel=is_wheel)
    return hashed_requirements((package,), python="2.7.18", platform="linux", cut=None, deviations=())


@pytest.mark.parametrize("is_wheel", [True, False])
def test_a_lock_can_not_make_anybody_build_a_source(index: LocalIndex, tmp_path: Path, is_wheel: bool) -> None:
    digest = index.add("fruit", "1.0", is_source=True)
    lock = locked(index, digest, is_wheel=is_wheel)
    with pytest.raises(RequestError, match=r"fruit 1\.0 must be built from source"):
        install_python2(lock, tmp_path / "environment", PYTHON2, index=SimpleIndex(index.url))
    assert not (tmp_path / "environment").exists()


def test_a_file_that_the_index_does_not_have_is_named(index: LocalIndex, tmp_path: Path) -> None:
    index.add("fruit", "1.0", tag=WHEEL)
    with pytest.raises(EnvironmentBuildError, match=r"no file of fruit 1\.0 with the hash"):
        install_python2(locked(index, "0" * 64, is_wheel=True), tmp_path / "environment", PYTHON2, index=SimpleIndex(index.url))


@pytest.mark.slow
@pytest.mark.network  # virtualenv itself comes from the machine's index.
def test_versions_as_of_the_date_with_what_they_need(index: LocalIndex, python2: Interpreter, tmp_path: Path) -> None:
    for version, day in {"1.0": "2016-01-01", "1.1": "2017-05-31", "2.0": "2017-06-02"}.items():
        index.add("fruit", version, requires=["seed>=1", "subseed>=1"], tag=WHEEL, uploaded=day)
    index.add("seed", "1.0", tag=WHEEL)
    index.add("subseed", "1.5", tag=WHEEL, uploaded="2018-01-01")
    source = SimpleIndex(index.url)
    lock = resolve_python2(spec("fruit"), python2, index=source)
    assert {one.name: one.version for one in lock.packages} == {"fruit": "1.1", "ipykernel": "4.10.1", "seed": "1.0", "subseed": "1.5"}
    assert slugs(lock) == ["after-date"]
    because = {one.name: one.because for one in lock.packages}
    assert because["seed"] == ("needed by fruit", "newest that fits as of 2017-06-01")
    assert because["ipykernel"][0] == "needed to run a notebook"
    assert resolve_python2(spec("fruit"), python2, index=SimpleIndex(index.url)).text == lock.text
    assert lock_from_hashed_requirements(lock.text).packages[0].hashes == lock.packages[0].hashes
    python = install_python2(lock, tmp_path / "environment", python2, index=source)
    site = sorted(path.name for path in (python.parent.parent / "lib/python2.7/site-packages").glob("*.dist-info"))
    assert site == [
        "fruit-1.1.dist-info",
        "ipykernel-4.10.1.dist-info",
        "pip-20.3.4.dist-info",
        "seed-1.0.dist-info",
        "subseed-1.5.dist-info",
    ]
    listed = subprocess.run([python.parent / "pip", "list", "--format", "freeze"], capture_output=True, text=True, check=True).stdout
    assert listed.split() == ["fruit==1.1", "ipykernel==4.10.1", "pip==20.3.4", "seed==1.0", "subseed==1.5"]


@pytest.mark.slow
@pytest.mark.network
def test_an_old_pip_comes_when_nothing_is_left_to_install_or_to_remove(index: LocalIndex, python2: Interpreter, tmp_path: Path) -> None:
    index.add("pip", "7.1.2", tag=WHEEL)
    source = SimpleIndex(index.url)
    python = install_python2(resolve_python2(spec("pip"), python2, index=source), tmp_path / "environment", python2, index=source)
    site = sorted(path.name for path in (python.parent.parent / "lib/python2.7/site-packages").glob("*.dist-info"))
    assert site == ["ipykernel-4.10.1.dist-info", "pip-7.1.2.dist-info"]


@pytest.mark.slow
@pytest.mark.network
def test_what_stands_against_each_other_is_loosened_and_what_is_held_back_is_told(index: LocalIndex, python2: Interpreter) -> None:
    index.add("seed", "1.0", tag=WHEEL)
    index.add("seed", "2.0", tag=WHEEL)
    index.add("fruit", "1.0", tag=WHEEL, requires=["seed>=2"])
    index.add("tree", "1.0", tag=WHEEL, requires=["seed<2"])
    index.add("tree", "2.0", tag=WHEEL, requires=["missing"])
    lock = resolve_python2(spec("fruit==1.0", "seed==1.0"), python2, index=SimpleIndex(index.url))
    assert slugs(lock) == ["unpinned"]
    assert "fruit 1.0 depends on seed>=2" in lock.deviations[0].message
    assert "requirements.txt, line 1: fruit==1.0" in lock.deviations[0].message
    older = resolve_python2(spec("tree"), python2, index=SimpleIndex(index.url))
    assert {one.name: one.version for one in older.packages}["tree"] == "1.0"
    assert slugs(older) == ["held-back"]


@pytest.mark.slow
@pytest.mark.network
def test_the_search_goes_back_to_what_has_a_part_in_a_conflict(index: LocalIndex, python2: Interpreter) -> None:
    bystanders = [f"pear{number}" for number in range(8)]
    for name in (*bystanders, "seed", "basket"):
        for version in ("1.0", "2.0", "3.0", "4.0"):
            needs = [f"seed>={version}"] if name == "basket" else []
            index.add(name, version, tag=WHEEL, requires=needs)
    index.add("tree", "1.0", tag=WHEEL, requires=["seed<2"])
    lock = resolve_python2(spec("basket", *bystanders, "tree"), python2, index=SimpleIndex(index.url))
    versions = {one.name: one.version for one in lock.packages}
    assert [versions[name] for name in ("basket", "seed", "tree")] == ["1.0", "1.0", "1.0"]
    assert {versions[name] for name in bystanders} == {"4.0"}, "what stands beside is left as it was"
    assert slugs(lock) == ["held-back"]


@pytest.mark.slow
@pytest.mark.network
def test_what_pip_said_is_remembered_wherever_a_wish_stands(
    index: LocalIndex, python2: Interpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.add("fruit", "1.0", tag=WHEEL, requires=["seed"])
    index.add("seed", "1.0", tag=WHEEL)
    calls: list[str] = []
    run_pip = python2_pip.run_pip

    def counted(python: Path, arguments: list[str], *rest: Any, **options: Any) -> subprocess.CompletedProcess[str]:
        calls.append(arguments[0])
        return run_pip(python, arguments, *rest, **options)

    monkeypatch.setattr(python2_pip, "run_pip", counted)
    first = resolve_python2(spec(wish("fruit", line=1)), python2, index=SimpleIndex(index.url))
    again = resolve_python2(spec(wish("fruit", line=7)), python2, index=SimpleIndex(index.url))
    assert (again.packages[0].version, [one.name for one in again.packages]) == ("1.0", [one.name for one in first.packages])
    assert "line 7" in " ".join(again.packages[0].because)
    assert calls == ["download"]
    resolve_python2(spec("fruit"), python2, index=SimpleIndex(index.url), again=True)
    resolve_python2(spec("fruit==1.0"), python2, index=SimpleIndex(index.url))
    resolve_python2(spec("fruit", cut=datetime(2017, 6, 2, tzinfo=UTC)), python2, index=SimpleIndex(index.url))
    assert calls == ["download"] * 4


@pytest.mark.slow
@pytest.mark.network
def test_a_source_that_compiles_everything_to_say_what_it_needs_is_left_out(
    index: LocalIndex, python2: Interpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(python2_module, "PATIENCE", 20.0)
    index.add("slow", "1.0", is_source=True, files={"setup.py": "import time\ntime.sleep(600)\n"})
    index.add("late", "1.0", is_source=True, files={"setup.py": "import time\ntime.sleep(600)\n"})
    index.add("late", "1.1", tag=WHEEL, uploaded="2018-01-01")
    index.add("fruit", "1.0", tag=WHEEL)
    lock = resolve_python2(spec("slow", "late", "fruit"), python2, allow_build=True, index=SimpleIndex(index.url))
    assert {one.name: one.version for one in lock.packages} == {"fruit": "1.0", "ipykernel": "4.10.1", "late": "1.1"}
    assert slugs(lock) == ["build-failed", "after-date", "dropped"]
    assert lock.deviations[0].message.startswith("late, slow: pip was not ready within 20 s")


@pytest.mark.slow
@pytest.mark.network
def test_an_index_without_a_kernel_gives_no_environment(python2: Interpreter) -> None:
    with LocalIndex() as index, pytest.raises(UnresolvableError, match="ipykernel"):
        resolve_python2(spec(), python2, index=SimpleIndex(index.url))


@pytest.mark.slow
@pytest.mark.network
@pytest.mark.timeout(900)
def test_a_notebook_in_python_2_reproduces(python2: Interpreter, tmp_path: Path) -> None:
    lock = resolve_python2(spec("six==1.11.0"), python2)
    assert slugs(lock) == ["known-sources-built"]
    versions = {one.name: one.version for one in lock.packages}
    assert (versions["six"], versions["ipython"], versions["tornado"]) == ("1.11.0", "5.10.0", "5.1.1")
    built = environment_for(lock, python2, build=install_python2)
    shown = {"data": {"text/plain": "u'\\xe9'"}, "execution_count": 3}
    cells = [
        new_code_cell('print "x"', execution_count=1, outputs=[new_output("stream", name="stdout", text="x\n")]),
        new_code_cell("1/2", execution_count=2, outputs=[new_output("execute_result", data={"text/plain": "0"}, execution_count=2)]),
        new_code_cell("u'é'", execution_count=3, outputs=[new_output("execute_result", **shown)]),
        new_code_cell("print u'é'", execution_count=4, outputs=[new_output("stream", name="stdout", text="é\n")]),
        new_code_cell(
            "import six; six.__version__",
            execution_count=5,
            outputs=[new_output("execute_result", data={"text/plain": "'1.11.0'"}, execution_count=5)],
        ),
    ]
    metadata = {"kernelspec": {"name": "python2", "display_name": "Python 2", "language": "python"}}
    nbformat.write(new_notebook(cells=cells, metadata=metadata), tmp_path / "a.ipynb")
    document = read(tmp_path / "a.ipynb")
    with built.in_use():
        execution = execute(document, environment=at(built.python))
    assert compare(document.saved_execution(), execution).verdict == "reproduced"
    assert not built.changes()
    assert environment_for(lock, python2, build=install_python2).was_cached
