"""Asks single questions about a run, in REval's sense: is a line executed, what is a variable after it, what comes next, what comes out.

Source: Chen et al. 2024 (arXiv:2403.16437). Here a question names the visit that it means, so that it has one right answer.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from nbrepro.simulation.answers import Answer, AnswerKind, RowKind
from nbrepro.simulation.importers.extraction import TAGGED
from nbrepro.simulation.metrics.reval import successor
from nbrepro.simulation.moments import Moment
from nbrepro.simulation.questions.asked import Ask, Manner, Question, Response, Subject, numbered
from nbrepro.simulation.questions.final_answers import final_value, without_thoughts
from nbrepro.simulation.questions.places import chosen_places, unexecuted_lines
from nbrepro.simulation.tagged import has_literal

PLACES = 4
"""Places of each run that are asked about where nobody says otherwise."""
UNSET_EVERY = 5
"""Of so many questions about variables one is about a variable that has no value there, if there is any."""
WORDS: Mapping[AnswerKind, str] = {
    AnswerKind.COVERAGE: "Is line {line} executed at least once?\nWrite YES or NO.",
    AnswerKind.STATE: (
        "What is the value of `{variable}` right after line {line} was executed for the {visit} time?\n"
        "Write the value as a Python literal, a semicolon and its type."
        " If it has no value there, or the line isn't executed so often, write Nil."
    ),
    AnswerKind.PATH: (
        "Which line of the same function is executed directly after line {line} was executed for the {visit} time?\n"
        "Write its number, a colon and its text. If the function ends there, write -1."
    ),
    AnswerKind.OUTPUT: "What is the value of the call?\nWrite it as a Python literal.",
}
"""The questions; they belong to version 1 of the prompt, and other words to another version."""
_NUMBERED = re.compile(r"^\s*(?:line\s+)?(-?\d+)\s*(?::\s*(.*))?$", re.IGNORECASE | re.DOTALL)


def probe_questions(subject: Subject, manner: Manner) -> Iterator[Question]:
    """Of each chosen place its line, a variable and the next line; some lines that are never executed; and the value of the call."""
    program, moments = subject.program, subject.moments
    count, seed = manner.places or PLACES, f"{manner.seed}/{program.task}"
    places = chosen_places(moments, program.code, count, seed)
    for line in sorted({moments[position].line for position in places}):
        yield _question(subject, manner, AnswerKind.COVERAGE, {"line": str(line)})
    for number, position in enumerate(places):
        yield from _at_place(subject, manner, position, wants_unset=number % UNSET_EVERY == UNSET_EVERY - 1)
    chance = random.Random(seed)  # noqa: S311 - a choice, not a secret
    never = unexecuted_lines(moments, program.code)
    for line in sorted(chance.sample(never, min(len(never), max(1, count // 2)))):
        yield _question(subject, manner, AnswerKind.COVERAGE, {"line": str(line)})
    if subject.value is not None:
        yield _question(subject, manner, AnswerKind.OUTPUT, {})


def _at_place(subject: Subject, manner: Manner, position: int, *, wants_unset: bool) -> Iterator[Question]:
    moment = subject.moments[position]
    about = {"line": str(moment.line), "visit": str(moment.visit)}
    variable = _variable(subject, moment, f"{manner.seed}/{subject.program.task}/{position}", wants_unset=wants_unset)
    if variable:
        yield _question(subject, manner, AnswerKind.STATE, {**about, "variable": variable})
    following = successor(subject.moments, position)
    if following is not None and following.kind is not RowKind.RAISE:
        yield _question(subject, manner, AnswerKind.PATH, about)


def _variable(subject: Subject, moment: Moment, seed: str, *, wants_unset: bool) -> str | None:
    """A variable that the line has changed, else one that it has not; an object without a literal is never asked for."""
    chance = random.Random(seed)  # noqa: S311 - a choice, not a secret
    known = sorted(name for name, value in moment.after.items() if has_literal(value))
    elsewhere = {name for other in subject.moments if other.function == moment.function for name in other.after}
    unset = sorted(elsewhere - moment.after.keys())
    changed = [name for name in known if name in moment.changed]
    candidates = (unset if wants_unset else []) or changed or known or unset
    return chance.choice(candidates) if candidates else None


def _question(subject: Subject, manner: Manner, kind: AnswerKind, about: Mapping[str, str]) -> Question:
    program = subject.program
    visit = _ordinal(int(about["visit"])) if "visit" in about else ""
    words = WORDS[kind].format(**{**about, "visit": visit})
    prompt = manner.prompt({"numbered": numbered(program.code), "call": program.call, "question": words})
    return Question(program, Ask.PROBES, kind, prompt, about)


def _ordinal(number: int) -> str:
    """A number as it counts.

    >>> _ordinal(1), _ordinal(12), _ordinal(23)
    ('1st', '12th', '23rd')
    """
    teens = range(11, 14)
    ending = "th" if number % 100 in teens else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def read_probe(response: Response) -> Answer:
    """The answer to one question, as its kind wants it."""
    if response.kind is AnswerKind.OUTPUT:
        text = final_value(response.raw, is_cut=response.is_cut)
    else:
        text = probe_text(response.raw, response.kind, is_cut=response.is_cut)
    return replace(response.answer(), text=text, problem=None) if text else response.answer()


def probe_text(raw: str, kind: AnswerKind, *, is_cut: bool = False) -> str | None:
    r"""What stands between the tags, else in the last line; for a line that may be executed `YES` or `NO`.

    >>> probe_text("[ANSWER]Yes, it is.[/ANSWER]", AnswerKind.COVERAGE), probe_text("So it is\n5; int", AnswerKind.STATE)
    ('YES', '5; int')
    """
    said = without_thoughts(raw)
    tagged = TAGGED.findall(said)
    if is_cut and "[/ANSWER]" not in said:
        return None
    lines = [line for line in said.splitlines() if line.strip()]
    text = (tagged[-1] if tagged else lines[-1] if lines else "").strip().strip("`*").strip()
    if kind is AnswerKind.COVERAGE:
        words = {word for word in re.findall(r"[A-Z]+", text.upper()) if word in {"YES", "NO"}}
        return words.pop() if len(words) == 1 else None
    return text or None


def stated_line(text: str) -> tuple[int | None, str]:
    """The number and the text of a stated line, whichever there is.

    >>> stated_line("5: return total"), stated_line("return total"), stated_line("-1")
    ((5, 'return total'), (None, 'return total'), (-1, ''))
    """
    match = _NUMBERED.match(text.strip())
    return (int(match[1]), (match[2] or "").strip()) if match else (None, text.strip())
