"""What a report shows where it stands as the last line of a cell."""

from __future__ import annotations

from typing import Any

from nbrepro.reports.characters import one_line
from nbrepro.reports.results import REPORT_MIME_TYPE, NotebookResult, Report
from nbrepro.reports.text import MAX_NOTEBOOKS, details, grounds, summary, summary_line
from nbrepro.reports.wording import MARKS, tone_of_result, word_of_result


def mime_bundle(report: Report) -> dict[str, Any]:
    """The report as text and HTML, and the mark that says it is a report.

    No times are shown: the same result must read the same when a notebook that shows it is checked.
    """
    return {"text/plain": summary(report), "text/html": short_html(report), REPORT_MIME_TYPE: {"schema": report.schema}}


def short_html(report: Report) -> str:
    """Static HTML of a few kilobytes, in the colours of JupyterLab, VS Code or whatever page it stands in."""
    from markupsafe import Markup

    from nbrepro.reports.templating import environment, own_file

    return (
        environment()
        .get_template("bundle.html.j2")
        .render(
            report=report,
            summary=summary_line(report),
            rows=[_row(result) for result in report.notebooks[:MAX_NOTEBOOKS]],
            more=max(0, len(report) - MAX_NOTEBOOKS),
            css=Markup(own_file("bundle.css")),  # noqa: S704 - an own file, free of foreign text
        )
    )


def _row(result: NotebookResult) -> dict[str, Any]:
    tone = tone_of_result(result)
    return {
        "path": one_line(result.path),
        "word": word_of_result(result),
        "tone": tone,
        "mark": MARKS[tone],
        "grounds": grounds(result),
        "details": list(details(result)),
    }
