"""The report as Markdown for the summary of a CI job: a table, and folded details of what was not reproduced."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nbrepro.model import OutputComparison, StepComparison
from nbrepro.reports.changes import first_change
from nbrepro.reports.characters import one_line
from nbrepro.reports.results import NotebookResult, Report
from nbrepro.reports.text import (
    cause_lines,
    change_lines,
    failure_lines,
    grounds,
    outputs_that_differ,
    reason_lines,
    steps_that_differ,
    summary_line,
)
from nbrepro.reports.wording import MARKS, cell_name, duration, mark_of, some, tone_of_result, word_of, word_of_result

MAX_DETAILED = 20
MAX_STEPS = 10
_SPECIAL = re.compile(r"[\\`*_{}\[\]#|~@$]|:(?=[\w+-]+:|//)|^[-+=]|(?<=www)\.", re.IGNORECASE)
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


def as_markdown(report: Report) -> str:
    """A summary in GitHub's Markdown (tables and `<details>`); foreign text is escaped and can't open a tag, link or fence."""
    lines = [f"## nbrepro {escaped(summary_line(report))}", "", *_table(report)]
    detailed = [result for result in report if not result.is_success]
    for result in detailed[:MAX_DETAILED]:
        lines += ["", *_details(result)]
    if len(detailed) > MAX_DETAILED:
        lines += ["", f"… and {some(len(detailed) - MAX_DETAILED, 'more notebook')}"]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    r"""Text in one line that Markdown shows as it stands.

    >>> escaped("a|b `c` <script>")
    'a\\|b \\`c\\` &lt;script&gt;'
    """
    plain = one_line(text)
    for character, entity in _HTML.items():
        plain = plain.replace(character, entity)
    return _SPECIAL.sub(_escape, plain)


def _escape(match: re.Match[str]) -> str:
    # GitHub turns @name into a mention, :name: into a picture, a://b and www.b into links, even behind a backslash.
    character = match[0]
    return f"&#{ord(character)};" if character in "@:$." else f"\\{character}"


def _table(report: Report) -> Iterator[str]:
    yield "| | notebook | verdict | grounds | time |"
    yield "|---|---|---|---|---:|"
    for result in report:
        cells = (
            MARKS[tone_of_result(result)],
            *map(escaped, (result.path, word_of_result(result), grounds(result))),
            duration(result.seconds),
        )
        yield f"| {' | '.join(cells)} |"


def _details(result: NotebookResult) -> Iterator[str]:
    yield f"<details><summary>{MARKS[tone_of_result(result)]} {_as_html(result.path)}: {word_of_result(result)}</summary>"
    yield ""
    if result.problem is not None:
        yield f"- {escaped(result.problem)}"
    yield from (f"- {escaped(line)}" for line in (*failure_lines(result), *cause_lines(result)))
    steps = steps_that_differ(result)
    for step in steps[:MAX_STEPS]:
        yield from _step(step)
    if len(steps) > MAX_STEPS:
        yield f"- … and {some(len(steps) - MAX_STEPS, 'more cell')} not reproduced"
    yield from (f"- {some(number, 'output')} not compared: {escaped(reason)}" for reason, number in result.counts.reasons)
    yield ""
    yield "</details>"


def _as_html(text: str) -> str:
    plain = one_line(text)
    for character, entity in _HTML.items():
        plain = plain.replace(character, entity)
    return plain


def _step(step: StepComparison) -> Iterator[str]:
    for output in outputs_that_differ(step):
        yield f"- **{cell_name(step.index)}**, {escaped(output.kind)}: {mark_of(output.verdict)} {word_of(output.verdict)}"
        yield from (f"  - {escaped(line)}" for line in reason_lines(output))
        yield from _change(output)


def _change(output: OutputComparison) -> Iterator[str]:
    change = first_change(output)
    if change is None:
        return
    lines = change_lines(change)
    fence = _fence(lines)
    yield ""
    yield f"  {fence}diff"
    yield from (f"  {line}" for line in lines)
    yield f"  {fence}"


def _fence(lines: list[str]) -> str:
    """A fence that no line can close: longer than any run of backticks in them."""
    longest = max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0)
    return "`" * max(3, longest + 1)
