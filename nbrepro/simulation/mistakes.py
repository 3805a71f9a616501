"""Kinds of mistakes in values: what a wrong value has in common with the right one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from nbrepro.simulation.literals import same_value


class Tier(StrEnum):
    """How deep a divergence goes."""

    NOTATION = "notation"
    """Only how it's written differs."""
    TRANSMISSION = "transmission"
    """The trace is right and the answer isn't, or the reverse."""
    VALUE = "value"
    PATH = "path"
    CAUSE = "cause"
    """Which misunderstanding of the language or of the code is behind it."""


class Mistake(StrEnum):
    """Sub-classes of divergences, named by tier and kind."""

    UNPARSEABLE = "unparseable"
    UNSET_MARKER = "unset-marker"
    CONVENTION_SHIFT = "convention-shift"
    MERGED_ROW = "merged-row"
    PROSE_VALUE = "prose-value"
    ROW_NOT_EXECUTED = "row-not-executed"
    PROSE_ROW = "prose-row"
    INNER_ITERATION = "inner-iteration"
    QUOTES_LOST = "quotes-lost"

    MISREPORTED_OUTPUT = "misreported-output"
    LUCKY_ANSWER = "lucky-answer"
    INPUT_MISREAD = "input-misread"

    OFF_BY_ONE = "off-by-one"
    SIGN = "sign"
    ARITHMETIC = "arithmetic"
    BOOLEAN = "boolean"
    TEXT_CONTENT = "text-content"
    TEXT_LENGTH = "text-length"
    ELEMENT = "element"
    ELEMENTS = "elements"
    ORDER = "order"
    LENGTH = "length"
    TYPE = "type"
    FLOAT_FORMAT = "float-format"
    STALE_VALUE = "stale-value"
    SCOPE = "scope"
    OTHER_VALUE = "other-value"

    BRANCH_FLIPPED = "branch-flipped"
    LOOP_SHORT = "loop-short"
    LOOP_LONG = "loop-long"
    ITERATION_SKIPPED = "iteration-skipped"
    ITERATION_REPEATED = "iteration-repeated"
    EARLY_EXIT = "early-exit"
    LINE_SKIPPED = "line-skipped"
    PHANTOM_LINE = "phantom-line"
    WRONG_RETURN = "wrong-return"
    EXCEPTION_MISSED = "exception-missed"
    EXCEPTION_INVENTED = "exception-invented"
    EXCEPTION_TYPE = "exception-type"

    NATIVE_CALL = "native-call"
    INDEXING = "indexing"
    HALLUCINATED_CODE = "hallucinated-code"
    SHORTCUT = "shortcut"
    CUT_OFF = "cut-off"

    @property
    def tier(self) -> Tier:
        """The tier it belongs to."""
        return _TIER_OF[self]


_LAST_OF_TIER = {
    Tier.NOTATION: Mistake.QUOTES_LOST,
    Tier.TRANSMISSION: Mistake.INPUT_MISREAD,
    Tier.VALUE: Mistake.OTHER_VALUE,
    Tier.PATH: Mistake.EXCEPTION_TYPE,
    Tier.CAUSE: Mistake.CUT_OFF,
}


def _tiers() -> dict[Mistake, Tier]:
    found, tiers = {}, iter(_LAST_OF_TIER)
    tier = next(tiers)
    for mistake in Mistake:
        found[mistake] = tier
        if mistake is _LAST_OF_TIER[tier]:
            tier = next(tiers, tier)
    return found


_TIER_OF = _tiers()


def value_mistake(stated: Any, real: Any) -> Mistake | None:  # noqa: ANN401, PLR0911 - one return for each type
    """What is wrong with a stated value; None where it is equal in value and type.

    >>> value_mistake(6, 5), value_mistake([3, 1], [1, 3]), value_mistake("ab", "abc")
    (<Mistake.OFF_BY_ONE: 'off-by-one'>, <Mistake.ORDER: 'order'>, <Mistake.TEXT_LENGTH: 'text-length'>)
    """
    if same_value(stated, real):
        return None
    if isinstance(real, bool) and isinstance(stated, bool):
        return Mistake.BOOLEAN
    if _is_number(stated) and _is_number(real):
        return _number_mistake(stated, real)
    if type(stated) is not type(real):
        return Mistake.TYPE
    if isinstance(real, (str, bytes)):
        return Mistake.TEXT_CONTENT if len(stated) == len(real) else Mistake.TEXT_LENGTH
    if isinstance(real, (list, tuple)):
        return _sequence_mistake(stated, real)
    if isinstance(real, dict):
        return _mapping_mistake(stated, real)
    if isinstance(real, (set, frozenset)):
        return _set_mistake(stated, real)
    return Mistake.OTHER_VALUE


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _number_mistake(stated: float, real: float) -> Mistake:
    if stated == real:
        return Mistake.SIGN if repr(stated) == repr(-real) else Mistake.FLOAT_FORMAT
    if stated == -real:
        return Mistake.SIGN
    if isinstance(real, float) and isinstance(stated, float) and _is_rounding(stated, real):
        return Mistake.FLOAT_FORMAT
    return Mistake.OFF_BY_ONE if abs(stated - real) == 1 else Mistake.ARITHMETIC


def _is_rounding(stated: float, real: float) -> bool:
    """Whether the stated number is the real one written with fewer digits, at least three of them."""
    return any(float(f"{real:.{digits}g}") == stated for digits in range(3, 17))


def _sequence_mistake(stated: Sequence[Any], real: Sequence[Any]) -> Mistake:
    if len(stated) != len(real):
        return Mistake.LENGTH
    if sorted(map(repr, stated)) == sorted(map(repr, real)):
        return Mistake.ORDER
    wrong = sum(not same_value(one, other) for one, other in zip(stated, real, strict=True))
    return Mistake.ELEMENT if wrong == 1 else Mistake.ELEMENTS


def _mapping_mistake(stated: dict[Any, Any], real: dict[Any, Any]) -> Mistake:
    if len(stated) != len(real):
        return Mistake.LENGTH
    if Counter(_pairs(stated)) == Counter(_pairs(real)):
        return Mistake.ORDER
    wrong = sum((Counter(_pairs(real)) - Counter(_pairs(stated))).values())
    return Mistake.ELEMENT if wrong == 1 else Mistake.ELEMENTS


def _pairs(mapping: dict[Any, Any]) -> list[str]:
    return [repr(pair) for pair in mapping.items()]


def _set_mistake(stated: Any, real: Any) -> Mistake:  # noqa: ANN401 - set or frozenset
    if len(stated) != len(real):
        return Mistake.LENGTH
    return Mistake.ELEMENT if len(real - stated) == 1 else Mistake.ELEMENTS
