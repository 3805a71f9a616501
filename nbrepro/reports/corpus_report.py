"""The report of a corpus: as text, Markdown and HTML, and as an object that shows itself in a notebook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from nbrepro.corpora.statistics import CorpusStatistics
from nbrepro.reports.characters import one_line
from nbrepro.reports.corpus_tables import Table, anchor, tables
from nbrepro.reports.markdown import escaped
from nbrepro.reports.plots import ABSENT, plots_or_none
from nbrepro.reports.plots.plot import Plot
from nbrepro.reports.wording import some

_WIDEST = 60


@dataclass(frozen=True, slots=True)
class Drawn:
    """The plots of a page."""

    plots: Sequence[Plot] | None
    """None where matplotlib is not installed."""


@dataclass(frozen=True, slots=True)
class CorpusReport:
    """The figures of one round, ready to be shown."""

    statistics: CorpusStatistics

    @property
    def exit_status(self) -> int:
        """0: a corpus that is not reproduced is a finding, not a failure of the call."""
        return 0

    def __repr__(self) -> str:
        return as_text(self.statistics)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:  # noqa: ANN401, ARG002 - IPython's protocol
        return {"text/plain": repr(self), "text/html": as_fragment(self.statistics), "text/markdown": as_markdown(self.statistics)}


def headline(statistics: CorpusStatistics) -> str:
    """The round in one sentence."""
    run, reproduced = statistics.count("stage", "run"), statistics.count("stage", "reproduced")
    state = f"finished {statistics.finished[:16].replace('T', ' ')}" if statistics.finished else "not finished yet"
    return (
        f"round {statistics.name} ({state}): {reproduced:,} of {run:,} notebooks reproduced, from {statistics.repositories:,} sources,"
        f" {statistics.environments:,} environments, {statistics.seconds / 3600:.1f} hours of running"
    )


def as_text(statistics: CorpusStatistics) -> str:
    """The report for a terminal."""
    lines = [headline(statistics)]
    for table in tables(statistics):
        lines += ["", table.title, *_text_table(table), *(f"  {note}" for note in table.notes)]
    lines += [
        "",
        "the notebooks behind a number: nbrepro corpus list --store … --only stage=finished (or cause=…, python=…; several together)",
    ]
    return "\n".join(lines)


def _text_table(table: Table) -> Iterator[str]:
    texts = [table.columns, *(tuple(one_line(cell.text, _WIDEST) for cell in row) for row in table.rows)]
    widths = [max(len(row[number]) for row in texts) for number in range(len(table.columns))]
    for first, *others in texts:
        numbers = (text.rjust(width) for text, width in zip(others, widths[1:], strict=True))
        yield f"  {'  '.join((first.ljust(widths[0]), *numbers))}".rstrip()


def as_markdown(statistics: CorpusStatistics, plots: Mapping[str, Plot] | None = None) -> str:
    """The report in GitHub's Markdown; foreign text is escaped.

    Args:
        statistics: the figures.
        plots: saved plots by their addresses, relative to the file; None for a report without any.
    """
    lines = [f"# nbrepro corpus: {escaped(headline(statistics))}"]
    for address, plot in (plots or {}).items():
        lines += ["", f"![{escaped(plot.title)}](<{address}>)"]
    for table in tables(statistics):
        lines += markdown_table(table)
    return "\n".join(lines).rstrip() + "\n"


def markdown_table(table: Table) -> Iterator[str]:
    """A table with its title, its notes, and the notebooks behind its numbers."""
    yield from ("", f"## {escaped(table.title)}", "", f"| {' | '.join(map(escaped, table.columns))} |")
    yield f"|---{'|---:' * (len(table.columns) - 1)}|"
    yield from (f"| {' | '.join(escaped(cell.text) for cell in row)} |" for row in table.rows)
    yield from (f"\n{escaped(note)}" for note in table.notes)
    yield ""
    yield from _markdown_lists(table)


def _markdown_lists(table: Table) -> Iterator[str]:
    """The notebooks behind each number, folded."""
    figures = ((row[0].text, column, cell.figure) for row in table.rows for column, cell in zip(table.columns, row, strict=True))
    for name, column, figure in figures:
        if figure is None or not figure.notebooks:
            continue
        words = name if column in {"Notebooks", "Run"} else f"{name}, {column.lower()}"
        yield f"<details><summary>{escaped(words)}: {some(figure.count, 'notebook')}</summary>"
        yield ""
        yield from (f"- {escaped(name)}" for name in figure.notebooks)
        if figure.count > len(figure.notebooks):
            yield f"- … and {figure.count - len(figure.notebooks):,} more: `nbrepro corpus list --only '{escaped(figure.label)}'`"
        yield ""
        yield "</details>"


def as_html(statistics: CorpusStatistics) -> str:
    """The report as one self-contained page without scripts; a number opens the list of its notebooks, a bar leads there."""
    return page(headline(statistics), tables(statistics), version=statistics.version, drawn=_drawn(statistics))


def as_fragment(statistics: CorpusStatistics) -> str:
    """The same as a part of another page, in the colours of JupyterLab, VS Code or whatever it stands in."""
    return fragment(headline(statistics), tables(statistics), drawn=_drawn(statistics))


def _drawn(statistics: CorpusStatistics) -> Drawn:
    from nbrepro.reports.plots.corpus import corpus_plots

    return Drawn(plots_or_none(partial(corpus_plots, statistics)))


def page(title: str, shown: Sequence[Table], *, version: str, drawn: Drawn | None = None) -> str:
    """Tables, below plots if there are any, as one self-contained page without scripts."""
    from nbrepro.reports.templating import STATIC_POLICY

    return _rendered("corpus.html.j2", title, shown, drawn, "report.css", "corpus.css", version=version, policy=STATIC_POLICY)


def fragment(title: str, shown: Sequence[Table], *, drawn: Drawn | None = None) -> str:
    """The same as a part of another page."""
    return _rendered("corpus_bundle.html.j2", title, shown, drawn, "bundle.css", "corpus.css")


def _rendered(template: str, title: str, shown: Sequence[Table], drawn: Drawn | None, *styles: str, **more: str) -> str:
    from markupsafe import Markup

    from nbrepro.reports.templating import environment, own_file

    css = Markup("".join(map(own_file, styles)))  # noqa: S704 - own files, free of foreign text
    known = {"headline": title, "tables": shown, "drawn": drawn, "absent": ABSENT, "anchor": anchor, "line": one_line, "css": css}
    return environment().get_template(template).render(**known, **more)
