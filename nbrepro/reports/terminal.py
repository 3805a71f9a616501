"""Reports in a terminal: a table, then the first differences of each notebook. Foreign text can't steer the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nbrepro.reports.characters import one_line
from nbrepro.reports.results import NotebookResult, Report
from nbrepro.reports.text import describe, grounds, headline, summary_line
from nbrepro.reports.wording import MARKS, duration, tone_of_result, word_of_result

MAX_DETAILED = 20
NARROW = 70
"""Columns below which the table becomes lines."""
PIPE_WIDTH = 4096
"""A pipe has no width: nothing is folded there, so that every line can be searched."""
_STYLES: Final = {"good": "green", "close": "cyan", "bad": "red", "neutral": "yellow"}
_LINE_STYLES: Final = {"- ": "red", "+ ": "green"}
_ASCII: Final = str.maketrans({"✓": "=", "≈": "~", "✗": "!", "○": "o", "…": ".", "“": '"', "”": '"', "–": "-", "×": "x"})


def print_report(report: Report, console: Console | None = None) -> None:
    """Print a report; None stands for standard output, with colours if that is a terminal and NO_COLOR isn't set."""
    console = console or _standard_output()
    for result in _with_details(report):
        _print_details(result, console)
    if console.width < NARROW:
        for result in report:
            print_line(
                f"{MARKS[tone_of_result(result)]} {one_line(result.path, PIPE_WIDTH)}: {word_of_result(result)}", _style(result), console
            )
    else:
        console.print(_table(report, console))
    print_line(summary_line(report), "bold", console)


def print_problems(report: Report) -> None:
    """Print on standard error which notebooks could not be read or run."""
    console = standard_error()
    for result in report:
        if result.problem is not None:
            print_line(headline(result), _style(result), console)


def standard_error() -> Console:
    """Where progress is shown."""
    # Kernels and CI set FORCE_COLOR, which rich takes for a terminal; moving bars need a real one.
    return Console(stderr=True, force_jupyter=False, force_terminal=sys.stderr.isatty())


def _standard_output() -> Console:
    console = Console(highlight=False, force_jupyter=False)
    return console if console.is_terminal else Console(highlight=False, force_jupyter=False, width=PIPE_WIDTH)


def _with_details(report: Report) -> Iterator[NotebookResult]:
    return iter([result for result in report if not result.is_success][:MAX_DETAILED])


def _print_details(result: NotebookResult, console: Console) -> None:
    first, *others = describe(result).split("\n")
    print_line(first, f"bold {_style(result)}", console)
    for line in others:
        print_line(line, _LINE_STYLES.get(line.lstrip()[:2], ""), console)
    print_line("", "", console)


def print_line(line: str, style: str, console: Console) -> None:
    """Print a line without folding it in a file."""
    console.print(_text(line, style, console), soft_wrap=not console.is_terminal, crop=False)


def _table(report: Report, console: Console) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("")
    table.add_column("notebook", overflow="fold")
    table.add_column("verdict")
    table.add_column("grounds", overflow="fold")
    table.add_column("time", justify="right", no_wrap=True)
    for result in report:
        style = _style(result)
        table.add_row(
            _text(MARKS[tone_of_result(result)], style, console),
            _text(one_line(result.path, PIPE_WIDTH), "", console),
            _text(word_of_result(result), style, console),
            _text(grounds(result), "", console),
            duration(result.seconds),
        )
    return table


def _style(result: NotebookResult) -> str:
    return _STYLES[tone_of_result(result)]


def _text(words: str, style: str, console: Console) -> Text:
    """Text without markup, in characters that the console has."""
    encoding = console.encoding
    if not encoding.lower().startswith("utf"):
        words = words.translate(_ASCII).encode(encoding, "replace").decode(encoding)
    return Text(words, style=style)
