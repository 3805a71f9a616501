"""Comparison of HTML: what its reader sees part by part, then the markup."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape

from nbrepro.comparison.findings import Findings
from nbrepro.comparison.identifiers import numbered
from nbrepro.comparison.page_comparison import compare_pages
from nbrepro.comparison.pages import Page, UnparsedHtmlError, read_page
from nbrepro.comparison.rules import HTML_COMMENTS, HTML_MARKUP, HTML_STYLING, TABLE_STYLING
from nbrepro.comparison.settings import Settings
from nbrepro.comparison.table_reading import TableTooLargeError
from nbrepro.comparison.text import compare_text
from nbrepro.model import Because, Judgement, Verdict

_IDENTICAL = Judgement(Verdict.IDENTICAL)
_VERBATIM = re.compile(r"<(?:pre|textarea|script|style)\b", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_STYLING = re.compile(
    r"""\s(?:class|style|[vh]?align|border|bgcolor|cellpadding|cellspacing|frame|rules|scope)\s*=\s*("[^"]*"|'[^']*'|[^\s>"']+)"""
)
_DEEPEST_FRAME = 3
"""Documents embedded deeper than this are compared as text."""


def compare_html(expected: str, observed: str, settings: Settings) -> Judgement:
    """Verdict of two pieces of HTML.

    Tables are compared by label and cell, the data of charts as structures, pictures by their distance, everything else
    that can be seen as text; markup that can't be seen only makes them `equivalent`, by a named rule.

    >>> compare_html("<b title='x'>a</b>", '<b title="x">a</b>', Settings()).because[0].slug
    'html-markup'
    """
    return _compare(expected, observed, settings, depth=0)


def _compare(expected: str, observed: str, settings: Settings, depth: int) -> Judgement:
    if expected == observed:
        return _IDENTICAL
    if depth > _DEEPEST_FRAME:
        return compare_text(expected, observed, settings)
    findings = Findings(settings)
    if _is_same_but_for_blanks(expected, observed):
        _apply(findings, HTML_MARKUP, "white space in the markup")
        return findings.judgement()
    try:
        pages = read_page(expected), read_page(observed)
    except (UnparsedHtmlError, TableTooLargeError):
        return _as_text(expected, observed, settings, "the HTML is too large or nested too deeply")
    compare_pages(findings, *pages, lambda first, second: _compare(first, second, settings, depth + 1))
    _compare_writing(findings, (expected, observed), pages)
    if not findings.differences and any(page.is_broken for page in pages) and not _have_same_words(expected, observed, findings):
        return _as_text(expected, observed, settings, "the markup is broken")
    return findings.judgement()


def _as_text(expected: str, observed: str, settings: Settings, why: str) -> Judgement:
    judgement = compare_text(expected, observed, settings)
    return Judgement(judgement.verdict, (*judgement.because, Because("html-as-text", f"{why}: it was compared as text")))


def _apply(findings: Findings, normalization: str, message: str) -> None:
    """Applies a normalization, or records a difference where it is switched off."""
    if not findings.apply(normalization, message):
        findings.differ(f"{normalization}-changed", message)


def _is_same_but_for_blanks(expected: str, observed: str) -> bool:
    return not _VERBATIM.search(expected) and expected.split() == observed.split()


def _compare_writing(findings: Findings, sources: tuple[str, str], pages: tuple[Page, Page]) -> None:
    """Names the rules under which two pages that show the same are the same, although they are written differently."""
    expected, observed = (_COMMENT.sub("", source) for source in sources)
    if _COMMENT.findall(sources[0]) != _COMMENT.findall(sources[1]):
        _apply(findings, HTML_COMMENTS, "comments in the markup")
    if _styling(expected, pages[0]) != _styling(observed, pages[1]):
        are_tables = bool(pages[0].tables)
        _apply(findings, TABLE_STYLING if are_tables else HTML_STYLING, "classes, borders and style sheets")
    if pages[0].tags != pages[1].tags:
        _apply(findings, HTML_MARKUP, "elements that only arrange their content")
    elif findings.is_empty and expected != observed:
        _apply(findings, HTML_MARKUP, "white space, quoting or the order of attributes")


def _styling(source: str, page: Page) -> list[str]:
    attributes = [value.strip("\"'") for value in _STYLING.findall(source)]
    return [" ".join(text.split()) for text in map(numbered, (*attributes, *page.styles))]


def _have_same_words(expected: str, observed: str, findings: Findings) -> bool:
    """Whether nothing was lost in mending broken markup; asked where no rule but that on markup was needed."""
    if findings.rules - {HTML_MARKUP, HTML_COMMENTS}:
        return True
    first, second = (Counter(re.findall(r"\w+", unescape(_COMMENT.sub("", source)))) for source in (expected, observed))
    return first == second
