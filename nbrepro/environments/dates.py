"""The date of a notebook: whatever isn't pinned is resolved as of that day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbrepro.environments.git import is_changed, said_by_git
from nbrepro.errors import UnreadableNotebookError

_COMMITS = 20
"""How many are looked at for the one that wrote the code and the outputs."""
_LARGEST = 20_000_000
"""Bytes of a notebook whose earlier revisions are read."""

_TIMING_KEYS = frozenset({"start_time", "end_time", "iopub.execute_input", "iopub.status.idle", "shell.execute_reply", "timestamp"})
"""Under which papermill, JupyterLab, the ExecuteTime extension and Colab note when a cell ran."""
_MILLISECONDS = 10**11
"""Colab counts milliseconds since 1970; anything smaller counts seconds."""


@dataclass(frozen=True, slots=True)
class NotebookDate:
    """When the notebook was last worked on, and who says so."""

    moment: datetime
    """In UTC."""
    source: str
    """In words: `last commit that touched it (d338dca)`."""
    python: str = ""
    """The version of the language with which the outputs were saved on that day; empty where it is the one that the notebook states."""
    touched: NotebookDate | None = None
    """The day of the last commit that touched the notebook, where that left code and outputs as they were; None where it is the same."""


def notebook_date(path: Path, metadata: Mapping[str, Any], cell_metadata: Iterable[Mapping[str, Any]]) -> NotebookDate | None:
    """The day to which a notebook belongs; None where nothing says it.

    The last commit that changed its code or outputs, unless the file was changed since; else the latest time at which a cell ran,
    by the notebook's own metadata. Later commits, which corrected a word or saved it anew, left it to the day that made it; code
    that was changed and not run again needs what there was on that day. The modification time of the file is no evidence: a copy,
    a clone or a download sets it anew.
    """
    return _last_commit(path) or _last_run((metadata, *cell_metadata))


@dataclass(frozen=True, slots=True)
class _Commit:
    """A commit that touched the notebook."""

    name: str
    short: str
    written: str

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.written).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class _Saved:
    """What a revision of a notebook has saved."""

    code: tuple[str, ...]
    """Of each cell with code, spaces and line ends aside."""
    outputs: tuple[object, ...]
    """Of each cell that ran: its number and its outputs, in the newest format."""
    python: str

    def is_like(self, other: _Saved) -> bool:
        """Whether the other one was made of the same code and showed the same."""
        return (self.code, self.outputs) == (other.code, other.outputs)


def _last_commit(path: Path) -> NotebookDate | None:
    path = path.absolute()
    log = ("log", "--format=%H %h %aI")
    line = said_by_git(path.parent, *log, "-1", "--", path.name, seconds=30)
    if not line or is_changed(path):
        return None
    last = _Commit(*line.split(" "))
    # A long history may take longer than it is worth; then the last commit counts.
    lines = said_by_git(path.parent, *log, f"-{_COMMITS}", last.name, "--", path.name, seconds=10).splitlines()
    maker, python = _maker(path, last, [_Commit(*line.split(" ")) for line in lines[1:]])
    is_shallow = said_by_git(path.parent, "rev-parse", "--is-shallow-repository") == "true"
    remark = "; the clone is shallow, so it may be older" if is_shallow else ""
    touched = NotebookDate(last.moment, f"last commit that touched it ({last.short}){remark}")
    if maker is last:
        return touched
    return NotebookDate(maker.moment, f"last commit that changed its code or outputs ({maker.short}){remark}", python, touched)


def _maker(path: Path, last: _Commit, earlier: Sequence[_Commit]) -> tuple[_Commit, str]:
    """The first commit with the notebook's code and outputs, and the Python that it was saved with, where that is another one."""
    now = _saved(path.read_bytes()) if earlier and path.stat().st_size <= _LARGEST else None
    maker, python = last, ""
    if now is None or not now.outputs:
        return maker, python
    for commit in earlier:
        # Unlike `show`, this runs no program that a repository names to make files readable.
        before = _saved(said_by_git(path.parent, "cat-file", "blob", f"{commit.name}:./{path.name}", seconds=30).encode())
        if before is None or not before.is_like(now):
            break
        maker, python = commit, before.python
    return maker, python if python != now.python else ""


def _saved(content: bytes) -> _Saved | None:
    """What a revision has saved; None where it can't be read."""
    from nbrepro.notebooks import parse

    try:
        document = parse(content, "a revision")
    except UnreadableNotebookError:
        return None
    steps = document.saved_execution().steps
    ran = ((step.execution_count, step.outputs) for step in steps if step.outputs or step.execution_count is not None)
    code = (" ".join(step.source.split()) for step in steps)
    return _Saved(tuple(filter(None, code)), tuple(ran) if any(step.outputs for step in steps) else (), document.language_version or "")


def _last_run(metadata: Iterable[Mapping[str, Any]]) -> NotebookDate | None:
    moments = [moment for value in metadata for moment in _times(value)]
    return NotebookDate(max(moments), "latest time in the notebook's own metadata") if moments else None


def _times(value: Any, key: str = "") -> Iterator[datetime]:  # noqa: ANN401 - JSON
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _times(item, str(name))
    elif key in _TIMING_KEYS:
        moment = _moment(value)
        if moment is not None and datetime(2011, 1, 1, tzinfo=UTC) < moment <= datetime.now(UTC):
            yield moment


def _moment(value: Any) -> datetime | None:  # noqa: ANN401 - JSON
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value / 1000 if value > _MILLISECONDS else value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None
