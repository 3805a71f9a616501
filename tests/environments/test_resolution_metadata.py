"""Repairing what old wheels say of their dependencies, and the table that is shipped."""

from __future__ import annotations

import tomllib
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from nbrepro.environments.resolution.metadata import entry, read_metadata, repaired


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("pytz (>=2011k)", "pytz>=2011"),
        ("pytz (>=2011k); python_version < '3'", 'pytz>=2011; python_version < "3"'),
        ("setuptools (>=18.5decorator)", "setuptools>=18.5"),
        ("numpy>=1.9", "numpy>=1.9"),
        ("six (>=1.1.0<1.2)", "six<1.2,>=1.1.0"),
        ("foo[bar] (>=1.0.*)", "foo[bar]>=1.0"),
        ("foo (==2.1b.c)", "foo~=2.1"),
        ("foo (!=3.0*)", "foo!=3.0"),
        ("foo (<0.2.0appnope)", "foo<0.2.0"),
        ("foo (what)", "foo"),
        ("===", ""),
        ("", ""),
    ],
)
def test_a_line_is_repaired_as_little_as_possible(line: str, expected: str) -> None:
    found = repaired(line)
    assert found == expected or (expected and Requirement(found) == Requirement(expected))


@given(st.text(max_size=60) | st.from_regex(r"[a-z]{1,8} ?\((>=|==|<|!=)[0-9a-z.*,<>]{0,12}\)", fullmatch=True))
def test_a_repaired_line_can_be_read_and_needs_no_second_repair(line: str) -> None:
    found = repaired(line)
    if found:
        assert str(Requirement(found)) == found
        assert repaired(found) == found


def test_an_entry_of_the_table_says_what_the_wheel_says() -> None:
    text = """Metadata-Version: 2.0
Name: Pan.Das
Version: 0.24.2
Requires-Python: >=2.7,!=3.0.*
Provides-Extra: test
Requires-Dist: pytz (>=2011k)
Requires-Dist: six; extra == "test"

Requires-Dist: not-this
"""
    metadata = read_metadata(text)
    assert metadata.changed == ("pytz (>=2011k)",)
    table = tomllib.loads(entry(metadata))["dependency-metadata"][0]
    assert table == {
        "name": "pan-das",
        "version": "0.24.2",
        "requires-dist": ["pytz>=2011", 'six; extra == "test"'],
        "requires-python": ">=2.7,!=3.0.*",
        "provides-extra": ["test"],
    }


def test_the_shipped_table_can_be_read_and_knows_the_known_traps() -> None:
    text = resources.files("nbrepro.environments.resolution").joinpath("repairs.toml").read_text(encoding="utf-8")
    entries = tomllib.loads(text)["dependency-metadata"]
    for one in entries:
        assert [str(Requirement(line)) for line in one["requires-dist"]] == one["requires-dist"], one["name"]
    keys = [(one["name"], one["version"]) for one in entries]
    assert len(keys) == len(set(keys))
    trapped = {"0.19.2", "0.20.3", "0.21.1", "0.22.0", "0.23.4", "0.24.2"}
    assert {version for name, version in keys if name == "pandas"} >= trapped
    assert ("pandas", "0.25.0") not in keys
