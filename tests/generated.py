"""Hypothesis strategies: notebooks of every kind, and files with faults."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

MIME_TYPES = ("text/plain", "text/html", "image/png", "image/svg+xml", "text/latex", "application/json", "application/vnd.x.v1+json")

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
"""Any text that can be encoded: line ends of every kind, control characters, astral characters."""
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
json_values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8)
objects = st.dictionaries(texts, json_values, max_size=2)
counts = st.none() | st.integers(0, 500)


def _bundle(mime_types: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    payloads = {mime_type: json_values if mime_type.endswith("json") else texts for mime_type in mime_types}
    return st.fixed_dictionaries(payloads)


bundles = st.lists(st.sampled_from(MIME_TYPES), max_size=3, unique=True).flatmap(_bundle)
outputs = st.one_of(
    st.fixed_dictionaries({"output_type": st.just("stream"), "name": st.sampled_from(["stdout", "stderr"]), "text": texts}),
    st.fixed_dictionaries({"output_type": st.just("display_data"), "data": bundles, "metadata": objects}),
    st.fixed_dictionaries({"output_type": st.just("execute_result"), "data": bundles, "metadata": objects, "execution_count": counts}),
    st.fixed_dictionaries({"output_type": st.just("error"), "ename": texts, "evalue": texts, "traceback": st.lists(texts, max_size=2)}),
)
code_cells = st.fixed_dictionaries(
    {
        "cell_type": st.just("code"),
        "metadata": objects,
        "source": texts,
        "execution_count": counts,
        "outputs": st.lists(outputs, max_size=3),
    }
)
text_cells = st.fixed_dictionaries({"cell_type": st.sampled_from(["markdown", "raw"]), "metadata": objects, "source": texts})
metadata = objects | st.just({"kernelspec": {"name": "python3", "display_name": "Python 3"}, "language_info": {"name": "python"}})


@st.composite
def notebooks(draw: st.DrawFn) -> dict[str, Any]:
    """Valid notebooks of nbformat 4.0 to 4.5, as JSON values."""
    minor = draw(st.integers(0, 5))
    cells = draw(st.lists(code_cells | text_cells, max_size=4))
    if minor == 5:
        cells = [cell | {"id": f"id-{number}"} for number, cell in enumerate(cells)]
    return {"cells": cells, "metadata": draw(metadata), "nbformat": 4, "nbformat_minor": minor}


_OLD_NAMES = ("text", "html", "svg", "png", "jpeg", "latex", "javascript")
_old_bundles = st.dictionaries(st.sampled_from(_OLD_NAMES), texts, max_size=2)


@st.composite
def _old_outputs(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["stream", "display_data", "pyout", "pyerr"]))
    match kind:
        case "stream":
            return {"output_type": kind, "stream": draw(st.sampled_from(["stdout", "stderr"])), "text": draw(texts)}
        case "pyerr":
            return {"output_type": kind, "ename": draw(texts), "evalue": draw(texts), "traceback": draw(st.lists(texts, max_size=2))}
    output = {"output_type": kind, "metadata": {}} | draw(_old_bundles)
    if draw(st.booleans()):
        output["json"] = json.dumps(draw(json_values))
    return output | ({"prompt_number": draw(st.integers(0, 99))} if kind == "pyout" else {})


_old_code_cells = st.fixed_dictionaries(
    {
        "cell_type": st.just("code"),
        "language": st.just("python"),
        "collapsed": st.booleans(),
        "metadata": objects,
        "input": texts,
        "outputs": st.lists(_old_outputs(), max_size=3),
    },
    optional={"prompt_number": st.integers(0, 99)},
)
_old_text_cells = st.one_of(
    st.fixed_dictionaries({"cell_type": st.sampled_from(["markdown", "raw", "html"]), "metadata": objects, "source": texts}),
    st.fixed_dictionaries({"cell_type": st.just("heading"), "level": st.integers(1, 6), "metadata": objects, "source": texts}),
)


@st.composite
def old_notebooks(draw: st.DrawFn) -> dict[str, Any]:
    """Valid notebooks of nbformat 3, as JSON values."""
    worksheets = draw(st.lists(st.lists(_old_code_cells | _old_text_cells, max_size=4), max_size=2))
    return {
        "metadata": {"name": draw(texts)},
        "nbformat": 3,
        "nbformat_minor": 0,
        "worksheets": [{"cells": cells, "metadata": {}} for cells in worksheets],
    }


_STRANGERS = (
    None,
    True,
    0,
    -1,
    1.5,
    2.0,
    "",
    "text",
    "5",
    [],
    ["a", None, 1],
    [[]],
    {},
    {"a": 1},
    {"output_type": "new"},
    float("nan"),
    10**30,
)


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every container within a JSON value with every key or index in it."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [place for key in keys for place in ((value, key), *_places(value[key]))]


def _mutate_value(draw: st.DrawFn, content: Any) -> None:
    places = _places(content)
    container, key = places[draw(st.integers(0, len(places) - 1))]
    match draw(st.sampled_from(["replace", "delete", "duplicate"])):
        case "replace":
            container[key] = deepcopy(draw(st.sampled_from(_STRANGERS)))
        case "delete":
            del container[key]
        case "duplicate" if isinstance(container, list):
            container.insert(key, deepcopy(container[key]))
        case _:
            container[f"{key}-again"] = deepcopy(container[key])


def _mutate_bytes(draw: st.DrawFn, content: bytes) -> bytes:
    position = draw(st.integers(0, len(content)))
    end = draw(st.integers(position, min(len(content), position + 30)))
    match draw(st.sampled_from(["flip", "truncate", "delete", "repeat", "insert"])):
        case "flip":
            return content[:position] + bytes([draw(st.integers(0, 255))]) + content[position + 1 :]
        case "truncate":
            return content[:position]
        case "delete":
            return content[:position] + content[end:]
        case "repeat":
            return content[:end] + content[position:]
        case _:
            return (
                content[:position] + draw(st.sampled_from([b"\\ud800", b"\0", b"NaN", b"\r\n", b"1e999", b"{", b'"'])) + content[position:]
            )


@st.composite
def faulty_files(draw: st.DrawFn) -> bytes:
    """Files of notebooks with up to three faults in their values and up to two in their bytes."""
    content = deepcopy(draw(notebooks() | old_notebooks()))
    for _ in range(draw(st.integers(0, 3))):
        _mutate_value(draw, content)
        if not content:
            break
    encoding = draw(st.sampled_from(["utf-8"] * 6 + ["utf-8-sig", "utf-16", "latin-1"]))
    file = json.dumps(content, ensure_ascii=False, indent=draw(st.sampled_from([None, 1]))).encode(encoding, "replace")
    for _ in range(draw(st.integers(0, 2))):
        file = _mutate_bytes(draw, file)
    return file
