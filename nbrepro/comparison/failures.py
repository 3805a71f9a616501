"""Errors: their type and message count, their traceback says where."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator

from nbrepro.comparison.output_rules import ERROR_CLASSES, PYTHON_MESSAGE_WORDING, QUALIFIED_NAMES, TRACEBACK
from nbrepro.comparison.registry import comparer_for
from nbrepro.comparison.settings import Settings
from nbrepro.comparison.wordings import is_refinement, same_wording
from nbrepro.model import Because, ErrorOutput, Judgement, Verdict

_PLACE = re.compile(r" \([^()\n]*, line (?P<line>\d+)\)$")
"""Where a syntax error is: IPython names the cell after a hash or a counter, differently in each version."""
_ORIGIN = re.compile(r"(?<=cannot import name )(?P<what>.*) \((?:unknown location|[^()\n]*[/\\][^()\n]*)\)$")
"""Where a module lies that lacks a name."""


def compare_errors(expected: ErrorOutput, observed: ErrorOutput, settings: Settings) -> Judgement:
    """Compares two errors by type and message.

    A traceback differs with every path, line and version of a library: by itself it makes errors `equivalent` under the
    name `traceback`, never different.

    >>> from nbrepro.comparison import Settings
    >>> compare_errors(ErrorOutput("KeyError", "'a'"), ErrorOutput("KeyError", "'b'"), Settings()).verdict
    <Verdict.DIFFERENT: 'different'>
    """
    if expected == observed:
        return Judgement(Verdict.IDENTICAL)
    message = _compare_messages(expected.value, observed.value, settings)
    reasons = list(_around(expected, observed, message))
    refused = [reason for reason in reasons if not settings.allows(reason.slug)]
    unlike = "" if reasons and reasons[0].slug in {QUALIFIED_NAMES, ERROR_CLASSES} else _unlike(expected.name, observed.name)
    if unlike:
        return Judgement(Verdict.DIFFERENT, (Because("error-type", unlike), *message.because))
    if not message.verdict.is_same or refused:
        return Judgement(Verdict.DIFFERENT, (*message.because, *refused))
    verdict = Verdict.EQUIVALENT if message.verdict is Verdict.IDENTICAL and reasons else message.verdict
    return Judgement(verdict, (*reasons, *message.because))


def _around(expected: ErrorOutput, observed: ErrorOutput, message: Judgement) -> Iterator[Because]:
    """Normalizations that equate what stands around the messages."""
    first, second = expected.name, observed.name
    if first != second and first.rpartition(".")[2] == second.rpartition(".")[2] and "" in {_module(first), _module(second)}:
        yield Because(QUALIFIED_NAMES, f"{first} and {second} are the same error with and without its module")
    elif message.verdict.is_same and is_refinement(first, second):
        yield Because(ERROR_CLASSES, f"what one Python raises as {first}, another one raises as {second}")
    if expected.traceback != observed.traceback and all(reason.slug != TRACEBACK for reason in message.because):
        yield Because(TRACEBACK, "the tracebacks name other places: paths, lines or frames inside libraries")


def _module(name: str) -> str:
    return name.rpartition(".")[0]


def _unlike(expected: str, observed: str) -> str:
    """In words, how two types of errors differ; empty where they are one."""
    if expected == observed:
        return ""
    first, second = (getattr(builtins, name, None) for name in (expected, observed))
    relation = ""
    if isinstance(first, type) and isinstance(second, type):
        if issubclass(second, first):
            relation = f", a kind of {expected}"
        elif issubclass(first, second):
            relation = f", of which {expected} is a kind"
    return f"{expected} is expected, {observed} was raised{relation}"


def _compare_messages(expected: str, observed: str, settings: Settings) -> Judgement:
    if expected == observed:
        return Judgement(Verdict.IDENTICAL)
    reasons = []
    if settings.allows(TRACEBACK):
        placed = expected, observed
        expected, observed = (_ORIGIN.sub(r"\g<what>", _PLACE.sub(r" (line \g<line>)", message)) for message in placed)
        if placed != (expected, observed):
            reasons.append(Because(TRACEBACK, "files are not compared, only the line of the cell"))
    if expected == observed:
        return Judgement(Verdict.EQUIVALENT, tuple(reasons))
    if settings.allows(PYTHON_MESSAGE_WORDING) and same_wording(expected, observed):
        reasons.append(Because(PYTHON_MESSAGE_WORDING, f"Python versions say the same as {expected!r} and {observed!r}"))
        return Judgement(Verdict.EQUIVALENT, tuple(reasons))
    judgement = comparer_for("text/plain")(expected, observed, settings)
    return Judgement(judgement.verdict, (*reasons, *judgement.because)) if judgement.verdict.is_same else judgement
