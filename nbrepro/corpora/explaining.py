"""Causes in the store: what is known around a run, looked up, and what that comes to, written."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from sqlite3 import Row

from packaging.utils import canonicalize_name

from nbrepro.causes import Circumstances
from nbrepro.causes.explaining import causes_of
from nbrepro.corpora.fates import ProjectFiles
from nbrepro.corpora.isolation import Level
from nbrepro.corpora.store import Store
from nbrepro.model import Comparison
from nbrepro.notebooks.projects import project_of


def put_causes(store: Store, comparison_id: int, run: int, comparison: Comparison) -> None:
    """Write the causes of a comparison of a run, in the place of earlier ones."""
    store.execute("DELETE FROM causes WHERE comparison_id = ?", (comparison_id,))
    known = Circumstances() if comparison.verdict.is_reproduced else circumstances_of(store, run)
    store.execute_many(
        "INSERT INTO causes (comparison_id, position, slug, certainty, detail, message, evidence) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (comparison_id, cause.step, cause.slug, cause.certainty.value, cause.detail, cause.message, json.dumps(cause.evidence))
            for cause in causes_of(comparison, known)
        ],
    )
    store.execute("UPDATE comparisons SET explained = 1 WHERE id = ?", (comparison_id,))


def circumstances_of(store: Store, run: int) -> Circumstances:
    """What the store and the files of the project tell of a run besides its execution."""
    row = store.execute(
        "SELECT runs.isolation, runs.unsteady, runs.environment_id, environments.packages, notebooks.path, notebooks.declared_packages,"
        " repositories.folder, repositories.lfs_pointers, repositories.submodules, repositories.missing"
        " FROM runs JOIN notebooks ON notebooks.id = runs.notebook_id JOIN repositories ON repositories.id = notebooks.repository_id"
        " LEFT JOIN environments ON environments.id = runs.environment_id WHERE runs.id = ?",
        (run,),
    ).fetchone()
    known = Circumstances(
        declared=None if row["declared_packages"] is None else frozenset(json.loads(row["declared_packages"])),
        packages=_packages(row),
        network=Level.NO_NETWORK not in row["isolation"].split() if row["isolation"] else None,
        unsteady=None if row["unsteady"] is None else frozenset(json.loads(row["unsteady"])),
        own_environment=row["environment_id"] is not None,
        pointers=tuple(json.loads(row["lfs_pointers"])),
    )
    if row["folder"] is None:
        return known
    return _with_files(known, row)


def _packages(row: Row) -> dict[str, str] | None:
    if row["packages"] is None:
        return None
    return {str(canonicalize_name(name)): version for name, version in json.loads(row["packages"]).items()}


def _with_files(known: Circumstances, row: Row) -> Circumstances:
    folder = Path(row["folder"])
    root = project_of(folder)
    notebook = (folder / row["path"]).absolute().relative_to(root.absolute()).as_posix()
    files = ProjectFiles(root, notebook, tuple(json.loads(row["submodules"])), tuple(json.loads(row["missing"])))
    return replace(known, fate_of=files.fate_of)
