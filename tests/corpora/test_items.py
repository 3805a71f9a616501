"""The key of an item: it changes with everything that a run depends on, and with nothing else."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys
import threading
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from harness import Example, code, result
from hypothesis import given
from hypothesis import strategies as st

from nbrepro.comparison.settings import Settings
from nbrepro.corpora.items import (
    _INSTALLED,
    Item,
    RunSettings,
    environment_identity,
    item_request,
    key_of,
    settings_as_json,
    settings_from_json,
)
from nbrepro.corpora.preparing import not_prepared, prepare
from nbrepro.corpora.rerunning import rerun
from nbrepro.errors import (
    ChannelUnreachableError,
    EnvironmentBuildError,
    IndexUnreachableError,
    NbreproError,
    RequestError,
    UnresolvableError,
)
from nbrepro.execution import Order, Runner
from nbrepro.execution.limits import Limits

words = st.text(max_size=8)
many = st.builds(
    RunSettings,
    environment=st.just("auto"),
    order=st.sampled_from(Order),
    limits=st.builds(Limits, step_seconds=st.none() | st.floats(1, 100), memory_bytes=st.none() | st.integers(1, 10)),
    keep_going=st.booleans(),
    runner=st.sampled_from(Runner),
    network=st.booleans(),
)
requests = st.tuples(words, words, words, words, many)


@given(requests, requests)
def test_equal_requests_and_only_they_have_equal_keys(one: tuple[Any, ...], other: tuple[Any, ...]) -> None:
    assert (key_of(item_request(*one)) == key_of(item_request(*other))) == (one == other)


CHANGES: dict[str, Any] = {
    "order": Order.SAVED,
    "limits": Limits(step_seconds=1.0),
    "keep_going": True,
    "runner": Runner.FORK,
    "network": True,
}


def test_every_setting_is_either_in_the_key_or_in_the_identity_of_the_environment() -> None:
    base = key_of(item_request("n", "f", "p", "e", RunSettings()))
    for name, value in CHANGES.items():
        assert key_of(item_request("n", "f", "p", "e", replace(RunSettings(), **{name: value}))) != base, name
    assert {field.name for field in fields(RunSettings)} == {*CHANGES, "environment", "allow_build"}


def test_the_identity_of_an_environment_is_what_is_in_it(tmp_path: Path) -> None:
    declared = tmp_path / "requirements.txt"
    declared.write_text("six==1.16.0\n", encoding="utf-8")
    before = environment_identity(RunSettings(str(declared)))
    declared.write_text("six==1.15.0\n", encoding="utf-8")
    identities = {
        before,
        environment_identity(RunSettings(str(declared))),
        environment_identity(RunSettings(str(declared), allow_build=True)),
        environment_identity(RunSettings("auto")),
        environment_identity(RunSettings("auto", allow_build=True)),
        environment_identity(RunSettings("current")),
    }
    assert len(identities) == 6
    assert environment_identity(RunSettings("current")) == environment_identity(RunSettings(sys.executable))
    with pytest.raises(RequestError):
        environment_identity(RunSettings(str(tmp_path / "absent" / "python")))


def test_settings_of_a_comparison_come_back() -> None:
    settings = Settings(relative_tolerance=0.5, disabled=frozenset({"b", "a"}))
    assert settings_from_json(settings_as_json(settings)) == settings
    assert key_of(settings_as_json(settings)) == key_of(settings_as_json(replace(settings, disabled=frozenset({"a", "b"}))))


def test_packages_are_those_that_their_whole_metadata_name() -> None:
    """The identity reads only headers, which is much faster; older stores have keys of what the standard library reads."""
    plain = "from importlib.metadata import distributions as d; print(*sorted({f'{p.metadata[\"Name\"]}=={p.version}' for p in d()}))"
    expected = subprocess.run([sys.executable, "-c", plain], capture_output=True, text=True, check=True).stdout
    found = subprocess.run([sys.executable, "-c", _INSTALLED], capture_output=True, text=True, check=True).stdout
    assert found == f"{sys.version.split()[0]}\n{expected}"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (EnvironmentBuildError("the environment", "hash mismatch"), False),
        (EnvironmentBuildError("the environment", "there is no room left", no_room=True), True),
        (IndexUnreachableError("no such host"), True),
        (ChannelUnreachableError(("conda-forge",), "no such host"), True),
        (UnresolvableError("numpy==9", (), "there is none"), False),
    ],
)
def test_what_is_tried_again_says_nothing_about_the_notebook(error: NbreproError, expected: bool) -> None:
    assert not_prepared(error).is_infrastructure is expected
    assert not_prepared(pickle.loads(pickle.dumps(error))).is_infrastructure is expected


def test_what_fails_on_a_full_disk_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    error = EnvironmentBuildError("a virtual environment", "RuntimeError: failed to build image pip")
    assert not not_prepared(error).is_infrastructure
    monkeypatch.setattr("nbrepro.environments.storage.LEAST_ROOM", 1 << 60)
    assert not_prepared(error).is_infrastructure


@pytest.mark.slow
def test_no_room_for_a_private_copy_is_no_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Example(cells=[code("1", result("1"), count=1)], name="a.ipynb").write(tmp_path)
    with (tmp_path / "huge.bin").open("wb") as file:
        file.truncate(shutil.disk_usage(tmp_path).free + 10**9)  # a hole: it takes no room itself
    monkeypatch.setattr("nbrepro.execution.copies.private_copy.__wrapped__.__defaults__", (10**18,))
    item = Item("k", str(tmp_path / "a.ipynb"), RunSettings("current"), Settings())
    prepared, _ = prepare(item)
    outcome = rerun(item, prepared, (), threading.Event())
    assert outcome.is_infrastructure
    assert "no room for a private copy" in outcome.comparison.observed.failure.message  # type: ignore[union-attr]
