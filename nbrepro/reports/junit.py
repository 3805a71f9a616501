"""The report as JUnit XML: a test suite for each notebook, a test case for each cell that has something to be compared."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from xml.etree import ElementTree as ET

from nbrepro.model import OutputComparison, StepComparison, StepStatus, Verdict
from nbrepro.reports.changes import first_change
from nbrepro.reports.characters import one_line, visible
from nbrepro.reports.results import NotebookResult, Report
from nbrepro.reports.text import cause_line, cause_lines, change_lines, failure_lines, outputs_that_differ, reason_lines
from nbrepro.reports.wording import cell_name, word_of, word_of_result

WHOLE = "notebook"
"""Name of the test case of what concerns the notebook as a whole."""


def as_junit(report: Report) -> str:
    """JUnit XML as CI servers read it.

    A cell that differs is a failure; one whose outputs were not compared is skipped, with the reason. A notebook that
    could not be read, did not reach its end, or in which nothing was compared has a case `notebook` that says so.
    Characters that XML forbids are shown as signs.
    """
    root = ET.Element("testsuites", name=f"nbrepro {report.verb}")
    for result in report:
        root.append(_suite(result))
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    for element in root.iter():
        _clean(element)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _clean(element: ET.Element) -> None:
    """Show what XML forbids as signs, wherever it came from."""
    for name, value in element.items():
        element.set(name, visible(value))
    element.text = visible(element.text) if element.text else None


def _suite(result: NotebookResult) -> ET.Element:
    suite = ET.Element("testsuite", name=result.path)
    for case in _cases(result):
        case.set("classname", result.path)
        suite.append(case)
    suite.set("tests", str(len(suite)))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(len(suite.findall(f"testcase/{tag}"))))
    suite.set("time", _seconds(result.seconds))
    return suite


def _cases(result: NotebookResult) -> Iterator[ET.Element]:
    if result.comparison is not None:
        causes = result.causes
        seconds = {step.index: step.seconds for step in result.comparison.observed.steps}
        for step in result.comparison.steps:
            if step.verdict is not Verdict.NOTHING_TO_COMPARE:
                yield _step_case(step, seconds.get(step.index), [cause_line(cause) for cause in causes if cause.step == step.index])
    if result.problem is not None or result.failure is not None or result.comparison is None or not result.counts.compared:
        yield _whole_case(result)


def _step_case(step: StepComparison, seconds: float | None, causes: Iterable[str]) -> ET.Element:
    case = ET.Element("testcase", name=cell_name(step.index), time=_seconds(seconds))
    if not step.verdict.is_compared:
        reasons = [reason for output in step.judged for reason in reason_lines(output)]
        ET.SubElement(case, "skipped", message=reasons[0] if reasons else word_of(step.verdict))
    elif not step.verdict.is_same:
        outputs = outputs_that_differ(step)
        message = "; ".join(f"{one_line(output.kind, 60)}: {word_of(output.verdict)}" for output in outputs)
        kind = "timed-out" if step.status is StepStatus.TIMED_OUT else step.verdict.value
        failure = ET.SubElement(case, "failure", message=message, type=kind)
        failure.text = "\n".join((*(line for output in outputs for line in _lines(output)), *causes))
    return case


def _lines(output: OutputComparison) -> Iterator[str]:
    yield f"{one_line(output.kind, 60)}: {word_of(output.verdict)}"
    yield from (f"  {line}" for line in reason_lines(output))
    change = first_change(output)
    if change is not None:
        yield from (f"  {line}" for line in change_lines(change))


def _whole_case(result: NotebookResult) -> ET.Element:
    case = ET.Element("testcase", name=WHOLE, time=_seconds(result.seconds))
    if result.failure is not None:
        lines = [*failure_lines(result), *cause_lines(result)]
        error = ET.SubElement(case, "error", message=lines[0], type=result.failure.kind.value)
        error.text = "\n".join(lines)
    elif result.problem is not None:
        ET.SubElement(case, "error", message=one_line(result.problem), type=result.problem_slug or "problem")
    elif not result.is_success:
        ET.SubElement(case, "failure", message=word_of_result(result), type=result.verdict.value if result.verdict else "failed")
    return case


def _seconds(seconds: float | None) -> str:
    return f"{seconds:.3f}" if seconds is not None and math.isfinite(seconds) else "0"
