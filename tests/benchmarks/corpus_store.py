"""How a large store of a corpus answers.

    PYTHONPATH=tests python tests/benchmarks/corpus_store.py [--runs 1000 10000 100000]

Writes synthetic runs of 15 cells, then times the report and the start of a resumed round in processes of their own.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from harness import Example, code, result, stdout

from nbrepro.comparison import compare
from nbrepro.comparison.settings import Settings
from nbrepro.corpora.committing import commit_outcome, now
from nbrepro.corpora.discovery import Found
from nbrepro.corpora.facts import facts_of
from nbrepro.corpora.items import key_of, settings_as_json
from nbrepro.corpora.outcomes import Outcome
from nbrepro.corpora.preparing import Prepared
from nbrepro.corpora.projects import Project
from nbrepro.corpora.registering import register
from nbrepro.corpora.sources import Source, SourceKind
from nbrepro.corpora.store import Store, open_store
from nbrepro.model import Origin

CELLS = 15
BY_OURSELVES = 200
"""Runs that are written as a round writes them; more are copies of their rows."""
PER_REPOSITORY = 20
MEASURED = """
import resource, sys, time
began, cpu = time.perf_counter(), time.process_time()
{program}
print(time.perf_counter() - began, time.process_time() - cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)
"""
REPORT = """
from nbrepro.corpora.statistics import corpus_statistics
from nbrepro.corpora.store import open_store
from nbrepro.reports.corpus_report import as_html
with open_store({store!r}) as store:
    text = as_html(corpus_statistics(store, 1))
"""
RESUME = """
from nbrepro.corpora.items import RunSettings
from nbrepro.corpora.planning import RoundRequest
from nbrepro.corpora.rounds import _take_back, waiting_items
from nbrepro.corpora.store import open_store
with open_store({store!r}, write=True) as store:
    _take_back(store, 1)
    items = list(waiting_items(store, 1, RoundRequest(())))
"""


def synthetic(store: Store, runs: int) -> None:
    """A finished round of so many runs: notebooks of 15 cells, of which some fail and some differ."""
    settings = Settings()
    key = key_of(settings_as_json(settings))
    store.execute("PRAGMA synchronous = OFF")
    store.execute(
        "INSERT INTO rounds (id, name, request, settings_key, created, finished, version) VALUES (1, '1', '{}', ?, ?, ?, '0')",
        (key, now(), now()),
    )
    chance = random.Random(1)
    for repository in range(runs // PER_REPOSITORY):
        found = [notebook(chance, repository, number) for number in range(PER_REPOSITORY)]
        project = Project(Source(SourceKind.FOLDER, f"/{repository}", f"owner/{repository}"), Path("/"), Path("/"), content=str(repository))
        number = register(store, project, found)
        store.execute("INSERT INTO round_repositories VALUES (1, ?)", (number,))
        rows = store.execute("SELECT id FROM notebooks WHERE repository_id = ? ORDER BY id", (number,)).fetchall()
        for row, one in zip(rows, found, strict=True):
            put_run(store, row[0], one, chance, settings)


def multiplied(store: Store, times: int) -> None:
    """So many copies of every row: writing each by itself would take hours, and a report doesn't see the difference."""
    store.execute("PRAGMA foreign_keys = OFF")
    numbered = ("repositories", "notebooks", "runs", "steps", "comparisons", "causes")
    steps = {table: store.value(f"SELECT max(id) FROM {table}") for table in numbered}
    for table, columns in _COPIED.items():
        names = [row["name"] for row in store.execute(f"PRAGMA table_info({table})")]
        with store.transaction():
            for number in range(1, times):
                chosen = [f"{name} + {number * steps[columns[name]]}" if name in columns else name for name in names]
                chosen = [f"{name} || ':{number}'" if name in {"source", "key", "item_key"} else name for name in chosen]
                store.execute(f"INSERT INTO {table} SELECT {', '.join(chosen)} FROM {table} WHERE {_ORIGINAL[table].format(**steps)}")
    store.execute("PRAGMA wal_checkpoint(TRUNCATE)")


_COPIED = {
    "repositories": {"id": "repositories"},
    "notebooks": {"id": "notebooks", "repository_id": "repositories"},
    "cells": {"notebook_id": "notebooks"},
    "output_kinds": {"notebook_id": "notebooks"},
    "features": {"notebook_id": "notebooks"},
    "style": {"notebook_id": "notebooks"},
    "imports": {"notebook_id": "notebooks"},
    "items": {"notebook_id": "notebooks", "run_id": "runs"},
    "runs": {"id": "runs", "notebook_id": "notebooks"},
    "steps": {"id": "steps", "notebook_id": "notebooks", "run_id": "runs"},
    "outputs": {"step_id": "steps"},
    "comparisons": {"id": "comparisons", "run_id": "runs"},
    "step_comparisons": {"comparison_id": "comparisons"},
    "causes": {"id": "causes", "comparison_id": "comparisons"},
    "round_repositories": {"repository_id": "repositories"},
    "round_notebooks": {"notebook_id": "notebooks"},
}
"""Columns that number rows, and of which table."""
_ORIGINAL = {table: next(f"{name} <= {{{of}}}" for name, of in columns.items()) for table, columns in _COPIED.items()}
"""The rows that are no copies."""


def notebook(chance: random.Random, repository: int, number: int) -> Found:
    cells = [
        code(
            f"import numpy as np; np.arange({index}) + {repository}", result(f"array({chance.random()})"), stdout("done\n"), count=index + 1
        )
        for index in range(CELLS)
    ]
    version = f"3.{chance.randint(6, 12)}.1"
    metadata = {"language_info": {"name": "python", "version": version}, "kernelspec": {"name": "python3"}}
    example = Example(cells=cells, name=f"n{number}.ipynb", metadata=metadata)
    document = example.document()
    facts = facts_of(document, Path("/nonexistent") / example.name, Path("/nonexistent"))
    facts = replace(facts, dated=f"20{chance.randint(14, 25)}-01-01T00:00:00+00:00")
    return Found(Path(example.name), example.name, f"{repository}-{number}", len(example.as_bytes), document, facts)


def put_run(store: Store, number: int, found: Found, chance: random.Random, settings: Settings) -> None:
    assert found.document is not None
    saved = found.document.saved_execution()
    steps = saved.steps
    if chance.random() < 0.5:
        steps = (*steps[:-1], replace(steps[-1], outputs=()))
    observed = replace(saved, origin=Origin.RERUN, steps=steps, seconds=1.0, runner="fork", environment="synthetic")
    key = f"key-{number}"
    with store.transaction():
        store.execute("INSERT INTO items (key, notebook_id, request, state, changed) VALUES (?, ?, '{}', 'running', '')", (key, number))
        store.execute("INSERT INTO round_notebooks VALUES (1, ?, ?, NULL)", (number, key))
    commit_outcome(store, Outcome(key, Prepared(), compare(saved, observed, settings), ("private-copy",), now()), settings)


def measured(program: str) -> tuple[float, float, float]:
    """Seconds, CPU seconds and megabytes of a program in a process of its own."""
    done = subprocess.run([sys.executable, "-c", MEASURED.format(program=program)], capture_output=True, text=True, check=True)
    seconds, cpu, megabytes = map(float, done.stdout.split())
    return seconds, cpu, megabytes


def measure_store(sizes: list[int]) -> None:
    for runs in sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "s.sqlite")
            began = time.process_time()
            with open_store(path, write=True) as store:
                synthetic(store, min(runs, BY_OURSELVES))
                multiplied(store, runs // BY_OURSELVES)
            made = time.process_time() - began
            print(f"{runs:,} runs: {made:.0f} s of CPU to write, {path.stat().st_size / 1e6:.0f} MB, load {os.getloadavg()[0]:.1f}")
            for name, program in (("report", REPORT), ("resume start", RESUME)):
                seconds, cpu, megabytes = measured(program.format(store=str(path)))
                print(f"  {name}: {seconds:.2f} s, {cpu:.2f} s of CPU, {megabytes:.0f} MB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    measure_store(parser.parse_args().runs)


if __name__ == "__main__":
    main()
