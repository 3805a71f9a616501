"""pylock.toml: reading files of any tool, and writing what only nbrepro knows into its own table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbrepro.environments.locks import annotated, canonical, lock_from_pylock, read_packages
from nbrepro.errors import RequestError
from nbrepro.model import Deviation, LockedPackage

FOREIGN = """
lock-version = "1.0"
environments = ["sys_platform == 'linux'"]
created-by = "another tool"

[[packages]]
name = "Ruamel.Yaml"
version = "0.18"
wheels = [
  { name = "a.whl", url = "https://example.org/a.whl", upload-time = 2024-01-02T03:04:05Z, size = 7, hashes = { sha256 = "aa" } },
  { name = "b.whl", url = "https://example.org/b.whl", hashes = { sha512 = "cc", sha256 = "bb" } },
]

[[packages]]
name = "sourced"
version = "1"
sdist = { url = "https://example.org/s.tar.gz", size = 9, hashes = { sha256 = "dd" } }

[[packages]]
name = "tree"
directory = { path = "." }
"""


def test_a_file_of_another_tool_is_read() -> None:
    lock = lock_from_pylock(FOREIGN, python="3.12.1", platform="linux-x86_64")
    assert (lock.python, lock.platform, lock.cut, lock.text) == ("3.12.1", "linux-x86_64", None, FOREIGN)
    uploaded = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
    wheel = LockedPackage(
        "ruamel-yaml", "0.18", "https://example.org/a.whl", ("sha256:aa", "sha256:bb", "sha512:cc"), uploaded=uploaded, size=7
    )
    source = LockedPackage("sourced", "1", "https://example.org/s.tar.gz", ("sha256:dd",), size=9, is_wheel=False)
    assert lock.packages == (wheel, source, LockedPackage("tree", "", is_wheel=False))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lock-version = ", "no TOML"),
        ("", "lock-version none"),
        ('lock-version = "2.0"', "lock-version 2.0"),
        ('lock-version = "1.0"\npackages = 3', "array of tables"),
        ('lock-version = "1.0"\npackages = [3]', "packages must be a table"),
        ('lock-version = "1.0"\n[[packages]]\nversion = "1"', "package 1 has no name"),
        ('lock-version = "1.0"\n[[packages]]\nname = "a"\nwheels = 3', "package 1"),
        ('lock-version = "1.0"\ntool = 3', "tool"),
    ],
)
def test_what_is_no_lock_is_refused_with_its_reason(text: str, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        lock_from_pylock(text)


@given(st.text(), st.text(), st.dictionaries(st.text(min_size=1), st.lists(st.text(), max_size=2).map(tuple), max_size=2))
def test_any_text_survives_in_the_own_table(slug: str, message: str, because: dict[str, tuple[str, ...]]) -> None:
    text = annotated(
        'lock-version = "1.0"\n', python="3.9.1", platform="p", cut=None, deviations=(Deviation(slug, message),), because=because
    )
    lock = lock_from_pylock(text)
    assert lock.deviations == (Deviation(slug, message),)
    assert lock.python == "3.9.1"


def test_the_canonical_form_knows_what_makes_another_environment() -> None:
    lock = lock_from_pylock(FOREIGN, python="3.12.1", platform="linux-x86_64")
    same = replace(lock, packages=lock.packages[::-1], text="", cut=datetime(2020, 1, 1, tzinfo=UTC))
    assert canonical(same) == canonical(lock)
    first, *rest = lock.packages
    others = [
        replace(lock, python="3.12.2"),
        replace(lock, platform="macosx"),
        replace(lock, packages=tuple(rest)),
        replace(lock, packages=(replace(first, version="0.19"), *rest)),
        replace(lock, packages=(replace(first, hashes=("sha256:aa",)), *rest)),
    ]
    assert len({canonical(one) for one in (lock, *others)}) == len(others) + 1


def test_packages_alone_can_be_read() -> None:
    assert [package.name for package in read_packages(FOREIGN)] == ["ruamel-yaml", "sourced", "tree"]
