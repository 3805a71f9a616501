"""`nbrepro simulate …`: importing, scoring and comparing what models said."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from nbrepro.commands.spoken import Spoken
from nbrepro.errors import MissingExtraError
from nbrepro.notebooks.writing import write_atomically
from nbrepro.reports.characters import one_line
from nbrepro.reports.plots.plot import save_plots
from nbrepro.reports.plots.simulation import score_plots
from nbrepro.reports.simulation_report import all_plots, as_html
from nbrepro.simulation.answers import Imported
from nbrepro.simulation.comparing_models import compare_scores, compare_shares, not_compared, together
from nbrepro.simulation.importers import read_answers
from nbrepro.simulation.judging import judge_answers
from nbrepro.simulation.programs import read_programs
from nbrepro.simulation.scoring import Score
from nbrepro.simulation.traced import TraceScore

if TYPE_CHECKING:
    import pandas as pd

    from nbrepro.commands.simulate_emulate import Emulated
    from nbrepro.commands.simulate_run import Simulated

SHOWN_PROBLEMS = 5


def perform(arguments: argparse.Namespace, cell: str | None = None) -> Spoken | Simulated | Emulated:
    """Do what `simulate` was asked to do; the text of a cell is the program of `run` and `emulate`.

    Raises:
        RequestError: a file can't be read; pandas is wanted and absent.
    """
    if arguments.action == "run":
        from nbrepro.commands import simulate_run

        return simulate_run.perform(arguments, cell)
    if arguments.action == "emulate":
        from nbrepro.commands import simulate_emulate

        return simulate_emulate.perform(arguments, cell)
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
    judged = judge_answers(answers, programs, python=arguments.python)
    result = judged.finals or Score((), {})
    if judged.finals:
        yield repr(result)
    models = result.by_model()
    if len(models) > 1:
        yield from (f"{model}: pass@1 {part.pass_at(1)}, readable {part.readable_share:.3f}" for model, part in models.items())
    if not_compared(result):
        yield f"not compared: {not_compared(result)}"
    if arguments.csv:
        yield from _written(arguments.csv, result.frame if judged.finals else judged.frame)
    if judged.traces is not None:
        yield repr(judged.traces)
        if arguments.traces_csv:
            yield from _written(arguments.traces_csv, judged.traces.frame)
    yield from (repr(part) for part in (judged.probes, judged.steps, judged.forced) if part is not None)
    yield from _shown(arguments, result, judged.traces)


def _shown(arguments: argparse.Namespace, result: Score, aligned: TraceScore | None) -> Iterator[str]:
    """Write the page and the plots that are wanted."""
    if arguments.html:
        write_atomically(Path(arguments.html), as_html(result, aligned).encode())
        yield f"written: {arguments.html}"
    if arguments.plots:
        yield from (f"written: {path}" for path in save_plots(all_plots(result, aligned), arguments.plots))


def _written(path: str, frame: Callable[[], pd.DataFrame]) -> Iterator[str]:
    try:
        table = frame()
    except ImportError as error:
        raise MissingExtraError("a table of answers", "pandas") from error
    write_atomically(Path(path), table.to_csv(index=False).encode())
    yield f"written: {path}"


def _compared(arguments: argparse.Namespace) -> Iterator[str]:
    programs = read_programs(Path(arguments.programs))
    paths = (arguments.first, arguments.second)
    found = [read_answers(Path(path), arguments.format) for path in paths]
    judged = [judge_answers(imported.answers, programs, python=arguments.python) for imported in found]
    for path, imported in zip(paths, found, strict=True):
        yield from _described(path, imported)
    scores = [each.finals for each in judged if each.finals is not None]
    shares = [{heading: part.by_task() for heading, part in each.shares()} for each in judged]
    both = [heading for heading in shares[0] if heading in shares[1]]
    if len(scores) == len(paths) or not both:
        scores = [each.finals or Score((), {}) for each in judged]
        yield repr(compare_scores(scores[0], scores[1], paths))
    for heading in both:
        yield repr(compare_shares(heading, shares[0][heading], shares[1][heading], paths))
    if arguments.plots:
        yield from (f"written: {path}" for path in save_plots(score_plots(together(*scores)), arguments.plots))
