"""A notebook that was read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from nbrepro.model import Execution
from nbrepro.notebooks.saved import saved_execution

if TYPE_CHECKING:
    from nbformat import NotebookNode

DEFAULT_LANGUAGE = "python"


@dataclass(frozen=True)
class Document:
    """A notebook in nbformat 4, whatever it was written in. Nobody changes it: `copy_node` gives a copy to be changed.

    It has no slots because `node` is made when it is first asked for: importing nbformat takes longer than most
    notebooks, and comparing needs none of it.
    """

    path: str
    """The name of the file as its user gave it."""
    content: dict[str, Any] = field(repr=False, hash=False)
    """The notebook as plain JSON values: texts are joined, and every field that is read has its type."""
    original_format: tuple[int, int]
    """The nbformat that the file was written in, such as `(3, 0)` or `(4, 5)`."""
    repairs: tuple[str, ...] = ()
    """What had to be mended to read it, in words."""

    @cached_property
    def node(self) -> NotebookNode:
        """The notebook as nbformat, nbclient and papermill take it: to be read only."""
        return as_node(self.content)

    def copy_node(self) -> NotebookNode:
        """A copy of the notebook that the caller may change."""
        return as_node(self.content)

    @property
    def cells(self) -> list[dict[str, Any]]:
        """The cells of every kind, to be read only."""
        cells: list[dict[str, Any]] = self.content["cells"]
        return cells

    @property
    def code_cells(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """The code cells, each with its position among the cells of every kind, counted from 0."""
        return ((index, cell) for index, cell in enumerate(self.cells) if cell["cell_type"] == "code")

    @property
    def kernel_name(self) -> str | None:
        """The kernel that the notebook names, such as `python3`; None where it names none."""
        return self._stated("kernelspec", "name")

    @property
    def language(self) -> str:
        """The language that the notebook states; `python` where it states none, which `repairs` then says."""
        return stated_language(self.content) or DEFAULT_LANGUAGE

    @property
    def language_version(self) -> str | None:
        """The version of the language, such as `3.6.8`; None where the notebook states none."""
        return self._stated("language_info", "version")

    def saved_execution(self) -> Execution:
        """What the notebook says of its last run, by its saved outputs and execution counts."""
        return saved_execution(self.content, subject=self.path, language=self.language)

    def _stated(self, section: str, name: str) -> str | None:
        return self.content["metadata"].get(section, {}).get(name) or None


def as_node(content: dict[str, Any]) -> NotebookNode:
    """The notebook as nbformat has it; it shares no object or list with `content`."""
    from nbformat import from_dict

    node: NotebookNode = from_dict(content)  # type: ignore[no-untyped-call]
    return node


def stated_language(content: dict[str, Any]) -> str | None:
    """The language that a mended notebook states; None where it states none."""
    metadata = content["metadata"]
    for section in ("language_info", "kernelspec"):
        language: str | None = metadata.get(section, {}).get("name" if section == "language_info" else "language")
        if language:
            return language
    return None
