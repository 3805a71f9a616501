"""Two texts that are equal but for their numbers: do the numbers agree?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from nbrepro.comparison.numbers import NUMBER, NUMBER_TOLERANCE, PRINTED_PRECISION, Agreement, agree, read_number, surely_differ
from nbrepro.comparison.settings import ARRAY_RESIDUE, Settings
from nbrepro.model import Because, Verdict

_VERSION_BEFORE = re.compile(r"(?i)(?:version|release|python|numpy|scipy|pandas|matplotlib|tensorflow|torch|[=><~!]=|\bv)[\s:'\"]*\Z")
_CONTEXT = 20
_ARRAY = re.compile(r"\s*+(?:(?:array|matrix|tensor)\(|\[++\s*+[-+.\w]++(?:\s++[-+.\w]++)*+[\]\s])")
"""How a printed array begins: with its name, or with a row of numbers that blanks part and not commas."""
_LONG = 20_000
_ANYTHING = Settings(relative_tolerance=2.0, exact_integers=False, disabled=frozenset({PRINTED_PRECISION}))
"""Settings under which any two numbers agree, so that their deviation is told."""
_IN_NUMBERS = dict.fromkeys(map(ord, "0123456789+-\u2212.,eEjJnNaAiIfFtTyY"))
"""Characters that may occur in a number: texts that differ in others differ in more than numbers, which is quick to see."""
_MESSAGES = {
    Agreement.FORMAT: "{count} written differently with the same value: {expected} for {observed}",
    Agreement.PRECISION: "{count} shown with other digits: the largest relative deviation is {deviation:.2g} ({expected} for {observed})",
    Agreement.TOLERANCE: "{count} within the tolerance: the largest deviation is {deviation:.2g} ({expected} for {observed})",
}


@dataclass(frozen=True, slots=True)
class _Use:
    """How often one kind of agreement was needed, with its worst pair."""

    count: int
    deviation: float
    expected: str
    observed: str


def compare_numeric(expected: str, observed: str, settings: Settings) -> tuple[Because, ...] | None:
    """Why two unequal texts agree: one reason for each rule on numbers that was needed; None if they don't agree.

    They agree if the text between the numbers is equal and all numbers are equal or agree by a rule.
    """
    if expected.translate(_IN_NUMBERS) != observed.translate(_IN_NUMBERS):
        return None
    return _compare(expected, observed, settings)


def _compare(expected: str, observed: str, settings: Settings) -> tuple[Because, ...] | None:
    """The same of two texts that are known to be equal but for characters that may occur in numbers."""
    settings = _for_arrays(expected, observed, settings)
    if _words_surely_differ(expected, observed, settings):
        return None
    pairs = _pairs(expected, observed)
    if pairs is None:
        return None
    uses: dict[Agreement, _Use] = {}
    rounded_sides: set[bool] = set()
    for before, first, second in pairs:
        agreement = agree(first, second, settings)
        if agreement is None or (agreement[0] is not Agreement.TOLERANCE and _VERSION_BEFORE.search(before[-_CONTEXT:])):
            return None
        kind, deviation = agreement
        if kind is Agreement.PRECISION:
            rounded_sides.add(len(first) < len(second))
        uses[kind] = _more(uses.get(kind), deviation, first, second)
    # A print option shortens one side; digits that come and go on both sides are other results.
    if len(rounded_sides) > 1:
        return None
    return tuple(_because(kind, uses[kind]) for kind in Agreement if kind in uses)


def lines_agree(expected: Sequence[str], observed: Sequence[str], settings: Settings) -> Callable[[int, int], bool]:
    """A test whether two unequal lines, given by their positions, agree in their numbers, as `compare_numeric` says.

    >>> agree = lines_agree(["a 1.0", "a 2"], ["a 1.00", "b 2"], Settings())
    >>> agree(0, 0), agree(1, 1)
    (True, False)
    """
    first, second = ("\n".join(lines).translate(_IN_NUMBERS).split("\n") for lines in (expected, observed))
    return lambda i, j: first[i] == second[j] and _compare(expected[i], observed[j], settings) is not None


def verdict_of(reasons: tuple[Because, ...]) -> Verdict:
    """`close` if a tolerance was needed, else `equivalent`."""
    return Verdict.CLOSE if any(reason.slug == NUMBER_TOLERANCE for reason in reasons) else Verdict.EQUIVALENT


def largest_deviation(expected: str, observed: str) -> float | None:
    """Largest relative deviation of the numbers of two lines; None if they differ in more than numbers or are very long."""
    if len(expected) > _LONG or expected.translate(_IN_NUMBERS) != observed.translate(_IN_NUMBERS):
        return None
    pairs = _pairs(expected, observed)
    if pairs is None:
        return None
    found = [agree(first, second, _ANYTHING) for _, first, second in pairs]
    return max((agreement[1] for agreement in found if agreement is not None), default=None)


def _for_arrays(expected: str, observed: str, settings: Settings) -> Settings:
    """Settings that take what rounding leaves of zero in a printed array for zero."""
    if not (_ARRAY.match(expected) and _ARRAY.match(observed)):
        return settings
    sizes = [abs(number.value) for text in NUMBER.findall(expected) if (number := read_number(text)) is not None]
    largest = max((size for size in sizes if size < float("inf")), default=0.0)
    return replace(settings, absolute_tolerance=max(settings.absolute_tolerance, ARRAY_RESIDUE * largest))


def _words_surely_differ(expected: str, observed: str, settings: Settings) -> bool:
    """Whether two words of the texts are numbers that no rule equates, or the words can't be paired."""
    first, second = expected.split(), observed.split()
    if len(first) != len(second):
        return True  # no rule on numbers makes or removes blanks
    for a, b in zip(first, second, strict=True):  # noqa: SIM110 (faster than any() with a generator, and asked for every line)
        if a != b and surely_differ(a, b, settings):
            return True
    return False


def _pairs(expected: str, observed: str) -> Iterator[tuple[str, str, str]] | None:
    """The text before, the expected and the observed number wherever two numbers differ; None if the texts differ otherwise."""
    expected, observed = _changed_lines(expected, observed)
    first, second = NUMBER.split(expected), NUMBER.split(observed)
    if len(first) != len(second) or first[::2] != second[::2]:
        return None
    return ((text, a, b) for text, a, b in zip(first[::2], first[1::2], second[1::2], strict=False) if a != b)


def _changed_lines(expected: str, observed: str) -> tuple[str, str]:
    """The lines that differ, if both texts have equally many: no number is longer than a line."""
    if "\n" not in expected or expected.count("\n") != observed.count("\n"):
        return expected, observed
    pairs = [pair for pair in zip(expected.split("\n"), observed.split("\n"), strict=True) if pair[0] != pair[1]]
    return "\n".join(pair[0] for pair in pairs), "\n".join(pair[1] for pair in pairs)


def _more(use: _Use | None, deviation: float, expected: str, observed: str) -> _Use:
    if use is None:
        return _Use(1, deviation, expected, observed)
    if deviation > use.deviation:
        return _Use(use.count + 1, deviation, expected, observed)
    return _Use(use.count + 1, use.deviation, use.expected, use.observed)


def _because(kind: Agreement, use: _Use) -> Because:
    count = "1 number is" if use.count == 1 else f"{use.count} numbers are"
    message = _MESSAGES[kind].format(count=count, deviation=use.deviation, expected=use.expected, observed=use.observed)
    return Because(kind.value, message, None if kind is Agreement.FORMAT else use.deviation)
