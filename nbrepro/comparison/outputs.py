"""One output held against another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from nbrepro.comparison.failures import compare_errors
from nbrepro.comparison.output_rules import (
    ADDED_REPRESENTATIONS,
    FRONT_END_REPRESENTATIONS,
    OUTPUT_METADATA,
    OUTPUT_TYPE,
    RENDERED_REPRESENTATIONS,
)
from nbrepro.comparison.registry import comparer_for
from nbrepro.comparison.settings import Settings
from nbrepro.comparison.streams import compare_streams, is_stream_like
from nbrepro.model import (
    SELF_CHECK_MIME_TYPE,
    Because,
    Display,
    ErrorOutput,
    Judgement,
    Output,
    OutputComparison,
    Stream,
    Verdict,
    worst,
)

_IDENTICAL = Judgement(Verdict.IDENTICAL)

_FRONT_ENDS = (
    "application/vnd.google.colaboratory.*",
    "application/vnd.code.notebook.*",
    "application/vnd.deepnote.*",
    "application/vnd.databricks.*",
)
"""Representations that a front end adds to outputs on its own; no kernel sends them again."""
_SOURCES = frozenset({"text/html", "text/latex", "text/markdown", "image/svg+xml"})
"""Representations of which a picture can be made: a formula drawn by LaTeX, the thumbnail of an embedded video."""
_BARE_REPR = re.compile(r"\s*<[^\n]*>\s*")
"""A text that names the type of an object and hides what it holds, such as `<Figure size 640x480 with 1 Axes>`."""
_SELF_CHECK = Because("self-check", "the notebook checks itself here, which is not done again while it is being checked")


def compare_output(expected: Output | None, observed: Output | None, settings: Settings) -> OutputComparison:
    """Compares two outputs that belong together; None stands for one that is missing or extra."""
    if isinstance(expected, Display) and isinstance(observed, Display):
        return _compare_displays(expected, observed, settings)
    kind = kind_of(expected or observed)
    judged = settings.judge_stderr or kind != "stderr"
    judgement = _judge(expected, observed, kind, settings)
    return OutputComparison(kind, judgement.verdict, judgement.because, expected, observed, judged)


def kind_of(output: Output | None) -> str:
    """`stdout`, `stderr`, `error`, or the richest MIME type of a display."""
    if isinstance(output, Stream):
        return output.name
    if isinstance(output, Display):
        return next((mime_type for mime_type in output.data if mime_type != "text/plain"), "text/plain")
    return "error"


def _judge(expected: Output | None, observed: Output | None, kind: str, settings: Settings) -> Judgement:
    if isinstance(expected, Stream) and isinstance(observed, Stream):
        return compare_streams(expected.text, observed.text, settings)
    if isinstance(expected, ErrorOutput) and isinstance(observed, ErrorOutput):
        return compare_errors(expected, observed, settings)
    what = f"{kind} ({output.name})" if isinstance(output := expected or observed, ErrorOutput) and output.name else kind
    if observed is None:
        return Judgement(Verdict.MISSING, (Because("missing-output", f"{what} is expected, but did not come"),))
    return Judgement(Verdict.EXTRA, (Because("extra-output", f"{what} came, but is not expected"),))


def _compare_displays(expected: Display, observed: Display, settings: Settings) -> OutputComparison:
    if SELF_CHECK_MIME_TYPE in expected.data or SELF_CHECK_MIME_TYPE in observed.data:
        return OutputComparison(SELF_CHECK_MIME_TYPE, Verdict.NOT_COMPARED, (_SELF_CHECK,), expected, observed)
    shared = {
        mime_type: _compare_payloads(mime_type, payload, observed.data[mime_type], settings)
        for mime_type, payload in expected.data.items()
        if mime_type in observed.data
    }
    left_out = dict(_left_out(expected, observed, shared, settings))
    judgements = {
        mime_type: shared[mime_type] if mime_type in shared else _one_sided(mime_type, expected)
        for mime_type in {**expected.data, **observed.data}
        if mime_type not in left_out
    }
    verdict = worst(judgement.verdict for judgement in judgements.values())
    kind = next((mime_type for mime_type, judgement in judgements.items() if judgement.verdict is verdict), kind_of(expected))
    about = [] if expected == observed else [*left_out.values(), *_about(expected, observed)]
    refused = [reason for reason in about if not settings.allows(reason.slug)]
    verdict = _with_reasons(verdict, judgements.values(), about, refused)
    because = (*(reason for judgement in judgements.values() for reason in judgement.because), *about)
    representations = tuple((mime_type, judgement.verdict) for mime_type, judgement in judgements.items())
    return OutputComparison(kind, verdict, because, expected, observed, representations=representations)


def _with_reasons(verdict: Verdict, judgements: Iterable[Judgement], about: list[Because], refused: list[Because]) -> Verdict:
    """The verdict of the representations, and of what is around them."""
    verdicts = {judgement.verdict for judgement in judgements}
    if refused or verdicts >= {Verdict.MISSING, Verdict.EXTRA}:
        return Verdict.DIFFERENT
    return Verdict.EQUIVALENT if about and verdict is Verdict.IDENTICAL else verdict


def _one_sided(mime_type: str, expected: Display) -> Judgement:
    if mime_type in expected.data:
        return Judgement(Verdict.MISSING, (Because("missing-representation", f"{mime_type} is expected, but did not come"),))
    return Judgement(Verdict.EXTRA, (Because("extra-representation", f"{mime_type} came, but is not expected"),))


def _compare_payloads(mime_type: str, expected: Any, observed: Any, settings: Settings) -> Judgement:  # noqa: ANN401 - text or JSON
    if expected is observed or (isinstance(expected, str) and expected == observed):
        return _IDENTICAL
    if mime_type == "text/plain" and any(isinstance(text, str) and is_stream_like(text) for text in (expected, observed)):
        return compare_streams(expected, observed, settings)
    return comparer_for(mime_type)(expected, observed, settings)


def _about(expected: Display, observed: Display) -> Iterable[Because]:
    """What differs around the representations; execution counts are only when, not what."""
    if expected.is_result != observed.is_result:
        yield Because(OUTPUT_TYPE, "the value of a cell's last expression on one side, displayed on the other")
    if expected.metadata != observed.metadata:
        keys = sorted(
            key for key in expected.metadata.keys() | observed.metadata.keys() if expected.metadata.get(key) != observed.metadata.get(key)
        )
        yield Because(OUTPUT_METADATA, f"metadata says how to show an output, not what it is: {', '.join(keys)}")


def _left_out(expected: Display, observed: Display, shared: Mapping[str, Judgement], settings: Settings) -> Iterator[tuple[str, Because]]:
    """Representations that only one side has and that don't count, each with the rule by which they don't."""
    same = {mime_type for mime_type, judgement in shared.items() if judgement.verdict.is_same}
    if "text/latex" in same and settings.allows(RENDERED_REPRESENTATIONS):
        drawn = (mime_type for mime_type in shared if mime_type.startswith("image/") and mime_type not in same)
        yield from ((name, Because(RENDERED_REPRESENTATIONS, f"{name} differs, which draws the same LaTeX")) for name in drawn)
    for mime_type in sorted(expected.data.keys() ^ observed.data.keys()):
        if shared and _is_of_front_end(mime_type) and settings.allows(FRONT_END_REPRESENTATIONS):
            yield mime_type, Because(FRONT_END_REPRESENTATIONS, f"{mime_type} is added by a front end, not by the code")
        elif same & _SOURCES and mime_type.startswith("image/") and settings.allows(RENDERED_REPRESENTATIONS):
            side = "observed" if mime_type in expected.data else "expected"
            yield mime_type, Because(RENDERED_REPRESENTATIONS, f"no {mime_type} of it is {side}; what it is made of is the same")
        elif mime_type in observed.data and _came_again(expected, same) and settings.allows(ADDED_REPRESENTATIONS):
            yield mime_type, Because(ADDED_REPRESENTATIONS, f"{mime_type} came in addition; everything that is expected came as well")


def _came_again(expected: Display, same: set[str]) -> bool:
    """Whether all that was saved of a display is the same now, and says what the display holds."""
    if not expected.data.keys() <= same:
        return False
    return any(name != "text/plain" or not _BARE_REPR.fullmatch(str(payload)) for name, payload in expected.data.items())


@cache
def _is_of_front_end(mime_type: str) -> bool:
    return any(fnmatchcase(mime_type, pattern) for pattern in _FRONT_ENDS)
