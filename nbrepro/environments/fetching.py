"""Which packages uv has in its cache already, so that only the others are fetched.

Some indexes don't say for how long a file may be kept. Asked for sixty packages of which one is missing, uv then fetches all
sixty again and keeps them as new files, which the environments before it don't share. So what is missing is fetched by itself, and
the whole is installed without the network.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable

from packaging.utils import canonicalize_name

from nbrepro.environments import storage
from nbrepro.environments.pythons import Interpreter
from nbrepro.model import Lock, LockedPackage

_HEAD = "[[packages]]"


def missing(lock: Lock, interpreter: Interpreter) -> tuple[str, ...]:
    """Names of the packages that were not fetched before, for this Python."""
    return tuple(package.name for package in lock.packages if not (storage.fetched() / _mark(package, interpreter)).exists())


def note_fetched(lock: Lock, interpreter: Interpreter) -> None:
    """Remembers that all packages of a lock are in the cache."""
    storage.fetched().mkdir(parents=True, exist_ok=True)
    for package in lock.packages:
        (storage.fetched() / _mark(package, interpreter)).touch()


def forget_fetched(names: Iterable[str]) -> None:
    """Takes back that packages are in the cache."""
    for name in names:
        for path in storage.fetched().glob(f"{name}@*"):
            path.unlink(missing_ok=True)


def _mark(package: LockedPackage, interpreter: Interpreter) -> str:
    # Other Pythons take other files of the same package.
    facts = "\n".join((package.version, interpreter.minor, *sorted(package.hashes)))
    return f"{package.name}@{hashlib.blake2b(facts.encode(), digest_size=20).hexdigest()}"


def only(text: str, names: Iterable[str]) -> str | None:
    r"""A pylock.toml with some of its packages; None if it is written in a way that can't be taken apart.

    >>> only('lock-version = "1.0"\n[[packages]]\nname = "a"\n[[packages]]\nname = "b"\n', ["b"])
    'lock-version = "1.0"\n[[packages]]\nname = "b"\n'
    """
    wanted = sorted(names)
    head, *parts = f"\n{text}".split(f"\n{_HEAD}\n")
    kept = [part for part in parts if _name(part) in wanted]
    shorter = f"\n{_HEAD}\n".join([head, *kept]).removeprefix("\n") + "\n"
    try:
        found = sorted(canonicalize_name(package["name"]) for package in tomllib.loads(shorter)["packages"])
    except (tomllib.TOMLDecodeError, KeyError, TypeError):
        return None
    return shorter.rstrip("\n") + "\n" if found == wanted else None


def _name(part: str) -> str:
    try:
        return canonicalize_name(tomllib.loads(part)["name"])
    except (tomllib.TOMLDecodeError, KeyError, TypeError):
        return ""
