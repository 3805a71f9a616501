"""Answers in groups, counted by hand."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbrepro.errors import RequestError
from nbrepro.model.intervals import wilson
from nbrepro.simulation.answers import Answer, AnswerKind, Convention, Row, Stated
from nbrepro.simulation.comparing_models import together
from nbrepro.simulation.features import length, loop_depth, value_type
from nbrepro.simulation.grouped import BY, Group, Judged, by_model, divergence_positions, groups, judged, judged_traces, mistakes
from nbrepro.simulation.programs import Program
from nbrepro.simulation.scoring import Score, score
from nbrepro.simulation.traced import TraceScore, align_answers

DOUBLE = Program("double", "def f(x):\n    return x * 2\n", "f([1])", "[1, 1]")
PAIRS = Program(
    "pairs",
    "def f(n):\n    found = 0\n    # every pair\n\n"
    "    for i in range(n):\n        for j in range(i):\n            found += j\n    return found\n",
    "f(3)",
    "1",
)


def outputs(model: str, **texts: list[str]) -> list[Answer]:
    return [
        Answer(task, AnswerKind.OUTPUT, text, text, sample=number, model=model)
        for task, those in texts.items()
        for number, text in enumerate(those)
    ]


@cache
def two_models() -> Score:
    """One gives both programs' values in two samples each, but once an element too few and once one too much; the other never."""
    careful = outputs("careful", double=["[1, 1]", "[1]"], pairs=["1", "2"])
    hasty = outputs("hasty", double=["[2]", "[2]"], pairs=["2", "what"])
    return score([*careful, *hasty, Answer("absent", AnswerKind.OUTPUT, "1", "1")], [DOUBLE, PAIRS], processes=1)


def found(score: Score, by: str) -> dict[str, tuple[int, int, int]]:
    return {group.label: (group.right, group.answers, group.tasks) for group in groups(judged(score), by)}


def test_groups_of_answers() -> None:
    score = two_models()
    assert found(score, "length") == {"1–5 lines": (1, 4, 1), "6–10 lines": (1, 4, 1)}
    assert found(score, "loops") == {"no loop": (1, 4, 1), "2 deep": (1, 4, 1)}
    assert found(score, "type") == {"int": (1, 4, 1), "list": (1, 4, 1)}
    assert found(score, "model") == {"careful": (2, 4, 2), "hasty": (0, 4, 2)}
    assert found(score, "kind") == {"output": (2, 8, 2)}
    assert found(score, "steps") == {"unknown": (2, 8, 2)}
    with pytest.raises(RequestError, match="by='colour': expected one of length, "):
        groups(judged(score), "colour")


def test_an_answer_that_was_not_compared_counts_nowhere() -> None:
    score = two_models()
    assert len(score.answers) == 9
    assert len(judged(score)) == 8
    assert [len(those) for those in by_model(judged(score)).values()] == [4, 4]


def test_mistakes_are_shares_of_all_answers() -> None:
    parts = by_model(judged(two_models()))
    assert [(group.label, group.right, group.answers) for group in mistakes(parts["careful"])] == [("length", 1, 4), ("off-by-one", 1, 4)]
    assert [(group.label, group.right) for group in mistakes(parts["hasty"])] == [("length", 2), ("off-by-one", 1), ("unparseable", 1)]
    assert mistakes(()) == ()


def test_samples_of_one_task_make_an_interval_no_narrower() -> None:
    assert Group("a", answers=20, right=10, tasks=20).interval == wilson(10, 20)
    assert Group("a", answers=20, right=10, tasks=2).interval == wilson(1, 2)


def test_scores_put_together_keep_what_their_groups_need() -> None:
    parts = two_models().by_model()
    joined = together(parts["hasty"], parts["careful"])
    assert found(joined, "loops") == found(two_models(), "loops")
    assert list(by_model(judged(joined))) == ["hasty", "careful"]


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.booleans(), st.one_of(st.integers(0, 70), st.none()))),
    st.sampled_from(["length", "loops", "type", "model"]),
)
def test_every_answer_is_in_one_group(answers: list[tuple[str, bool, int | None]], by: str) -> None:
    given = [
        Judged(
            task, task, is_right=right, mistake=None, features={} if number is None else {"length": number, "loops": number, "type": task}
        )
        for task, right, number in answers
    ]
    parts = groups(given, by)
    assert sum(group.answers for group in parts) == len(given)
    assert sum(group.right for group in parts) == sum(one.is_right for one in given)
    assert len({group.label for group in parts}) == len(parts)
    assert all(0 <= group.interval[0] <= group.share + 1e-12 and group.share - 1e-12 <= group.interval[1] <= 1 for group in parts)


@pytest.mark.parametrize(
    ("lines", "label"), [(1, "1–5 lines"), (5, "1–5 lines"), (6, "6–10 lines"), (50, "31–50 lines"), (51, "more than 50 lines")]
)
def test_classes_of_length_hold_their_ends(lines: int, label: str) -> None:
    (group,) = groups([Judged("", "a", is_right=True, mistake=None, features={"length": lines})], "length")
    assert group.label == label


def test_features_of_programs() -> None:
    assert (length(PAIRS.code), loop_depth(PAIRS.code)) == (6, 2)
    assert loop_depth("def f():\n  while True:\n    pass\n  for x in y:\n    pass\n") == 1, "loops beside each other are not deep"
    assert loop_depth("async def f():\n  async for x in y:\n    sum(a for a in x)\n") == 2
    assert loop_depth("f(") is None
    assert [value_type(text) for text in ("1", "1.0", "True", "'a'", "(1,)", "set()", "{}", "{1}")] == [
        *("int", "float", "bool", "str", "tuple", "set", "dict", "set")
    ]


def rows(*texts: str) -> tuple[Row, ...]:
    """Rows of DOUBLE: its line, with the argument as stated."""
    return tuple(Row("return x * 2", 2, state={"x": Stated.value(text)}) for text in texts)


@cache
def traces() -> TraceScore:
    answers = [
        Answer("double", AnswerKind.TRACE, "", "[1, 1]", rows(text), model=model, convention=Convention.AFTER)
        for model, text in (("careful", "[1]"), ("hasty", "[2]"), ("hasty", "[1]"))
    ]
    return align_answers(answers, [DOUBLE])


def test_traces_are_right_where_nothing_diverges() -> None:
    score = traces()
    assert [(one.model, one.is_right) for one in judged_traces(score)] == [("careful", True), ("hasty", False), ("hasty", True)]
    (group,) = groups(judged_traces(score), "steps")
    assert (group.label, group.right, group.answers) == ("1–10 steps", 2, 3)
    assert [group.label for group in groups(judged_traces(score), "loops")] == ["no loop"]
    assert [group.label for group in groups(judged_traces(score), "type")] == ["list"]


def test_rows_quote_the_text_that_was_shown() -> None:
    asked = Program("joined", "def f(x):\n    y = ','.join(x)\n    return (y)", "f(['a', 'b'])", "'a,b'")
    shown = 'def f(x):\n    y = ",".join(x)\n    return y'
    lines = tuple(Row(source, line, state={"y": Stated.value("'a,b'")}) for line, source in ((2, 'y = ",".join(x)'), (3, "return y")))
    answer = Answer("joined", AnswerKind.TRACE, "", "'a,b'", lines, convention=Convention.AFTER, code=shown)
    other = replace(answer, code="def f(x):\n    return 1")
    assert [found.alignment.is_clean for found in align_answers([answer, other], [asked]).aligned] == [True, False]


def test_positions_of_first_divergences() -> None:
    score = traces()
    (wrong,) = [one for one in score.aligned if not one.alignment.is_clean]
    position = int(10 * wrong.alignment.right_before)
    careful, hasty = divergence_positions(score).values()
    assert careful == ((0,) * 10, 1)
    assert hasty == (tuple(int(number == position) for number in range(10)), 1)
    assert set(BY) > {"steps", "kind"}
