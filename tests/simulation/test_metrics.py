"""Every measure against values worked out by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbrepro.simulation.answers import Convention, Row, Stated
from nbrepro.simulation.metrics.agreement import agreement
from nbrepro.simulation.metrics.coherence import (
    BranchClaim,
    Consistency,
    LoopClaim,
    Property,
    coherence_table,
    consistency,
    first_departure,
    is_coherent,
)
from nbrepro.simulation.metrics.rates import bootstrap, mcnemar, pass_at_k, permutation, wilson
from nbrepro.simulation.metrics.reval import confusion, incremental_consistency, is_covered, path_is_right, state_is_right, successors
from nbrepro.simulation.metrics.similarity import numeric_score, rank_score, sequence_ratio, token_overlap
from nbrepro.simulation.metrics.states import executed_share, state_scores
from nbrepro.simulation.structure import structure_of


@pytest.mark.parametrize(
    ("right", "count", "k", "expected"), [(0, 10, 1, 0), (10, 10, 5, 1), (1, 2, 1, 0.5), (1, 10, 5, 0.5), (3, 5, 3, 1), (2, 4, 2, 5 / 6)]
)
def test_pass_at_k(right, count, k, expected) -> None:
    assert pass_at_k(right, count, k) == pytest.approx(expected)


@given(st.integers(1, 12), st.data())
def test_pass_at_k_is_the_share_of_lucky_draws(count, data) -> None:
    from itertools import combinations

    right, k = data.draw(st.integers(0, count)), data.draw(st.integers(1, count))
    draws = list(combinations([number < right for number in range(count)], k))
    assert pass_at_k(right, count, k) == pytest.approx(sum(map(any, draws)) / len(draws))
    assert math.isnan(pass_at_k(right, count, count + 1))


def test_wilson_of_the_literature() -> None:
    # Newcombe 1998, Statistics in Medicine 17:857, table I: 81 of 263, and 15 of 148, 0 of 20, 1 of 29
    for right, count, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)):
        found = wilson(right, count)
        assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    assert math.isnan(wilson(0, 0).value)


def test_bootstrap() -> None:
    assert (bootstrap([1.0] * 5).low, bootstrap([1.0] * 5).high) == (1.0, 1.0)
    found = bootstrap([0.0, 1.0] * 50)
    assert found == bootstrap([0.0, 1.0] * 50)
    assert found.low < 0.5 < found.high
    assert found.high - found.low == pytest.approx(0.2, abs=0.04)
    assert bootstrap([1.0, 2.0, 9.0], max).value == 9.0


def test_mcnemar() -> None:
    # one-sided binomial tails of 1 in 8: 9/256
    found = mcnemar([True] * 7 + [False] + [True] * 3, [False] * 7 + [True] * 4)
    assert (found.only_first, found.only_second, found.both, found.neither) == (7, 1, 3, 0)
    assert found.p_value == pytest.approx(18 / 256)
    assert mcnemar([True, False], [True, False]).p_value == 1.0
    with pytest.raises(ValueError, match="zip"):
        mcnemar([True], [])


def test_permutation() -> None:
    assert permutation([1.0] * 12, [0.0] * 12) < 0.01
    assert permutation([1.0, 0.0] * 6, [0.0, 1.0] * 6) > 0.9


def test_agreement_counts_repetitions() -> None:
    found = agreement(["a", "a", "b"], ["a", "b", "b", "c"])
    assert (found.common, found.precision, found.recall) == (2, pytest.approx(2 / 3), 0.5)
    assert found.f1 == pytest.approx(4 / 7)
    assert agreement([], []).f1 == 0.0
    assert (found + agreement("x", "x")).common == 3


def test_codeexecutors_measures(real) -> None:
    code, moments = real["recursion"]
    structure = structure_of(code)
    lines = [moment for moment in moments if moment.kind == "line"]
    rows = [Row(line=moment.line, state={name: Stated.value(repr(value)) for name, value in moment.after.items()}) for moment in lines]
    faultless = state_scores(rows, moments, structure)
    assert (faultless.is_exact, faultless.lines.f1, faultless.identifiers.f1) == (True, 1.0, 1.0)
    wrong = [Row(line=rows[0].line, state={"result": Stated.value("3"), "doubled": Stated.value("1")}), *rows[1:-1]]
    found = state_scores(wrong, moments, structure)
    assert not found.is_exact
    assert found.lines.common == len(rows) - 2
    assert (found.lines.stated, found.lines.real) == (len(rows) - 1, len(rows))
    shuffled = state_scores(rows[::-1], moments, structure)
    assert (shuffled.is_exact, shuffled.lines.f1) == (False, 1.0)
    before = [Row(line=moment.line, state={name: Stated.value(repr(value)) for name, value in moment.before.items()}) for moment in lines]
    assert state_scores(before, moments, structure, Convention.BEFORE).is_exact


def test_executed_share(real) -> None:
    code, moments = real["odd_sum"]
    assert executed_share(moments, code) == 1.0
    assert executed_share(moments[:3], code) == pytest.approx(2 / 6)
    assert math.isnan(executed_share((), "x = 1"))


def test_revals_probes(real) -> None:
    code, moments = real["odd_sum"]
    structure = structure_of(code)
    assert is_covered(moments, 5)
    assert not is_covered(moments, 6)
    assert successors(moments, 4) == {5, 7}
    assert successors(moments, 3) == {4, 8}
    assert successors(moments, 8) == {-1}
    assert successors(moments, 6) == frozenset()
    assert path_is_right("total += i", 4, moments, structure)
    assert path_is_right("-1", 8, moments, structure)
    assert not path_is_right("return total", 4, moments, structure)
    assert not path_is_right("", 4, moments, structure)
    assert state_is_right("4; int", 7, "i", moments)
    assert not state_is_right("4; str", 7, "i", moments)
    assert not state_is_right("5; int", 7, "i", moments)
    assert state_is_right("Nil", 2, "i", moments)
    assert not state_is_right("[Nil]", 7, "i", moments)


def test_successors_stay_in_their_frame(real) -> None:
    _, moments = real["recursion"]
    assert successors(moments, 4) == {5}, "what the callee does lies between, but isn't next"


def test_revals_rates() -> None:
    found = confusion([True, True, False, False, True], [True, False, True, False, True])
    assert (found.accuracy, found.precision, found.recall) == (0.6, pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert found.f1 == pytest.approx(2 / 3)
    scores = {
        verdicts: incremental_consistency(*verdicts) for verdicts in ((True,) * 4, (True, True, True, False), (True, False, True, True))
    }
    assert list(scores.values()) == [1.0, 0.5, 0.0]


def test_ces() -> None:
    assert LoopClaim([0, 1], [0, 1]).is_coherent
    assert not LoopClaim([0, 2], [0, 1]).is_coherent
    assert not LoopClaim([0], [0, 1]).is_coherent
    assert LoopClaim([0], [0, 1], may_break=True).is_coherent
    assert not LoopClaim([0, 1, 2], [0, 1], may_break=True).is_coherent
    assert BranchClaim([True, 0], [True, False]).is_coherent
    assert not BranchClaim([True], [False]).is_coherent
    assert not BranchClaim([True], []).is_coherent
    assert is_coherent([])
    table = coherence_table([(True, True)] * 3 + [(True, False)] * 2 + [(False, True)] + [(False, False)] * 4)
    assert (table.coherent_right, table.coherent_wrong, table.incoherent_right, table.incoherent_wrong) == (0.3, 0.2, 0.1, 0.4)


def test_first_departure_of_ces() -> None:
    real = {
        (2, Property.LOOP_VARIABLE, "i"): [0, 1],
        (2, Property.ITERABLE, "range(2)"): [0, 1],
        (3, Property.CONDITION, "i"): [False, True],
    }
    assert first_departure(real, real) is None
    assert first_departure({**real, (3, Property.CONDITION, "i"): [True, True]}, real) is Property.CONDITION
    assert first_departure({}, real) is Property.LOOP_VARIABLE


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ({"a": [True], "b": [True]}, "strong"),
        ({"a": [True], "b": [False]}, "weak"),
        ({"a": [True, False]}, "random"),
        ({"a": [False]}, "random"),
    ],
)
def test_consistency(verdicts, expected) -> None:
    assert consistency(verdicts) is Consistency(expected)


def test_surges_scores() -> None:
    assert token_overlap("", "") == 1.0
    assert token_overlap("a b", "B c") == pytest.approx(1 / 3)
    assert sequence_ratio("abcd", "bcde") == 0.75
    assert numeric_score([1.0], [1.0, 2.0]) == 0.5, "filled with zeros"
    assert numeric_score([1.0, 2.0, 3.0], [1.0, 2.0]) == 1.0, "cut"
    assert numeric_score([9.0], [1.0]) == 0.0
    assert numeric_score([1.0], [0.0]) == 0.0
    assert rank_score([1, 2, 3, 4], [1, 2, 4, 3]) == pytest.approx(0.8)
    assert rank_score([1, 1, 2], [1, 1, 2]) == pytest.approx(1.0)
    assert rank_score([1, 1], [1, 2]) == 0.0
