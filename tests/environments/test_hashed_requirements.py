"""Requirements with hashes, the lock of environments for Python 2.7: written and read back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbrepro.environments.locks.hashed_requirements import hashed_requirements, lock_from_hashed_requirements
from nbrepro.errors import RequestError
from nbrepro.model import Deviation, LockedPackage

DAY = datetime(2017, 6, 15, tzinfo=UTC)
HASH = "sha256:" + "0" * 64
WORDS = st.lists(st.text("abcXYZ:,;=#'\\ é", min_size=1).map(lambda text: f"x{text.strip()}x"), max_size=3).map(tuple)
PACKAGES = st.builds(
    LockedPackage,
    name=st.from_regex(r"[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,5})?", fullmatch=True),
    version=st.sampled_from(["1.0", "2017.2", "3.2.3.post2", "1!2.0rc1"]),
    hashes=st.lists(st.text("0123456789abcdef", min_size=64, max_size=64), min_size=1, max_size=3, unique=True).map(
        lambda found: tuple(sorted(f"sha256:{one}" for one in found))
    ),
    uploaded=st.none() | st.just(DAY),
    is_wheel=st.booleans(),
    because=WORDS.map(lambda words: tuple(" ".join(word.split()) for word in words)),
)


@given(st.lists(PACKAGES, unique_by=lambda package: package.name), st.none() | st.just(DAY), WORDS)
def test_what_is_written_is_read_back(packages: list[LockedPackage], cut: datetime | None, messages: tuple[str, ...]) -> None:
    deviations = tuple(Deviation("dropped", " ".join(message.split())) for message in messages)
    lock = hashed_requirements(packages, python="2.7.18", platform="linux-x86_64", cut=cut, deviations=deviations)
    assert lock_from_hashed_requirements(lock.text) == lock


def test_the_order_of_the_packages_makes_no_difference() -> None:
    packages = [LockedPackage(name, "1.0", hashes=(HASH,)) for name in ("b", "a")]
    texts = {
        hashed_requirements(order, python="2.7.18", platform="linux", cut=DAY, deviations=()).text for order in (packages, packages[::-1])
    }
    assert len(texts) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"six==1.0 \\\n    --hash={HASH}\n", "doesn't name its Python"),
        ("# python: 2.7.18\nsix==1.0\n", "six==1.0 has no sha256 hash"),
        (f"# python: 2.7.18\nsix>=1.0 \\\n    --hash={HASH}\n", "line 2"),
        ("# python: 2.7.18\n--index-url https://example.org\n", "line 2"),
        ("# python: 2.7.18\n# date: June\n", "'June' is no moment"),
        ("# python: 2.7.18\nsix==1.0 \\\n    --hash=md5:00\n", "line 3"),
    ],
)
def test_what_is_no_lock_is_refused(text: str, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        lock_from_hashed_requirements(text)
