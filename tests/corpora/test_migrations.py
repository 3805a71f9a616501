"""A store of an older nbrepro: brought up to date, with everything that it holds."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import chdir, closing
from pathlib import Path

import pytest
from harness import Example, code, result, stdout

from nbrepro.commands.main import main
from nbrepro.corpora.schema import MIGRATIONS, VERSION
from nbrepro.corpora.store import _MARK as MARK
from nbrepro.corpora.store import StoreError, open_store

NOTEBOOKS = {
    "fails": [code("import no_such_module_of_anybody", stdout("x"), count=1)],
    "differs": [code("import random\nrandom.random()", result("0.5"), count=1)],
    "good": [code("1 + 1", result("2"), count=1)],
}


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder with a corpus that was run, and its store `s.sqlite`."""
    for name, cells in NOTEBOOKS.items():
        Example(cells=cells, name=f"{name}.ipynb").write(tmp_path / "corpus")
    with chdir(tmp_path):
        assert main(["corpus", "run", "corpus", "--store", "s.sqlite", "--env", "current", "--jobs", "1", "-q"]) == 0
    return tmp_path


def of_version(version: int, path: Path, source: Path) -> None:
    """Writes a store with an older schema, and what it can hold of another store."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for migration in MIGRATIONS[:version]:
            connection.executescript(migration)
        connection.execute(f"PRAGMA application_id = {MARK}")
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("ATTACH ? AS newer", (str(source),))
        tables = [row[0] for row in connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")]
        for table in tables:
            older = [row[1] for row in connection.execute(f"PRAGMA main.table_info({table})")]
            newer = [row[1] for row in connection.execute(f"PRAGMA newer.table_info({table})")]
            if set(older) <= set(newer):
                names = ", ".join(older)
                connection.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} FROM newer.{table}")


@pytest.mark.slow
def test_an_older_store_goes_on_with_all_that_it_has(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store(corpus / "s.sqlite") as store:
        before = {table: store.value(f"SELECT count(*) FROM {table}") for table in ("runs", "steps", "outputs", "contents", "comparisons")}
        causes = {tuple(row) for row in store.execute("SELECT slug, position, message FROM causes")}
    assert {slug for slug, _, _ in causes} == {"missing-module", "unseeded-randomness"}
    shutil.copy(corpus / "s.sqlite", corpus / "new.sqlite")
    for leftover in corpus.glob("s.sqlite*"):
        leftover.unlink()
    of_version(1, corpus / "s.sqlite", corpus / "new.sqlite")
    with pytest.raises(StoreError, match="has schema 1 of 2; corpus run or corpus compare brings it up to date"):
        open_store(corpus / "s.sqlite")
    with chdir(corpus):
        assert main(["corpus", "compare", "--store", "s.sqlite"]) == 0
        assert "A module is not in the environment" in capsys.readouterr().out
        assert main(["corpus", "run", "corpus", "--store", "s.sqlite", "--env", "current", "-q"]) == 0
    with open_store(corpus / "s.sqlite") as store:
        assert store.value("PRAGMA user_version") == VERSION
        assert {table: store.value(f"SELECT count(*) FROM {table}") for table in before} == before, "nothing is lost and nothing run again"
        assert {slug for (slug,) in store.execute("SELECT DISTINCT slug FROM causes")} == {slug for slug, _, _ in causes}
        assert store.value("PRAGMA foreign_key_check") is None
