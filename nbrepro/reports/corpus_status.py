"""How far a round is, while it runs or after."""

from __future__ import annotations

from collections.abc import Iterator

from nbrepro.corpora.store import Store


def status_lines(store: Store, round_id: int) -> Iterator[str]:
    """The state of the items, what runs now, and what was done last."""
    row = store.execute("SELECT * FROM rounds WHERE id = ?", (round_id,)).fetchone()
    counts = dict(
        store.execute(
            "SELECT state, count(*) FROM items WHERE key IN (SELECT item_key FROM round_notebooks WHERE round_id = ?) GROUP BY state",
            (round_id,),
        ).fetchall()
    )
    total = sum(counts.values())
    state = f"finished {row['finished']}" if row["finished"] else f"begun {row['created']}, not finished"
    yield f"round {row['name']}: {state}"
    running = counts.get("running", 0)
    is_left = bool(running) and not store.is_being_written()
    words = "left by a process that has ended (corpus run begins them anew)" if is_left else "running"
    yield f"{counts.get('done', 0):,} of {total:,} done, {running:,} {words}, {counts.get('waiting', 0):,} waiting"
    for item in store.execute(
        "SELECT repositories.name, notebooks.path, items.changed FROM items JOIN notebooks ON notebooks.id = items.notebook_id"
        " JOIN repositories ON repositories.id = repository_id WHERE state = 'running' ORDER BY items.changed"
    ):
        yield f"  {'begun at' if is_left else 'running since'} {item['changed']}: {item['name']}: {item['path']}"
    for verdict, number in store.execute(
        "SELECT verdict, count(*) FROM round_notebooks JOIN items ON key = item_key JOIN comparisons ON comparisons.run_id = items.run_id"
        " WHERE round_id = ? AND settings_key = ? AND state = 'done' GROUP BY verdict ORDER BY 2 DESC",
        (round_id, row["settings_key"]),
    ):
        yield f"  {number:,} {verdict}"
