"""Streams: text as a terminal shows it, progress bars in their last state, warnings without their places."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nbrepro.comparison.output_rules import PROGRESS_BARS, TERMINAL_CONTROL, WARNING_LOCATIONS
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


def _without_progress(text: str, settings: Settings) -> str:
    return without_progress(text, keep_times=settings.time_ratio is not None)


@dataclass(frozen=True, slots=True)
class _Stage:
    """A normalization of streams; each goes on with what the one before it left."""

    name: str
    rewrite: Callable[[str, Settings], str]
    message: str


_LONG = 50_000
"""Characters from which on it isn't tried whether a rule that changed something was needed: every try is one more comparison."""

_STAGES = (
    _Stage(TERMINAL_CONTROL, lambda text, _: rendered(text), "compared as a terminal shows it: overwritten text and colours are not seen"),
    _Stage(PROGRESS_BARS, _without_progress, "progress bars are compared in their last state, without times and speeds"),
    _Stage(WARNING_LOCATIONS, lambda text, _: without_places(text), "warnings are compared without the file and line that gave them"),
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
    stages = [stage for stage in _STAGES if settings.allows(stage.name)]
    used, judgement = _judge(stages, expected, observed, settings)
    if not used or not judgement.verdict.is_same:
        return judgement
    for stage in used if len(expected) + len(observed) < _LONG else ():
        fewer = [other for other in used if other is not stage]
        _, without = _judge(fewer, expected, observed, settings)
        if without.verdict.is_same and _slugs(without) <= _slugs(judgement):
            used, judgement = fewer, without
    verdict = Verdict.EQUIVALENT if used and judgement.verdict is Verdict.IDENTICAL else judgement.verdict
    return Judgement(verdict, (*(Because(stage.name, stage.message) for stage in used), *judgement.because))


def is_stream_like(text: str) -> bool:
    """Whether a text that is no stream needs what streams need: it holds escape sequences or is a progress bar."""
    return has_control(text) or ("/s" in text and without_progress(text) != text)


def _slugs(judgement: Judgement) -> set[str]:
    return {because.slug for because in judgement.because}


def _judge(stages: Sequence[_Stage], expected: str, observed: str, settings: Settings) -> tuple[list[_Stage], Judgement]:
    """Those stages that changed anything, and what is said of the rest."""
    used = []
    for stage in stages:
        before = expected, observed
        expected, observed = stage.rewrite(expected, settings), stage.rewrite(observed, settings)
        if before != (expected, observed):
            used.append(stage)
        if expected == observed:
            return used, _IDENTICAL
    return used, comparer_for("text/plain")(expected, observed, settings)
