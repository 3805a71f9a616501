"""Rows of answers beside the real trace: conventions, tiers, what follows a divergence."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from simulation.seeding import answer, rows_of

from nbrepro.simulation.alignment import align
from nbrepro.simulation.answers import Answer, AnswerKind, Convention, Row, RowKind, Stated
from nbrepro.simulation.dependence import _follow, flows_of
from nbrepro.simulation.importers.own_traces import read_own_traces
from nbrepro.simulation.importers.statelens import table_rows
from nbrepro.simulation.mistakes import Mistake, Tier
from nbrepro.simulation.moments import moments_of
from nbrepro.simulation.structure import structure_of
from nbrepro.simulation.tagged import decoded, encoded

LOOP = "def f(n):\n    total = 0\n    for i in range(n):\n        total += i\n    return total\n"
HEAD = "| Line | Code | total | i |\n|---|---|---|---|\n"
TABLE = [
    "| 1 | def f(n): | <unassigned> | <unassigned> |",
    "| 2 | total = 0 | 0 | <unassigned> |",
    "| 3 | for i in range(n): | 0 | 0 |",
    "| 4 (iteration 1) | total += i | 0 | 0 |",
    "| 4 (iteration 2) | total += i | 1 | 1 |",
    "| 4 (iteration 3) | total += i | 3 | 2 |",
    "| 5 | return total | 3 | 2 |",
]


@pytest.fixture(scope="module")
def loop():
    from nbrepro.traces import Program, trace

    return moments_of(trace(Program.of_call(LOOP, "f(3)")))


def table(lines, text="3"):
    return Answer("t", AnswerKind.TRACE, "", text, tuple(table_rows(HEAD + "\n".join(lines))), code=LOOP)


def changed(number: int, line: str) -> list[str]:
    return [*TABLE[:number], line, *TABLE[number + 1 :]]


def test_a_table_may_leave_out_what_it_likes(loop) -> None:
    found = align(table(TABLE), loop, real="3")
    assert found.divergences == ()
    assert (found.is_clean, found.convention, found.right_before, found.recovered) == (True, Convention.AFTER, 1.0, None)
    assert align(table(TABLE[1:2] + TABLE[4:]), loop).is_clean


@pytest.mark.parametrize(
    ("lines", "mistake"),
    [
        (changed(5, "| 4 (iteration 3) | total += i | 4 | 2 |"), Mistake.OFF_BY_ONE),
        (changed(5, "| 4 (iteration 3) | total += i | -3 | 2 |"), Mistake.SIGN),
        (changed(6, "| 5 | return total | '3' | 2 |"), None),
        (changed(6, "| 5 | return total | [3] | 2 |"), Mistake.TYPE),
        ([*TABLE[:6], "| 4 (iteration 4) | total += i | 6 | 3 |", "| 5 | return total | 6 | 3 |"], Mistake.PHANTOM_LINE),
        ([*TABLE[:4], "| 4 | total *= 7 | 1 | 1 |", *TABLE[4:]], Mistake.HALLUCINATED_CODE),
    ],
)
def test_mistakes_in_tables(loop, lines, mistake) -> None:
    found = align(table(lines), loop).divergence
    assert (found.mistake if found else None) == mistake


@pytest.mark.parametrize(
    ("lines", "mistake"),
    [
        (changed(6, "| 9 | return total | 3 | 2 |"), None),
        (changed(5, "| 4 (iteration 3) | `total += i` | 3 (was 1) | 2 |"), None),
        (changed(1, "| 2 | total = 0 | 0 | None |"), Mistake.UNSET_MARKER),
        (changed(1, '| 2 | total = 0 | 0 | "undefined" |'), Mistake.UNSET_MARKER),
        (changed(1, "| 2 | total = 0 | <unassigned> | <unassigned> |"), Mistake.CONVENTION_SHIFT),
        ([*TABLE, "| 6 | the function ends (nothing more is executed) | 3 | 2 |"], Mistake.ROW_NOT_EXECUTED),
        ([*TABLE[:4], "| 4 | and so the loop goes on | ... | ... |", *TABLE[4:]], Mistake.PROSE_ROW),
        (changed(5, "| 4 (iteration 3) | total += i | three | 2 |"), Mistake.PROSE_VALUE),
    ],
)
def test_notation_is_no_divergence(loop, lines, mistake) -> None:
    found = align(table(lines), loop)
    assert found.is_clean, found.divergences
    assert [divergence.mistake for divergence in found.divergences] == ([mistake] if mistake else [])


def test_a_table_of_states_before_each_line_is_recognized(loop) -> None:
    lines = [
        "| 2 | total = 0 | <unassigned> | <unassigned> |",
        "| 4 (iteration 1) | total += i | 0 | 0 |",
        "| 4 (iteration 2) | total += i | 0 | 1 |",
        "| 4 (iteration 3) | total += i | 1 | 2 |",
        "| 5 | return total | 3 | 2 |",
    ]
    found = align(table(lines), loop)
    assert (found.convention, found.is_clean) == (Convention.BEFORE, True)


def test_what_stands_between_trace_and_answer(loop) -> None:
    wrong = align(table(TABLE, text="4"), loop, real="3")
    assert [(found.mistake, found.tier) for found in wrong.divergences] == [(Mistake.MISREPORTED_OUTPUT, Tier.TRANSMISSION)]
    lucky = align(table(changed(5, "| 4 (iteration 3) | total += i | 4 | 2 |")), loop, real="3")
    assert lucky.divergences[-1].mistake is Mistake.LUCKY_ANSWER
    assert lucky.divergence.mistake is Mistake.OFF_BY_ONE


def test_recovery_and_propagation(loop) -> None:
    recovers = align(table(changed(4, "| 4 (iteration 2) | total += i | 2 | 1 |")), loop)
    assert (recovers.recovered, recovers.propagated) == (True, 0)
    assert 0 < recovers.right_before < 1
    spreads = align(
        table(
            [
                *TABLE[:4],
                "| 4 (iteration 2) | total += i | 2 | 1 |",
                "| 4 (iteration 3) | total += i | 4 | 2 |",
                "| 5 | return total | 4 | 2 |",
            ]
        ),
        loop,
    )
    assert (spreads.recovered, spreads.propagated) == (False, 2)


def test_propagation_follows_the_lines_that_were_executed(real) -> None:
    code, moments = real["recursion"]
    rows = rows_of(moments, structure_of(code))
    result = next(number for number, moment in enumerate(moments) if moment.changed == {"result"})
    wrong = [
        replace(
            row, state={**row.state, "result": Stated.value("9"), **({"doubled": Stated.value("18")} if "doubled" in row.state else {})}
        )
        if number >= result and "result" in row.state
        else row
        for number, row in enumerate(rows)
    ]
    found = align(answer(wrong, code), moments)
    assert [wrong.name for wrong in found.divergences[1].wrong] == ["result", "doubled"]
    assert found.propagated == len(found.divergences) - 1 > 0
    unrelated = [*rows[:3], replace(rows[3], state={"n": Stated.value("77")}), *wrong[4:]]
    assert align(answer(unrelated, code), moments).propagated < len(found.divergences)


def test_a_name_that_is_bound_anew_is_free_again() -> None:
    suspects = {"a"}
    flows = flows_of("b = a + 1\na = 0\nc = a\nitems[b] = 2\nd.x = b\n")
    seen = []
    for line in range(1, 6):
        _follow(suspects, flows[line])
        seen.append(sorted(suspects))
    assert seen == [["a", "b"], ["b"], ["b"], ["b", "items"], ["b", "d", "items"]]


def test_an_absent_row_counts_only_where_every_line_is_asked_for(loop) -> None:
    rows = rows_of(loop, structure_of(LOOP))
    without = [row for row in rows if row.line != 2]
    complete = answer(without, LOOP)
    assert align(complete, loop).divergence.mistake is Mistake.LINE_SKIPPED
    assert align(replace(complete, is_complete=False), loop).is_clean


@pytest.mark.parametrize(
    ("name", "line", "variable", "hint"),
    [
        ("words", 5, "found", Mistake.NATIVE_CALL),
        ("bubble", 6, "items", Mistake.INDEXING),
        ("words", 8, "is_long", Mistake.NATIVE_CALL),
        ("words", 1, "text", Mistake.INPUT_MISREAD),
        ("odd_sum", 2, "total", None),
        ("recursion", 4, "left", None),
    ],
)
def test_hints_come_from_the_line(real, name, line, variable, hint) -> None:
    code, moments = real[name]
    rows = rows_of(moments, structure_of(code))
    place = next(n for n, m in enumerate(moments) if m.line == line and variable in m.changed and m.kind in {RowKind.LINE, RowKind.CALL})
    wrong = replace(rows[place], state={**rows[place].state, variable: Stated.value("'wrong'")})
    assert align(answer([*rows[:place], wrong, *rows[place + 1 :]], code), moments).divergence.hint is hint


def test_a_trace_that_stops(loop) -> None:
    rows = rows_of(loop, structure_of(LOOP))
    found = align(answer(rows[:5], LOOP), loop)
    assert (found.divergence.mistake, found.divergence.row) == (Mistake.CUT_OFF, 5)
    assert align(answer([], LOOP), loop).divergence.row == 0


def test_exceptions(real) -> None:
    code, moments = real["uncaught"]
    rows = rows_of(moments, structure_of(code))
    place = next(number for number, row in enumerate(rows) if row.kind is RowKind.RAISE)
    other = [*rows[:place], replace(rows[place], value="KeyError: 0"), *rows[place + 1 :]]
    assert align(answer(other, code), moments).divergence.mistake is Mistake.EXCEPTION_TYPE
    missed = [*rows[:place], Row(kind=RowKind.RETURN, value="0", state=rows[place].state)]
    assert align(answer(missed, code), moments).divergence.mistake is Mistake.EXCEPTION_MISSED


def test_a_trace_in_our_own_format_against_the_real_one(loop) -> None:
    from nbrepro.traces import Program, trace, written

    text = written(trace(Program.of_call(LOOP, "f(3)")))
    (stated,) = read_own_traces(text).answers
    assert align(stated, loop, real="3").divergences == ()
    worse = text.replace('"d":{"total":1}', '"d":{"total":2}').replace('"d": {"total": 1}', '"d": {"total": 2}')
    assert worse != text
    (wrong,) = read_own_traces(worse).answers
    found = align(wrong, loop, real="3").divergence
    assert (found.mistake, found.wrong[0].name) == (Mistake.OFF_BY_ONE, "total")


@pytest.mark.parametrize(
    "value", [None, True, 3, 2**70, 0.1, float("inf"), "a", b"\x00a", [1, [2]], (1,), {1, 2}, frozenset(), {"a": (1,), 2: None}, 1j]
)
def test_tagged_values_survive(value) -> None:
    assert decoded(json.loads(json.dumps(encoded(value)))) == value


def test_stated_values_that_are_objects_are_not_guessed() -> None:
    opaque = decoded({"t": "obj", "c": "Point", "a": {"x": 1}})
    assert opaque.kind == "Point"
    assert decoded({"t": "list", "v": [1], "n": 9, "cut": True}).kind == "list"
    assert Stated.value("1").text == "1"
