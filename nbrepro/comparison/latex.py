"""Formulas in LaTeX: the formula counts, not what it stands between."""

from __future__ import annotations

import re

from nbrepro.comparison.output_rules import LATEX_DELIMITERS
from nbrepro.comparison.settings import Settings
from nbrepro.comparison.text import compare_text
from nbrepro.model import Because, Judgement, Verdict, worst

_DELIMITED = re.compile(r"\s*+(\${1,2})(?!\$)\s*+(?:\\displaystyle\b)?\s*+(.*?)\s*+\1\s*+", re.DOTALL)


def compare_latex(expected: str, observed: str, settings: Settings) -> Judgement:
    r"""Judge two formulas as texts, with or without what they stand between.

    >>> compare_latex("$$x^2$$", r"$\displaystyle x^2$", Settings()).verdict
    <Verdict.EQUIVALENT: 'equivalent'>
    """
    judgement = compare_text(expected, observed, settings)
    if judgement.verdict.is_same or not settings.allows(LATEX_DELIMITERS):
        return judgement
    formulas = _formula(expected), _formula(observed)
    if formulas == (expected, observed):
        return judgement
    inner = compare_text(*formulas, settings)
    if not inner.verdict.is_same:
        return judgement
    because = Because(LATEX_DELIMITERS, "the formula stands between other delimiters")
    return Judgement(worst((inner.verdict, Verdict.EQUIVALENT)), (because, *inner.because))


def _formula(text: str) -> str:
    match = _DELIMITED.fullmatch(text)
    return match[2] if match and "$" not in match[2] else text
