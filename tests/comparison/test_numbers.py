"""Numbers in text: what is one, and when two of them agree."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbrepro.comparison.numbers import NUMBER, compare_numbers, read_number
from nbrepro.comparison.settings import Settings
from nbrepro.comparison.text import compare_text
from nbrepro.model import Verdict


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("x = 1.5, y=-2", ["1.5", "-2"]),
        ("1e-05 2E+3 .5 3.", ["1e-05", "2E+3", ".5", "3."]),
        ("[ 1.  -2.]", ["1.", "-2."]),
        ("12.5% of 1,234,567.8", ["12.5", "1,234,567.8"]),
        ("(1+2j) 3.5j [1.-2.j]", ["1+2j", "3.5j", "1.-2.j"]),
        ("nan -inf NaN banana", ["nan", "-inf", "NaN"]),
        ("\u22121.5 1.5kB", ["\u22121.5", "1.5"]),
        ("It is 5. Then 6", ["5.", "6"]),
        ("version 1.2.3 and x1 and 0x1f", []),
        ("2020-01-02 10:11:12 1/2 555-1234 127.0.0.1:80", []),
        ("3f2a9c 12ab34 1st_id a_1", []),
    ],
)
def test_numbers_are_told_from_other_digits(text: str, numbers: list[str]) -> None:
    assert NUMBER.findall(text) == numbers


@pytest.mark.parametrize(
    ("expected", "observed", "deviation"),
    [
        (1.0, 1.0, 0.0),
        ("1.0", "1.0000001", pytest.approx(1e-7, rel=1e-3)),
        (100, 101, None),
        ("100", "100.0", None),
        ("1,000.5", "1000.5", 0.0),
        ("nan", "NaN", 0.0),
        ("inf", "-inf", None),
        ("inf", "1e308", None),
        ("1e-17", "-3e-17", None),
        ("abc", "abc", None),
        ("12e4567", "12e4568", None),
        ("-1.5", "1.5", None),
        ("1+2j", "1+2.0000001j", pytest.approx(4.5e-8, rel=0.1)),
        ("9" * 5000, "9" * 4999 + "8", None),
    ],
)
def test_single_numbers(expected: str | float, observed: str | float, deviation: float | None) -> None:
    assert compare_numbers(expected, observed, Settings()) == deviation


def test_tolerances_are_those_of_the_settings() -> None:
    assert compare_numbers(100.0, 101.0, Settings()) is None
    assert compare_numbers(100.0, 101.0, Settings(relative_tolerance=0.01)) == pytest.approx(1 / 101)
    assert compare_numbers(100.0, 101.0, Settings(absolute_tolerance=1.0)) == 1.0
    assert compare_numbers(100, 101, Settings(relative_tolerance=0.01)) is None
    assert compare_numbers(100, 101, Settings(relative_tolerance=0.01, exact_integers=False)) == pytest.approx(1 / 101)


def test_the_largest_deviation_is_reported() -> None:
    judgement = compare_text("1.0 2.0 3.0", "1.0000001 2.0000010 3.0", Settings())
    assert judgement.verdict is Verdict.CLOSE
    assert judgement.deviation == pytest.approx(5e-7, rel=1e-3)


def test_columns_of_a_csv_file_are_no_thousands() -> None:
    assert compare_text("999,100.001,5", "999,100.002,5", Settings()).verdict is Verdict.DIFFERENT


def test_a_changed_number_of_a_different_line_tells_its_deviation() -> None:
    judgement = compare_text("loss 0.5\nsame", "loss 1.0\nsame", Settings())
    assert judgement.verdict is Verdict.DIFFERENT
    assert judgement.deviation == pytest.approx(0.5)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_reads_as_itself(value: float) -> None:
    number = read_number(repr(value))
    assert number is not None
    assert number.value == value
    assert not number.is_integer


@given(st.floats(allow_infinity=False), st.floats(allow_infinity=False))
def test_agreement_is_symmetric_and_never_wider_than_the_tolerance(first: float, second: float) -> None:
    settings = Settings(disabled=frozenset({"printed-precision"}))
    deviation = compare_numbers(first, second, settings)
    assert deviation == compare_numbers(second, first, settings)
    if deviation is not None and not math.isnan(first):
        assert abs(first - second) <= 1e-12 + 1e-6 * max(abs(first), abs(second))


@given(st.integers(), st.integers())
def test_integers_are_exact(first: int, second: int) -> None:
    assert (compare_numbers(str(first), str(second), Settings()) == 0.0) == (first == second)
