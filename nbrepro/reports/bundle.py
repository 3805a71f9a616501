"""What a report shows where it stands as the last line of a cell."""

from __future__ import annotations

from typing import Any

from nbrepro.reports.results import REPORT_MIME_TYPE, Report
from nbrepro.reports.text import summary


def mime_bundle(report: Report) -> dict[str, Any]:
    """The report as text and HTML, and the mark that says it is a report.

    No times are shown: the same result must read the same when a notebook that shows it is checked.
    """
    return {"text/plain": summary(report), REPORT_MIME_TYPE: {"schema": report.schema}}
