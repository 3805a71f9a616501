from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from reports.examples import comparison_of, every_kind, executed, printed, report_of, reproduced, result_of, step_of
from reports.hostile import hostile_report

from nbrepro.model import Because, NotebookVerdict, Verdict
from nbrepro.reports.json_report import SCHEMA_PATH, as_json
from nbrepro.reports.results import Report

SCHEMA = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))


def strict(text: str) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


@pytest.mark.parametrize(
    "report",
    [every_kind(), executed(), report_of(), report_of(reproduced(), verb="diff"), hostile_report()],
    ids=["check", "run", "empty", "diff", "hostile"],
)
def test_reports_fit_the_schema(report: Report) -> None:
    text = as_json(report)
    values = strict(text)
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(values, SCHEMA)
    assert values["schema"] == f"nbrepro.{report.verb}/1"
    assert text.isascii()


def test_schema_refuses_what_no_report_says() -> None:
    values = strict(as_json(every_kind()))
    values["notebooks"][0]["verdict"] = "same"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(values, SCHEMA)


def test_the_promised_keys_hold_the_values() -> None:
    analysis, _, failing, broken = strict(as_json(every_kind()))["notebooks"]
    assert (analysis["path"], analysis["verdict"], analysis["compared"]) == ("analysis.ipynb", "differs", 6)
    assert analysis["environment"]["description"] == "current (Python 3.11.7)"
    assert analysis["environment"]["deviations"] == ["the notebook names the kernel conda-env-science; python3 was used"]
    step = next(step for step in analysis["steps"] if step["index"] == 3)
    assert step["verdict"] == "different"
    assert step["outputs"][0]["because"][1] == {
        "slug": "number-changed",
        "message": "line 20: expected 0.0500, observed 0.0512",
        "deviation": 0.0234,
    }
    assert not step["outputs"][1]["judged"]
    assert failing["failure"]["evidence"][1] == {"name": "absent file", "value": "data/measured.csv"}
    assert failing["failure"]["step"] == 1
    assert broken["problem"]["slug"] == "unreadable-notebook"
    assert broken["steps"] == []
    (cause,) = failing["causes"]
    assert (cause["slug"], cause["certainty"], cause["step"]) == ("missing-file", "stated", 1)
    assert broken["causes"] == []


@pytest.mark.parametrize("deviation", [float("inf"), float("nan")])
def test_numbers_that_json_lacks_are_null(deviation: float) -> None:
    step = step_of(0, "f()", printed(Verdict.DIFFERENT, "1", "nan", Because("number-changed", "1 became nan", deviation)))
    values = strict(as_json(report_of(result_of("a.ipynb", comparison_of(NotebookVerdict.DIFFERS, step)))))
    assert values["notebooks"][0]["steps"][0]["outputs"][0]["because"][0]["deviation"] is None
