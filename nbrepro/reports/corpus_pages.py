"""Tables of a corpus as Markdown and as HTML, with the notebooks behind their numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nbrepro.reports.characters import one_line
from nbrepro.reports.corpus_tables import Table, anchor, options
from nbrepro.reports.markdown import escaped
from nbrepro.reports.plots import ABSENT
from nbrepro.reports.plots.plot import Plot
from nbrepro.reports.wording import some


@dataclass(frozen=True, slots=True)
class Drawn:
    """The plots of a page."""

    plots: Sequence[Plot] | None
    """None where matplotlib is not installed."""


def markdown(title: str, shown: Sequence[Table], plots: Mapping[str, Plot] | None = None) -> str:
    """Tables, below plots if there are any, in GitHub's Markdown; foreign text is escaped.

    Args:
        title: what stands above them.
        shown: the tables.
        plots: saved plots by their addresses, relative to the file.
    """
    lines = [f"# nbrepro corpus: {escaped(title)}"]
    for address, plot in (plots or {}).items():
        lines += ["", f"![{escaped(plot.title)}](<{address}>)"]
    for table in shown:
        lines += _markdown_table(table)
    return "\n".join(lines).rstrip() + "\n"


def _markdown_table(table: Table) -> Iterator[str]:
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
            yield f"- … and {figure.count - len(figure.notebooks):,} more: `nbrepro corpus list {escaped(options(figure))}`"
        yield ""
        yield "</details>"


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
    known = {
        "headline": title,
        "tables": shown,
        "drawn": drawn,
        "absent": ABSENT,
        "anchor": anchor,
        "options": options,
        "line": one_line,
        "css": css,
    }
    return environment().get_template(template).render(**known, **more)
