"""A round: which notebooks of which sources are run, with what, and the work of doing so until nothing is left."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from sqlite3 import Row

from nbrepro import __version__
from nbrepro.comparison.settings import Settings
from nbrepro.corpora.committing import commit_outcome, now
from nbrepro.corpora.discovery import discover_notebooks
from nbrepro.corpora.executors import Begun, Executor
from nbrepro.corpora.items import Item, RunSettings, environment_identity, item_request, key_of, settings_as_json
from nbrepro.corpora.projects import Project, project_for
from nbrepro.corpora.registering import register, source_as_json
from nbrepro.corpora.rerunning import Outcome
from nbrepro.corpora.sources import Source
from nbrepro.corpora.store import Store, StoreError

UNKNOWN_SECONDS = 30.0
"""What a notebook is taken to need of which nothing is known: after the short ones, before the long ones."""


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


def run_round(store: Store, request: RoundRequest, executor: Executor, place: Path, tell: Tell) -> int:
    """Find the notebooks, run what was not run yet, and write all of it; gives the number of the round.

    May be stopped at any moment (Ctrl-C, or the end of the process): the next call with the same request goes on.

    Args:
        store: opened to be written.
        request: what is asked for.
        executor: who runs.
        place: the folder that keeps clones and unpacked zips.
        tell: is told how far it is.
    """
    round_id = plan_round(store, request, place, tell)
    work(store, round_id, request, executor, tell)
    with store.transaction():
        store.execute("UPDATE rounds SET finished = ? WHERE id = ?", (now(), round_id))
    return round_id


def plan_round(store: Store, request: RoundRequest, place: Path, tell: Tell) -> int:
    """Write which notebooks are run in a round, and why the others are not."""
    identity = environment_identity(request.settings)
    round_id = _round(store, request)
    planning = _Planning(store, round_id, request, identity)
    repositories = []
    for number, source in enumerate(request.sources):
        tell(RoundProgress(number, len(request.sources), f"looking at {source.name}"))
        project = project_for(source, place)
        repositories.append(register(store, project, discover_notebooks(project)))
        planning.plan(repositories[-1], project)
    _leave_out_others(store, round_id, repositories)
    return round_id


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
        StoreError: there is a round of that name with another request.
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
    with store.transaction():
        following = (store.value("SELECT max(id) FROM rounds") or 0) + 1
        name = request.name or str(following)
        key = key_of(settings_as_json(request.comparison))
        store.execute(
            "INSERT INTO rounds (id, name, request, settings_key, created, version) VALUES (?, ?, ?, ?, ?, ?)",
            (following, name, text, key, now(), __version__),
        )
    return int(following)


@dataclass(frozen=True, slots=True)
class _Planning:
    """What is the same for all notebooks of a round."""

    store: Store
    round_id: int
    request: RoundRequest
    identity: str
    """Of the request for an environment."""

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
        if self.request.again:
            values["round"] = self.round_id
        key = key_of(values)
        self.store.execute(
            "INSERT OR IGNORE INTO items (key, notebook_id, request, state, changed) VALUES (?, ?, ?, 'waiting', ?)",
            (key, row["id"], json.dumps(values, sort_keys=True), now()),
        )
        return key


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


def work(store: Store, round_id: int, request: RoundRequest, executor: Executor, tell: Tell) -> None:
    """Run what is not done of a round, and compare what was compared under other settings only."""
    from nbrepro.corpora.comparing import compare_round

    _take_back(store, round_id)
    items = list(waiting_items(store, round_id, request))
    total: int = store.value("SELECT count(DISTINCT item_key) FROM round_notebooks WHERE round_id = ?", (round_id,))
    done = total - len(items)
    running: set[str] = set()
    if items:
        with closing(_generator(executor, items)) as events:
            for event in events:
                message = ""
                if isinstance(event, Begun):
                    running.add(event.key)
                    _set_running(store, event.key)
                else:
                    commit_outcome(store, event, request.comparison)
                    done += 1
                    running.discard(event.key)
                    message = f"{event.comparison.verdict}: {event.comparison.observed.subject}"
                tell(RoundProgress(done, total, message, len(running)))
    compare_round(store, round_id, request.comparison)


def _generator(executor: Executor, items: list[Item]) -> Generator[Begun | Outcome, None, None]:
    # A generator of ours, as an executor may give any iterator, and only generators can be closed.
    yield from executor.run(items)


def _take_back(store: Store, round_id: int) -> None:
    """Items that were running when the last writer ended wait again, and so do those that failed for a fault of the machinery."""
    with store.transaction():
        store.execute("UPDATE items SET state = 'waiting' WHERE state = 'running'")
        store.execute(
            "UPDATE items SET state = 'waiting' WHERE state = 'done' AND key IN (SELECT item_key FROM round_notebooks WHERE round_id = ?)"
            " AND run_id IN (SELECT id FROM runs WHERE is_infrastructure)",
            (round_id,),
        )


def _set_running(store: Store, key: str) -> None:
    """Say that an item runs: for those who look, so it need not wait for the disk."""
    store.execute("PRAGMA synchronous = NORMAL")
    with store.transaction():
        store.execute("UPDATE items SET state = 'running', attempts = attempts + 1, changed = ? WHERE key = ?", (now(), key))
    store.execute("PRAGMA synchronous = FULL")


def waiting_items(store: Store, round_id: int, request: RoundRequest) -> Iterator[Item]:
    """The items of a round that wait: those of one environment together, and within them short ones before long ones."""
    rows = store.execute(
        "SELECT items.key, notebooks.path, notebooks.declared, repositories.name, repositories.folder, repositories.id AS repository,"
        " (SELECT seconds FROM runs JOIN notebooks AS same ON same.id = runs.notebook_id"
        "  WHERE same.sha256 = notebooks.sha256 AND seconds IS NOT NULL ORDER BY runs.id DESC LIMIT 1) AS before,"
        " (SELECT sum(seconds) FROM steps WHERE steps.notebook_id = notebooks.id AND run_id IS NULL) AS saved"
        " FROM items JOIN notebooks ON notebooks.id = items.notebook_id JOIN repositories ON repositories.id = notebooks.repository_id"
        " WHERE items.state = 'waiting' AND items.key IN (SELECT item_key FROM round_notebooks WHERE round_id = ?)",
        (round_id,),
    ).fetchall()
    items = [
        Item(
            key=row["key"],
            file=str(Path(row["folder"]) / row["path"]),
            settings=request.settings,
            comparison=request.comparison,
            name=f"{row['name']}: {row['path']}",
            group=f"{row['repository']}:{row['declared']}",
            expected_seconds=row["before"] if row["before"] is not None else row["saved"],
        )
        for row in rows
    ]
    groups: Counter[str] = Counter()
    for item in items:
        groups[item.group] += round(_seconds(item) * 1000)
    yield from sorted(items, key=lambda item: (groups[item.group], item.group, _seconds(item), item.file))


def _seconds(item: Item) -> float:
    return UNKNOWN_SECONDS if item.expected_seconds is None else item.expected_seconds
