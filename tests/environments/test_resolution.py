"""Resolving against a package index of our own: versions as of a date, who says what, and answers that are never silently wrong."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from environments.local_index import LocalIndex
from packaging.tags import platform_tags
from packaging.version import Version

from nbrepro.environments.locks import canonical, lock_from_pylock
from nbrepro.environments.pythons import Interpreter, find_interpreters
from nbrepro.environments.resolution import WHEELS, Building, climb, lock_from_declaration, resolve, resolve_with_ladder
from nbrepro.environments.resolution.checking import first_attempt
from nbrepro.errors import RequestError, UnresolvableError
from nbrepro.model import Declaration, Ecosystem, EnvironmentSpec, Lock, PythonWish, Source, SourceKind, Wish, WishKind

HERE = Interpreter(sys.executable, ".".join(map(str, sys.version_info[:3])))
JUNE_2019 = datetime(2019, 6, 1, tzinfo=UTC)


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[LocalIndex]:
    with LocalIndex() as index:
        index.add("ipykernel", "6.0.99", uploaded="2021-07-01")
        monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
        yield index


def wish(requirement: str, line: int = 1, path: str = "requirements.txt", kind: SourceKind = SourceKind.REQUIREMENTS) -> Wish:
    return Wish(re.split(r"[\[=<>]", requirement)[0].strip(), requirement, Source(kind, path, line))


def spec(*wishes: Wish | str, cut: datetime | None = JUNE_2019) -> EnvironmentSpec:
    listed = tuple(wish(one, line) if isinstance(one, str) else one for line, one in enumerate(wishes, start=1))
    return EnvironmentSpec("a.ipynb", PythonWish(f"=={HERE.version}", Source(SourceKind.METADATA)), listed, cut=cut)


def versions(lock: Lock) -> dict[str, str]:
    return {package.name: package.version for package in lock.packages if package.name != "ipykernel"}


def kernel(lock: Lock) -> str:
    return next(package.version for package in lock.packages if package.name == "ipykernel")


def slugs(lock: Lock) -> list[str]:
    return [deviation.slug for deviation in lock.deviations]


def test_nothing_younger_than_the_notebook_is_taken(index: LocalIndex) -> None:
    for version, day in {"1.0": "2018-01-01", "1.1": "2019-05-31", "2.0": "2019-06-02"}.items():
        index.add("fruit", version, uploaded=day)
    assert versions(resolve(spec("fruit"), HERE)) == {"fruit": "1.1"}
    assert versions(resolve(spec("fruit", cut=None), HERE)) == {"fruit": "2.0"}


def test_a_pin_counts_more_than_the_date(index: LocalIndex) -> None:
    index.add("fruit", "1.0", uploaded="2018-01-01")
    index.add("fruit", "2.0", uploaded="2023-01-01")
    assert versions(resolve(spec("fruit==2.0"), HERE)) == {"fruit": "2.0"}


def test_figures_keep_the_size_that_they_had_on_the_day(index: LocalIndex) -> None:
    index.add("ipykernel", "6.1", uploaded="2021-08-01", requires=["matplotlib-inline"])
    for version, day in {"0.1.3": "2021-09-07", "0.1.6": "2022-08-18"}.items():
        index.add("matplotlib-inline", version, uploaded=day)
    assert versions(resolve(spec(), HERE))["matplotlib-inline"] == "0.1.3"
    assert versions(resolve(spec(cut=datetime(2023, 1, 1, tzinfo=UTC)), HERE))["matplotlib-inline"] == "0.1.6"


def test_the_kernel_is_always_there_and_younger_than_the_notebook_unless_it_is_wished(index: LocalIndex) -> None:
    index.add("ipykernel", "4.0", uploaded="2018-01-01")
    index.add("ipykernel", "99.0", uploaded="2026-01-01")
    assert kernel(resolve(spec(), HERE)) == "6.0.99"
    assert kernel(resolve(spec("ipykernel"), HERE)) == "4.0"
    assert kernel(resolve(spec(cut=None), HERE)) == "99.0"


def test_what_computes_with_the_notebook_does_not_float_with_the_kernel(index: LocalIndex) -> None:
    index.add("ipykernel", "6.1", uploaded="2022-01-01", requires=["decorator"])
    index.add("decorator", "4.0", uploaded="2018-01-01")
    index.add("decorator", "5.0", uploaded="2021-01-01")
    assert versions(resolve(spec(), HERE)) == {"decorator": "4.0"}


def test_two_runs_give_the_same_lock_and_it_is_read_back_whole(index: LocalIndex) -> None:
    sha = index.add("fruit", "1.0", requires=["seed>=0.5"], uploaded="2018-01-01")
    index.add("seed", "0.7", uploaded="2018-01-02")
    first, second = (resolve(spec("fruit"), HERE) for _ in range(2))
    assert first.text == second.text
    again = lock_from_pylock(first.text)
    assert again == first
    assert canonical(again) == canonical(first)
    fruit = next(package for package in first.packages if package.name == "fruit")
    assert fruit.hashes == (f"sha256:{sha}",)
    assert fruit.uploaded == datetime(2018, 1, 1, tzinfo=UTC)
    assert first.python == HERE.version
    assert first.cut == JUNE_2019
    assert tomllib.loads(first.text)["lock-version"] == "1.0"


def test_every_version_says_why_it_is_there(index: LocalIndex) -> None:
    index.add("fruit", "1.0", requires=["seed"], uploaded="2018-01-01")
    index.add("seed", "0.7", uploaded="2018-01-02")
    because = {package.name: " / ".join(package.because) for package in resolve(spec("fruit==1.0"), HERE).packages}
    assert because["fruit"] == "requirements.txt, line 1: fruit==1.0 / pinned: the date doesn't bind it"
    assert because["seed"] == "needed by fruit / newest that fits as of 2019-06-01"
    assert because["ipykernel"].startswith("needed to run a notebook")


def test_credentials_of_the_index_stay_out_of_locks_and_messages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with LocalIndex(credentials="someone:hunter2") as index:
        monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
        index.add("ipykernel", "6.0.99")
        assert "hunter2" not in repr(resolve(spec(), HERE))
        with pytest.raises(UnresolvableError) as caught:
            resolve(spec("absent"), HERE)
        assert "hunter2" not in repr(caught.value)
        assert "127.0.0.1" not in str(caught.value)


@pytest.mark.parametrize(
    ("wishes", "place", "reason"),
    [
        (("fruit==1.0", "fruit>=2.0"), "requirements.txt, line 2: fruit>=2.0", "you require fruit"),
        (("absent",), "requirements.txt, line 1: absent", "was not found"),
        (("fruit==7.7",), "requirements.txt, line 1: fruit==7.7", "no version of fruit==7.7"),
        (("salad", "fruit==1.0"), "requirements.txt, line 1: salad", "depend on fruit>=2.0"),
        (("sourced",), "requirements.txt, line 1: sourced", "building from source is not allowed"),
        (("future",), "requirements.txt, line 1: future", "because of the notebook's date"),
    ],
)
def test_what_can_not_be_met_is_named_with_its_place(index: LocalIndex, wishes: tuple[str, ...], place: str, reason: str) -> None:
    index.add("fruit", "1.0")
    index.add("fruit", "2.0")
    index.add("salad", "1.0", requires=["fruit>=2.0"])
    index.add("sourced", "1.0", is_source=True)
    index.add("future", "1.0", uploaded="2022-01-01")
    with pytest.raises(UnresolvableError) as caught:
        resolve(spec(*wishes), HERE)
    assert place in caught.value.sources
    assert reason in caught.value.explanation
    assert wishes[0].split("==", maxsplit=1)[0] in caught.value.packages


def test_an_index_without_upload_times_is_named_as_the_cause(index: LocalIndex) -> None:
    index.add("fruit", "1.0", uploaded=None)
    with pytest.raises(UnresolvableError, match="gives no upload times"):
        resolve(spec("fruit"), HERE)


def test_a_release_with_unreadable_metadata_is_repaired_and_not_passed_over(index: LocalIndex) -> None:
    index.add("seed", "2012")
    index.add("fruit", "0.11", uploaded="2013-01-01")
    index.add("fruit", "0.24", uploaded="2019-03-01", requires=["seed (>=2011k)"])
    lock = resolve(spec("fruit"), HERE)
    assert versions(lock) == {"fruit": "0.24", "seed": "2012"}
    assert slugs(lock) == ["metadata-repaired"]
    assert "2011k" in lock.deviations[0].message


def test_the_table_of_repairs_serves_where_it_knows_a_release(index: LocalIndex) -> None:
    index.add("pandas", "0.11.0", uploaded="2013-01-01")
    index.add("pandas", "0.24.2", uploaded="2019-03-14", requires=["pytz (>=2011k)"])
    index.add("pytz", "2019.1", uploaded="2019-04-01")
    index.add("numpy", "1.16.4", uploaded="2019-05-28")
    index.add("python-dateutil", "2.8.0", uploaded="2019-02-05")
    lock = resolve(spec("pandas"), HERE)
    assert versions(lock)["pandas"] == "0.24.2"
    assert slugs(lock) == []


@pytest.mark.parametrize(
    ("refused", "slug"),
    [
        (Wish("r-base", "r-base", Source(SourceKind.BINDER, "apt.txt", 1), kind=WishKind.SYSTEM), "system-not-provided"),
        (Wish("own", ".", Source(SourceKind.SETUP, "setup.py"), kind=WishKind.LOCAL_PROJECT), "project-not-built"),
        (Wish("gdal", "gdal=3", Source(SourceKind.CONDA, "environment.yml", 4), Ecosystem.CONDA), "conda-not-provided"),
        (wish("notebook==5.4.0"), "server-left-out"),
        (wish("pkg-resources==0.0.0"), "no-package"),
        (wish("===what"), "unreadable-requirement"),
    ],
)
def test_wishes_that_no_index_can_meet_are_told(index: LocalIndex, refused: Wish, slug: str) -> None:
    lock = resolve(spec(refused), HERE)
    assert slugs(lock) == [slug]
    assert str(refused.source) in lock.deviations[0].message
    assert versions(lock) == {}


def test_a_server_that_the_code_imports_is_kept(index: LocalIndex) -> None:
    index.add("notebook", "5.4.0", uploaded="2018-01-01")
    imported = Wish("notebook", "notebook", Source(SourceKind.IMPORT, "a.ipynb", 2), imported_as="notebook")
    assert versions(resolve(spec(imported), HERE)) == {"notebook": "5.4.0"}


def at_an_address(name: str) -> Wish:
    return Wish(name, f"git+https://example.org/{name}.git", Source(SourceKind.REQUIREMENTS, "r.txt", 2), kind=WishKind.REPOSITORY)


def test_an_address_of_a_known_package_is_taken_from_the_index_and_told(index: LocalIndex) -> None:
    index.add("tqdm", "1.0")
    lock = resolve(spec(at_an_address("tqdm")), HERE)
    assert versions(lock) == {"tqdm": "1.0"}
    assert slugs(lock) == ["repository-from-index"]


def test_whoever_holds_the_name_of_an_unknown_repository_is_not_installed(index: LocalIndex) -> None:
    index.add("fruit", "1.0")
    lock = resolve(spec(at_an_address("fruit")), HERE)
    assert versions(lock) == {}
    assert slugs(lock) == ["repository-left-out"]


def test_hashes_of_a_lock_are_kept_to(index: LocalIndex) -> None:
    sha = index.add("fruit", "1.0")
    source = Source(SourceKind.LOCK, "Pipfile.lock")
    right = Wish("fruit", "fruit==1.0", source, hashes=("sha256:" + 64 * "0", f"sha256:{sha}"))
    assert versions(resolve(spec(right), HERE)) == {"fruit": "1.0"}
    wrong = Wish("fruit", "fruit==1.0", source, hashes=("sha256:" + 64 * "0",))
    with pytest.raises(UnresolvableError, match="hash"):
        resolve(spec(wrong), HERE)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wished", "slug", "expected"),
    [
        ("fruit==1.2.3", "nearest-patch", "1.2.4"),
        ("fruit==1.3.0", "nearest-minor", "1.2.4"),
        ("fruit==1.4.1", "nearest-minor", "1.5.0"),
        ("fruit==0.7", "nearest-minor", "1.2.0"),
        ("fruit==1.2.4+cu113", "local-version", "1.2.4"),
        ("fruit==9.9", "unpinned", "1.5.0"),
        ("late", "after-date", "3.0"),
        ("absent==1.0", "dropped", None),
    ],
)
def test_the_ladder_takes_the_smallest_departure_and_tells(index: LocalIndex, wished: str, slug: str, expected: str | None) -> None:
    for version in ("1.2.0", "1.2.4", "1.5.0"):
        index.add("fruit", version)
    index.add("late", "3.0", uploaded="2021-01-01")
    index.add("late", "4.0", uploaded="2022-01-01")
    index.add("other", "1.0")
    lock, chosen = resolve_with_ladder(spec(wished, "other==1.0"), [HERE])
    assert slugs(lock) == [slug]
    assert "requirements.txt, line 1" in lock.deviations[0].message or slug == "after-date"
    assert versions(lock) == {"other": "1.0"} | ({wished.split("==", maxsplit=1)[0]: expected} if expected else {})
    assert chosen == HERE


@pytest.mark.slow
def test_the_version_is_told_that_was_taken_in_the_end(index: LocalIndex) -> None:
    index.add("late", "3.0rc1", uploaded="2020-01-01")
    index.add("late", "3.0", uploaded="2020-02-01", requires=["nowhere"])
    lock, _ = resolve_with_ladder(spec("late"), [HERE])
    assert versions(lock) == {"late": "3.0rc1"}
    assert "3.0rc1 is taken" in next(one.message for one in lock.deviations if one.slug == "after-date")


def optional(requirement: str) -> Wish:
    return replace(wish(requirement, path="helpers.py", kind=SourceKind.IMPORT), is_optional=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wished", "is_had"),
    [("good", True), ("absent", False), ("sourced", False), ("greedy", False), ("hungry", False)],
    ids=["can be had", "unknown to the index", "only a source", "against what is needed", "needs what is not there"],
)
def test_nothing_that_is_needed_gives_way_for_an_optional_wish(index: LocalIndex, wished: str, is_had: bool) -> None:
    for version in ("1.2.0", "1.2.4", "1.5.0"):
        index.add("fruit", version)
    index.add("good", "1.0")
    index.add("sourced", "1.0", is_source=True)
    index.add("greedy", "1.0", requires=["fruit>=1.5"])
    index.add("hungry", "1.0", requires=["nowhere"])
    lock, _ = resolve_with_ladder(spec("fruit<1.5", optional(wished), optional("good")), [HERE])
    print(*lock.deviations, sep="\n")
    assert versions(lock) == {"fruit": "1.2.4", "good": "1.0"}
    assert slugs(lock) == ([] if is_had else ["optional-dropped"])
    assert is_had or f"helpers.py, line 1: {wished} can't be met beside" in lock.deviations[0].message


@pytest.mark.slow
def test_an_optional_wish_comes_back_where_something_needed_was_in_the_way(index: LocalIndex) -> None:
    index.add("fruit", "1.2.4")
    index.add("good", "1.0")
    index.add("late", "1.0", uploaded="2020-01-01")
    lock, _ = resolve_with_ladder(spec("fruit==1.2.3", optional("good"), optional("absent"), optional("late")), [HERE])
    print(*lock.deviations, sep="\n")
    assert versions(lock) == {"fruit": "1.2.4", "good": "1.0", "late": "1.0"}
    assert sorted(slugs(lock)) == ["after-date", "nearest-patch", "optional-dropped"]


@pytest.mark.slow
def test_of_two_contradictory_places_the_cell_of_the_notebook_counts(index: LocalIndex) -> None:
    index.add("fruit", "1.0")
    index.add("fruit", "2.0")
    cell = wish("fruit==2.0", 3, "a.ipynb", SourceKind.INSTALL_CELL)
    lock, _ = resolve_with_ladder(spec(wish("fruit==1.0"), cell), [HERE])
    assert versions(lock) == {"fruit": "2.0"}
    assert slugs(lock) == ["contradiction"]


@pytest.mark.slow
def test_what_a_wish_needs_may_be_younger_than_the_date_where_nothing_else_helps(index: LocalIndex) -> None:
    index.add("salad", "1.0", requires=["leaf>=1.0"])
    index.add("leaf", "1.0", is_source=True)
    index.add("leaf", "1.1", uploaded="2020-01-01")
    index.add("leaf", "2.0", uploaded="2021-01-01")
    lock, _ = resolve_with_ladder(spec("salad"), [HERE])
    assert versions(lock) == {"leaf": "1.1", "salad": "1.0"}
    assert slugs(lock) == ["after-date"]


@pytest.mark.slow
def test_an_ipython_that_is_too_old_for_any_kernel_gives_way(index: LocalIndex) -> None:
    index.add("ipython", "3.2.1")
    index.add("fruit", "1.0")
    lock, _ = resolve_with_ladder(spec("fruit==1.0", "ipython==3.2.1"), [HERE])
    assert versions(lock) == {"fruit": "1.0"}
    assert slugs(lock) == ["kernel-floats"]


def test_an_old_matplotlib_comes_with_a_kernel_that_shows_its_figures(index: LocalIndex) -> None:
    index.add("matplotlib", "1.5.3")
    index.add("ipykernel", "4.8.2")
    python = Interpreter(HERE.path, "3.6.15")
    for asked, expected in ((spec("matplotlib==1.5.3"), True), (spec("matplotlib==3.0"), False), (spec("matplotlib", cut=None), False)):
        question = first_attempt(asked, python, WHEELS).question()
        assert ("ipykernel>=4.8,<4.9" in question.constraints) == expected
    assert "ipykernel>=4.8,<4.9" not in first_attempt(spec("matplotlib==1.5.3"), HERE, WHEELS).question().constraints


@pytest.mark.slow
def test_what_a_freeze_says_of_the_kernel_gives_way_as_a_whole(index: LocalIndex) -> None:
    index.add("tornado", "4.5", is_source=True)
    index.add("traitlets", "4.3")
    index.add("fruit", "1.0")
    lock, _ = resolve_with_ladder(spec("fruit==1.0", "tornado==4.5", "traitlets==4.3", "ipykernel==4.8"), [HERE])
    assert versions(lock) == {"fruit": "1.0"}
    assert kernel(lock) == "6.0.99"
    assert slugs(lock) == ["kernel-floats"]
    assert "tornado==4.5" in lock.deviations[0].message


def test_an_exact_declaration_becomes_a_lock(index: LocalIndex) -> None:
    sha = index.add("fruit", "1.0", requires=["seed"])
    index.add("seed", "0.5")
    index.add("seed", "0.6")
    source = Source(SourceKind.LOCK, "Pipfile.lock")
    pinned = Wish("fruit", "fruit==1.0", source, hashes=(f"sha256:{sha}",)), Wish("seed", "seed==0.5; python_version >= '3'", source)
    lock = lock_from_declaration(Declaration(SourceKind.LOCK, "Pipfile.lock", pinned, is_exact=True), HERE)
    assert versions(lock) == {"fruit": "1.0", "seed": "0.5"}
    assert lock.deviations == ()


@pytest.mark.slow
def test_another_python_is_better_than_another_set_of_versions(index: LocalIndex) -> None:
    other = next((one for one in find_interpreters() if Version(one.version) > Version(HERE.version) and one.minor != HERE.minor), None)
    if other is None:
        pytest.skip("there is no newer Python on this machine")
    index.add("fruit", "1.0", requires_python=f">={other.minor}")
    index.add("fruit", "3.0")
    lock, chosen = resolve_with_ladder(spec("fruit==1.0"), [HERE, other])
    assert (versions(lock), chosen, lock.python) == ({"fruit": "1.0"}, other, other.version)
    assert slugs(lock) == ["python-neighbour"]
    assert HERE.version in lock.deviations[0].message


def test_a_python_that_is_too_old_is_refused_at_once() -> None:
    with pytest.raises(RequestError, match=r"3\.6 and newer"):
        resolve(spec("fruit"), Interpreter("/usr/bin/python2.7", "2.7.18"))


@pytest.mark.slow
def test_what_would_be_built_is_built_only_where_that_is_allowed(index: LocalIndex) -> None:
    index.add("sourced", "1.0", is_source=True)
    lock, _ = resolve_with_ladder(spec("sourced==1.0"), [HERE])
    assert slugs(lock) == ["unpinned", "dropped"]
    with pytest.raises(UnresolvableError, match=r"must not be run|build"):
        resolve(spec("sourced==1.0"), HERE, building=Building(is_allowed=True))


def test_the_source_of_a_package_that_most_pythons_have_as_a_wheel_is_not_built(index: LocalIndex) -> None:
    index.add("numpy", "1.15.0", is_source=True)
    with pytest.raises(UnresolvableError, match="no usable wheels") as caught:
        resolve(spec("numpy==1.15.0"), HERE, building=Building(is_allowed=True))
    assert "must not be run" not in str(caught.value), "that is what the source says when it is built"


def test_a_wheel_that_is_far_older_than_the_newest_source_is_told(index: LocalIndex) -> None:
    index.add("fruit", "1.0", uploaded="2013-01-01")
    index.add("fruit", "2.0", uploaded="2018-01-01", is_source=True)
    index.add("fruit", "3.0", uploaded="2021-01-01", is_source=True)
    index.add("seed", "1.0", uploaded="2018-01-01")
    index.add("seed", "1.1", uploaded="2018-02-01", is_source=True)
    lock = resolve(spec("fruit", "seed"), HERE)
    assert versions(lock) == {"fruit": "1.0", "seed": "1.0"}
    assert [(one.slug, "fruit 2.0" in one.message) for one in lock.deviations] == [("older-wheel", True)]
    fruit = next(package for package in lock.packages if package.name == "fruit")
    assert any("older-wheel" in reason for reason in fruit.because)


def test_a_version_held_back_by_another_package_is_no_mistake(index: LocalIndex) -> None:
    index.add("fruit", "1.0", uploaded="2013-01-01")
    index.add("fruit", "2.0", uploaded="2018-01-01")
    index.add("salad", "1.0", uploaded="2018-06-01", requires=["fruit<2"])
    lock = resolve(spec("salad", "fruit"), HERE)
    assert versions(lock) == {"fruit": "1.0", "salad": "1.0"}
    assert slugs(lock) == []


@pytest.mark.slow
def test_a_wished_pin_stays_where_only_what_it_needs_has_no_wheel(index: LocalIndex) -> None:
    index.add("salad", "1.14.0", requires=["leaf>=1.0"])
    index.add("salad", "1.13.0")
    index.add("leaf", "1.0", is_source=True)
    index.add("leaf", "1.1", uploaded="2020-01-01")
    lock, _ = resolve_with_ladder(spec("salad==1.14.0"), [HERE])
    assert versions(lock) == {"leaf": "1.1", "salad": "1.14.0"}
    assert slugs(lock) == ["after-date"]


@pytest.mark.slow
def test_what_only_a_wish_needs_is_freed_of_the_date_before_the_wish_is_dropped(index: LocalIndex) -> None:
    index.add("salad", "1.0", is_source=True)
    index.add("salad", "1.1", requires=["leaf"], uploaded="2020-06-01")
    index.add("salad", "1.2", requires=["leaf"], uploaded="2022-06-01")
    index.add("leaf", "1.0", is_source=True)
    index.add("leaf", "1.1", uploaded="2020-01-01")
    index.add("leaf", "2.0", uploaded="2021-01-01")
    lock, _ = resolve_with_ladder(spec("salad"), [HERE], building=Building(is_allowed=True, failed=frozenset({"salad", "leaf"})))
    assert versions(lock) == {"leaf": "1.1", "salad": "1.1"}
    assert slugs(lock) == ["after-date", "after-date"]


COMPILED = f"cp39-abi3-{next(platform_tags())}"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wishes", "tag", "day", "expected"),
    [
        (("salad",), COMPILED, "2023-03-03", ("1.26.4", ["compiled-for-numpy-1"])),
        (("salad", "numpy"), COMPILED, "2023-03-03", ("1.26.4", ["compiled-for-numpy-1"])),
        (("salad", "numpy>=2"), COMPILED, "2023-03-03", ("2.0.1", ["compiled-for-numpy-1"])),
        (("salad",), COMPILED, "2024-05-01", ("2.0.1", [])),
        (("salad",), "py3-none-any", "2023-03-03", ("2.0.1", [])),
        (("leaf", "numpy"), COMPILED, "2023-03-03", ("2.0.1", [])),
    ],
)
def test_what_was_compiled_for_numpy_1_gets_it(
    index: LocalIndex, wishes: tuple[str, ...], tag: str, day: str, expected: tuple[str, list[str]]
) -> None:
    for version, uploaded in {"1.26.4": "2024-02-05", "2.0.1": "2024-07-21"}.items():
        index.add("numpy", version, uploaded=uploaded, tag=COMPILED)
    index.add("salad", "3.7", requires=["numpy>=1.20"], tag=tag, uploaded=day)
    index.add("leaf", "1.0", tag=COMPILED, uploaded="2023-03-03")
    lock = resolve(spec(*wishes, cut=datetime(2024, 8, 12, tzinfo=UTC)), HERE)
    assert (versions(lock)["numpy"], slugs(lock)) == expected


@pytest.mark.slow
def test_what_two_wishes_lack_is_freed_of_the_date_for_both_before_either_gives_up_its_version(index: LocalIndex) -> None:
    for name, needs in {"salad": ["zest>=1.0"], "zest": []}.items():
        for version in ("0.8", "0.9", "1.0"):
            index.add(name, version, is_source=True)
        index.add(name, "1.1", uploaded="2020-01-01", requires=needs)
        index.add(name, "9.0", uploaded="2024-01-01", requires=needs)
    not_built = Building(is_allowed=True, failed=frozenset({"salad", "zest"}))
    lock, _ = resolve_with_ladder(spec("salad", "zest"), [HERE], building=not_built)
    assert versions(lock) == {"salad": "1.1", "zest": "1.1"}
    assert slugs(lock) == ["after-date", "after-date"]


@pytest.mark.slow
def test_a_range_stays_where_only_the_date_is_in_its_way(index: LocalIndex) -> None:
    for version, day in {"2.14": "2020-01-01", "2.19": "2020-06-01", "3.0": "2021-01-01"}.items():
        index.add("fruit", version, uploaded=day)
    lock, _ = resolve_with_ladder(spec("fruit>2.14,<3"), [HERE])
    assert versions(lock) == {"fruit": "2.19"}
    assert slugs(lock) == ["after-date"]


@pytest.mark.slow
def test_why_a_source_can_not_be_built_is_told(index: LocalIndex) -> None:
    index.add("sourced", "1.0", is_source=True)
    lock, _ = resolve_with_ladder(spec("sourced"), [HERE], building=Building(is_allowed=True))
    assert slugs(lock) == ["build-failed", "dropped"]
    assert "setuptools was not found" in lock.deviations[0].message


@pytest.mark.slow
def test_a_source_that_does_not_say_in_time_what_it_needs_is_not_built(index: LocalIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(climb, "BUILD_PATIENCE", 10.0)
    index.add("fruit", "1.0", requires=["seed"], uploaded="2018-01-01")
    index.add("seed", "1.0", uploaded="2018-01-01")
    project = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    files = {"pyproject.toml": project, "backend.py": "import time\ntime.sleep(600)\n"}
    index.add("seed", "2.0", uploaded="2018-02-01", is_source=True, files=files)
    lock, _ = resolve_with_ladder(spec("fruit"), [HERE], building=Building(True))
    print(*lock.deviations, sep="\n")
    assert versions(lock) == {"fruit": "1.0", "seed": "1.0"}
    assert "build-failed" in slugs(lock)
    assert "uv found no solution within 10 s" in next(one.message for one in lock.deviations if one.slug == "build-failed")
