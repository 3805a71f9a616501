"""Writing sources and their notebooks into the store."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, Final

from nbrepro.corpora.contents import put
from nbrepro.corpora.projects import Project
from nbrepro.corpora.recorded import put_steps
from nbrepro.corpora.sources import Source, SourceKind
from nbrepro.corpora.store import Store

if TYPE_CHECKING:
    from nbrepro.corpora.discovery import Found
    from nbrepro.corpora.facts import NotebookFacts
    from nbrepro.notebooks import Document

_IN_OTHER_TABLES: Final = frozenset({"output_kinds", "features", "imports", "style"})
_CHANGING = frozenset({SourceKind.NOTEBOOK, SourceKind.FOLDER, SourceKind.ZIP})


def source_as_json(source: Source) -> str:
    """A source as text that is the same for the same request."""
    values = {**asdict(source), "as_of": source.as_of.isoformat() if source.as_of else None}
    return json.dumps(values, sort_keys=True)


def register(store: Store, project: Project, found: Iterable[Found]) -> int:
    """Write a source with its notebooks, in one transaction; gives the number of the repository.

    A source that was written before with the same content keeps its rows. Where its content has changed it becomes another
    repository: runs of the old content stay as they are.
    """
    source = source_as_json(project.source)
    present = store.execute("SELECT id, content, commit_id, problem FROM repositories WHERE source = ?", (source,)).fetchone()
    if present is not None and tuple(present)[1:] == (project.content or None, project.commit, project.problem):
        number: int = present["id"]
        with store.transaction():
            store.execute("UPDATE repositories SET folder = ? WHERE id = ?", (_text(project.folder), number))
        return number
    with store.transaction():
        if present is not None:
            _set_aside(store, present["id"], source)
        number = _repository(store, project, source)
        for one in found:
            _notebook(store, number, one)
    return number


def _set_aside(store: Store, number: int, source: str) -> None:
    """Leave the name of a source to its new content."""
    store.execute("UPDATE repositories SET source = ? WHERE id = ?", (f"{source}, before {number}", number))


def _repository(store: Store, project: Project, source: str) -> int:
    return _insert(
        store,
        "repositories",
        {
            "source": source,
            "name": project.source.name,
            "kind": project.source.kind.value,
            "address": project.source.address,
            "commit_id": project.commit,
            "commit_date": project.commit_date,
            "content": project.content or None,
            "folder": _text(project.folder),
            "submodules": json.dumps(project.submodules),
            "lfs_pointers": json.dumps(project.lfs_pointers),
            "missing": json.dumps(project.missing),
            "problem": project.problem,
            "problem_slug": project.problem_slug,
        },
    )


def _notebook(store: Store, repository: int, found: Found) -> None:
    first = store.value("SELECT min(id) FROM notebooks WHERE sha256 = ? AND sha256 <> ''", (found.sha256,))
    values: dict[str, Any] = {
        "repository_id": repository,
        "path": found.path,
        "sha256": found.sha256,
        "bytes": found.size,
        "duplicate_of": first,
        "problem": found.problem,
        "problem_slug": found.problem_slug,
    }
    if found.facts is not None:
        names = (field.name for field in fields(found.facts) if field.name not in _IN_OTHER_TABLES)
        values |= {name: getattr(found.facts, name) for name in names}
        values |= {name: json.dumps(getattr(found.facts, name)) for name in ("declarations", "declared_packages")}
    number = _insert(store, "notebooks", values)
    if found.facts is not None and found.document is not None:
        _details(store, number, found.facts, found.document)


def _details(store: Store, number: int, facts: NotebookFacts, document: Document) -> None:
    from nbrepro.corpora.facts import output_kinds

    for position, cell in enumerate(document.cells):
        source = cell["source"]
        kinds = sorted(output_kinds([cell])) if cell["cell_type"] == "code" else []
        count = cell.get("execution_count")
        row = (number, position, cell["cell_type"], count, len(source.splitlines()), put(store, source), json.dumps(kinds))
        store.execute("INSERT INTO cells VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    put_steps(store, number, None, document.saved_execution().steps)
    many = store.execute_many
    many("INSERT INTO output_kinds VALUES (?, ?, ?)", [(number, kind, count) for kind, count in facts.output_kinds.items()])
    many("INSERT INTO features VALUES (?, ?, ?)", [(number, name, count) for name, count in facts.features.items()])
    many("INSERT INTO style VALUES (?, ?, ?)", [(number, code, count) for code, count in facts.style.items()])
    uses = [(number, use.name, use.origin.value, use.package, use.is_optional) for use in facts.imports]
    many("INSERT OR IGNORE INTO imports VALUES (?, ?, ?, ?, ?)", uses)


def _insert(store: Store, table: str, values: dict[str, Any]) -> int:
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    cursor = store.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values()))  # noqa: S608 - our own names
    assert cursor.lastrowid is not None  # noqa: S101 - a row was inserted
    return cursor.lastrowid


def _text(value: object) -> str | None:
    return None if value is None else str(value)
