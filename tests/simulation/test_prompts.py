"""Prompt files: all of them are whole, and placeholders are held to what is filled in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nbrepro.errors import RequestError
from nbrepro.simulation.models.protocol import Role
from nbrepro.simulation.programs import Program
from nbrepro.simulation.prompts import prompt_names, read_prompt, read_prompt_file
from nbrepro.simulation.questions.asked import Manner
from nbrepro.simulation.questions.json_events import find_events
from nbrepro.simulation.questions.narration import narrated_rows
from nbrepro.simulation.questions.steps import stated_step
from nbrepro.simulation.questions.subjects import prepare
from nbrepro.simulation.questions.ways import WAYS

CODE = "def f(n):\n    m = n + 1\n    return m\n"


def test_every_way_of_asking_has_its_prompts() -> None:
    assert {way.prompt for way in WAYS.values()} | {way.reasoned for way in WAYS.values() if way.reasoned} <= set(prompt_names())


@pytest.mark.parametrize("ask", list(WAYS), ids=str)
def test_the_prompts_that_come_along_fit_their_questions(ask) -> None:
    (subject,) = prepare([Program("p", CODE, "f(1)")], [ask]).subjects[ask]
    for name in filter(None, (WAYS[ask].prompt, WAYS[ask].reasoned)):
        questions = list(WAYS[ask].questions(subject, Manner(read_prompt(name))))
        assert questions
        for question in questions:
            texts = [message.text for message in question.prompt.messages]
            assert question.prompt.prompt_version == f"{name}@1"
            assert question.prompt.messages[0].role is Role.SYSTEM
            assert "m = n + 1" in texts[-1]
            assert not re.search(r"\{\{\w+\}\}", "".join(texts))


def test_the_examples_in_prompts_can_be_read() -> None:
    trace, narration, step = ((read_prompt(name).messages[2].text) for name in ("trace", "narration", "step"))
    found = find_events(trace)
    assert (len(found.events), found.answer, found.is_cut, found.unreadable) == (11, "8", False, 0)
    assert len(narrated_rows(narration)) == 7
    assert stated_step(step).next == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("What is {{call}}?", "found no section"),
        ("Hello\n<!-- user -->\n{{call}}", "found text before the first section"),
        ("<!-- human -->\n{{call}}", "found the section human"),
        ("<!-- user -->\n{{call}}\n<!-- assistant -->\n3", "the last section has to be <!-- user -->"),
    ],
)
def test_a_file_that_is_no_prompt_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.md"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RequestError, match=re.escape(message)):
        read_prompt_file(path)


@pytest.mark.parametrize(("text", "message"), [("{{code}}", "lacks {{call}}"), ("{{code}} {{call}} {{mood}}", "names {{mood}}")])
def test_placeholders_are_held_to_what_is_filled_in(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.md"
    path.write_text(f"<!-- user -->\n{text}", encoding="utf-8")
    with pytest.raises(RequestError, match=re.escape(message)):
        Manner(read_prompt_file(path)).prompt({"code": CODE, "call": "f(1)"})


def test_the_version_of_an_own_prompt_follows_its_text(tmp_path: Path) -> None:
    labels = []
    for text in ("<!-- user -->\n{{code}}", "<!-- user -->\n{{code}}", "<!-- user -->\nRun {{code}}"):
        path = tmp_path / "mine.md"
        path.write_text(text, encoding="utf-8")
        labels.append(read_prompt_file(path).label)
    assert labels[0] == labels[1] != labels[2]


def test_a_prompt_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(RequestError, match=r"no prompt output@7; there are .*output@1"):
        read_prompt("output", 7)
