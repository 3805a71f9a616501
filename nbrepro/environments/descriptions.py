"""What is written into a built environment to say that it is complete, what it holds, and for which notebooks it was used."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbrepro.environments.building import Construction
from nbrepro.environments.locks.pylock import canonical
from nbrepro.environments.manifest import OWN_FOLDER
from nbrepro.environments.provisions import Provisions, provisions
from nbrepro.environments.pythons import Interpreter
from nbrepro.model import Lock

Description = dict[str, Any]

_FILE = "environment.json"
_USES = "used-for"
_MOST_USES = 5


def write(folder: Path, lock: Lock, interpreter: Interpreter, done: Construction) -> Description:
    """Says that an environment is complete, as the last step of building it."""
    description = {
        "python": str(done.python.relative_to(folder)),
        "python_version": interpreter.version,
        "lock": canonical(lock),
        "file_name": lock.file_name,
        "packages": len(lock.packages),
        "built": datetime.now(UTC).isoformat(timespec="seconds"),
        "built_from_source": list(done.built_from_source),
        "isolation": done.isolation,
        "build_needs": list(done.build_needs),
        "wrong_records": list(done.wrong_records),
        "provisions": asdict(provisions(folder, interpreter.version)),
    }
    with (folder / OWN_FOLDER / _FILE).open("w", encoding="utf-8") as file:
        json.dump(description, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    return description


def read(folder: Path) -> Description | None:
    """What the builder wrote last; None where nothing is built."""
    try:
        description = json.loads((folder / OWN_FOLDER / _FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return description if isinstance(description, dict) and description.keys() >= {"python", "built_from_source", "provisions"} else None


def provided(description: Description) -> Provisions:
    """What the packages of a described environment provide."""
    modules = tuple((name, tuple(names)) for name, names in description["provisions"]["modules"])
    return Provisions(modules, tuple((name, wanted) for name, wanted in description["provisions"]["unfit"]))


def remove(folder: Path) -> None:
    """Takes back that an environment is complete, before it is removed: if that is interrupted, it isn't taken for built."""
    (folder / OWN_FOLDER / _FILE).unlink(missing_ok=True)


def note_purpose(folder: Path, what_for: str) -> None:
    """Remembers for which notebook an environment is used."""
    before = purposes(folder)
    if what_for and what_for not in before:
        (folder / OWN_FOLDER / _USES).write_text("\n".join([what_for, *before][:_MOST_USES]), encoding="utf-8")


def purposes(folder: Path) -> tuple[str, ...]:
    """For which notebooks an environment was used, the newest first; at most five are remembered."""
    try:
        return tuple((folder / OWN_FOLDER / _USES).read_text(encoding="utf-8").splitlines())
    except OSError:
        return ()
