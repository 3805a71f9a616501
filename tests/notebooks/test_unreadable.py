"""What can't be read gives one error that names the file, the place, what was expected and what was found."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from harness import Example, code, display, markdown

from nbrepro.errors import UnreadableNotebookError
from nbrepro.notebooks import from_node, parse, read

GOOD = Example([code("1 + 1"), markdown("text")]).as_bytes
HEAD = b'{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": []'

FILES = {
    "empty": (b"", "a.ipynb: expected a notebook, found an empty file (0 bytes)"),
    "nulls": (b"\0" * 64, "a.ipynb: expected a notebook, found nothing but blank or null bytes (64 bytes)"),
    "git-lfs": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 7\n",
        "found a pointer of git LFS: the file itself was not downloaded (git lfs pull)",
    ),
    "merge-conflict": (
        b'{\n "cells": [\n<<<<<<< HEAD\n  1\n=======\n  2\n>>>>>>> topic\n ]\n}\n',
        "found marks of a merge conflict in git, the first in line 3: resolve it first",
    ),
    "page": (b"\n<!DOCTYPE html>\n<html><body>404</body></html>", "found an HTML page: download the raw file instead"),
    "picture": (b"\x89PNG\r\n\x1a\n\0\0", "line 1, byte 1: expected text in UTF-8, found a PNG picture"),
    "latin-1": (b'{\n "a": "caf\xe9"}', "a.ipynb, line 2, byte 11: expected text in UTF-8, found the byte 0xe9, which is none"),
    "truncated": (GOOD[:-40], "found the end of the file: it is cut off"),
    "truncated-in-text": (
        GOOD[: GOOD.index(b"1 + 1") + 3],
        "found a text that never ends: the file is cut off, or a quotation mark is missing",
    ),
    "comma": (b'{\n "cells": [,]\n}', "a.ipynb, line 2, column 12: expected JSON, found ',]\\n}' (expecting value)"),
    "two-values": (HEAD + b"}\n{}", "line 2, column 1: expected JSON, found '{}' (extra data)"),
    "deep": (HEAD + b', "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "expected at most 200 levels of nesting, found more"),
    "deep-but-loadable": (HEAD + b', "x": ' + b"[" * 300 + b"]" * 300 + b"}", "expected at most 200 levels of nesting, found more"),
    "huge-integer": (
        HEAD + b',\n"x": ' + b"1" * 5000 + b"}",
        "line 2, column 6: expected a number of at most 4300 digits, found one of 5000 digits",
    ),
}


@pytest.mark.parametrize(("content", "message"), FILES.values(), ids=FILES.keys())
def test_a_file_that_is_no_notebook(content: bytes, message: str) -> None:
    with pytest.raises(UnreadableNotebookError) as caught:
        parse(content, "a.ipynb")
    assert str(caught.value).startswith("a.ipynb")
    assert message in str(caught.value)
    assert caught.value.__cause__ is None


STRUCTURES: list[tuple[Any, str]] = [
    ([1], "a.ipynb: expected a notebook (an object with cells), found a list"),
    ({}, "a.ipynb: expected a notebook (an object with nbformat and cells), found an object with no nbformat and no cells"),
    (
        {"nbformat": 5, "cells": []},
        "a.ipynb, nbformat: expected a version from 1 to 4, found 5, which this version of nbrepro does not know",
    ),
    ({"nbformat": 4, "nbformat_minor": 4, "metadata": {}}, "a.ipynb, cells: expected a list of cells, found no such field"),
    ({"nbformat": 4, "nbformat_minor": 4, "cells": None}, "a.ipynb, cells: expected a list of cells, found null"),
    ({"nbformat": 4, "nbformat_minor": 4, "cells": [5]}, "a.ipynb, cell 1: expected a cell (an object), found the number 5"),
    ({"nbformat": 4, "cells": [{"source": ""}]}, "a.ipynb, cell 1, cell_type: expected code, markdown or raw, found missing"),
    ({"nbformat": 4, "cells": [code("") | {"source": {}}]}, "a.ipynb, cell 1, source: expected text, found an object"),
    (
        {"nbformat": 4, "cells": [markdown(""), code("") | {"outputs": 7}]},
        "cell 2, outputs: expected a list of outputs, found the number 7",
    ),
    (
        {"nbformat": 4, "cells": [code("") | {"outputs": [display("x"), None]}]},
        "cell 1, output 2: expected an output (an object), found null",
    ),
    ({"nbformat": 4, "cells": [code("", display("x") | {"data": "y"})]}, "cell 1, output 1, data: expected an object of"),
    ({"nbformat": 3, "worksheets": {}}, "a.ipynb, worksheets: expected a list, found an object"),
    ({"nbformat": 3, "worksheets": [{"cells": [None]}]}, "a.ipynb, worksheet 1, cells, item 1: expected an object, found null"),
]


@pytest.mark.parametrize(("content", "message"), STRUCTURES, ids=[message for _, message in STRUCTURES])
def test_a_structure_that_is_no_notebook(content: Any, message: str) -> None:
    with pytest.raises(UnreadableNotebookError) as caught:
        parse(json.dumps(content, default=dict).encode(), "a.ipynb")
    assert message in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    path = tmp_path / "none.ipynb"
    with pytest.raises(UnreadableNotebookError) as caught:
        read(path)
    assert str(caught.value) == f"{path}: expected a notebook file, found no file of this name"


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UnreadableNotebookError, match="found a folder"):
        read(tmp_path)


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    Example([]).write(tmp_path)
    with pytest.raises(UnreadableNotebookError, match="cannot be read"):
        read(tmp_path / "example.ipynb" / "inner.ipynb")


def test_a_name_that_no_file_can_have() -> None:
    with pytest.raises(UnreadableNotebookError, match="cannot be read"):
        read("a\0b.ipynb")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = Example([]).write(tmp_path)
    path.chmod(0)
    with pytest.raises(UnreadableNotebookError, match="permission denied"):
        read(path)


def test_a_notebook_in_memory_that_holds_itself() -> None:
    content = Example([]).content
    content["metadata"]["self"] = content
    with pytest.raises(UnreadableNotebookError, match="a notebook that holds itself"):
        from_node(content, "a.ipynb")


def test_code_that_shows_a_merge_conflict_is_no_conflict() -> None:
    text = "<<<<<<< HEAD\n1\n=======\n2\n>>>>>>> topic\n"
    assert Example([markdown(text)]).document().cells[0]["source"] == text
