from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbrepro.model import Display, ErrorOutput, OutputComparison, Stream, Verdict
from nbrepro.reports.changes import Piece, first_change, rows, text_of
from nbrepro.reports.characters import as_shown, one_line, visible, without_ansi
from nbrepro.reports.folding import MAX_ROWS, Fold, folded

LINES = st.lists(st.text("ab 1", max_size=6), max_size=12).map("\n".join)


@given(LINES, LINES)
def test_rows_hold_every_line_of_both_sides(expected: str, observed: str) -> None:
    table = list(rows(expected, observed))
    sides = [row.expected for row in table], [row.observed for row in table]
    for lines, side in zip((expected.splitlines(), observed.splitlines()), sides, strict=True):
        assert ["".join(piece.text for piece in line) for line in side if line is not None] == lines


@given(LINES, LINES)
def test_rows_are_changed_exactly_where_the_lines_differ(expected: str, observed: str) -> None:
    for row in rows(expected, observed):
        texts = ["".join(piece.text for piece in line) if line is not None else None for line in (row.expected, row.observed)]
        assert row.changed == (texts[0] != texts[1])


@given(LINES)
def test_equal_texts_have_no_changed_row(text: str) -> None:
    assert not any(row.changed for row in rows(text, text))
    assert len([row for row in folded(rows(text, text)) if isinstance(row, Fold)]) <= 1


def test_words_that_changed_are_marked_within_the_line() -> None:
    (row,) = rows("loss 0.50 ok", "loss 0.51 ok")
    assert row.expected == (Piece("loss 0."), Piece("50", changed=True), Piece(" ok"))
    assert row.observed == (Piece("loss 0."), Piece("51", changed=True), Piece(" ok"))


def test_equal_stretches_are_folded_and_counted() -> None:
    lines = [str(n) for n in range(100)]
    other = [*lines[:50], "changed", *lines[51:]]
    shown = folded(rows("\n".join(lines), "\n".join(other)))
    assert [row.words for row in shown if isinstance(row, Fold)] == ["47 equal lines", "46 equal lines"]
    assert len(shown) == 2 + 7


def test_what_is_too_long_is_cut_and_said() -> None:
    shown = folded(rows("\n".join(f"a{n}" for n in range(5000)), "\n".join(f"b{n}" for n in range(5000))))
    assert len(shown) == MAX_ROWS + 1
    assert isinstance(shown[-1], Fold)


def test_first_change_shows_the_lines() -> None:
    output = OutputComparison("stdout", Verdict.DIFFERENT, (), Stream("stdout", "a\nb\nc\n"), Stream("stdout", "a\nx\nc\n"))
    change = first_change(output)
    assert change is not None
    assert (change.expected, change.observed) == (("b",), ("x",))


@pytest.mark.parametrize(
    ("output", "kind", "text"),
    [
        (Stream("stdout", "50%\r100%\n"), "stdout", "100%\n"),
        (ErrorOutput("ValueError", "\x1b[31mno\x1b[0m"), "error", "ValueError: no"),
        (Display({"text/html": "<b>1</b>", "text/plain": "1"}), "text/html", "1"),
        (Display({"text/html": "<b>1</b>"}), "text/html", "<b>1</b>"),
        (Display({"image/png": "AAAA"}), "image/png", None),
        (Display({"application/json": {"b": 1, "a": [2]}}), "application/json", '{\n "a": [\n  2\n ],\n "b": 1\n}'),
        (None, "stdout", None),
    ],
)
def test_text_of_an_output(output: Stream | ErrorOutput | Display | None, kind: str, text: str | None) -> None:
    assert text_of(output, kind) == text


@given(st.text())
def test_visible_text_can_be_written_anywhere(text: str) -> None:
    shown = visible(text)
    shown.encode("utf-8")
    assert not any(character < " " and character not in "\n\t" for character in shown)
    assert visible(shown) == shown


@given(st.text(st.characters(blacklist_categories=("Cc", "Cs", "Cf", "Cn", "Zl", "Zp"))))
def test_visible_leaves_ordinary_text_as_it_is(text: str) -> None:
    assert visible(text) == text
    assert without_ansi(text) == text
    assert as_shown(text) == text


@given(st.text(), st.integers(1, 50))
def test_one_line_is_one_line_and_no_longer_than_asked(text: str, width: int) -> None:
    line = one_line(text, width)
    assert len(line) <= width
    assert len(line.splitlines()) <= 1
