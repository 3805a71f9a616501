"""Answers scored against programs that really run."""

from __future__ import annotations

import math

import pytest

from nbrepro.model import Verdict
from nbrepro.simulation.answers import Answer, AnswerKind
from nbrepro.simulation.mistakes import Mistake
from nbrepro.simulation.programs import Program
from nbrepro.simulation.scoring import score

DOUBLE = Program("double", "def f(x):\n    return x * 2", "f([1])", "[1, 1]")
COUNTED = Program("counted", "from collections import Counter\ndef f(t):\n    return Counter(t)", "f('aab')", "Counter({'a': 2, 'b': 1})")
BROKEN = Program("broken", "def f():\n    return 1 / 0", "f()")


def outputs(program: Program, *texts: str | None) -> list[Answer]:
    return [Answer(program.task, AnswerKind.OUTPUT, text or "", text, sample=number) for number, text in enumerate(texts)]


def inputs(program: Program, *texts: str) -> list[Answer]:
    return [Answer(program.task, AnswerKind.INPUT, text, text, sample=number) for number, text in enumerate(texts)]


def test_outputs() -> None:
    found = score(outputs(DOUBLE, "[1, 1]", "[1,1]", "[1] * 2", "f([1])", "[2]", "who knows", None), [DOUBLE])
    assert [scored.verdict.is_right for scored in found.answers] == [True, True, True, False, False, False, False]
    assert found.answers[3].verdict.because[0].slug == "answers-with-the-call"
    assert found.answers[-1].verdict.verdict is Verdict.MISSING
    assert found.mistakes() == {Mistake.UNPARSEABLE: 2, Mistake.LENGTH: 1}
    assert found.by_task() == {"double": [True, True, True, False, False, False, False]}
    assert found.pass_at(1).value == pytest.approx(3 / 7)
    assert found.readable_share == pytest.approx(3 / 7)


def test_values_that_are_no_literals_are_compared_by_running() -> None:
    found = score(outputs(COUNTED, "Counter({'b': 1, 'a': 2})", "{'a': 2, 'b': 1}", "{'a': 2}"), [COUNTED])
    assert [scored.verdict.is_right for scored in found.answers] == [True, True, False]


def test_inputs() -> None:
    found = score(inputs(DOUBLE, "f([1])", "f([1, 1][:1])", "f([2])", "[1]", "f([1", "f(1/0)"), [DOUBLE])
    assert [scored.verdict.is_right for scored in found.answers] == [True, True, False, False, False, False]
    assert [scored.verdict.verdict for scored in found.answers[:2]] == [Verdict.IDENTICAL, Verdict.EQUIVALENT]
    assert [scored.verdict.is_readable for scored in found.answers] == [True, True, True, False, False, True]


def test_nothing_is_dropped_and_nothing_is_guessed() -> None:
    answers = [*outputs(BROKEN, "1"), *outputs(Program("absent", "", ""), "1"), Answer("double", AnswerKind.COVERAGE, "YES", "YES")]
    found = score(answers, [BROKEN, DOUBLE])
    assert [scored.verdict.verdict for scored in found.answers] == [Verdict.NOT_COMPARED] * 3
    assert [scored.verdict.because[0].slug for scored in found.answers] == ["program-failed", "no-program", "other-question"]
    assert found.unknown_tasks == ("absent",)
    assert math.isnan(found.pass_at(1).value)


def test_publications_that_say_otherwise_are_listed() -> None:
    answers = [Answer("double", AnswerKind.OUTPUT, "", text, published=published) for text, published in (("[1, 1]", True), ("[2]", True))]
    found = score(answers, [DOUBLE])
    assert [scored.answer.text for scored in found.disagreements()] == ["[2]"]
    assert "published otherwise: 1" in repr(found)


def test_frames_and_pages() -> None:
    pytest.importorskip("pandas")
    found = score(outputs(DOUBLE, "[1, 1]", "<b>"), [DOUBLE])
    frame = found.frame()
    assert list(frame["right"]) == [True, False]
    assert frame["mistake"].fillna("").tolist() == ["", "unparseable"]
    bundle = found._repr_mimebundle_()
    assert "pass@1" in bundle["text/plain"]
    assert "<table>" in bundle["text/html"]
