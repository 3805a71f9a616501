"""`nbrepro simulate …`: importing, scoring and comparing what models said."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from nbrepro.commands.spoken import Spoken
from nbrepro.errors import MissingExtraError
from nbrepro.notebooks.writing import write_atomically
from nbrepro.reports.characters import one_line
from nbrepro.simulation.answers import Answer, Imported
from nbrepro.simulation.comparing_models import compare_scores, not_compared
from nbrepro.simulation.importers import read_answers
from nbrepro.simulation.programs import Program, read_programs
from nbrepro.simulation.scoring import score
from nbrepro.simulation.traced import TraceScore, align_answers, pair_page

if TYPE_CHECKING:
    import pandas as pd

SHOWN_PROBLEMS = 5


def perform(arguments: argparse.Namespace) -> Spoken:
    """Do what `simulate` was asked to do.

    Raises:
        RequestError: a file can't be read; pandas is wanted and absent.
    """
    verbs: dict[str, Callable[[argparse.Namespace], Iterator[str]]] = {"import": _imported, "score": _scored, "compare": _compared}
    return Spoken(tuple(verbs[arguments.action](arguments)))


def _imported(arguments: argparse.Namespace) -> Iterator[str]:
    for path in arguments.answers:
        yield from _described(path, read_answers(Path(path), arguments.format))


def _described(path: str, found: Imported) -> Iterator[str]:
    tasks = len({answer.task for answer in found.answers})
    traces = sum(bool(answer.rows) for answer in found.answers)
    yield f"{path}: {found.format}: {len(found.answers)} answers to {tasks} tasks, {traces} with a trace, {found.unreadable} unreadable"
    yield from (f"  {one_line(problem, 120)}" for problem in found.problems[:SHOWN_PROBLEMS])
    if len(found.problems) > SHOWN_PROBLEMS:
        yield f"  and {len(found.problems) - SHOWN_PROBLEMS} further problems"


def _scored(arguments: argparse.Namespace) -> Iterator[str]:
    programs = read_programs(Path(arguments.programs))
    found = [read_answers(Path(path), arguments.format) for path in arguments.answers]
    answers = [answer for imported in found for answer in imported.answers]
    for path, imported in zip(arguments.answers, found, strict=True):
        yield from _described(path, imported)
    result = score(answers, programs, python=arguments.python)
    yield repr(result)
    models = result.by_model()
    if len(models) > 1:
        yield from (f"{model}: pass@1 {part.pass_at(1)}, readable {part.readable_share:.3f}" for model, part in models.items())
    if not_compared(result):
        yield f"not compared: {not_compared(result)}"
    if arguments.csv:
        yield from _written(arguments.csv, result.frame)
    if any(answer.rows for answer in answers):
        yield from _traces(arguments, answers, programs)


def _traces(arguments: argparse.Namespace, answers: list[Answer], programs: tuple[Program, ...]) -> Iterator[str]:
    aligned = align_answers(answers, programs, python=arguments.python)
    yield repr(aligned)
    if arguments.traces_csv:
        yield from _written(arguments.traces_csv, aligned.frame)
    if arguments.html:
        write_atomically(Path(arguments.html), _page(aligned).encode())
        yield f"written: {arguments.html}"


def _written(path: str, frame: Callable[[], pd.DataFrame]) -> Iterator[str]:
    try:
        table = frame()
    except ImportError as error:
        raise MissingExtraError("a table of answers", "pandas") from error
    write_atomically(Path(path), table.to_csv(index=False).encode())
    yield f"written: {path}"


def _page(aligned: TraceScore) -> str:
    diverging = [found for found in aligned.aligned if not found.alignment.is_clean]
    parts = [f"<h2>{escape(found.answer.task)}</h2>{pair_page(found)}" for found in diverging]
    title = "Stated and real traces"
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><h1>{title}</h1>{"".join(parts)}</html>'


def _compared(arguments: argparse.Namespace) -> Iterator[str]:
    programs = read_programs(Path(arguments.programs))
    paths = (arguments.first, arguments.second)
    found = [read_answers(Path(path), arguments.format) for path in paths]
    scores = [score(imported.answers, programs, python=arguments.python) for imported in found]
    for path, imported in zip(paths, found, strict=True):
        yield from _described(path, imported)
    yield repr(compare_scores(scores[0], scores[1], paths))
