"""A round: which notebooks of which sources are run, with what, and the work of doing so until nothing is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

from nbrepro.corpora.committing import commit_outcome, now
from nbrepro.corpora.executors import Begun, Event, Executor
from nbrepro.corpora.items import Item
from nbrepro.corpora.planning import RoundProgress, RoundRequest, Tell, plan_round
from nbrepro.corpora.store import Store

UNKNOWN_SECONDS = 30.0
"""What a notebook is taken to need of which nothing is known: after the short ones, before the long ones."""


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


def _generator(executor: Executor, items: list[Item]) -> Generator[Event, None, None]:
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
