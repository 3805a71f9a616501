"""Numbers: what counts as one in a text, and when two of them are equal, written differently, or close.

Dates, versions, clock times, ranges, ids and identifiers such as `x1` are no numbers: they must be equal as text.
"""

from __future__ import annotations

import cmath
import math
import re
from enum import Enum
from typing import NamedTuple

from nbrepro.comparison.settings import Settings

NUMBER_FORMAT = "number-format"
PRINTED_PRECISION = "printed-precision"
NUMBER_TOLERANCE = "number-tolerance"

SHOWN_DIGITS = 4
"""Significant digits that the shorter of two numbers must show before rounding may explain the difference.

Three digits would equate an accuracy of 0.973 with one of 0.9731, which are two results of two unseeded trainings; what
print options and Python 2 really shorten shows six digits or more, or small numbers with four.
"""

COARSEST = 10.0 ** (1 - SHOWN_DIGITS)
"""More than the largest relative deviation that rounding to so many digits makes, half a unit of the last one in 1000."""

_BODY = r"(?:(?:\d{1,3}(?:,\d{3})++(?!\d)|\d++)(?:\.\d*+)?+|\.\d++)(?:[eE][-+]?\d++)?+|(?:nan|NaN|NAN|inf|Inf|INF|[iI]nfinity)"
NUMBER = re.compile(
    rf"""
    (?<![\w.]) (?<![\d.][-:/\u2212])           # not inside a word, a version, a date, a time or a range
    ( [-+\u2212]? (?:{_BODY}) (?: [-+](?:{_BODY})[jJ] | [jJ] )?+ )
    (?! [\d_] | \.\d | [-:/\u2212]\d )         # nor its beginning
    (?! [^\W\d_]{{4}} | [^\W\d_]{{1,3}}[\d_] )  # a unit of up to three letters may follow: 1.5kB
    """,
    re.VERBOSE,
)
"""A number in a text; the one group holds it, so that `split` gives text and numbers in turn."""

_MANTISSA = re.compile(r"[-+]?([\d.]+)(?:[eE]([-+]?\d+))?\Z")
_THOUSANDS = re.compile(r"([-+]?\d{1,3}(?:,\d{3})*),(\d{3}(?:\.\d*)?)\Z")


class Agreement(Enum):
    """How two numbers agree."""

    FORMAT = NUMBER_FORMAT
    """The same value, written differently."""
    PRECISION = PRINTED_PRECISION
    """The one is the other, rounded to the fewer digits that it shows."""
    TOLERANCE = NUMBER_TOLERANCE
    """Within the tolerance."""


class Number(NamedTuple):
    """A number with the way in which it is written."""

    text: str
    value: complex
    is_integer: bool
    """Whether it is written as an integer: `1` is, `1.0` and `1e3` are not."""
    is_padded: bool
    """Whether it begins with zeros that an integer doesn't need, as ids and codes do: `007`."""


def read_number(text: str) -> Number | None:
    """The number that a text is, None if it is none (or too large to be told from infinity).

    >>> read_number("1,234.5").value
    (1234.5+0j)
    >>> read_number("1.2.3") is None
    True
    """
    stripped = text.strip()
    if not NUMBER.fullmatch(stripped):
        return None
    return _read(stripped)


def _read(text: str) -> Number | None:
    plain = text.replace("\u2212", "-").replace(",", "")
    try:
        value = complex(plain)
    except ValueError:
        return None
    if cmath.isinf(value) and plain[-1] not in "nfyNFY" and "n" not in plain:
        return None
    digits = plain.lstrip("+-")
    is_integer = digits.isdecimal()
    return Number(plain, value, is_integer, is_padded=is_integer and len(digits) > 1 and digits[0] == "0")


def surely_differ(expected: str, observed: str, settings: Settings) -> bool:
    """Whether two texts are numbers so far apart that no rule equates them: a cheap test before the exact one.

    >>> surely_differ("0.5", "0.7", Settings()), surely_differ("0.5", "0.50001", Settings()), surely_differ("0.5", "a", Settings())
    (True, False, False)
    """
    try:
        first, second = float(expected), float(observed)
    except ValueError:
        return False
    ratio = max(settings.relative_tolerance, COARSEST)
    return abs(first - second) > settings.absolute_tolerance + ratio * max(abs(first), abs(second))


def agree(expected: str, observed: str, settings: Settings) -> tuple[Agreement, float] | None:
    """How two numbers (as written) agree, with their relative deviation; None if they don't, or if they are no numbers.

    Where the difference lies within the absolute tolerance, the deviation is the difference itself: relative to a value
    that is zero but for rounding it would say nothing.

    >>> agree("1.", "1.0", Settings())
    (<Agreement.FORMAT: 'number-format'>, 0.0)
    >>> agree("1", "1.0", Settings()) is None
    True
    """
    if surely_differ(expected, observed, settings):
        return None
    first, second = _read(expected), _read(observed)
    if first is None or second is None or first.is_integer != second.is_integer or first.is_padded or second.is_padded:
        return None
    if _is_same_value(first, second):
        return (Agreement.FORMAT, 0.0) if settings.allows(NUMBER_FORMAT) else None
    if (first.is_integer and settings.exact_integers) or not _columns_agree(expected, observed, settings):
        return None
    deviation = _close(first.value, second.value, settings)
    if deviation is not None:
        return Agreement.TOLERANCE, deviation
    return _rounding(first, second, settings)


def _rounding(first: Number, second: Number, settings: Settings) -> tuple[Agreement, float] | None:
    if not (settings.allows(PRINTED_PRECISION) and is_rounded(first, second)):
        return None
    return Agreement.PRECISION, abs(first.value - second.value) / max(abs(first.value), abs(second.value))


def compare_numbers(expected: str | float, observed: str | float, settings: Settings) -> float | None:
    """Relative deviation of two single numbers that agree, 0.0 if they are equal; None if they differ or are no numbers.

    >>> compare_numbers(1.0, 1.0000001, Settings())
    9.999999...e-08
    >>> compare_numbers("100", "101", Settings()) is None
    True
    """
    first, second = str(expected).strip(), str(observed).strip()
    if not (NUMBER.fullmatch(first) and NUMBER.fullmatch(second)):
        return None
    if first == second:
        return 0.0
    agreement = agree(first, second, settings)
    return None if agreement is None else agreement[1]


def _is_same_value(first: Number, second: Number) -> bool:
    if first.is_integer:
        return _canonical_integer(first.text) == _canonical_integer(second.text)
    if cmath.isnan(first.value) and cmath.isnan(second.value):
        return _same_parts(first.value, second.value)
    return first.value == second.value


def _canonical_integer(text: str) -> str:
    # Not int(): Python refuses to read integers of more than 4300 digits.
    digits = text.lstrip("+-")
    return "-" + digits if text[0] == "-" and digits.strip("0") else digits


def _same_parts(first: complex, second: complex) -> bool:
    return all(a == b or (math.isnan(a) and math.isnan(b)) for a, b in ((first.real, second.real), (first.imag, second.imag)))


def _close(first: complex, second: complex, settings: Settings) -> float | None:
    difference = abs(first - second)
    if not math.isfinite(difference):
        return None
    if difference <= settings.absolute_tolerance:
        return difference
    largest = max(abs(first), abs(second))
    within = difference <= settings.absolute_tolerance + settings.relative_tolerance * largest
    return difference / largest if within else None


def _columns_agree(expected: str, observed: str, settings: Settings) -> bool:
    """Whether numbers with thousands separators agree even if the comma should separate two columns of a CSV file."""
    if "," not in expected and "," not in observed:
        return True
    first, second = _THOUSANDS.match(expected), _THOUSANDS.match(observed)
    if first is None or second is None or first[1] != second[1]:
        return False
    return _close(float(first[2]), float(second[2]), settings) is not None


def is_rounded(first: Number, second: Number) -> bool:
    """Whether the number with fewer digits is the other one, rounded, and shows at least `SHOWN_DIGITS` digits."""
    if abs(first.value - second.value) > COARSEST * max(abs(first.value), abs(second.value)):
        return False  # cheaper than to count digits, and true of nearly all numbers that differ
    shapes = _shape(first), _shape(second)
    if shapes[0] is None or shapes[1] is None:
        return False
    (digits, unit), (other_digits, other_unit) = shapes[0], shapes[1]
    if unit == other_unit or digits == other_digits or min(digits, other_digits) < SHOWN_DIGITS:
        return False
    coarse = max(unit, other_unit)
    return abs(first.value - second.value) <= 0.5 * coarse * (1 + 1e-9)


def _shape(number: Number) -> tuple[int, float] | None:
    """Significant digits shown, and the value of one unit in the last of them; None for complex and non-finite numbers."""
    match = _MANTISSA.match(number.text)
    if match is None or number.is_integer:
        return None
    whole, _, fraction = match[1].partition(".")
    exponent = int(match[2] or 0) - len(fraction)
    return len((whole + fraction).lstrip("0")), float(f"1e{exponent}")
