"""Texts: the ladder of verdicts, what is reported, and laws that hold for any text."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nbrepro.comparison.lines import LINES_SHOWN, align
from nbrepro.comparison.normalizations import NAMES
from nbrepro.comparison.settings import Settings
from nbrepro.comparison.text import compare_text
from nbrepro.model import Verdict

EVERYTHING_OFF = Settings(disabled=frozenset(NAMES))

PIECES = st.sampled_from(
    [
        *"0123456789.,:;-+eEjxu'\"{}[]()<>/\\ \n\t%=_",
        "0x7f00aa", " at 0x", "np.float64(", "set([", "{'a': 1, ", "nan", "2020-01-02", " 10:11:12", "Z", "Wall time: ", "1 s", " ± ",
        " per loop", "took ", "[00:01<", "  \\\n", "dtype: ", "Name: ", "Length: 3, ", "object", "/tmp/tmpab12cd34", "/home/ann", "~/",
        "Warning: ", 'File "', "Traceback", "----> 3", "<Axes: ", "<matplotlib.axes.", "Text(0, ", "\ue000", "\ue001", "\r\n", "\u2212",
        "\u0663",
        "<class 'a.b.c'>", "id=", "123e4567-e89b-12d3-a456-426614174000", "[3 rows x 2 columns]", "100000000000000",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=80)


@pytest.mark.parametrize(
    ("expected", "observed", "verdict"),
    [
        ("", "", Verdict.IDENTICAL),
        ("a", "a", Verdict.IDENTICAL),
        ("", "a", Verdict.DIFFERENT),
        ("future income 100", "future income 999", Verdict.DIFFERENT),
        ("<A object at 0x7f0011> 1.0", "<A object at 0x7f0022> 2.0", Verdict.DIFFERENT),
        ("<A object at 0x7f0011> 1.0", "<A object at 0x7f0022> 1.00000001", Verdict.CLOSE),
        ("a  1\nb  2", "b  2\na  1", Verdict.DIFFERENT),
        ("loss -0.5", "loss 0.5", Verdict.DIFFERENT),
        ("deprecated x", "", Verdict.DIFFERENT),
        ("2020-01-02  5", "2020-01-03  5", Verdict.DIFFERENT),
    ],
)
def test_ladder(expected: str, observed: str, verdict: Verdict) -> None:
    assert compare_text(expected, observed, Settings()).verdict is verdict


@pytest.mark.parametrize(
    ("expected", "observed", "verdict"),
    [
        ("[ 1.  2e-17]", "[ 1. -5e-18]", Verdict.CLOSE),
        ("array([1.0, 2e-17])", "array([1.0, 3e-18])", Verdict.CLOSE),
        ("[1e-15 2e-17]", "[1e-15 3e-17]", Verdict.DIFFERENT),
        ("p = 3.2e-15", "p = 8.1e-20", Verdict.DIFFERENT),
        ("(4.5, 3.2e-15)", "(4.5, 1e-20)", Verdict.DIFFERENT),
        ("h = 6.626e-34", "h = 1.054e-34", Verdict.DIFFERENT),
    ],
)
def test_small_numbers_are_results_but_for_residues_in_arrays(expected: str, observed: str, verdict: Verdict) -> None:
    assert compare_text(expected, observed, Settings()).verdict is verdict


def test_reasons_of_a_close_text_name_normalizations_and_tolerance() -> None:
    judgement = compare_text("<A at 0x7f0011> 1.0", "<A at 0x7f0022> 1.00000001", Settings())
    assert [because.slug for because in judgement.because] == ["memory-addresses", "number-tolerance"]
    assert judgement.deviation == pytest.approx(1e-8, rel=1e-3)


def test_first_lines_and_a_count_are_reported() -> None:
    expected = "\n".join(f"line {i} a" for i in range(20))
    observed = "\n".join(f"line {i} {'b' if i % 2 else 'a'}" for i in range(20)) + "\nmore"
    because = compare_text(expected, observed, Settings()).because
    assert because[0].message == "10 changed, 1 added of 20 expected lines"
    assert [reason.slug for reason in because[1:]] == ["line-changed"] * LINES_SHOWN
    assert because[1].message == "line 2: expected 'line 1 a', observed 'line 1 b'"


def test_added_and_removed_lines_are_told() -> None:
    because = compare_text("a\nb\nc", "a\nc\nd", Settings()).because
    assert [(reason.slug, reason.message) for reason in because[1:]] == [
        ("line-removed", "line 2: expected 'b', not observed"),
        ("line-added", "line 3: observed 'd', not expected"),
    ]


def test_a_long_line_is_shown_around_its_first_difference() -> None:
    message = compare_text("x" * 5000 + "a" + "y" * 5000, "x" * 5000 + "b" + "y" * 5000, Settings()).because[1].message
    assert len(message) < 400
    assert "xay" in message
    assert "xby" in message


def test_a_large_text_with_every_line_changed_is_compared() -> None:
    expected = "\n".join(f"{i}  value {i * 0.37:.6f} word {{'a': {i}}}" for i in range(5000))
    observed = "\n".join(f"{i}  value {i * 0.41:.6f} text {{'a': {i}}}" for i in range(5000))
    assert compare_text(expected, observed, Settings()).because[0].message == "5000 changed of 5000 expected lines"


@pytest.mark.parametrize(
    "piece",
    [
        "{",
        "[1 ",
        "(",
        "'",
        "a.",
        "1,111",
        "1.",
        "id(",
        "/",
        "\\",
        "[00:01, ",
        "took 1 s ",
        "1 s ± ",
        " \n",
        "  \\\n",
        "{'a': ",
        "Cell In[1]",
        "140234234234232,",
        "id(a) 4398342344",
        "time: 1 s ",
        "Text(1, 2, '",
        "2020-01-02 10:11:12 ",
    ],
)
def test_hostile_repetitions_end(piece: str) -> None:
    text = piece * (50_000 // len(piece))
    assert compare_text(text, text + "x", Settings()).verdict is Verdict.DIFFERENT


@given(TEXTS)
def test_every_text_is_identical_to_itself(text: str) -> None:
    assert compare_text(text, text, Settings()).verdict is Verdict.IDENTICAL


@given(TEXTS, TEXTS)
@example("1. a 0.1235", "1.0 a 0.12346")
def test_verdicts_are_symmetric_and_have_reasons(expected: str, observed: str) -> None:
    judgement = compare_text(expected, observed, Settings())
    assert judgement.verdict is compare_text(observed, expected, Settings()).verdict
    assert (judgement.verdict is Verdict.IDENTICAL) == (expected == observed)
    assert bool(judgement.because) == (expected != observed)


@given(TEXTS, st.lists(st.tuples(st.integers(0, 200), PIECES), min_size=1, max_size=3))
def test_a_small_change_is_judged_symmetrically(text: str, changes: list[tuple[int, str]]) -> None:
    changed = text
    for place, piece in changes:
        position = place % (len(changed) + 1)
        changed = changed[:position] + piece + changed[position:]
    first, second = compare_text(text, changed, Settings()), compare_text(changed, text, Settings())
    assert first.verdict is second.verdict
    assert {because.slug for because in first.because} & set(NAMES) == {because.slug for because in second.because} & set(NAMES)


@given(TEXTS, TEXTS)
def test_without_normalizations_nothing_is_equivalent(expected: str, observed: str) -> None:
    assert compare_text(expected, observed, EVERYTHING_OFF).verdict in {Verdict.IDENTICAL, Verdict.CLOSE, Verdict.DIFFERENT}


@given(TEXTS, TEXTS)
def test_named_normalizations_suffice_and_each_is_needed(expected: str, observed: str) -> None:
    judgement = compare_text(expected, observed, Settings())
    named = {because.slug for because in judgement.because} & set(NAMES)
    if judgement.verdict.is_same and named:
        alone = Settings(disabled=frozenset(NAMES) - named)
        assert compare_text(expected, observed, alone).verdict.is_same


@given(st.lists(st.sampled_from("abcdef"), max_size=12), st.lists(st.sampled_from("abcdef"), max_size=12))
def test_alignment_uses_every_line_once_and_in_order(expected: list[str], observed: list[str]) -> None:
    pairs = list(align(expected, observed))
    assert [i for i, _ in pairs if i is not None] == list(range(len(expected)))
    assert [j for _, j in pairs if j is not None] == list(range(len(observed)))
