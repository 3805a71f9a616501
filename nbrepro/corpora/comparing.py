"""Comparing again from the store, under any settings, without running anything."""

from __future__ import annotations

from nbrepro.comparison.settings import Settings
from nbrepro.corpora.committing import put_comparison
from nbrepro.corpora.items import key_of, settings_as_json
from nbrepro.corpora.recorded import observed_execution, saved_execution
from nbrepro.corpora.store import Store
from nbrepro.model import Comparison


def compare_run(store: Store, run: int, settings: Settings) -> Comparison:
    """The comparison of a run with what is saved in its notebook."""
    from nbrepro.comparison import compare

    notebook = store.value("SELECT notebook_id FROM runs WHERE id = ?", (run,))
    return compare(saved_execution(store, notebook), observed_execution(store, run), settings)


def compare_round(store: Store, round_id: int, settings: Settings, *, again: bool = False) -> int:
    """Compare the runs of a round that were not compared under these settings; gives how many there were.

    Args:
        store: opened to be written.
        round_id: number of the round.
        settings: what the comparison tolerates.
        again: whether to compare also what was compared under these settings, as a newer nbrepro may judge otherwise.
    """
    key = key_of(settings_as_json(settings))
    rows = store.execute(
        "SELECT DISTINCT items.run_id FROM items JOIN round_notebooks ON item_key = items.key"
        " WHERE round_id = ? AND items.state = 'done'"
        " AND (? OR NOT EXISTS (SELECT 1 FROM comparisons WHERE run_id = items.run_id AND settings_key = ?))",
        (round_id, again, key),
    ).fetchall()
    for row in rows:
        comparison = compare_run(store, row["run_id"], settings)
        with store.transaction():
            put_comparison(store, row["run_id"], comparison, settings)
    _explain(store, round_id, settings)
    return len(rows)


def _explain(store: Store, round_id: int, settings: Settings) -> None:
    """Look for the causes of comparisons that an older nbrepro has written; their verdicts stay."""
    rows = store.execute(
        "SELECT DISTINCT comparisons.id, run_id FROM comparisons JOIN items USING (run_id) JOIN round_notebooks ON item_key = items.key"
        " WHERE round_id = ? AND settings_key = ? AND NOT explained",
        (round_id, key_of(settings_as_json(settings))),
    ).fetchall()
    from nbrepro.corpora.explaining import put_causes

    for row in rows:
        comparison = compare_run(store, row["run_id"], settings)
        with store.transaction():
            put_causes(store, row["id"], row["run_id"], comparison)
