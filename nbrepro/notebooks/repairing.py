"""Mending of notebooks in nbformat 4, so that whoever reads the result may rely on the types of its fields.

Only what a reader cannot do without is mended: unknown fields, unknown cell types and everything inside metadata that
nothing here reads stay as they stand. What holds content and cannot be understood is refused, never thrown away.
"""

from __future__ import annotations

import re
from typing import Any

from nbrepro.notebooks.fields import mend_count, mend_object
from nbrepro.notebooks.outputs import mend_outputs
from nbrepro.notebooks.place import Place, described
from nbrepro.notebooks.texts import mended_text

NEWEST_MINOR = 5
"""The newest minor version of nbformat 4 known here; newer ones are read as they stand."""

_CELL_TYPES = {"code", "markdown", "raw"}
_CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def mend(content: dict[str, Any], place: Place) -> None:
    """Mend a notebook of nbformat 4 in place, and record what was mended.

    Raises:
        UnreadableNotebookError: Its cells or outputs cannot be understood.
    """
    cells = content.get("cells")
    if not isinstance(cells, list):
        raise place.at("cells").unreadable("a list of cells", described(cells) if "cells" in content else "no such field")
    mend_object(content, "metadata", place)
    _mend_notebook_metadata(content["metadata"], place.at("metadata"))
    for index, cell in enumerate(cells):
        _mend_cell(cell, place.at(f"cell {index + 1}"))
    if content["nbformat_minor"] >= NEWEST_MINOR:
        _mend_ids(cells, place)
    if content["nbformat_minor"] > NEWEST_MINOR:
        place.mended(f"nbformat 4.{content['nbformat_minor']} is newer than 4.{NEWEST_MINOR}, read as it stands")


def _mend_notebook_metadata(metadata: dict[str, Any], place: Place) -> None:
    for key, names in {"kernelspec": ("name", "language", "display_name"), "language_info": ("name", "version")}.items():
        if key not in metadata:
            continue
        if not isinstance(metadata[key], dict):
            place.mended(f"{key} was {described(metadata.pop(key))}, left out")
            continue
        for name in names:
            if name in metadata[key] and not isinstance(metadata[key][name], str):
                place.mended(f"{key}.{name} was {described(metadata[key].pop(name))}, left out")


def _mend_cell(cell: Any, place: Place) -> None:  # noqa: ANN401 - any JSON value
    if not isinstance(cell, dict):
        raise place.unreadable("a cell (an object)", described(cell))
    _mend_cell_type(cell, place)
    mend_object(cell, "metadata", place)
    _mend_tags(cell["metadata"], place)
    if "source" not in cell:
        place.mended("source was missing, read as empty")
    elif isinstance(cell["source"], dict):
        raise place.at("source").unreadable("text", described(cell["source"]))
    cell["source"] = mended_text(cell.get("source", ""), "source", place)
    if "attachments" in cell:
        _mend_attachments(cell, place)
    if cell["cell_type"] == "code":
        mend_count(cell, place)
        mend_outputs(cell, place)


def _mend_cell_type(cell: dict[str, Any], place: Place) -> None:
    kind = cell.get("cell_type")
    if isinstance(kind, str):
        if kind not in _CELL_TYPES:
            place.mended(f"the cell type {kind!r} is unknown, kept and not run")
        return
    found = described(kind) if "cell_type" in cell else "missing"
    if "outputs" not in cell and "execution_count" not in cell:
        raise place.at("cell_type").unreadable("code, markdown or raw", found)
    place.mended(f"cell_type was {found}, read as code because the cell has outputs or an execution count")
    cell["cell_type"] = "code"


def _mend_tags(metadata: dict[str, Any], place: Place) -> None:
    tags = metadata.get("tags", [])
    if isinstance(tags, list) and all(isinstance(tag, str) for tag in tags):
        return
    if isinstance(tags, str):
        place.mended("metadata.tags was a text, read as one tag")
        metadata["tags"] = [tags]
    elif isinstance(tags, list):
        place.mended("metadata.tags held something else than text, left out")
        metadata["tags"] = [tag for tag in tags if isinstance(tag, str)]
    else:
        place.mended(f"metadata.tags was {described(metadata.pop('tags'))}, left out")


def _mend_attachments(cell: dict[str, Any], place: Place) -> None:
    attachments = cell["attachments"]
    if not isinstance(attachments, dict):
        place.mended(f"attachments was {described(cell.pop('attachments'))}, left out")
        return
    for name in [name for name, bundle in attachments.items() if not isinstance(bundle, dict)]:
        place.mended(f"attachments[{name!r}] was {described(attachments.pop(name))}, left out")


def _mend_ids(cells: list[dict[str, Any]], place: Place) -> None:
    """Give every cell an id of its own; made-up ids follow from the position, so that reading twice gives the same."""
    taken: set[str] = set()
    wanting: list[tuple[int, str]] = []
    for index, cell in enumerate(cells):
        fault = _fault_of_id(cell, taken)
        if fault:
            wanting.append((index, fault))
        else:
            taken.add(cell["id"])
    for index, fault in wanting:
        cells[index]["id"] = _free_id(index, taken)
        place.at(f"cell {index + 1}").mended(f"its id was {fault}, a new one was made up")


def _fault_of_id(cell: dict[str, Any], taken: set[str]) -> str:
    if "id" not in cell:
        return "missing"
    value = cell["id"]
    if not isinstance(value, str) or not _CELL_ID.fullmatch(value):
        return described(value)
    return "that of an earlier cell" if value in taken else ""


def _free_id(index: int, taken: set[str]) -> str:
    candidate = f"cell-{index}"
    while candidate in taken:
        candidate += "-"
    taken.add(candidate)
    return candidate
