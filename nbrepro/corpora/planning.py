"""What is asked of a round, and which notebooks that comes to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from sqlite3 import Row
from typing import TYPE_CHECKING, Any

from nbrepro import __version__
from nbrepro.comparison.settings import Settings
from nbrepro.corpora.committing import now
from nbrepro.corpora.items import RunSettings, environment_identity, item_request, key_of, settings_as_json
from nbrepro.corpora.projects import Project, project_for
from nbrepro.corpora.registering import register, source_as_json
from nbrepro.corpora.reusing import run_under_other_times
from nbrepro.corpora.sources import Source
from nbrepro.corpora.statistics import notebooks_behind
from nbrepro.corpora.store import Store, StoreError

if TYPE_CHECKING:
    from nbrepro.corpora.discovery import Found


@dataclass(frozen=True, slots=True)
class RoundRequest:
    """What is asked for."""

    sources: tuple[Source, ...]
    settings: RunSettings = field(default_factory=RunSettings)
    comparison: Settings = field(default_factory=Settings)
    limit_per_repository: int | None = None
    language: str | None = None
    """Notebooks in other languages are left out; None takes all."""
    with_outputs_only: bool = True
    """Whether notebooks without any saved output are left out: there is nothing to compare in them."""
    each_copy: bool = False
    """Whether a notebook is run once for each copy, not only the first."""
    name: str | None = None
    again: bool = False
    """Whether to run anew what was run before."""
    again_if: tuple[str, ...] = ()
    """Labels, such as `failure=ModuleNotFoundError`: what had all of them in the round before is run anew."""

    def as_json(self) -> str:
        """The request as text; the same for the same request."""
        values = {
            "sources": [source_as_json(source) for source in self.sources],
            "settings": asdict(self.settings),
            "comparison": settings_as_json(self.comparison),
            "limit_per_repository": self.limit_per_repository,
            "language": self.language,
            "with_outputs_only": self.with_outputs_only,
            "each_copy": self.each_copy,
            **({"again": True} if self.again else {}),
            **({"again_if": self.again_if} if self.again_if else {}),
        }
        return json.dumps(values, sort_keys=True)


@dataclass(frozen=True, slots=True)
class RoundProgress:
    """How far a round is."""

    done: int
    total: int
    message: str
    running: int = 0


Tell = Callable[[RoundProgress], None]


def plan_round(store: Store, request: RoundRequest, place: Path, tell: Tell) -> int:
    """Write which notebooks are run in a round, and why the others are not."""
    identity = environment_identity(request.settings)
    round_id = _round(store, request)
    planning = _Planning(store, round_id, request, identity, _anew(store, round_id, request))
    repositories = []
    for number, source in enumerate(request.sources):
        tell(RoundProgress(number, len(request.sources), f"looking at {source.name}"))
        project = project_for(source, place)
        repositories.append(register(store, project, _discovered(project)))
        planning.plan(repositories[-1], project)
    _leave_out_others(store, round_id, repositories)
    return round_id


def _anew(store: Store, round_id: int, request: RoundRequest) -> frozenset[int]:
    """The notebooks that are run again for what the round before says of them."""
    if not request.again_if:
        return frozenset()
    before: int = store.value("SELECT max(id) FROM rounds WHERE id < ?", (round_id,))
    return frozenset(row["id"] for row in notebooks_behind(store, before, *request.again_if))


def _discovered(project: Project) -> Iterator[Found]:
    """The notebooks of a project; nothing is looked at, or imported for it, where the store has them already."""
    from nbrepro.corpora.discovery import discover_notebooks

    yield from discover_notebooks(project)


def _leave_out_others(store: Store, round_id: int, repositories: list[int]) -> None:
    """Take what a source held when the round was stopped, and holds no more, out of the round."""
    kept = f"repository_id NOT IN ({', '.join(map(str, repositories))})"
    with store.transaction():
        store.execute(
            f"DELETE FROM round_notebooks WHERE round_id = ? AND notebook_id IN (SELECT id FROM notebooks WHERE {kept})",  # noqa: S608 - numbers of our own
            (round_id,),
        )
        store.execute(f"DELETE FROM round_repositories WHERE round_id = ? AND {kept}", (round_id,))  # noqa: S608 - numbers of our own


def _round(store: Store, request: RoundRequest) -> int:
    """The round of a request: the one of its name, or the last one where that is not finished; else a new one.

    Raises:
        StoreError: there is a round of that name with another request, or none before one that runs a part of it again.
    """
    text = request.as_json()
    last = "name = ?" if request.name else "id = (SELECT max(id) FROM rounds) AND finished IS NULL"
    found = store.execute(f"SELECT id, request FROM rounds WHERE {last}", (request.name,) if request.name else ()).fetchone()  # noqa: S608 - our own words
    if found is not None and found["request"] == text:
        number: int = found["id"]
        with store.transaction():
            store.execute("UPDATE rounds SET finished = NULL WHERE id = ?", (number,))
        return number
    if found is not None and request.name:
        raise StoreError(f"{store.path}: there is a round {request.name} already, with another request; choose another --name")
    last_id: int = store.value("SELECT max(id) FROM rounds") or 0
    if request.again_if and not last_id:
        raise StoreError(f"{store.path}: nothing has been run before of which anything could be run again")
    with store.transaction():
        following = last_id + 1
        name = request.name or str(following)
        key = key_of(settings_as_json(request.comparison))
        store.execute(
            "INSERT INTO rounds (id, name, request, settings_key, created, version) VALUES (?, ?, ?, ?, ?, ?)",
            (following, name, text, key, now(), __version__),
        )
    return following


@dataclass(frozen=True, slots=True)
class _Planning:
    """What is the same for all notebooks of a round."""

    store: Store
    round_id: int
    request: RoundRequest
    identity: str
    """Of the request for an environment."""
    anew: frozenset[int]
    """Notebooks that are run whatever was run before."""

    def plan(self, repository: int, project: Project) -> None:
        """Write an item, or why there is none, for each notebook of a repository."""
        rows = self.store.execute("SELECT * FROM notebooks WHERE repository_id = ? ORDER BY path", (repository,)).fetchall()
        taken = 0
        with self.store.transaction():
            self.store.execute("INSERT OR IGNORE INTO round_repositories VALUES (?, ?)", (self.round_id, repository))
            for row in rows:
                left_out = next(self._reasons(row, taken), None)
                taken += left_out is None
                key = None if left_out else self._item(row, project)
                values = (self.round_id, row["id"], key, left_out)
                self.store.execute("INSERT OR IGNORE INTO round_notebooks VALUES (?, ?, ?, ?)", values)

    def _reasons(self, row: Row, taken: int) -> Iterator[str]:
        """Why a notebook is not run; none where it is."""
        request = self.request
        if row["problem"] is not None:
            yield "unreadable"
            return
        if request.language and row["language"].lower() != request.language.lower():
            yield "language"
        if row["code_cells"] == row["empty_cells"]:
            yield "no-code"
        if request.with_outputs_only and not row["cells_with_output"]:
            yield "nothing-saved"
        if not request.each_copy and _is_copy(self.store, self.round_id, row):
            yield "duplicate"
        if request.limit_per_repository is not None and taken >= request.limit_per_repository:
            yield "limit"

    def _item(self, row: Row, project: Project) -> str:
        values = item_request(row["sha256"], _place(row["path"], project), project.content, self.identity, self.request.settings)
        if self.request.again or row["id"] in self.anew:
            values["round"] = self.round_id
        key = key_of(values)
        self.store.execute(
            "INSERT OR IGNORE INTO items (key, notebook_id, request, state, changed) VALUES (?, ?, ?, 'waiting', ?)",
            (key, row["id"], json.dumps(values, sort_keys=True), now()),
        )
        self._reuse(key, row["sha256"], values)
        return key

    def _reuse(self, key: str, sha256: str, values: dict[str, Any]) -> None:
        """Take an item for done whose run under other time limits stays what it is."""
        if self.store.value("SELECT run_id FROM items WHERE key = ?", (key,)) is not None:
            return
        run = run_under_other_times(self.store, sha256, values)
        if run is not None:
            self.store.execute("UPDATE items SET state = 'done', run_id = ?, changed = ? WHERE key = ?", (run, now(), key))


def _place(path: str, project: Project) -> str:
    """The folder of a notebook within what it could read."""
    folder, root = (project.folder or Path()).absolute(), (project.root or Path()).absolute()
    return (folder / path).parent.relative_to(root).as_posix()


def _is_copy(store: Store, round_id: int, row: Row) -> bool:
    """Whether the round runs another notebook with the same bytes already."""
    other = store.value(
        "SELECT 1 FROM round_notebooks JOIN notebooks ON notebooks.id = notebook_id"
        " WHERE round_id = ? AND item_key IS NOT NULL AND sha256 = ? AND notebooks.id <> ?",
        (round_id, row["sha256"], row["id"]),
    )
    return other is not None
