"""Notebooks for tests, written as one writes them down: real files, real documents.

>>> example = Example(cells=[code("1 + 1", result("2"), count=1), markdown("# Title")])
>>> example.document().saved_execution().steps[0].outputs[0].data
{'text/plain': '2'}
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbrepro.notebooks import Document, parse

PYTHON = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "version": "3.11.0"},
}


@dataclass(frozen=True)
class Example:
    """A notebook with the files that stand beside it."""

    cells: Sequence[Mapping[str, Any]]
    metadata: Mapping[str, Any] = field(default_factory=lambda: PYTHON)
    nbformat: tuple[int, int] = (4, 5)
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    """Content of further files by their path beneath the folder."""
    name: str = "example.ipynb"

    @property
    def content(self) -> dict[str, Any]:
        """The notebook as JSON values; cells have ids from nbformat 4.5 on."""
        with_ids = self.nbformat >= (4, 5)
        cells = [({"id": f"id-{number}"} if with_ids else {}) | dict(cell) for number, cell in enumerate(self.cells)]
        major, minor = self.nbformat
        return {"cells": cells, "metadata": dict(self.metadata), "nbformat": major, "nbformat_minor": minor}

    @property
    def as_bytes(self) -> bytes:
        """The content of the notebook's file."""
        return json.dumps(self.content, ensure_ascii=False, indent=1).encode()

    def write(self, folder: Path) -> Path:
        """Write the notebook and the files; gives the path of the notebook."""
        for name, content in {self.name: self.as_bytes, **self.files}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder / self.name

    def document(self) -> Document:
        """The notebook as it is read."""
        return parse(self.as_bytes, self.name)


def code(source: str, *outputs: Mapping[str, Any], count: int | None = None, tags: Sequence[str] = (), **fields: Any) -> dict[str, Any]:
    """A code cell. A result takes the count of its cell; `fields` are further ones, such as `id="a"`."""
    numbered = [dict(output) | ({"execution_count": count} if output["output_type"] == "execute_result" else {}) for output in outputs]
    metadata = {"tags": list(tags)} if tags else {}
    return {
        "cell_type": "code",
        "execution_count": count,
        "metadata": metadata,
        "outputs": numbered,
        "source": source,
    } | fields


def markdown(source: str) -> dict[str, Any]:
    """A Markdown cell."""
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def raw(source: str) -> dict[str, Any]:
    """A raw cell."""
    return {"cell_type": "raw", "metadata": {}, "source": source}


def stdout(text: str) -> dict[str, Any]:
    """Text printed."""
    return {"name": "stdout", "output_type": "stream", "text": text}


def stderr(text: str) -> dict[str, Any]:
    """Text printed to stderr."""
    return {"name": "stderr", "output_type": "stream", "text": text}


def result(data: str | Mapping[str, Any], metadata: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The value of the last expression: its text, or its representations by MIME type."""
    bundle = {"text/plain": data} if isinstance(data, str) else dict(data)
    return {"data": bundle, "execution_count": None, "metadata": dict(metadata or {}), "output_type": "execute_result"}


def display(data: str | Mapping[str, Any], metadata: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Something displayed: its text, or its representations by MIME type."""
    bundle = {"text/plain": data} if isinstance(data, str) else dict(data)
    return {"data": bundle, "metadata": dict(metadata or {}), "output_type": "display_data"}


def error(name: str, value: str, traceback: Sequence[str] = ()) -> dict[str, Any]:
    """An error that the cell raised."""
    return {"ename": name, "evalue": value, "output_type": "error", "traceback": list(traceback) or [f"{name}: {value}"]}
