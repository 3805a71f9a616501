"""From nbformat 1, 2 and 3 to 4, in place of the converters of nbformat: importing those takes longer than most notebooks.

What became of each field is the nbformat documentation's ("The Jupyter Notebook format", changelog) and the same as what
`nbformat.convert` gives, except that no random cell ids are made up: the result is nbformat 4.4, which has none. Fields of
the wrong type pass through untouched; `nbrepro.notebooks.repairing` sees to them afterwards.
"""

from __future__ import annotations

import json
from typing import Any

from nbrepro.notebooks.place import Place, described
from nbrepro.notebooks.texts import joined

UPGRADED_MINOR = 4
"""The last minor version of nbformat 4 in which cells have no ids."""

MIME_TYPES = {
    "text": "text/plain",
    "html": "text/html",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "latex": "text/latex",
    "json": "application/json",
    "javascript": "application/javascript",
}
"""Names of representations in nbformat 2 and 3."""

OUTPUT_TYPES = {"pyout": "execute_result", "pyerr": "error"}
_HEADING_LEVELS = (1, 2, 3, 4, 5, 6)
_OUTPUT_FIELDS = {"output_type", "execution_count", "metadata"}


def upgraded(content: dict[str, Any], major: int, place: Place) -> dict[str, Any]:
    """The notebook in nbformat 4; `content` is used up.

    Raises:
        UnreadableNotebookError: Its worksheets or cells are no lists of objects.
    """
    place.mended(f"nbformat {major}, read as nbformat 4")
    old_cells = _first_format_cells(content, place) if major == 1 else _worksheet_cells(content, place)
    languages = [cell["language"] for cell, _ in old_cells if isinstance(cell.get("language"), str)]
    cells = [_upgraded_cell(cell, here) for cell, here in old_cells]
    metadata = content.get("metadata")
    if isinstance(metadata, dict):
        metadata = {key: value for key, value in metadata.items() if key not in {"name", "signature"}}
        if languages:
            metadata.setdefault("language_info", {"name": languages[0]})
    kept = {key: value for key, value in content.items() if key not in {"worksheets", "cells", "metadata", "orig_nbformat"}}
    return kept | {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": UPGRADED_MINOR}


def _worksheet_cells(content: dict[str, Any], place: Place) -> list[tuple[dict[str, Any], Place]]:
    cells: list[tuple[dict[str, Any], Place]] = []
    worksheets = content.get("worksheets")
    for number, worksheet in enumerate(_list_of_objects(worksheets, place.at("worksheets")), start=1):
        here = place.at(f"worksheet {number}")
        for cell in _list_of_objects(worksheet.get("cells"), here.at("cells")):
            cells.append((cell, place.at(f"cell {len(cells) + 1}")))
    return cells


def _first_format_cells(content: dict[str, Any], place: Place) -> list[tuple[dict[str, Any], Place]]:
    cells = _list_of_objects(content.get("cells"), place.at("cells"))
    for cell in cells:
        if cell.get("cell_type") == "text":
            cell |= {"cell_type": "markdown", "source": cell.pop("text", "")}
        elif "code" in cell:
            cell["input"] = cell.pop("code")
    return [(cell, place.at(f"cell {number}")) for number, cell in enumerate(cells, start=1)]


def _list_of_objects(value: Any, place: Place) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON value
    if not isinstance(value, list):
        raise place.unreadable("a list", described(value))
    for number, item in enumerate(value, start=1):
        if not isinstance(item, dict):
            raise place.at(f"item {number}").unreadable("an object", described(item))
    return value


def _upgraded_cell(cell: dict[str, Any], place: Place) -> dict[str, Any]:
    cell.setdefault("metadata", {})
    match cell.get("cell_type"):
        case "code":
            _upgrade_code_cell(cell, place)
        case "heading":
            _upgrade_heading(cell)
        case "html":
            cell["cell_type"] = "markdown"
    return cell


def _upgrade_heading(cell: dict[str, Any]) -> None:
    level = cell.pop("level", 1)
    title = joined(cell.get("source"))
    if title is not None:
        hashes = "#" * level if type(level) is int and level in _HEADING_LEVELS else "#"
        cell["source"] = f"{hashes} {' '.join(title.splitlines())}"
    cell["cell_type"] = "markdown"


def _upgrade_code_cell(cell: dict[str, Any], place: Place) -> None:
    cell.pop("language", None)
    if "collapsed" in cell:
        collapsed = cell.pop("collapsed")
        if isinstance(cell["metadata"], dict):
            cell["metadata"]["collapsed"] = collapsed
    if "input" in cell:
        cell["source"] = cell.pop("input")
    cell["execution_count"] = cell.pop("prompt_number", None)
    outputs = cell.get("outputs")
    if isinstance(outputs, list):
        for number, output in enumerate(outputs, start=1):
            if isinstance(output, dict):
                upgrade_output(output, place.at(f"output {number}"))


def upgrade_output(output: dict[str, Any], place: Place) -> None:
    """Turn an output of nbformat 3 into one of nbformat 4, in place."""
    kind = output.get("output_type")
    if not isinstance(kind, str):
        return
    if kind in {"pyout", "display_data"} and "data" not in output:
        _gather_representations(output, place)
    if kind == "pyout":
        output["execution_count"] = output.pop("prompt_number", None)
    if kind == "stream" and "name" not in output:
        output["name"] = output.pop("stream", "stdout")
    output["output_type"] = OUTPUT_TYPES.get(kind, kind)


def _gather_representations(output: dict[str, Any], place: Place) -> None:
    metadata = output.setdefault("metadata", {})
    if isinstance(metadata, dict):
        output["metadata"] = {MIME_TYPES.get(key, key): value for key, value in metadata.items()}
    keys = [key for key in output if key not in _OUTPUT_FIELDS and key != "prompt_number"]
    data = {MIME_TYPES.get(key, key): output.pop(key) for key in keys}
    if "application/json" in data:
        data["application/json"] = _loaded(data["application/json"], place.at('data["application/json"]'))
    output["data"] = data


def _loaded(text: Any, place: Place) -> Any:  # noqa: ANN401 - any JSON value
    """The value of a JSON text: up to nbformat 3, JSON stood in outputs as text."""
    whole = joined(text)
    if whole is None:
        return text
    try:
        return json.loads(whole)
    except (ValueError, RecursionError):
        place.mended("no JSON, kept as text")
        return whole
