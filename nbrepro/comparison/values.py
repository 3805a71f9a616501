"""Single values: the text of a table cell, of a label, or of a string in a structure."""

from __future__ import annotations

from nbrepro.comparison.findings import Findings
from nbrepro.comparison.numbers import NUMBER, NUMBER_FORMAT, NUMBER_TOLERANCE, PRINTED_PRECISION, Agreement, agree
from nbrepro.comparison.rules import MISSING_VALUE_MARK
from nbrepro.comparison.text import compare_text, judge_same

_MISSING = frozenset({"NaN", "nan", "None", "NaT", "<NA>", "null"})
"""How pandas, its versions and its peers show that a value is missing; `NA` and the empty text may be values."""


def compare_value(findings: Findings, place: object, expected: str, observed: str, slug: str) -> bool:
    """Compares two values and records what was found.

    Args:
        findings: Where it is recorded.
        place: Where the values stand; its `str` is for people (`row 3, column "price"`) and asked for only where it is shown.
        expected: The one value.
        observed: The other.
        slug: Names the reason if they differ.

    Returns:
        Whether they count as the same.
    """
    if expected == observed:
        return True
    if expected in _MISSING and observed in _MISSING:
        if findings.apply(MISSING_VALUE_MARK, "{}: missing values are marked {} instead of {}", place, observed, expected):
            return True
    elif NUMBER.fullmatch(expected) and NUMBER.fullmatch(observed):
        return compare_number(findings, place, expected, observed, slug)
    else:
        return _compare_texts(findings, place, expected, observed, slug)
    findings.changed(slug, place, expected, observed)
    return False


def compare_number(findings: Findings, place: object, expected: str, observed: str, slug: str) -> bool:
    """Compares two numbers, as they are written, and records what was found; whether they count as the same."""
    agreement = agree(expected, observed, findings.settings)
    if agreement is None:
        findings.changed(slug, place, expected, observed)
        return False
    kind, deviation = agreement
    values = (place, expected, observed)
    if kind is Agreement.FORMAT:
        findings.apply(NUMBER_FORMAT, "{}: the same number written differently, {} and {}", *values)
    elif kind is Agreement.PRECISION:
        message = "{}: shown with another number of digits, {} and {}"
        findings.measure(PRINTED_PRECISION, deviation, message, *values)
        findings.round(message, *values, observed_is_shorter=len(observed) < len(expected))
    else:
        message = "the largest deviation is {:.2g}, at {}: expected {}, observed {}"
        findings.measure(NUMBER_TOLERANCE, deviation, message, deviation, *values)
    return True


def _compare_texts(findings: Findings, place: object, expected: str, observed: str, slug: str) -> bool:
    if "\n" in expected or "\n" in observed:
        judgement = compare_text(expected, observed, findings.settings)
        findings.absorb(judgement, place)
        return judgement.verdict.is_same
    same = judge_same(expected, observed, findings.settings)
    if same is None:
        findings.changed(slug, place, expected, observed)
        return False
    findings.absorb(same, place)
    return True
