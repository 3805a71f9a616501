"""One step held against another: which outputs count, and which could not be compared."""

from __future__ import annotations

from dataclasses import replace

from nbrepro.comparison.output_rules import OUTPUT_ORDER
from nbrepro.comparison.outputs import compare_output, kind_of
from nbrepro.comparison.pairing import pair_outputs, same_order
from nbrepro.comparison.partial import compare_partial, why_partial
from nbrepro.comparison.settings import Settings
from nbrepro.model import Because, Output, OutputComparison, Step, StepComparison, StepStatus, Verdict, worst

_NOT_RUN = Because("not-run", "the step did not run")
_NEVER_SAVED = Because("never-saved", "the step had not run when the notebook was saved: nothing is expected of it")
_ORDER = Because(OUTPUT_ORDER, "printed text and displays came in another order")


def compare_step(expected: Step | None, observed: Step | None, settings: Settings) -> StepComparison:
    """Compares the outputs of two steps; None stands for a step that was added or removed, never both."""
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
    if expected is None or observed is None:
        pairs = pair_outputs(expected.outputs if expected else (), observed.outputs if observed else ())
        return tuple(compare_output(before, after, settings) for before, after in pairs)
    pairs = pair_outputs(expected.outputs, observed.outputs)
    if why := _why_not(expected, observed):
        return tuple(not_compared(before, after, why, settings) for before, after in pairs)
    if partial := why_partial(expected, observed):
        return tuple(compare_partial(before, after, partial, settings) for before, after in pairs)
    outputs = tuple(compare_output(before, after, settings) for before, after in pairs)
    if len(pairs) > 1 and not same_order(expected.outputs, observed.outputs):
        return tuple(_reordered(output, settings) for output in outputs)
    return outputs


def _why_not(expected: Step, observed: Step) -> Because | None:
    if observed.status is StepStatus.NOT_RUN:
        return _NOT_RUN
    return _NEVER_SAVED if expected.status is StepStatus.NOT_RUN else None


def is_left_out(output: OutputComparison) -> bool:
    """Whether an output was not held against anything because one of the steps did not run."""
    return any(reason in (_NOT_RUN, _NEVER_SAVED) for reason in output.because)


def not_compared(expected: Output | None, observed: Output | None, why: Because, settings: Settings) -> OutputComparison:
    """The outcome for two outputs that can't be compared, and why."""
    """The outcome for two outputs that can't be compared, and why."""
    kind = kind_of(expected or observed)
    judged = kind != "stderr" or settings.judge_stderr
    return OutputComparison(kind, Verdict.NOT_COMPARED, (why,), expected, observed, judged)


def _reordered(output: OutputComparison, settings: Settings) -> OutputComparison:
    """Another order is named at what was printed; it is no difference by itself, unless that is asked for."""
    if output.kind != "stdout" or not output.verdict.is_same:
        return output
    verdict = Verdict.EQUIVALENT if output.verdict is Verdict.IDENTICAL else output.verdict
    verdict = verdict if settings.allows(_ORDER.slug) else Verdict.DIFFERENT
    return replace(output, verdict=verdict, because=(*output.because, _ORDER))
