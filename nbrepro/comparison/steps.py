"""One step held against another: which outputs count, and what could not be compared."""

from __future__ import annotations

from nbrepro.comparison.outputs import compare_output
from nbrepro.comparison.pairing import pair_outputs
from nbrepro.comparison.settings import Settings
from nbrepro.model import Because, Output, OutputComparison, Step, StepComparison, StepStatus, Stream, Verdict, worst

_NOT_RUN = Because("not-run", "The step did not run.")
_NEVER_SAVED = Because("never-saved", "The cell was never run before it was saved: nothing is expected of it.")


def compare_step(expected: Step | None, observed: Step | None, settings: Settings) -> StepComparison:
    """Compares the outputs of two steps; None stands for a step that was added or removed."""
    outputs = _compare_outputs(expected, observed, settings)
    return StepComparison(
        index=_index(observed, expected),
        verdict=worst(output.verdict for output in outputs if output.judged),
        outputs=outputs,
        status=observed.status if observed else StepStatus.NOT_RUN,
        expected_index=expected.index if expected else None,
        observed_index=observed.index if observed else None,
        source_changed=expected is not None and observed is not None and expected.source != observed.source,
    )


def _index(observed: Step | None, expected: Step | None) -> int:
    return next(step.index for step in (observed, expected) if step)


def _compare_outputs(expected: Step | None, observed: Step | None, settings: Settings) -> tuple[OutputComparison, ...]:
    pairs = pair_outputs(expected.outputs if expected else (), observed.outputs if observed else ())
    if expected and observed and (why := _why_not(expected, observed)):
        return tuple(_not_compared(before, after, why, settings) for before, after in pairs)
    return tuple(compare_output(before, after, settings) for before, after in pairs)


def _why_not(expected: Step, observed: Step) -> Because | None:
    if observed.status is StepStatus.NOT_RUN:
        return _NOT_RUN
    return _NEVER_SAVED if expected.status is StepStatus.NOT_RUN else None


def _not_compared(expected: Output | None, observed: Output | None, why: Because, settings: Settings) -> OutputComparison:
    output = expected or observed
    name = output.name if isinstance(output, Stream) else "output"
    return OutputComparison(name, Verdict.NOT_COMPARED, (why,), expected, observed, judged=name != "stderr" or settings.judge_stderr)
