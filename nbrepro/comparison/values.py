"""Single values: the text of a table cell, of a label, or of a string in a structure."""

from __future__ import annotations

from nbrepro.comparison.findings import Findings
from nbrepro.comparison.numbers import NUMBER, NUMBER_TOLERANCE, PRINTED_PRECISION, Agreement, agree
from nbrepro.comparison.numeric_text import largest_deviation
from nbrepro.comparison.rules import MISSING_VALUE_MARK
from nbrepro.comparison.text import compare_text
from nbrepro.model import Because, Judgement, Verdict

_MISSING = frozenset({"NaN", "nan", "None", "NaT", "<NA>", "null"})
"""How pandas, its versions and its peers show that a value is missing; `NA` and the empty text may be values."""


def compare_value(findings: Findings, place: str, expected: str, observed: str, slug: str) -> bool:
    """Compares two values and records what was found.

    Args:
        findings: Where it is recorded.
        place: Where the values stand, for people: `row 3, column "price"`.
        expected: The one value.
        observed: The other.
        slug: Names the reason if they differ.

    Returns:
        Whether they count as the same.
    """
    if expected == observed:
        return True
    if expected in _MISSING and observed in _MISSING:
        message = f"{place}: missing values are marked {observed} instead of {expected}"
        if findings.apply(MISSING_VALUE_MARK, message):
            return True
    elif not (NUMBER.fullmatch(expected) and NUMBER.fullmatch(observed)):
        return _compare_texts(findings, place, expected, observed, slug)
    elif _numbers_agree(findings, place, expected, observed):
        return True
    findings.changed(slug, place, expected, observed, largest_deviation(expected, observed))
    return False


def _numbers_agree(findings: Findings, place: str, expected: str, observed: str) -> bool:
    agreement = agree(expected, observed, findings.settings)
    if agreement is None:
        return False
    kind, deviation = agreement
    if kind is Agreement.FORMAT:
        findings.apply(kind.value, f"{place}: the same number written differently, {expected} and {observed}")
    elif kind is Agreement.PRECISION:
        message = f"{place}: shown with another number of digits, {expected} and {observed}"
        findings.measure(PRINTED_PRECISION, message, deviation)
        findings.round(message, observed_is_shorter=len(observed) < len(expected))
    else:
        message = f"the largest deviation within the tolerance is {deviation:.2g}, at {place}: expected {expected}, observed {observed}"
        findings.measure(NUMBER_TOLERANCE, message, deviation)
    return True


def _compare_texts(findings: Findings, place: str, expected: str, observed: str, slug: str) -> bool:
    judgement = compare_text(expected, observed, findings.settings)
    if judgement.verdict.is_same:
        findings.absorb(judgement, place)
        return True
    if "\n" in expected or "\n" in observed:
        findings.absorb(Judgement(Verdict.DIFFERENT, tuple(_renamed(reason, slug) for reason in judgement.because)), place)
    else:
        findings.changed(slug, place, expected, observed, judgement.deviation)
    return False


def _renamed(reason: Because, slug: str) -> Because:
    return Because(slug if reason.slug == "line-changed" else reason.slug, reason.message, reason.deviation)
