"""Streams: text as a terminal shows it, progress bars in their last state, warnings without their places."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from nbrepro.comparison.progress import without_progress
from nbrepro.comparison.registry import comparer_for
from nbrepro.comparison.settings import Settings
from nbrepro.comparison.terminal import has_control, rendered
from nbrepro.model import Because, Judgement, Verdict

_WARNING = re.compile(
    r"^(?!\s)[^\n]*?:\d+: (?P<category>[\w.]*Warning): (?P<message>[^\n]*)(?:\n[ \t]+(?P<source>\S[^\n]*))?$", re.MULTILINE
)
_IDENTICAL = Judgement(Verdict.IDENTICAL)


def without_places(text: str) -> str:
    r"""The text with each warning reduced to its category and message, as `warnings.showwarning` writes them.

    >>> without_places("/a/b.py:12: FutureWarning: use mean\n  x.avg()\ndone")
    'FutureWarning: use mean\ndone'
    """
    return _WARNING.sub(r"\g<category>: \g<message>", text) if "Warning: " in text else text


Rewriting = Callable[[str], str]

_STAGES: tuple[tuple[str, Rewriting, str], ...] = (
    ("terminal-control", rendered, "compared as a terminal shows it: overwritten text and colours are not seen"),
    ("progress-bars", without_progress, "progress bars are compared in their last state, without times and speeds"),
    ("warning-locations", without_places, "warnings are compared without the file and line that gave them"),
)


def compare_streams(expected: str, observed: str, settings: Settings) -> Judgement:
    r"""Compares what was written to one stream, all of its messages joined.

    Normalizations: `terminal-control`, `progress-bars`, `warning-locations`, then those of text.

    >>> from nbrepro.comparison import Settings
    >>> compare_streams("50%\r100%\n", "100%\n", Settings()).verdict
    <Verdict.EQUIVALENT: 'equivalent'>
    """
    if expected == observed:
        return _IDENTICAL
    needed: list[Because] = []
    for name, rewrite, message in _STAGES:
        if not settings.allows(name):
            continue
        before, after = (expected, observed), (rewrite(expected), rewrite(observed))
        expected, observed = after
        if _was_needed(before, after):
            needed.append(Because(name, message))
        if expected == observed:
            return Judgement(Verdict.EQUIVALENT, tuple(needed))
    return _with(needed, comparer_for("text/plain")(expected, observed, settings))


def is_stream_like(text: str) -> bool:
    """Whether a text that is no stream needs what streams need: it holds escape sequences or is a progress bar."""
    return has_control(text) or ("/s" in text and without_progress(text) != text)


def _was_needed(before: tuple[str, str], after: tuple[str, str]) -> bool:
    """Whether the rewriting touched lines that only one side has."""
    if before == after:
        return False
    expected, observed = (list(_touched(*pair)) for pair in zip(before, after, strict=True))
    return expected != observed


def _touched(before: str, after: str) -> Iterator[str]:
    left = set(after.split("\n"))
    return (line for line in before.split("\n") if line not in left)


def _with(needed: list[Because], judgement: Judgement) -> Judgement:
    if not needed or not judgement.verdict.is_same:
        return judgement
    verdict = Verdict.EQUIVALENT if judgement.verdict is Verdict.IDENTICAL else judgement.verdict
    return Judgement(verdict, (*needed, *judgement.because))
