"""The store: what is written is what is read, by one writer, whole or not at all."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from corpora.repositories import ADDED
from generated import faulty_files, json_values, notebooks, old_notebooks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbrepro.comparison import compare
from nbrepro.comparison.settings import Settings
from nbrepro.corpora.committing import commit_outcome, now
from nbrepro.corpora.contents import decoded, encoded, get, put
from nbrepro.corpora.discovery import discover_notebooks
from nbrepro.corpora.outcomes import Outcome
from nbrepro.corpora.preparing import Prepared
from nbrepro.corpora.projects import project_for
from nbrepro.corpora.recorded import observed_execution, saved_execution
from nbrepro.corpora.registering import register
from nbrepro.corpora.schema import VERSION
from nbrepro.corpora.sources import source
from nbrepro.corpora.store import Store, StoreError, open_store
from nbrepro.model import Failure, FailureKind, Origin, StepStatus
from nbrepro.notebooks import parse

base64_like = st.text("AQgwz09+/=\n", min_size=60, max_size=80)


@given(json_values | base64_like | st.text())
def test_every_payload_comes_back(value: Any) -> None:
    assert decoded(*encoded(value)) == value


def test_pictures_are_kept_as_bytes_and_equal_contents_once(tmp_path: Path) -> None:
    picture = "iVBORw0KGgo" * 20 + "AAAA"
    with open_store(tmp_path / "s.sqlite", write=True) as store:
        first, second, text = put(store, picture), put(store, picture), put(store, "text")
        assert first == second != text
        assert store.value("SELECT size FROM contents WHERE id = ?", (first,)) < len(picture)
        assert (get(store, first), get(store, text)) == (picture, "text")


def test_a_content_that_was_changed_is_noticed(tmp_path: Path) -> None:
    with open_store(tmp_path / "s.sqlite", write=True) as store:
        number = put(store, "text")
        store.execute("UPDATE contents SET data = ? WHERE id = ?", (b"tex!", number))
        with pytest.raises(StoreError, match="damaged"):
            get(store, number)
        with pytest.raises(StoreError, match="absent"):
            get(store, 99)


def item_for(store: Store, notebook: int, key: str = "k") -> None:
    row = (key, notebook, "{}", "running", now())
    store.execute("INSERT INTO items (key, notebook_id, request, state, changed) VALUES (?, ?, ?, ?, ?)", row)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(notebooks() | old_notebooks())
def test_executions_come_back_as_they_were(tmp_path: Path, content: dict[str, Any]) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir(exist_ok=True)
    (folder / "a.ipynb").write_text(json.dumps(content), encoding="utf-8")
    (tmp_path / "s.sqlite").unlink(missing_ok=True)
    for leftover in tmp_path.glob("s.sqlite*"):
        leftover.unlink()
    saved = parse((folder / "a.ipynb").read_bytes(), "a").saved_execution()
    steps = tuple(replace(step, seconds=0.5, cut_bytes=3, status=StepStatus.TIMED_OUT) for step in saved.steps)
    failure = Failure(FailureKind.STEP_TIMED_OUT, "too long", steps[0].index if steps else None, (("limit", "1"),))
    observed = replace(
        saved,
        origin=Origin.RERUN,
        steps=steps,
        failure=failure,
        seconds=2.0,
        runner="fork",
        environment="e",
        deviations=("d",),
        notes=("n",),
    )
    with open_store(tmp_path / "s.sqlite", write=True) as store:
        project = project_for(source(str(folder)), tmp_path)
        register(store, project, discover_notebooks(project))
        assert saved_execution(store, 1) == replace(saved, subject=f"{folder}: a.ipynb", seconds=None)
        item_for(store, 1)
        comparison = compare(saved, observed)
        run = commit_outcome(store, Outcome("k", Prepared(), comparison, ("clean-home",), now()), Settings())
        assert observed_execution(store, run) == replace(observed, subject=f"{folder}: a.ipynb")
        again = compare(saved_execution(store, 1), observed_execution(store, run))
        assert (again.verdict, again.steps) == (comparison.verdict, comparison.steps)
        assert store.value("SELECT state FROM items") == "done"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(faulty_files())
def test_whatever_can_be_read_can_be_written(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.ipynb").write_bytes(content)
    for leftover in tmp_path.glob("s.sqlite*"):
        leftover.unlink()
    with open_store(tmp_path / "s.sqlite", write=True) as store:
        project = project_for(source(str(tmp_path / "a.ipynb")), tmp_path)
        register(store, project, discover_notebooks(project))
        problem, cells = store.execute("SELECT problem, code_cells FROM notebooks").fetchone()
        if problem is None:
            assert len(saved_execution(store, 1).steps) == cells


def test_a_run_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    ADDED.write(tmp_path)
    with open_store(tmp_path / "s.sqlite", write=True) as store:
        project = project_for(source(str(tmp_path / ADDED.name)), tmp_path)
        register(store, project, discover_notebooks(project))
        item_for(store, 1)
        saved = saved_execution(store, 1)
        store.execute(f"PRAGMA max_page_count = {store.value('PRAGMA page_count')}")
        big = replace(saved, notes=("x" * 200_000,), origin=Origin.RERUN)
        with pytest.raises(StoreError, match="no room on the disk"):
            commit_outcome(store, Outcome("k", Prepared(), compare(saved, big), (), now()), Settings())
        assert store.value("SELECT count(*) FROM runs") == 0
        assert store.value("SELECT count(*) FROM steps WHERE run_id IS NOT NULL") == 0
        assert store.value("SELECT state FROM items") == "running"
    with open_store(tmp_path / "s.sqlite", write=True) as store:
        assert store.value("PRAGMA integrity_check") == "ok"


def test_a_second_writer_is_refused_and_readers_are_not(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    with open_store(path, write=True) as writer:
        with pytest.raises(StoreError, match=r"another process \(process \d+\) writes to this store"):
            open_store(path, write=True)
        program = f"from nbrepro.corpora.store import open_store; print(open_store({str(path)!r}).value('SELECT count(*) FROM rounds'))"
        with writer.transaction():
            done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "0"
    open_store(path, write=True).close()


def test_a_reader_can_not_write(tmp_path: Path) -> None:
    open_store(tmp_path / "s.sqlite", write=True).close()
    with open_store(tmp_path / "s.sqlite") as store, pytest.raises(StoreError, match="readonly"), store.transaction():
        store.execute("DELETE FROM rounds")


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no such store"):
        open_store(tmp_path / "absent.sqlite")
    with pytest.raises(StoreError, match="there is no folder"):
        open_store(tmp_path / "absent" / "s.sqlite", write=True)
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE a (b)")
    connection.close()
    with pytest.raises(StoreError, match="no store of nbrepro"):
        open_store(other, write=True)
    text = tmp_path / "text.sqlite"
    text.write_text("something else altogether, and long enough to be looked at as a database" * 20, encoding="utf-8")
    with pytest.raises(StoreError, match="could not be opened"):
        open_store(text, write=True)
    assert text.read_text(encoding="utf-8").startswith("something else")


def test_a_store_of_a_newer_schema_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    with open_store(path, write=True) as store:
        store.execute(f"PRAGMA user_version = {VERSION + 1}")
    for write in (True, False):
        with pytest.raises(StoreError, match="use a newer nbrepro"):
            open_store(path, write=write)


def test_a_store_that_another_program_has_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbrepro.corpora.store.BUSY_SECONDS", 0.1)
    path = tmp_path / "s.sqlite"
    open_store(path, write=True).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with open_store(path, write=True) as store, pytest.raises(StoreError, match="another program has locked it"), store.transaction():
        pass
    other.close()


def test_the_same_source_is_registered_once_and_changed_content_apart(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    ADDED.write(folder)
    with open_store(tmp_path / "s.sqlite", write=True) as store:

        def registered() -> int:
            project = project_for(source(str(folder)), tmp_path)
            return register(store, project, discover_notebooks(project))

        first = registered()
        assert registered() == first
        replace(ADDED, name="more.ipynb").write(folder)
        second = registered()
        assert second != first
        assert store.execute("SELECT duplicate_of FROM notebooks ORDER BY id").fetchall()[-1][0] == 1


def test_a_store_that_can_not_be_written_is_refused_and_can_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    open_store(folder / "s.sqlite", write=True).close()
    folder.chmod(0o500)
    program = (
        "import sys; from nbrepro.corpora.store import StoreError, open_store\n"
        "with open_store(sys.argv[1]) as store: print(store.value('SELECT count(*) FROM rounds'))\n"
        "(lambda path: open_store(path + '2', write=True))(sys.argv[1])\n"
    )
    before = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all", "--") if os.getuid() == 0 else ()
    done = subprocess.run([*before, sys.executable, "-c", program, str(folder / "s.sqlite")], capture_output=True, text=True, check=False)
    folder.chmod(0o700)
    assert done.stdout == "0\n", done.stderr
    assert "StoreError" in done.stderr.splitlines()[-1]
    assert "could not be opened to be written" in done.stderr
