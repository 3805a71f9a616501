"""`pytest --nbrepro`: notebooks as tests, one for each cell that has something to be compared, or one for each notebook.

This module is imported by every pytest run where nbrepro is installed, so it imports nothing heavy by itself.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from nbrepro.model import OutputComparison, StepComparison
    from nbrepro.notebooks import Document
    from nbrepro.reports.results import NotebookResult


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the plugin."""
    group = parser.getgroup("nbrepro", "notebooks that reproduce")
    group.addoption("--nbrepro", action="store_true", help="re-execute notebooks (*.ipynb) and compare them with their saved outputs")
    group.addoption("--nbrepro-by", choices=("cell", "notebook"), default="cell", help="what one test is (default: cell)")
    group.addoption(
        "--nbrepro-options", default=None, metavar="OPTIONS", help="options of nbrepro check, such as '--timeout 60 --judge-stderr'"
    )
    parser.addini("nbrepro_options", "options of nbrepro check, such as --timeout 60", default="")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take notebooks, where `--nbrepro` was given."""
    if not parent.config.getoption("--nbrepro") or file_path.suffix != ".ipynb" or ".ipynb_checkpoints" in file_path.parts:
        return None
    return NotebookFile.from_parent(parent, path=file_path)


class NotebookFile(pytest.File):
    """A notebook; it is run once, when the first of its tests is."""

    def collect(self) -> Iterator[pytest.Item]:
        """One test for each cell that isn't empty, or one for the notebook."""
        if self.config.getoption("--nbrepro-by") == "notebook":
            yield NotebookItem.from_parent(self, name="notebook")
            return
        for step in self.document.saved_execution().steps:
            if not step.is_empty:
                # Counted like every report: over cells of every kind, from 1.
                yield StepItem.from_parent(self, name=f"cell {step.index + 1}", index=step.index)

    @cached_property
    def document(self) -> Document:
        """The notebook as it was read; a file that can't be read is a collection error of one line."""
        from nbrepro.errors import UnreadableNotebookError
        from nbrepro.notebooks import read

        try:
            return read(self.path)
        except UnreadableNotebookError as error:
            raise self.CollectError(str(error)) from error

    @cached_property
    def result(self) -> NotebookResult:
        """What `nbrepro check` says of the notebook."""
        from nbrepro.commands.check import perform

        (result,) = perform(_arguments(self.config, self.path)).notebooks
        return result


def _arguments(config: pytest.Config, path: Path) -> Any:  # noqa: ANN401 - an argparse namespace
    from nbrepro.commands.options import default_environment
    from nbrepro.commands.parsers import build_parser

    options = config.getoption("--nbrepro-options")
    words = shlex.split(config.getini("nbrepro_options") if options is None else options)
    arguments = build_parser().parse_args(["check", *words, "--", str(path)])
    arguments.env = arguments.env or default_environment(inside=True)
    return arguments


class NotReproducedError(Exception):
    """A cell or a notebook did not give its saved outputs again; shown as its message."""


class _Item(pytest.Item):
    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401 - pytest's protocol
        if isinstance(excinfo.value, NotReproducedError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    @property
    def result(self) -> NotebookResult:
        result: NotebookResult = self.parent.result  # type: ignore[union-attr]
        return result

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, f"{self.path.name}: {self.name}"


class NotebookItem(_Item):
    """A notebook as one test."""

    def runtest(self) -> None:
        """Fail unless the notebook is reproduced; skip it where nothing was compared."""
        result = self.result
        if result.verdict == "nothing-to-compare":
            pytest.skip("nothing to compare: the notebook has no saved output that was compared")
        if result.verdict is None or not result.verdict.is_reproduced:
            raise NotReproducedError(result.print_text())


class StepItem(_Item):
    """A cell as one test."""

    def __init__(self, *, index: int, **keywords: Any) -> None:  # noqa: ANN401 - pytest's protocol
        super().__init__(**keywords)
        self.index = index

    def runtest(self) -> None:
        """Fail unless every output of the cell is reproduced; skip it where nothing was compared."""
        comparison = self.result.comparison
        if comparison is None:
            raise NotReproducedError(self.result.problem or "it could not be compared")
        step = next(step for step in comparison.steps if step.index == self.index)
        failure = comparison.observed.failure
        if failure is not None and failure.step in {None, self.index}:
            raise NotReproducedError(failure.message)
        if not step.verdict.is_compared:
            pytest.skip(_first_reason(step) or "nothing to compare")
        if not step.verdict.is_same:
            raise NotReproducedError("\n".join(_lines(step)))


def _first_reason(step: StepComparison) -> str:
    return next((reason.message for output in step.outputs for reason in output.because), "")


def _lines(step: StepComparison) -> Iterator[str]:
    for output in step.judged:
        if not output.verdict.is_same:
            yield _headline(output)
            yield from (f"  {reason.message}" for reason in output.because)


def _headline(output: OutputComparison) -> str:
    return f"{output.kind}: {output.verdict}"
