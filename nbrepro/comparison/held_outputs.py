"""What a page shows inside of widgets: it is compared as if it stood below the cell that shows the widget."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from nbrepro.comparison.outputs import compare_output
from nbrepro.comparison.pairing import pair_outputs
from nbrepro.comparison.partial import Partial, compare_partial
from nbrepro.comparison.settings import Settings
from nbrepro.comparison.steps import is_left_out, not_compared
from nbrepro.comparison.widgets import with_state
from nbrepro.model import Because, Display, Execution, Output, OutputComparison, StepComparison, Verdict, Widget, worst
from nbrepro.notebooks.widgets import VIEW_MIME_TYPE, model_of, within

_CUT = "bytes of output in a widget were thrown away at the limit on output size: equal beginnings prove nothing"
_NOT_SAVED = Because("widget-state", "it stands in a widget, and the notebook that is expected was saved without the state of its widgets")
_NOT_OBSERVED = Because("widget-state", "it stands in a widget whose state is not known of the observed side: it was closed, or not saved")
_NO_WIDGET = Widget("")


@dataclass(slots=True)
class HeldOutputs:
    """Adds to the comparison of steps what their widgets show and what `Output` widgets hold; each widget counts once."""

    expected: Mapping[str, Widget]
    observed: Mapping[str, Widget]
    settings: Settings
    _seen: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def of(cls, expected: Execution, observed: Execution, settings: Settings) -> HeldOutputs | None:
        """None where no side keeps the state of any widget, so that there is nothing to add."""
        return cls(expected.widgets, observed.widgets, settings) if expected.widgets or observed.widgets else None

    def added_to(self, step: StepComparison) -> StepComparison:
        """The comparison of a step with everything that its widgets show."""
        if not any(_model(side) for output in step.outputs for side in (output.expected, output.observed)):
            return step
        outputs = tuple(self._opened(step.outputs))
        return replace(step, outputs=outputs, verdict=worst(output.verdict for output in outputs if output.judged))

    def _opened(self, outputs: Iterable[OutputComparison]) -> Iterable[OutputComparison]:
        for output in outputs:
            models = _model(output.expected), _model(output.observed)
            if not any(models) or models in self._seen:
                yield output
                continue
            self._seen.add(models)
            yield from (self._with_states(output), *self._opened(self._held(output, models)))

    def _with_states(self, output: OutputComparison) -> OutputComparison:
        """The comparison of two views that know the states of their models."""
        expected, observed = output.expected, output.observed
        if not isinstance(expected, Display) or not isinstance(observed, Display) or is_left_out(output):
            return output
        model = _model(expected)
        if output.verdict is Verdict.IDENTICAL and within(model, self.expected) == within(model, self.observed):
            return output  # a notebook held against itself, whatever of its widgets was saved
        first, second = _with_state(expected, self.expected), _with_state(observed, self.observed)
        return replace(compare_output(first, second, self.settings), expected=expected, observed=observed)

    def _held(self, output: OutputComparison, models: tuple[str, str]) -> list[OutputComparison]:
        """Comparisons of what the `Output` widgets in two views hold."""
        why = output.because[0] if is_left_out(output) else self._not_known(models)
        before, after = _output_widgets(models[0], self.expected), _output_widgets(models[1], self.observed)
        compared: list[OutputComparison] = []
        for first, second in zip_longest(before, after, fillvalue=_NO_WIDGET):
            pairs = pair_outputs(first.outputs, second.outputs)
            compared += (self._compare(pair, first, second) if why is None else not_compared(*pair, why, self.settings) for pair in pairs)
        return compared

    def _not_known(self, models: tuple[str, str]) -> Because | None:
        """Why what two views hold can't be compared: one side does not keep the state of the widget."""
        if models[0] and models[0] not in self.expected:
            return _NOT_SAVED
        return _NOT_OBSERVED if models[1] and models[1] not in self.observed else None

    def _compare(self, pair: tuple[Output | None, Output | None], first: Widget, second: Widget) -> OutputComparison:
        cut = first.cut_bytes or second.cut_bytes
        if not cut:
            return compare_output(*pair, self.settings)
        why = Because("output-cut", f"{cut} {_CUT}")
        return compare_partial(*pair, Partial(why, bool(first.cut_bytes), bool(second.cut_bytes)), self.settings)


def _output_widgets(model: str, widgets: Mapping[str, Widget]) -> list[Widget]:
    return [widget for widget in within(model, widgets) if widget.is_output]


def _model(output: Output | None) -> str:
    """The id of the widget that an output shows; empty where it shows none."""
    return model_of(output.data.get(VIEW_MIME_TYPE)) if isinstance(output, Display) else ""


def _with_state(display: Display, widgets: Mapping[str, Widget]) -> Display:
    return (
        replace(display, data={**display.data, VIEW_MIME_TYPE: with_state(display.data[VIEW_MIME_TYPE], widgets)})
        if _model(display)
        else display
    )
