"""`nbrepro corpus …`: many notebooks."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from nbrepro.commands.corpus_progress import CorpusProgress
from nbrepro.commands.destinations import STANDARD_OUTPUT
from nbrepro.commands.options import default_environment, limits_of, settings_of
from nbrepro.commands.spoken import Spoken
from nbrepro.corpora.comparing import compare_round
from nbrepro.corpora.executors import executor_named
from nbrepro.corpora.items import RunSettings, key_of, settings_as_json
from nbrepro.corpora.labels import first_cause, name_of
from nbrepro.corpora.planning import RoundRequest
from nbrepro.corpora.rounds import run_round
from nbrepro.corpora.sources import REPOSITORIES, sources
from nbrepro.corpora.statistics import CorpusStatistics, corpus_statistics, notebooks_behind, round_named
from nbrepro.corpora.store import Store, open_store
from nbrepro.environments import storage
from nbrepro.errors import RequestError
from nbrepro.execution import Order, Runner
from nbrepro.notebooks.writing import write_atomically
from nbrepro.reports.corpus_report import CorpusReport, as_html, as_markdown
from nbrepro.reports.corpus_status import status_lines
from nbrepro.reports.plots.corpus import corpus_plots
from nbrepro.reports.plots.plot import Plot, save_plots

if TYPE_CHECKING:
    from nbrepro.reports.corpus_changes import ChangesReport


def perform(arguments: argparse.Namespace) -> Spoken | CorpusReport | ChangesReport:
    """Do what `corpus` was asked to do.

    Raises:
        RequestError: a source is absent, or the store can't be used.
    """
    if arguments.action in _ACTIONS:
        return _ACTIONS[arguments.action](arguments)
    with open_store(arguments.store) as store:
        number = round_named(store, arguments.round)
        if arguments.action == "report":
            return _report(store, number, arguments)
        if arguments.action == "status":
            return Spoken(tuple(status_lines(store, number)))
        labels = arguments.only or ["stage=found"]
        return Spoken(tuple(_listed(store, number, labels)) or (f"no notebook of this round is {' and '.join(labels)}",))


def _run(arguments: argparse.Namespace) -> CorpusReport:
    request = _request(arguments)
    executor = executor_named(arguments.executor, jobs=arguments.jobs, network=arguments.network)
    place = Path(arguments.keep) if arguments.keep else storage.root() / "sources"
    with open_store(arguments.store, write=True) as store, CorpusProgress(executor.words, quiet=arguments.quiet) as progress:
        number = run_round(store, request, executor, place, progress.tell)
        return CorpusReport(corpus_statistics(store, number))


def _request(arguments: argparse.Namespace) -> RoundRequest:
    if arguments.isolate is False:
        raise RequestError("corpus run --no-isolate: notebooks of a corpus always run in private copies; leave the option out")
    return RoundRequest(
        sources=sources(
            arguments.sources, commit=arguments.commit, as_of=arguments.as_of, repositories=arguments.repositories or REPOSITORIES
        ),
        settings=RunSettings(
            environment=arguments.env or default_environment(),
            allow_build=arguments.allow_build,
            order=Order(arguments.order),
            limits=limits_of(arguments),
            keep_going=arguments.keep_going,
            runner=Runner(arguments.runner),
            network=arguments.network,
        ),
        comparison=settings_of(arguments),
        limit_per_repository=arguments.limit_per_repository,
        language=arguments.language,
        with_outputs_only=not arguments.all,
        each_copy=arguments.each_copy,
        name=arguments.name,
        again=arguments.again,
        again_if=_labels("--again-if", arguments.again_if),
    )


def _labels(option: str, labels: Sequence[str]) -> tuple[str, ...]:
    """Labels as they were given.

    Raises:
        RequestError: one is none.
    """
    wrong = next((label for label in labels if "=" not in label), None)
    if wrong is not None:
        raise RequestError(f"{option} {wrong}: expected KIND=VALUE, such as failure=KeyError")
    return tuple(labels)


def _report(store: Store, number: int, arguments: argparse.Namespace) -> Spoken | CorpusReport:
    statistics = corpus_statistics(store, number)
    plots = _saved_plots(statistics, arguments.plots)
    texts = []
    if arguments.html:
        texts.append((arguments.html, as_html(statistics)))
    if arguments.markdown:
        texts.append((arguments.markdown, as_markdown(statistics, _addresses(plots, Path(arguments.markdown).parent))))
    return _delivered(texts) or CorpusReport(statistics)


def _delivered(texts: Sequence[tuple[str, str]]) -> Spoken | None:
    """What is to be printed of texts, each with its target, when the others are written; None where nothing is."""
    for target, text in texts:
        if target != STANDARD_OUTPUT:
            _write(Path(target), text)
    printed = "".join(text for target, text in texts if target == STANDARD_OUTPUT)
    return Spoken(tuple(printed.splitlines())) if printed else None


def _saved_plots(statistics: CorpusStatistics, folder: str | None) -> dict[Path, Plot]:
    """The plots by the files that they were written to; none where no folder is given."""
    if not folder:
        return {}
    plots = corpus_plots(statistics)
    return dict(zip(save_plots(plots, folder), plots, strict=True))


def _addresses(plots: Mapping[Path, Plot], place: Path) -> dict[str, Plot]:
    """The plots by their addresses as a file in a folder has to write them."""
    return {quote(os.path.relpath(path, place)): plot for path, plot in plots.items()}


def _write(target: Path, text: str) -> None:
    try:
        write_atomically(target, text.encode("utf-8", "replace"))
    except (OSError, ValueError) as error:
        raise RequestError(f"{target}: could not be written: {getattr(error, 'strerror', None) or error}") from error


def _listed(store: Store, number: int, labels: Sequence[str]) -> Iterator[str]:
    for row in notebooks_behind(store, number, *_labels("--only", labels)):
        why = row["failure_message"] or row["problem"] or first_cause(store, row) or row["verdict"] or row["left_out"] or row["state"]
        yield f"{name_of(row)}\t{' '.join(str(why).split())[:200]}"


def _compare(arguments: argparse.Namespace) -> CorpusReport:
    settings = settings_of(arguments)
    with open_store(arguments.store, write=True) as store:
        number = round_named(store, arguments.round)
        compare_round(store, number, settings, again=arguments.again)
        with store.transaction():
            store.execute("UPDATE rounds SET settings_key = ? WHERE id = ?", (key_of(settings_as_json(settings)), number))
        return CorpusReport(corpus_statistics(store, number))


def _compare_runs(arguments: argparse.Namespace) -> Spoken | ChangesReport:
    from nbrepro import __version__
    from nbrepro.corpora.changes import changes_between
    from nbrepro.reports.corpus_changes import ChangesReport, changes_as_html, changes_as_markdown

    with open_store(arguments.store) as store:
        before, after = round_named(store, arguments.before), round_named(store, arguments.after)
        report = ChangesReport(arguments.before, arguments.after, changes_between(store, before, after))
    texts = [(arguments.html, changes_as_html(report, __version__))] if arguments.html else []
    texts += [(arguments.markdown, changes_as_markdown(report))] if arguments.markdown else []
    return _delivered(texts) or report


def _export(arguments: argparse.Namespace) -> Spoken:
    from nbrepro.corpora.export import export

    with open_store(arguments.store) as store:
        written = export(store, Path(arguments.folder), arguments.format)
    return Spoken(tuple(f"{path}: {rows:,} rows" for path, rows in written))


_ACTIONS: Final[Mapping[str, Callable[[argparse.Namespace], Spoken | CorpusReport | ChangesReport]]] = {
    "run": _run,
    "export": _export,
    "compare": _compare,
    "compare-runs": _compare_runs,
}
