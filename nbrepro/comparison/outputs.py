"""One output held against another."""

from __future__ import annotations

from typing import Any

from nbrepro.comparison.registry import comparer_for
from nbrepro.comparison.settings import Settings
from nbrepro.model import Because, Display, ErrorOutput, Judgement, Output, OutputComparison, Stream, Verdict, worst

_IDENTICAL = Judgement(Verdict.IDENTICAL)


def compare_output(expected: Output | None, observed: Output | None, settings: Settings) -> OutputComparison:
    """Compares two outputs that belong together; None stands for one that is missing or extra."""
    output = expected or observed
    judged = settings.judge_stderr or not (isinstance(output, Stream) and output.name == "stderr")
    if expected is None or observed is None:
        verdict = Verdict.EXTRA if expected is None else Verdict.MISSING
        return OutputComparison(kind_of(output), verdict, (), expected, observed, judged)
    if isinstance(expected, Display) and isinstance(observed, Display):
        return _compare_displays(expected, observed, settings)
    judgement = _judge(expected, observed, settings)
    return OutputComparison(kind_of(expected), judgement.verdict, judgement.because, expected, observed, judged)


def kind_of(output: Output | None) -> str:
    """`stdout`, `stderr`, `error`, or the richest MIME type of a display."""
    if isinstance(output, Stream):
        return output.name
    if isinstance(output, Display):
        return next((mime for mime in output.data if mime != "text/plain"), "text/plain")
    return "error"


def _judge(expected: Output, observed: Output, settings: Settings) -> Judgement:
    if isinstance(expected, Stream) and isinstance(observed, Stream):
        return _compare_payloads("text/plain", expected.text, observed.text, settings)
    if isinstance(expected, ErrorOutput) and isinstance(observed, ErrorOutput):
        if expected.name == observed.name:
            return _compare_payloads("text/plain", expected.value, observed.value, settings)
        return Judgement(Verdict.DIFFERENT, (Because("error-type", f"{expected.name} became {observed.name}"),))
    return Judgement(Verdict.DIFFERENT, (Because("output-type", f"{kind_of(expected)} became {kind_of(observed)}"),))


def _compare_displays(expected: Display, observed: Display, settings: Settings) -> OutputComparison:
    judgements: dict[str, Judgement] = {}
    for mime in expected.data | observed.data:
        if mime in expected.data and mime in observed.data:
            judgements[mime] = _compare_payloads(mime, expected.data[mime], observed.data[mime], settings)
        else:
            judgements[mime] = Judgement(Verdict.MISSING if mime in expected.data else Verdict.EXTRA)
    verdict = worst(judgement.verdict for judgement in judgements.values())
    kind = next((mime for mime, judgement in judgements.items() if judgement.verdict is verdict), "text/plain")
    because = tuple(reason for judgement in judgements.values() for reason in judgement.because)
    representations = tuple((mime, judgement.verdict) for mime, judgement in judgements.items())
    return OutputComparison(kind, verdict, because, expected, observed, representations=representations)


def _compare_payloads(mime: str, expected: Any, observed: Any, settings: Settings) -> Judgement:  # noqa: ANN401 - text or JSON
    if expected is observed or (isinstance(expected, str) and expected == observed):
        return _IDENTICAL
    return comparer_for(mime)(expected, observed, settings)
