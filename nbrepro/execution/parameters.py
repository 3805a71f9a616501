"""Parameters of a notebook, by papermill's rules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nbrepro.errors import MissingExtraError, RequestError

if TYPE_CHECKING:
    from nbrepro.notebooks import Document

FIXED = {"True": True, "False": False, "None": None}


def parse_parameter(text: str) -> bool | int | float | str | None:
    """The value of a parameter that was typed on a command line, as papermill's `-p` reads it.

    >>> [parse_parameter(text) for text in ("True", "None", "7", "0.5", "1e3", "abc")]
    [True, None, 7, 0.5, 1000.0, 'abc']
    """
    if text in FIXED:
        return FIXED[text]
    for kind in (int, float):
        with suppress(ValueError):
            return kind(text)
    return text


def parameterized(document: Document, parameters: Mapping[str, Any]) -> Document:
    """The notebook with a cell that sets parameters, after the cell tagged `parameters` or else at the top.

    papermill writes the cell, in the language of the notebook.

    Raises:
        MissingExtraError: papermill isn't installed.
        RequestError: papermill can't write a value of this kind, or not in this language.
    """
    try:
        from papermill.exceptions import PapermillException
        from papermill.parameterize import parameterize_notebook
    except ImportError as error:
        raise MissingExtraError("run -p name=value", "papermill") from error
    node = document.copy_node()
    node.metadata["papermill"] = {}
    for cell in node.cells:
        cell.metadata.setdefault("tags", [])
    try:
        node = parameterize_notebook(
            node, dict(parameters), kernel_name=document.kernel_name or "python3", language=document.language or "python"
        )
    except (PapermillException, ValueError, NotImplementedError) as error:
        raise RequestError(f"{document.path}: papermill can't set these parameters: {error}") from error
    for cell in node.cells:
        if not cell.metadata["tags"]:
            del cell.metadata["tags"]
    return replace(document, content=json.loads(json.dumps(node)))
