"""Answers about values: what is right, what is nearly right, and what kind of mistake the others are."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nbrepro.model import Verdict
from nbrepro.simulation.literals import UNREADABLE, read_literal, read_value, same_value
from nbrepro.simulation.mistakes import Mistake, Tier, value_mistake
from nbrepro.simulation.verdicts import judge

ATOMS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(ATOMS, lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner), max_leaves=8)


@pytest.mark.parametrize(
    ("stated", "real", "is_right", "verdict", "because"),
    [
        ("[1, 2]", "[1, 2]", True, Verdict.IDENTICAL, None),
        ('["a"]', "['a']", True, Verdict.EQUIVALENT, "literal-spelling"),
        ("1", "1.0", True, Verdict.EQUIVALENT, "python-equality"),
        ("True", "1", True, Verdict.EQUIVALENT, "python-equality"),
        ("{2: 1, 1: 1}", "{1: 1, 2: 1}", True, Verdict.EQUIVALENT, "key-order"),
        ("0.3333333", "0.3333333333333333", False, Verdict.CLOSE, "number-tolerance"),
        ("0.333", "0.3333333333333333", False, Verdict.DIFFERENT, "float-format"),
        ("(1, 2)", "[1, 2]", False, Verdict.EQUIVALENT, "sequence-types"),
        ("[[1], 2]", "[(1,), 2]", False, Verdict.EQUIVALENT, "sequence-types"),
        ("abc", "'abc'", False, Verdict.EQUIVALENT, "quotes-lost"),
        ("```python\n[1]\n```", "[1]", False, Verdict.EQUIVALENT, "code-fence"),
        ("The output is [1].", "[1]", False, Verdict.EQUIVALENT, "surrounding-prose"),
        ("f(1) == [1]", "[1]", False, Verdict.EQUIVALENT, "whole-assertion"),
        ("inf", "inf", True, Verdict.IDENTICAL, None),
        ("it loops forever", "3", False, Verdict.DIFFERENT, "unparseable"),
        ("", "3", False, Verdict.MISSING, "no-answer"),
        (None, "3", False, Verdict.MISSING, "no-answer"),
    ],
)
def test_the_ladder(stated, real, is_right, verdict, because) -> None:
    found = judge(stated, real)
    assert (found.is_right, found.verdict) == (is_right, verdict)
    assert (found.because[0].slug if found.because else None) == because


@pytest.mark.parametrize(
    ("stated", "real"), [("abd", "'abc'"), ("(1, 3)", "[1, 2]"), ("0.34", "0.33"), ("1", "True or 2"), ("[2, 1]", "[1, 2]")]
)
def test_what_no_layer_equates(stated, real) -> None:
    assert judge(stated, real).verdict is Verdict.DIFFERENT


def test_a_run_decides_about_what_is_no_literal() -> None:
    assert judge("1 + 1", "2", holds=True).is_right
    assert not judge("1 + 1", "2", holds=False).is_right
    assert judge("1 + 1", "2").mistake is Mistake.UNPARSEABLE


@given(VALUES)
@example(float("inf"))
def test_every_value_is_identical_to_its_own_text(value) -> None:
    assert judge(repr(value), repr(value)).is_right
    assert value_mistake(value, value) is None
    assert same_value(read_value(repr(value)), value)


@given(VALUES, VALUES)
def test_right_is_pythons_equality(one, other) -> None:
    assert judge(repr(one), repr(other)).is_right == (one == other)
    assert (value_mistake(one, other) is None) == same_value(one, other)


@pytest.mark.parametrize(
    ("stated", "real", "mistake"),
    [
        (4, 5, Mistake.OFF_BY_ONE),
        (-5, 5, Mistake.SIGN),
        (50, 5, Mistake.ARITHMETIC),
        (0.5, 1.5, Mistake.OFF_BY_ONE),
        (True, False, Mistake.BOOLEAN),
        (1.0, 1, Mistake.FLOAT_FORMAT),
        (0.3333, 1 / 3, Mistake.FLOAT_FORMAT),
        ("abd", "abc", Mistake.TEXT_CONTENT),
        ("ab", "abc", Mistake.TEXT_LENGTH),
        ([1, 2, 4], [1, 2, 3], Mistake.ELEMENT),
        ([1, 4, 4], [1, 2, 3], Mistake.ELEMENTS),
        ([3, 2, 1], [1, 2, 3], Mistake.ORDER),
        ([1, 2], [1, 2, 3], Mistake.LENGTH),
        ((1, 2), [1, 2], Mistake.TYPE),
        (None, 0, Mistake.TYPE),
        ({"a": 1}, {"a": 2}, Mistake.ELEMENT),
        ({"b": 1, "a": 1}, {"a": 1, "b": 1}, Mistake.ORDER),
        ({1, 2}, {1, 3}, Mistake.ELEMENT),
        ("1", 1, Mistake.TYPE),
    ],
)
def test_kinds_of_wrong_values(stated, real, mistake) -> None:
    assert value_mistake(stated, real) is mistake


def test_every_mistake_has_its_tier() -> None:
    assert {tier: sum(mistake.tier is tier for mistake in Mistake) > 1 for tier in Tier} == dict.fromkeys(Tier, True)
    assert Mistake.QUOTES_LOST.tier is Tier.NOTATION
    assert Mistake.LUCKY_ANSWER.tier is Tier.TRANSMISSION
    assert Mistake.STALE_VALUE.tier is Tier.VALUE
    assert Mistake.WRONG_RETURN.tier is Tier.PATH
    assert Mistake.SHORTCUT.tier is Tier.CAUSE


@pytest.mark.parametrize("text", ["f(1)", "[1,", "'a", "1 2", "x", "__import__('os')", "[i for i in []]", "9" * 10 + "**9"])
def test_what_is_no_literal_is_never_evaluated(text) -> None:
    assert read_literal(text) is UNREADABLE


def test_texts_of_repr_that_are_no_literals() -> None:
    assert read_value("[inf, -inf]") == [float("inf"), -float("inf")]
    assert read_value("Counter({'a': 1})") == read_value('Counter({"a":1})')
    assert read_value("deque([1, 2])") != read_value("deque([2, 1])")
    assert read_value("set()") == set()
