"""Every mend is told in words, and a notebook that needs none tells of none."""

from __future__ import annotations

import codecs
import json
from typing import Any

import pytest
from harness import PYTHON, Example, code, display, error, markdown, result, stdout

from nbrepro.model import Display, ErrorOutput, Stream
from nbrepro.notebooks import Document, parse


def with_cells(*cells: Any, minor: int = 4, **fields: Any) -> Document:
    content = {"cells": cells, "metadata": PYTHON, "nbformat": 4, "nbformat_minor": minor} | fields
    return parse(json.dumps(content).encode(), "a.ipynb")


def of_output(output: Any) -> tuple[Any, tuple[str, ...]]:
    document = with_cells(code("x") | {"outputs": [output]})
    return document.saved_execution().steps[0].outputs[0], document.repairs


@pytest.mark.parametrize("minor", range(6))
def test_a_valid_notebook_needs_no_repair(minor: int) -> None:
    cells = [code("1", result("1"), stdout("x"), error("E", "v"), display({"application/json": None}), count=1), markdown("x")]
    document = Example(cells, nbformat=(4, minor)).document()
    assert document.repairs == ()
    assert document.original_format == (4, minor)


CELLS: dict[str, tuple[Any, str, str, Any]] = {
    "outputs-null": (code("x") | {"outputs": None}, "cell 1: outputs was null, read as empty", "outputs", []),
    "outputs-single": (
        code("x") | {"outputs": stdout("y")},
        "cell 1: outputs was a single output, read as a list of one",
        "outputs",
        [stdout("y")],
    ),
    "source-null": (markdown("") | {"source": None}, "cell 1: source was null, read as empty", "source", ""),
    "source-number": (
        code("") | {"source": ["a", 1, None, "b"]},
        "cell 1: source was a list where text was expected, read as its text",
        "source",
        "a1b",
    ),
    "metadata-null": (markdown("") | {"metadata": None}, "cell 1: metadata was null, read as empty", "metadata", {}),
    "metadata-list": (markdown("") | {"metadata": []}, "cell 1: metadata was a list, read as empty", "metadata", {}),
    "tags-text": (
        markdown("") | {"metadata": {"tags": "a"}},
        "cell 1: metadata.tags was a text, read as one tag",
        "metadata",
        {"tags": ["a"]},
    ),
    "tags-null": (markdown("") | {"metadata": {"tags": None}}, "cell 1: metadata.tags was null, left out", "metadata", {}),
    "count-text": (code("") | {"execution_count": "7"}, "cell 1: execution_count was the text '7', read as 7", "execution_count", 7),
    "count-star": (code("") | {"execution_count": "*"}, "cell 1: execution_count was the text '*', read as null", "execution_count", None),
    "count-true": (code("") | {"execution_count": True}, "cell 1: execution_count was true, read as null", "execution_count", None),
    "count-fraction": (code("") | {"execution_count": 2.0}, "cell 1: execution_count was the number 2.0, read as 2", "execution_count", 2),
    "type-missing": (
        {key: value for key, value in code("x").items() if key != "cell_type"},
        "cell 1: cell_type was missing, read as code because the cell has outputs or an execution count",
        "cell_type",
        "code",
    ),
    "type-unknown": (
        {"cell_type": "sql", "metadata": {}, "source": "", "more": 1},
        "cell 1: the cell type 'sql' is unknown, kept and not run",
        "more",
        1,
    ),
    "attachments": (markdown("") | {"attachments": {"a": None}}, "cell 1: attachments['a'] was null, left out", "attachments", {}),
}


@pytest.mark.parametrize(("cell", "repair", "key", "value"), CELLS.values(), ids=CELLS.keys())
def test_a_cell_is_mended(cell: Any, repair: str, key: str, value: Any) -> None:
    document = with_cells(cell)
    assert document.repairs == (repair,)
    assert document.cells[0][key] == value


OUTPUTS: dict[str, tuple[Any, str, Any]] = {
    "text-list": (
        stdout("") | {"text": ["a", None, 1]},
        "text was a list where text was expected, read as its text",
        Stream("stdout", "a1"),
    ),
    "text-null": (stdout("") | {"text": None}, "text was null, read as empty", Stream("stdout", "")),
    "stream-name": (stdout("a") | {"name": None}, "the name of the stream was null, read as stdout", Stream("stdout", "a")),
    "data-null": (display({}) | {"data": None}, "data was null, read as empty", Display({})),
    "payload-null": (display({"text/plain": "a", "text/html": None}), 'data["text/html"] was null, left out', Display({"text/plain": "a"})),
    "payload-nested": (
        display({"text/plain": ["a", ["b"]]}),
        'data["text/plain"] was a list where text was expected, read as its text',
        Display({"text/plain": '["a", ["b"]]'}),
    ),
    "payload-object": (
        display({"image/png": {"a": 1}}),
        'data["image/png"] was an object where text was expected, read as its text',
        Display({"image/png": '{"a": 1}'}),
    ),
    "error-value": (error("E", "v", ["t"]) | {"evalue": None}, "evalue was null, read as empty", ErrorOutput("E", "", ("t",))),
    "traceback-text": (
        error("E", "v") | {"traceback": "t"},
        "traceback was the text 't' where a list of lines was expected",
        ErrorOutput("E", "v", ("t",)),
    ),
    "type-missing": ({"name": "stdout", "text": "a"}, "output_type was missing, read as stream", Stream("stdout", "a")),
    "type-of-nbformat-3": (
        {"output_type": "pyerr", "ename": "E", "evalue": "v", "traceback": []},
        "the output type pyerr is that of nbformat 3, read as error",
        ErrorOutput("E", "v"),
    ),
}


@pytest.mark.parametrize(("output", "repair", "value"), OUTPUTS.values(), ids=OUTPUTS.keys())
def test_an_output_is_mended(output: Any, repair: str, value: Any) -> None:
    mended, repairs = of_output(output)
    assert repairs == (f"cell 1, output 1: {repair}",)
    assert mended == value


def test_text_and_pictures_split_over_lines_need_no_repair() -> None:
    mended, repairs = of_output(display({"text/plain": ["a\n", "b"], "image/png": ["iVBO\n", "Rw0K\n"], "application/json": ["a", "b"]}))
    assert mended.data == {"text/plain": "a\nb", "image/png": "iVBO\nRw0K\n", "application/json": ["a", "b"]}
    assert repairs == ()


def test_an_unknown_output_is_kept_in_the_file_but_is_no_output_to_compare() -> None:
    document = with_cells(code("x") | {"outputs": [{"output_type": "hologram", "beam": 1}]})
    assert document.repairs == ("cell 1, output 1: the output type 'hologram' is unknown, kept in the file and not compared",)
    assert document.cells[0]["outputs"] == [{"output_type": "hologram", "beam": 1}]
    assert document.saved_execution().steps[0].outputs == ()


def test_the_same_repair_at_many_places_is_told_once() -> None:
    assert with_cells(*[markdown("") | {"metadata": None}] * 9).repairs == ("cell 1 and 8 more places: metadata was null, read as empty",)


def test_missing_repeated_and_impossible_ids_are_replaced_in_nbformat_4_5() -> None:
    cells = [
        markdown("a") | {"id": "same"},
        markdown("b") | {"id": "same"},
        markdown("c"),
        markdown("d") | {"id": "a b"},
        markdown("e") | {"id": "cell-2"},
    ]
    document = with_cells(*cells, minor=5)
    assert [cell["id"] for cell in document.cells] == ["same", "cell-1", "cell-2-", "cell-3", "cell-2"]
    assert document.repairs == (
        "cell 2: its id was that of an earlier cell, a new one was made up",
        "cell 3: its id was missing, a new one was made up",
        "cell 4: its id was the text 'a b', a new one was made up",
    )


def test_cells_without_ids_stay_without_them_before_nbformat_4_5() -> None:
    document = with_cells(code("1"), minor=4)
    assert "id" not in document.cells[0]
    assert document.saved_execution().steps[0].cell_id is None


METADATA: dict[str, tuple[Any, str, str | None, str]] = {
    "none": ({}, "no language is stated, taken as python", None, "python"),
    "kernelspec-null": ({"kernelspec": None, "language_info": {"name": "R"}}, "metadata: kernelspec was null, left out", None, "R"),
    "name-number": (
        {"kernelspec": {"name": 5, "language": "julia"}},
        "metadata: kernelspec.name was the number 5, left out",
        None,
        "julia",
    ),
    "language-info-list": (
        {"kernelspec": {"name": "ir", "language": "R"}, "language_info": []},
        "metadata: language_info was a list, left out",
        "ir",
        "R",
    ),
}


@pytest.mark.parametrize(("metadata", "repair", "kernel", "language"), METADATA.values(), ids=METADATA.keys())
def test_metadata_of_the_notebook_is_mended(metadata: Any, repair: str, kernel: str | None, language: str) -> None:
    document = with_cells(metadata=metadata)
    assert document.repairs == (repair,)
    assert (document.kernel_name, document.language) == (kernel, language)


VERSIONS: dict[str, tuple[dict[str, Any], tuple[int, int], str]] = {
    "missing": ({"cells": []}, (4, 4), "nbformat was missing, read as 4"),
    "missing-3": ({"worksheets": []}, (3, 0), "nbformat was missing, read as 3"),
    "text": ({"nbformat": "4", "nbformat_minor": 2, "cells": []}, (4, 2), "nbformat was the text '4', read as 4"),
    "minor-missing": ({"nbformat": 4, "cells": []}, (4, 4), "nbformat_minor was missing, read as 4"),
    "minor-by-ids": ({"nbformat": 4, "cells": [markdown("") | {"id": "a"}]}, (4, 5), "nbformat_minor was missing, read as 5"),
    "newer": ({"nbformat": 4, "nbformat_minor": 9, "cells": []}, (4, 9), "nbformat 4.9 is newer than 4.5, read as it stands"),
    "contradicted": (
        {"nbformat": 3, "nbformat_minor": 0, "cells": []},
        (4, 0),
        "nbformat was 3, but the notebook has the form of nbformat 4, read as such",
    ),
}


@pytest.mark.parametrize(("content", "version", "repair"), VERSIONS.values(), ids=VERSIONS.keys())
def test_the_version_is_mended(content: dict[str, Any], version: tuple[int, int], repair: str) -> None:
    document = parse(json.dumps(content | {"metadata": PYTHON}).encode(), "a.ipynb")
    assert document.original_format == version
    assert repair in document.repairs


TEXT = Example([markdown("é\r\n😀")]).as_bytes.decode()
ENCODINGS = {
    "utf-8": (TEXT.encode(), ()),
    "crlf": (TEXT.replace("\n", "\r\n").encode(), ()),
    "utf-8-bom": (codecs.BOM_UTF8 + TEXT.encode(), ("the file began with a byte order mark, left out",)),
    "utf-16": (TEXT.encode("utf-16"), ("the file is encoded as UTF-16, read as such (Jupyter wants UTF-8)",)),
    "utf-16-be": (TEXT.encode("utf-16-be"), ("the file is encoded as UTF-16-BE, read as such (Jupyter wants UTF-8)",)),
}


@pytest.mark.parametrize(("content", "repairs"), ENCODINGS.values(), ids=ENCODINGS.keys())
def test_encodings(content: bytes, repairs: tuple[str, ...]) -> None:
    document = parse(content, "a.ipynb")
    assert document.repairs == repairs
    assert document.cells[0]["source"] == "é\r\n😀"


def test_a_halved_character_becomes_the_replacement_character() -> None:
    file = TEXT.replace("😀", "\\ud83d\\ude00 \\ud83d").encode()
    document = parse(file, "a.ipynb")
    assert document.cells[0]["source"] == "é\r\n😀 \ufffd"
    assert document.repairs == ("cells[0].source: half of a character (a lone surrogate), read as U+FFFD",)


def test_numbers_that_are_no_json_are_kept_and_told() -> None:
    document = parse(Example([], metadata=PYTHON | {"x": [float("nan"), float("inf"), float("nan")]}).as_bytes, "a.ipynb")
    assert document.content["metadata"]["x"][1] == float("inf")
    assert document.repairs == ("NaN is no JSON, kept as a number (2 times)", "Infinity is no JSON, kept as a number")


def test_a_key_that_stands_twice_is_told() -> None:
    file = TEXT.replace('"source":', '"source": "old", "source":').encode()
    document = parse(file, "a.ipynb")
    assert document.cells[0]["source"] == "é\r\n😀"
    assert document.repairs == ("the key 'source' stands more than once in one object, the last one was read",)
