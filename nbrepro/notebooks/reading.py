"""From a file to a document."""

from __future__ import annotations

import os
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from nbrepro.errors import UnreadableNotebookError
from nbrepro.notebooks.decoding import decoded, refuse_deep_nesting
from nbrepro.notebooks.document import DEFAULT_LANGUAGE, Document, stated_language
from nbrepro.notebooks.place import Place, described, repairs_in_words
from nbrepro.notebooks.repairing import mend
from nbrepro.notebooks.upgrading import upgraded
from nbrepro.notebooks.versions import CURRENT_MAJOR, stated_version


def read(path: str | os.PathLike[str]) -> Document:
    """Read a notebook file of any nbformat up to 4.

    Args:
        path: The file; the document keeps this name as it was given.

    Raises:
        UnreadableNotebookError: There is no such file, it may not be read, or it is no notebook.
    """
    name = os.fspath(path)
    try:
        content = Path(name).read_bytes()
    except FileNotFoundError:
        raise UnreadableNotebookError(name, "", "a notebook file", "no file of this name") from None
    except IsADirectoryError:
        raise UnreadableNotebookError(name, "", "a notebook file", "a folder") from None
    except PermissionError:
        raise UnreadableNotebookError(name, "", "a notebook file", "one that you may not read (permission denied)") from None
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise UnreadableNotebookError(name, "", "a notebook file", f"one that cannot be read ({reason})") from None
    return parse(content, name)


def parse(content: bytes, name: str) -> Document:
    """Read a notebook from the bytes of its file.

    Args:
        content: The whole file.
        name: What to call it in messages.

    Raises:
        UnreadableNotebookError: It is no notebook; the error says where, what was expected and what was found.

    >>> parse(b'{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": 5}', "a.ipynb")
    Traceback (most recent call last):
    nbrepro.errors.UnreadableNotebookError: a.ipynb, cells: expected a list of cells, found the number 5
    """
    place = Place(name)
    return _document(decoded(content, place), place)


def from_node(node: Mapping[str, Any], name: str) -> Document:
    """The document of a notebook in memory, checked and mended like a file; the notebook itself stays as it is.

    Raises:
        UnreadableNotebookError: It is no notebook.
    """
    place = Place(name)
    try:
        content = _plain(node)
    except RecursionError:
        raise place.unreadable("JSON values", "a notebook that holds itself, or is nested too deep") from None
    return _document(content, place)


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else deepcopy(value)


def _document(content: Any, place: Place) -> Document:  # noqa: ANN401 - any JSON value
    if not isinstance(content, dict):
        raise place.unreadable("a notebook (an object with cells)", described(content))
    version = stated_version(content, place)
    if version[0] < CURRENT_MAJOR:
        content = upgraded(content, version[0], place)
    refuse_deep_nesting(content, place)
    mend(content, place)
    if stated_language(content) is None:
        place.mended(f"no language is stated, taken as {DEFAULT_LANGUAGE}")
    return Document(place.file, content, version, repairs_in_words(place.repairs))
