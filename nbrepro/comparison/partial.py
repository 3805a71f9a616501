"""Steps whose outputs are not all there: cut at the limit on output size, or of a step that was stopped."""

from __future__ import annotations

from dataclasses import dataclass, replace

from nbrepro.comparison.outputs import compare_output
from nbrepro.comparison.settings import Settings
from nbrepro.model import Because, ErrorOutput, Output, OutputComparison, Step, StepStatus, Stream, Verdict

_STOPPED = {
    StepStatus.TIMED_OUT: Because("step-timed-out", "the step was stopped at its time limit: what it would have put out is not known"),
    StepStatus.INTERRUPTED: Because("step-interrupted", "the step was interrupted: what it would have put out is not known"),
}


@dataclass(frozen=True, slots=True)
class Partial:
    """Which side lacks outputs, and why."""

    why: Because
    expected: bool
    observed: bool
    stopped: bool = False


def why_partial(expected: Step, observed: Step) -> Partial | None:
    """None where all outputs of both steps are there."""
    if stopped := _STOPPED.get(observed.status):
        return Partial(stopped, bool(expected.cut_bytes), observed=True, stopped=True)
    cut = expected.cut_bytes or observed.cut_bytes
    if not cut:
        return None
    why = Because("output-cut", f"{cut} bytes of output were thrown away at the limit on output size: equal beginnings prove nothing")
    return Partial(why, bool(expected.cut_bytes), bool(observed.cut_bytes))


def compare_partial(expected: Output | None, observed: Output | None, partial: Partial, settings: Settings) -> OutputComparison:
    """Compares what was kept: it can be `different`, but a stream whose beginning is the same is `not-compared`.

    Displays and errors are kept whole or not at all, so they get their own verdict; one that lacks where outputs were
    thrown away, and the error by which a step was stopped, are `not-compared`.
    """
    if isinstance(expected, Stream) and isinstance(observed, Stream):
        kept = _same_lines(expected, observed, partial)
        compared = compare_output(*kept, settings)
        if compared.verdict is Verdict.DIFFERENT:
            return replace(compared, expected=expected, observed=observed)
        return replace(compared, verdict=Verdict.NOT_COMPARED, because=(partial.why,), expected=expected, observed=observed)
    compared = compare_output(expected, observed, settings)
    unknown = (observed is None and partial.observed) or (expected is None and partial.expected)
    if unknown or (partial.stopped and expected is None and isinstance(observed, ErrorOutput)):
        return replace(compared, verdict=Verdict.NOT_COMPARED, because=(partial.why,))
    return compared


def _same_lines(expected: Stream, observed: Stream, partial: Partial) -> tuple[Stream, Stream]:
    """As many whole lines of both as the side that lacks outputs has."""
    lacking = [stream.text.count("\n") for stream, lacks in ((expected, partial.expected), (observed, partial.observed)) if lacks]
    first, second = ("\n".join(stream.text.split("\n")[: min(lacking)]) for stream in (expected, observed))
    return replace(expected, text=first), replace(observed, text=second)
