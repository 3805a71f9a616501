"""What pip said for Python 2.7: notebooks of one project mostly ask the same, at the same time, and each answer takes it a minute."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from nbrepro.environments import storage
from nbrepro.environments.remembering import digest
from nbrepro.notebooks.writing import write_atomically


@dataclass(frozen=True, slots=True)
class PipAnswer:
    """The files that pip takes, or why there is no solution."""

    files: tuple[tuple[str, str], ...]
    """Project and name of each, by project."""
    explanation: str = ""
    empty: tuple[str, ...] = ()
    """Projects that it asked for and of which nothing could be offered."""
    is_late: bool = False
    """Whether it was ended because it took too long: then nobody knows what stands in the way."""
    is_certain: bool = True
    """Whether it would say the same at any other time: a build may also fail for want of memory."""


def remembered(question: Iterable[object], cut: datetime | None, ask: Callable[[], PipAnswer], *, again: bool = False) -> PipAnswer:
    """What pip said to a question before, else what it says now; who asks the same meanwhile waits for that.

    Args:
        question: everything on which the answer depends besides the index, the day and this code.
        cut: the date of the notebook.
        ask: asks pip; its errors go through and are not remembered.
        again: whether to ask pip even so.
    """
    key = digest(("pip", *question), cut)
    file = storage.resolutions() / f"{key}.pip.json"
    name = f"pip-{key}"
    with storage.exclusive(name):
        found = None if again else _read(file)
        if found is None:
            found = ask()
            if found.is_certain and not found.is_late:
                file.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(file, json.dumps(asdict(found)).encode())
        storage.lock_file(name).unlink(missing_ok=True)
    return found


def _read(file: Path) -> PipAnswer | None:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        files = tuple((str(project), str(name)) for project, name in content.pop("files"))
        return PipAnswer(files, **{**content, "empty": tuple(content["empty"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None
