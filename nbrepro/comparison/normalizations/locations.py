"""Places in tracebacks and warnings: paths and line numbers move with every release; types, messages and functions count."""

from __future__ import annotations

import re

from nbrepro.comparison.normalizations.registry import Normalization, each, placeholder

_FILE_LINE = re.compile(r"(?m)^(\s*+)File \"[^\"\n]*+\", line \d++")
_CELL = re.compile(
    r"(?m)^(?:File )?(?:Cell In ?\[\d*\]|Input In \[\d*\]|<ipython-input-\d++-\w++>|\S*?ipykernel_\d++[/\\]\d++\.py)"
    r"(?!:\d++: )(?:, line \d++)?(?:,? in (?:<module>(?:\(\))?|<cell line: \d++>\(\))|,(?= in ))?"
)
_FRAME = re.compile(r"(?m)^(?:File )?(?:[A-Za-z]:)?[^\s:]*+(?<=\.py|pyx|pxi)(?::\d++)?,? in (?=[\w.<])")
_ARROW = re.compile(r"(?m)^(-++> ?)\d++")
_CONTEXT = re.compile(r"(?m)^ {2,}\d++(?= |$)")
_WARNING = re.compile(r"(?m)^(?:[A-Za-z]:(?=[/\\]))?[^\s:][^:\n]*+:\d++: (?=\w*Warning\b)")


def _drop_places(text: str) -> str:
    text = _FILE_LINE.sub(rf"\1File {placeholder('place')}", text)
    text = _FRAME.sub(f"{placeholder('file')} in ", _CELL.sub(placeholder("cell"), text))
    if "-> " in text or "Traceback" in text:
        text = _CONTEXT.sub(placeholder("line"), _ARROW.sub(rf"\1{placeholder('line')}", text))
    return text


def _drop_warning_places(text: str) -> str:
    return _WARNING.sub(f"{placeholder('place')}: ", text)


NORMALIZATIONS = (
    Normalization(
        "warning-locations",
        "The path and line number in front of a warning don't count; its category and message do.",
        each(_drop_warning_places),
        ("Warning",),
    ),
    Normalization(
        "traceback-locations",
        "Paths and line numbers in tracebacks don't count; functions, source lines, error types and messages do.",
        each(_drop_places),
        ('File "', "File ", "Cell In", "Input In", "<ipython-input-", "ipykernel_", " in ", "-> ", "Traceback"),
    ),
)
