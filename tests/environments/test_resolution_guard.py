"""The guard by itself: what the resolver walks back from is noticed even where nothing repairs it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from environments.local_index import LocalIndex
from packaging.requirements import Requirement

from nbrepro.environments.pythons import Interpreter
from nbrepro.environments.resolution.attempt import Attempt, Outcome, solve
from nbrepro.environments.resolution.guard import inspect
from nbrepro.environments.resolution.request import Asked
from nbrepro.model import Source, SourceKind

HERE = Interpreter(sys.executable, ".".join(map(str, sys.version_info[:3])))


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[LocalIndex]:
    with LocalIndex() as index:
        index.add("fruit", "0.11", uploaded="2013-01-01")
        index.add("fruit", "0.24", uploaded="2019-03-01", requires=["seed (>=2011k)"])
        index.add("seed", "2012")
        monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
        yield index


def solved(*requirements: str) -> Outcome:
    source = Source(SourceKind.REQUIREMENTS, "requirements.txt", 1)
    asked = tuple(Asked(Requirement(one), source) for one in requirements)
    return solve(Attempt(asked, datetime(2019, 6, 1, tzinfo=UTC), HERE))


def test_the_trap_is_real_and_is_noticed(index: LocalIndex) -> None:
    outcome = solved("fruit")
    assert outcome.versions["fruit"] == "0.11"
    (suspicion,) = inspect(outcome).suspicions
    assert (suspicion.name, suspicion.chosen, suspicion.expected) == ("fruit", "0.11", "0.24")


def test_it_is_noticed_through_a_package_that_nobody_wished(index: LocalIndex) -> None:
    index.add("salad", "1.0", requires=["fruit"])
    assert [one.name for one in inspect(solved("salad")).suspicions] == ["fruit"]


def test_it_is_noticed_without_what_uv_says_of_its_own_accord(index: LocalIndex) -> None:
    outcome = solved("fruit")
    mute = replace(outcome, answer=replace(outcome.answer, rejected=()))
    assert [one.expected for one in inspect(mute).suspicions] == ["0.24"]


def test_an_upper_bound_of_the_wishes_explains_an_old_version(index: LocalIndex) -> None:
    inspection = inspect(solved("fruit<0.20"))
    assert inspection.suspicions == ()
    assert inspection.is_complete
