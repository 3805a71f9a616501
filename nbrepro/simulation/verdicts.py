"""The verdict of one answer about a value: right as its publication counts, and beside it in what sense it's nearly so."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from nbrepro.model import Because, Verdict
from nbrepro.simulation.literals import UNREADABLE, Named, numbers_of, read_value, same_value
from nbrepro.simulation.mistakes import Mistake, value_mistake

RELATIVE_TOLERANCE = 1e-6
_FENCE = re.compile(r"^```[\w-]*\n?(.*?)\n?```$", re.DOTALL)
_SENTENCE = re.compile(
    r"^(?:the\s+)?(?:final\s+)?(?:output|answer|result|value|it)\b(?:\s+(?:is|will be|returns))?\s*:?\s+(.*?)\.?$",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class AnswerVerdict:
    """What can be said of one answer."""

    is_right: bool
    """As CRUXEval and LiveCodeBench count: Python's `==` holds between the stated and the real value."""
    is_readable: bool
    """Whether the answer is a literal."""
    verdict: Verdict
    """Among the layers: identical, equivalent, close, different; missing where there is no answer."""
    because: tuple[Because, ...] = ()
    """The names of the layers that were needed, or what differs."""
    mistake: Mistake | None = None
    """What kind of mistake it is; None for a right answer."""


def judge(stated: str | None, real: str, *, holds: bool | None = None) -> AnswerVerdict:
    """Judge a stated value against the `repr` of the real one.

    Args:
        stated: the text of the answer; None where there is none.
        real: `repr` of the real value.
        holds: whether `assert real == stated` ran through, for an answer or a value that is no literal; None where it
            was not run, and then such an answer is wrong.

    >>> judge("[1,2]", "[1, 2]").verdict, judge("3", "3.0").is_right, judge("(1, 2)", "[1, 2]").is_right
    (<Verdict.EQUIVALENT: 'equivalent'>, True, False)
    """
    if stated is None or not stated.strip():
        return AnswerVerdict(
            is_right=False, is_readable=False, verdict=Verdict.MISSING, because=(Because("no-answer", "there is no answer"),)
        )
    value, expected = read_value(stated), _read_real(real)
    if stated == real:
        return AnswerVerdict(is_right=holds is not False, is_readable=value is not UNREADABLE, verdict=Verdict.IDENTICAL)
    if value is UNREADABLE or expected is UNREADABLE:
        return _judged_by_running(stated, real, expected, holds=bool(holds), is_readable=value is not UNREADABLE)
    equal = _is_equal(value, expected) if holds is None else holds
    layers = _layers(stated, value, expected)
    if layers:
        return AnswerVerdict(is_right=equal, is_readable=True, verdict=_verdict_of(layers), because=layers)
    return _different(stated, real, value_mistake(value, expected) or Mistake.OTHER_VALUE, is_readable=True, is_right=equal)


@lru_cache(maxsize=1024)
def _read_real(real: str) -> Any:  # noqa: ANN401 - any literal
    return read_value(real)


def _is_equal(value: Any, expected: Any) -> bool:  # noqa: ANN401 - any literal
    try:
        return bool(value == expected)
    except RecursionError:
        return False


def _judged_by_running(stated: str, real: str, expected: Any, *, holds: bool, is_readable: bool) -> AnswerVerdict:  # noqa: ANN401
    """The verdict of what is no literal: only a run can tell whether it is right."""
    if holds:
        reason = Because("python-equality", f"{stated[:80]} is no literal, but equal when it is evaluated")
        return AnswerVerdict(is_right=True, is_readable=is_readable, verdict=Verdict.EQUIVALENT, because=(reason,))
    layers = tuple(_textual_layers(stated, real, expected))
    if layers:
        return AnswerVerdict(is_right=False, is_readable=is_readable, verdict=Verdict.EQUIVALENT, because=layers, mistake=_notation(layers))
    mistake = Mistake.OTHER_VALUE if is_readable else Mistake.UNPARSEABLE
    return _different(stated, real, mistake, is_readable=is_readable, is_right=False)


def _notation(layers: tuple[Because, ...]) -> Mistake:
    return Mistake.QUOTES_LOST if layers[0].slug == "quotes-lost" else Mistake.PROSE_VALUE


def _different(stated: str, real: str, mistake: Mistake, *, is_readable: bool, is_right: bool) -> AnswerVerdict:
    reason = Because(mistake.value, f"stated {stated.strip()[:80]}, really {real[:80]}")
    return AnswerVerdict(
        is_right=is_right, is_readable=is_readable, verdict=Verdict.DIFFERENT, because=(reason,), mistake=None if is_right else mistake
    )


def _verdict_of(layers: tuple[Because, ...]) -> Verdict:
    return Verdict.CLOSE if any(reason.deviation is not None for reason in layers) else Verdict.EQUIVALENT


Layer = Callable[[Any, Any], Because | None]


def _layers(stated: str, value: Any, expected: Any) -> tuple[Because, ...]:  # noqa: ANN401 - any literal
    """The first layer in which both are equal, with the ones that it needs; empty where there is none."""
    if same_value(value, expected):
        return (Because("literal-spelling", f"{stated.strip()[:80]} is written in another way"),)
    for layer in (_python_equality, _key_order, _number_tolerance, _sequence_types):
        reason = layer(value, expected)
        if reason:
            return (reason,)
    return ()


def _python_equality(value: Any, expected: Any) -> Because | None:  # noqa: ANN401
    if _is_equal(value, expected) and not isinstance(expected, (dict, Named)):
        return Because("python-equality", "equal for Python, though of another type")
    return None


def _key_order(value: Any, expected: Any) -> Because | None:  # noqa: ANN401
    if isinstance(value, dict) and _is_equal(value, expected):
        return Because("key-order", "the same keys and values, in another order or of another number type")
    return None


def _number_tolerance(value: Any, expected: Any) -> Because | None:  # noqa: ANN401
    """Equal up to a relative deviation of 1e-6 in floating-point numbers; integers are exact."""
    numbers, wanted = list(numbers_of(value)), list(numbers_of(expected))
    if len(numbers) != len(wanted) or not any(isinstance(number, float) for number in wanted):
        return None
    if not same_value(_without_numbers(value), _without_numbers(expected)):
        return None
    deviations = [_deviation(one, other) for one, other in zip(numbers, wanted, strict=True)]
    largest = max(deviations)
    if largest > RELATIVE_TOLERANCE:
        return None
    return Because("number-tolerance", f"numbers deviate by at most {largest:.1e}", largest)


def _deviation(one: float, other: float) -> float:
    if one == other or (math.isnan(one) and math.isnan(other)):
        return 0.0
    if isinstance(other, int) or not math.isfinite(other) or other == 0:
        return math.inf
    return abs(one - other) / abs(other)


def _without_numbers(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, (list, tuple)) and not isinstance(value, Named):
        return type(value)(_without_numbers(element) for element in value)
    if isinstance(value, dict):
        return [(_without_numbers(key), _without_numbers(element)) for key, element in value.items()]
    return value


def _sequence_types(value: Any, expected: Any) -> Because | None:  # noqa: ANN401
    if same_value(_as_lists(value), _as_lists(expected)):
        return Because("sequence-types", "the same elements in another kind of sequence")
    return None


def _as_lists(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, (list, tuple)) and not isinstance(value, Named):
        return [_as_lists(element) for element in value]
    if isinstance(value, dict):
        return {key: _as_lists(element) for key, element in value.items()}
    return value


def _textual_layers(stated: str, real: str, expected: Any) -> Iterator[Because]:  # noqa: ANN401
    """What could be meant by a text that is no literal. None of it makes an answer right."""
    text = stated.strip()
    if isinstance(expected, str) and text in {expected, f"'{expected}", f'"{expected}', f"{expected}'", f'{expected}"'}:
        yield Because("quotes-lost", "the text itself, without the quotation marks of a literal")
        return
    for slug, pattern in (("code-fence", _FENCE), ("surrounding-prose", _SENTENCE)):
        match = pattern.match(text)
        if match and same_value(read_value(match.group(1).strip("` \n")), expected):
            yield Because(slug, f"{match.group(1).strip()[:80]} stands in other text")
            return
    inner = text.partition("==")[2]
    if inner and expected is not UNREADABLE and same_value(read_value(inner), expected):
        yield Because("whole-assertion", f"{inner.strip()[:80]} stands behind ==")
        return
    if "".join(text.split()) == "".join(real.split()):
        yield Because("whitespace", "equal but for blanks")
