"""Resolutions that were made before: the same wishes on the same machine need not be resolved a second time.

An answer is remembered under everything that it depends on: the wishes with their places, the date, the Pythons of this machine,
the package index that uv is set to, and the code that resolves. Only answers are remembered, never failures.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from nbrepro.environments import storage
from nbrepro.environments.pythons import Interpreter
from nbrepro.environments.resolution.uv import machine_environment, machine_settings, without_credentials
from nbrepro.model import Deviation, Ecosystem, EnvironmentSpec, Lock, LockedPackage
from nbrepro.notebooks.writing import write_atomically

SETTLED = timedelta(days=2)
"""An index may still change what it has for a day so near; such an answer holds for today only."""

Answer = tuple[Lock, Interpreter]


def remembered(spec: EnvironmentSpec, machine: Iterable[object], resolve: Callable[[], Answer], *, again: bool = False) -> Answer:
    """The lock for a specification and the Python that it is for: as it was resolved before, else as `resolve` finds it now.

    Args:
        spec: what is wanted.
        machine: what else the answer depends on: the Pythons that may be used, and what is allowed.
        resolve: finds the answer; its errors go through and are not remembered.
        again: whether to resolve anew even so.
    """
    file = storage.resolutions() / f"{key_of(spec, machine)}.json"
    found = None if again else _read(file)
    if found is None:
        found = resolve()
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, json.dumps(_written(*found), indent=1, default=datetime.isoformat).encode())
    return found


def key_of(spec: EnvironmentSpec, machine: Iterable[object] = ()) -> str:
    """The name of an answer: equal where nothing differs on which it depends."""
    asked = replace(spec, notebook="", project="", declarations=())
    return digest((repr(asked), *map(repr, machine)), spec.cut)


def digest(question: Iterable[object], cut: datetime | None) -> str:
    """A name for a question about a day, put to this machine's index by this code."""
    now = datetime.now(UTC)
    is_settled = cut is not None and cut < now - SETTLED
    day = "" if is_settled else f"{now:%Y-%m-%d}"
    parts = (*map(str, question), day, _code(), *_index())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _index() -> Iterator[str]:
    """What says which index uv asks; passwords make no difference."""
    variables = machine_environment()
    yield from (f"{name}={without_credentials(value)}" for name, value in sorted(variables.items()) if name.startswith("UV_"))
    yield from map(without_credentials, machine_settings())


@cache
def _code() -> str:
    """A digest of the code and the tables that resolve: an answer of another nbrepro is none."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*")):
        if path.suffix in {".py", ".toml"}:
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _written(lock: Lock, interpreter: Interpreter) -> dict[str, Any]:
    return {"interpreter": asdict(interpreter), "lock": asdict(lock)}


def _read(file: Path) -> Answer | None:
    """An answer from its file; None where there is none that can be used."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"), object_hook=_with_moments)
        interpreter = Interpreter(**content["interpreter"])
        lock = _lock(content["lock"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return (lock, interpreter) if not interpreter.path or Path(interpreter.path).exists() else None


def _with_moments(values: dict[str, Any]) -> dict[str, Any]:
    for name in {"cut", "uploaded"} & values.keys():
        values[name] = datetime.fromisoformat(values[name]) if values[name] else None
    return values


def _lock(values: Mapping[str, Any]) -> Lock:
    packages = tuple(_package(one) for one in values["packages"])
    deviations = tuple(Deviation(**one) for one in values["deviations"])
    return Lock(**{**values, "packages": packages, "deviations": deviations})


def _package(values: Mapping[str, Any]) -> LockedPackage:
    lists = {name: tuple(values[name]) for name in ("hashes", "because")}
    return LockedPackage(**{**values, **lists, "ecosystem": Ecosystem(values["ecosystem"])})
