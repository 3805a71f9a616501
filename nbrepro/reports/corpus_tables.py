"""The figures of a corpus as tables, which every form of the report then writes in its own way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from nbrepro.causes import CAUSES
from nbrepro.corpora.published import STUDIES, Study
from nbrepro.corpora.statistics import PARTS, CorpusStatistics, Figure, Share

STAGE_WORDS: Final = {
    "found": "Notebooks found",
    "valid": "Readable",
    "chosen": "Chosen to be run",
    "run": "Run so far",
    "resolved": "Environment resolved",
    "built": "Environment built",
    "executed": "Executed",
    "finished": "Finished without an unexpected error",
    "compared": "… with outputs that could be compared",
    "reproduced": "Reproduced, exactly or within tolerance",
    "exactly": "… exactly",
}
LEFT_OUT_WORDS: Final = {
    "unreadable": "can't be read as a notebook",
    "language": "in another language",
    "no-code": "without code",
    "nothing-saved": "without any saved output",
    "duplicate": "a copy of another notebook of the round",
    "limit": "beyond the limit per repository",
}
TRAITS: Final = {
    "python": "By the language version that is saved in the notebook",
    "year": "By the year of the notebook",
    "declared": "By the file that declares the environment",
    "style": "By what pycodestyle finds in the code",
    "library": "By imported library",
}


_UNSAFE = re.compile(r"[^a-z0-9-]+")


def anchor(figure: Figure) -> str:
    """The id of the list of a figure's notebooks in a page.

    >>> anchor(Figure("stage", "run", 3)), anchor(Figure("failure", "KeyError", 3))
    ('stage-run', 'failure-keyerror-ff269c')
    """
    plain = "-".join(label.replace("=", "-", 1) for label in figure.labels)
    safe = _UNSAFE.sub("-", plain.lower())
    return plain if safe == plain else f"{safe[:40]}-{sha256(plain.encode()).hexdigest()[:6]}"


def options(figure: Figure) -> str:
    """The options of `corpus list` that name all notebooks of a figure.

    >>> options(Figure("year", "2019", 3, part=("stage", "finished")))
    "--only 'year=2019' --only 'stage=finished'"
    """
    return " ".join(f"--only '{label}'" for label in figure.labels)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table."""

    text: str
    figure: Figure | None = None
    """The notebooks behind it."""
    share: float | None = None
    """What a bar may show, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the report."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()


def tables(statistics: CorpusStatistics) -> tuple[Table, ...]:
    """All tables of the report; those without rows are left out."""
    found = [
        _funnel(statistics),
        _cells(statistics),
        _named(statistics, "left-out", "Not run, by reason", LEFT_OUT_WORDS),
        _unavailable(statistics),
        _named(statistics, "verdict", "Verdicts"),
        _named(statistics, "failure", "What ended runs"),
        _causes(statistics),
        _named(statistics, "difference", "First kind of output that differs, of finished runs"),
        *(_breakdown(statistics, kind) for kind in TRAITS),
        _named(statistics, "isolation", "Isolation of the runs"),
        _named(statistics, "machinery", "Failures of the machinery, which the next round tries again"),
    ]
    return tuple(table for table in found if table.rows)


def percent(share: float | None) -> str:
    """A share as people read it.

    >>> percent(0.0761), percent(None)
    ('7.6 %', '–')
    """
    return "–" if share is None else f"{100 * share:.1f} %"


def with_interval(share: Share) -> str:
    """A share with its 95 % interval.

    >>> with_interval(Share(5, 10))
    '50.0 % (23.7–76.3)'
    """
    if not share.of:
        return "–"
    low, high = share.interval
    return f"{percent(share.share)} ({100 * low:.1f}–{100 * high:.1f})"


def _funnel(statistics: CorpusStatistics) -> Table:
    present = {figure.value: figure for figure in statistics.figures_of("stage")}
    run = statistics.count("stage", "run")
    rows = []
    for stage, words in STAGE_WORDS.items():
        figure = present.get(stage, Figure("stage", stage, 0))
        share = Share(figure.count, run)
        is_part = list(STAGE_WORDS).index(stage) >= list(STAGE_WORDS).index("run")
        ours = (
            Cell(words),
            Cell(f"{figure.count:,}", figure),
            Cell(with_interval(share) if is_part else "", share=share.share if is_part else None),
        )
        rows.append((*ours, *(Cell(_published(study, stage)) for study in STUDIES)))
    columns = ("", "Notebooks", "Of those run (95 % interval)", *(study.name for study in STUDIES))
    return Table("How far the notebooks came", columns, tuple(rows), tuple(_notes()))


def _published(study: Study, stage: str) -> str:
    figure = next((figure for figure in study.figures if figure.stage == stage), None)
    if figure is None:
        return ""
    return f"{percent(figure.count / figure.of)} ({figure.count:,} of {figure.of:,}){' *' if figure.note else ''}"


def _notes() -> Iterator[str]:
    yield "Intervals are Wilson's, for single notebooks; those of one repository resemble each other, so the true uncertainty is larger."
    for study in STUDIES:
        yield f"{study.name}: {study.source}."
        yield from (f"* {study.name}, {figure.stage}: {figure.note}." for figure in study.figures if figure.note)


def _cells(statistics: CorpusStatistics) -> Table:
    whole = statistics.whole
    figures = {(figure.kind, figure.value): figure for kind in ("cells", "outputs") for figure in statistics.figures_of(kind)}
    shares = (
        ("Cells that ran", Share(whole.ran_cells, whole.runnable_cells), "cells", "ran", "runnable"),
        (
            "Cells with outputs that were reproduced",
            Share(whole.reproduced_cells, whole.comparable_cells),
            "cells",
            "reproduced",
            "comparable",
        ),
        ("Compared outputs that are the same", Share(whole.same_outputs, whole.compared_outputs), "outputs", "same", "compared"),
    )
    rows = tuple(
        (
            Cell(words),
            Cell(f"{share.count:,}", figures.get((kind, part))),
            Cell(f"{share.of:,}", figures.get((kind, of))),
            Cell(percent(share.share), share=share.share),
        )
        for words, share, kind, part, of in shares
    )
    notes = ("A number leads to the notebooks that have such cells or outputs.",)
    return Table("Cells, whatever became of their notebooks", ("", "Number", "Of", "Share"), rows if whole.run else (), notes)


def _named(statistics: CorpusStatistics, kind: str, title: str, words: dict[str, str] | None = None) -> Table:
    figures = statistics.figures_of(kind)
    whole = sum(figure.count for figure in figures)
    rows = (
        (Cell((words or {}).get(figure.value, figure.value)), Cell(f"{figure.count:,}", figure), _bar(figure.count, whole))
        for figure in figures
    )
    return Table(title, ("", "Notebooks", "Share"), tuple(rows))


def _bar(count: int, of: int) -> Cell:
    share = Share(count, of).share
    return Cell(percent(share), share=share)


def _causes(statistics: CorpusStatistics) -> Table:
    """Why notebooks were not reproduced; one may have several causes."""
    run, reproduced = statistics.count("stage", "run"), statistics.count("stage", "reproduced")
    stated = {figure.value: figure for figure in statistics.figures_of("stated-cause")}
    rows = []
    for figure in statistics.figures_of("cause"):
        share = Share(figure.count, run - reproduced)
        said = stated.get(figure.value, Figure("stated-cause", figure.value, 0))
        details = ", ".join(f"{detail} ({number:,})" for detail, number in statistics.cause_details.get(figure.value, ()))
        rows.append(
            (
                Cell(CAUSES.get(figure.value, "Nothing recorded says why")),
                Cell(f"{figure.count:,}", figure),
                Cell(with_interval(share), share=share.share),
                Cell(f"{said.count:,}", said),
                Cell(details),
            )
        )
    columns = ("", "Notebooks", "Of those not reproduced (95 % interval)", "Stated by the run", "Most often")
    notes = ("Causes are read from what the runs have recorded; nothing was tried. What no run states is likely or only possible.",)
    return Table("Causes", columns, tuple(rows), notes)


def _unavailable(statistics: CorpusStatistics) -> Table:
    rows = tuple((Cell(name), Cell(problem)) for name, problem in statistics.unavailable)
    return Table(f"Sources that could not be had ({len(rows)} of {statistics.repositories})", ("Source", "Why"), rows)


def _breakdown(statistics: CorpusStatistics, kind: str) -> Table:
    rows = []
    for value, tally in statistics.breakdowns.get(kind, {}).items():
        shares = (
            Share(tally.finished, tally.run),
            Share(tally.reproduced, tally.run),
            Share(tally.reproduced_cells, tally.comparable_cells),
        )
        words = (with_interval(shares[0]), with_interval(shares[1]), percent(shares[2].share))
        figures = (statistics.figure(kind, value, part) for part in PARTS)
        parts = (Cell(said, figure, share.share) for said, figure, share in zip(words, figures, shares, strict=True))
        rows.append((Cell(value), Cell(f"{tally.run:,}", statistics.figure(kind, value)), *parts))
    notes = ("A share leads to the notebooks that finished, that were reproduced, or that have cells which were.",)
    return Table(TRAITS[kind], ("", "Run", "Finished", "Reproduced", "Cells reproduced"), tuple(rows), notes)
