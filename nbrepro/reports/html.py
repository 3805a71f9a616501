"""The report as one self-contained HTML file: it asks nothing of any network and runs no script but its own."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator

from markupsafe import Markup

from nbrepro.comparison.settings import Settings
from nbrepro.reports.characters import one_line
from nbrepro.reports.notebook_views import view_notebook
from nbrepro.reports.results import Report
from nbrepro.reports.templating import environment, own_file
from nbrepro.reports.text import summary_line
from nbrepro.reports.wording import MEANINGS, mark_of, tone_of, word_of, word_of_result


def as_html(report: Report) -> str:
    """The report as a page that can be opened from a disk or published as it is.

    Whatever comes from a notebook is escaped, a picture in `<img>`, or HTML in a sandboxed frame. A content security
    policy holds the page to that: the only script that may run is the one whose hash it names.
    """
    script = own_file("report.js")
    notebooks = [view_notebook(result, number) for number, result in enumerate(report, start=1)]
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            report=report,
            title=_title(report),
            notebooks=notebooks,
            figures=list(_figures(report)),
            bad_cells=sum(not cell.is_good for notebook in notebooks for cell in notebook.cells),
            sides=("Expected", "Observed"),
            settings=list(_settings(report.settings)) if report.settings else [],
            meanings=[(mark_of(verdict), word_of(verdict), meaning, tone_of(verdict)) for verdict, meaning in MEANINGS.items()],
            policy=_policy(script),
            # Own files, free of foreign text: they go in as they stand.
            css=Markup(own_file("report.css")),  # noqa: S704
            script=Markup(script),  # noqa: S704
        )
    )


def _policy(script: str) -> str:
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    )


def _title(report: Report) -> str:
    if len(report) != 1:
        return summary_line(report).partition(": ")[2]
    return f"{one_line(report[0].path)}: {word_of_result(report[0])}"


def _figures(report: Report) -> Iterator[tuple[str, str, str]]:
    counts = report.counts
    if len(report) > 1:
        yield "Notebooks", f"{sum(result.is_success for result in report):,}", f"of {len(report):,}"
    if report.verb != "diff":
        yield "Cells ran", f"{counts.ran:,}", f"of {counts.runnable:,}"
    if report.verb != "run":
        yield "Cells reproduced", f"{counts.reproduced:,}", f"of {counts.comparable:,} with outputs"
        yield "Outputs the same", f"{counts.same:,}", f"of {counts.compared:,} compared"
        yield "Not compared", f"{counts.not_compared:,}", "outputs, reasons below" if counts.not_compared else "outputs"


def _settings(settings: Settings) -> Iterator[tuple[str, str]]:
    yield "Numbers", f"relative {settings.relative_tolerance:g}, absolute {settings.absolute_tolerance:g}"
    yield "Integers", "must be equal" if settings.exact_integers else "within the tolerance of other numbers"
    yield "Pictures", f"perceptual distance up to {settings.picture_tolerance:g}"
    yield "Durations", "any, as they measure the machine" if settings.time_ratio is None else f"up to {settings.time_ratio:g} times"
    yield "stderr", "counts" if settings.judge_stderr else "is reported, but doesn't count"
    yield "Switched off", ", ".join(sorted(settings.disabled)) or "no normalization"
