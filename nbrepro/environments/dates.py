"""The date of a notebook: whatever isn't pinned is resolved as of that day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbrepro.environments.git import is_changed, said_by_git

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


def notebook_date(path: Path, metadata: Mapping[str, Any], cell_metadata: Iterable[Mapping[str, Any]]) -> NotebookDate | None:
    """The day to which a notebook belongs; None where nothing says it.

    The last commit that touched the file, unless it was changed since; else the latest time at which a cell ran, by the
    notebook's own metadata. The modification time of the file is no evidence: a copy, a clone or a download sets it anew.
    """
    return _last_commit(path) or _last_run((metadata, *cell_metadata))


def _last_commit(path: Path) -> NotebookDate | None:
    path = path.absolute()
    line = said_by_git(path.parent, "log", "-1", "--format=%h %aI", "--", path.name, seconds=30)
    commit, _, written = line.partition(" ")
    if not written or is_changed(path):
        return None
    moment = datetime.fromisoformat(written).astimezone(UTC)
    shallow = said_by_git(path.parent, "rev-parse", "--is-shallow-repository") == "true"
    source = f"last commit that touched it ({commit})"
    return NotebookDate(moment, f"{source}; the clone is shallow, so it may be older" if shallow else source)


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
