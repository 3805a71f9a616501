"""Answers of a model that makes no mistake, or one mistake on purpose: made of the real run, whatever the question is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from nbrepro.simulation.answers import AnswerKind, RowKind
from nbrepro.simulation.metrics.reval import is_covered, successor
from nbrepro.simulation.moments import Moment
from nbrepro.simulation.questions.asked import Ask, Question, Response
from nbrepro.simulation.real_traces import RealTrace
from nbrepro.simulation.tagged import Opaque


def shown(value: object) -> str:
    return value.detail if isinstance(value, Opaque) else repr(value)


def changes(moment: Moment) -> tuple[dict[str, str], list[str]]:
    """What a moment changes: values as texts, and names that have none any more."""
    changed = {name: shown(moment.after[name]) for name in sorted(moment.changed) if name in moment.after}
    return changed, sorted(moment.before.keys() - moment.after.keys())


def events(moments: Sequence[Moment], code: str, *, done: bool = False) -> list[dict[str, Any]]:
    """The events of a run as a model writes them; with `done` the changes of calling lines come after their calls."""
    lines, made, waiting = code.split("\n"), list[dict[str, Any]](), list[tuple[Moment, dict[str, Any]]]()
    for place, moment in enumerate(moments):
        changed, unset = changes(moment)
        name = moment.function.rpartition(".")[2]
        if moment.kind is RowKind.CALL:
            made.append({"k": "call", "fn": name, "l": moment.line, "d": changed})
        elif moment.kind is RowKind.RETURN:
            made.append({"k": "return", "fn": name, "v": shown(moment.value)})
        elif moment.kind is RowKind.RAISE:
            made.append({"k": "raise", "type": str(moment.value).partition(":")[0], "msg": str(moment.value).partition(": ")[2]})
        else:
            event = {"k": "line", "l": moment.line, "src": lines[moment.line - 1].strip(), "d": changed, **({"x": unset} if unset else {})}
            if done and calls_and_returns(moments, place):
                waiting.append((moment, {**event, "k": "done"}))
                event = {"k": "line", "l": moment.line, "src": event["src"], "d": {}}
            made.append(event)
        following = moments[place + 1] if place + 1 < len(moments) else None
        if waiting and moment.kind is RowKind.RETURN and following is not None and following.frame == waiting[-1][0].frame:
            made.append({name: value for name, value in waiting.pop()[1].items() if name != "src"})
    return made


def calls_and_returns(moments: Sequence[Moment], place: int) -> bool:
    """Whether a line calls a function that returns before the line is done."""
    rest = moments[place + 1 :]
    until = next((number for number, moment in enumerate(rest) if moment.frame == moments[place].frame), len(rest))
    inside = rest[:until]
    is_call = bool(inside) and inside[0].kind is RowKind.CALL
    return is_call and any(moment.kind is RowKind.RETURN and moment.frame == inside[0].frame for moment in inside)


def narration(moments: Sequence[Moment], code: str) -> str:
    lines, told = code.split("\n"), []
    for moment in moments:
        if moment.kind is RowKind.LINE and "<lambda>" not in moment.function:
            told.append(f"[L{moment.line}] {lines[moment.line - 1].strip()}")
            told += [f"    {name} = {text}" for name, text in changes(moment)[0].items()]
            told.append("    # because it says so")
    return "\n".join(told)


def step(moments: Sequence[Moment], position: int) -> dict[str, Any]:
    moment, following = moments[position], successor(moments, position)
    assert following is not None
    changed, unset = changes(moment)
    answer: dict[str, Any] = {"changed": changed, "unset": unset, "next": following.line, "value": None}
    if following.kind is RowKind.RETURN:
        answer |= {"next": "return", "value": shown(following.value)}
    if following.kind is RowKind.RAISE:
        answer |= {"next": "raise", "value": str(following.value).partition(":")[0]}
    return answer


def probe(question: Question, real: RealTrace) -> str:
    moments, about, code = real.moments, question.about, question.program.code
    if question.kind is AnswerKind.OUTPUT:
        return str(real.value)
    line = int(about["line"])
    if question.kind is AnswerKind.COVERAGE:
        return "YES" if is_covered(moments, line) else "NO"
    visits = [place for place, moment in enumerate(moments) if moment.kind is RowKind.LINE and moment.line == line]
    place = next(place for place in visits if moments[place].visit == int(about["visit"]))
    if question.kind is AnswerKind.PATH:
        following = successor(moments, place)
        is_line = following is not None and following.kind is RowKind.LINE
        return f"{following.line}: {code.splitlines()[following.line - 1]}" if is_line else "-1"
    state = moments[place].after
    name = about["variable"]
    return f"{state[name]!r}; {type(state[name]).__name__}" if name in state else "Nil"


def faultless(question: Question, real: RealTrace, value: str | None) -> str:
    """The right response to a question."""
    moments, code = real.moments, question.program.code
    told = tuple(moment for moment in moments if "<lambda>" not in moment.function)
    match question.ask:
        case Ask.OUTPUT:
            return f"[ANSWER]{value}[/ANSWER]"
        case Ask.INPUT:
            return f"[ANSWER]{question.program.call}[/ANSWER]"
        case Ask.TRACE:
            return json.dumps({"events": events(told, code), "answer": value or "none"})
        case Ask.NARRATION:
            return f"{narration(moments, code)}\n[ANSWER]{value}[/ANSWER]"
        case Ask.STEPS:
            return json.dumps(step(moments, int(question.about["moment"])))
        case Ask.PROBES:
            return f"[ANSWER]{probe(question, real)}[/ANSWER]"


def response_to(question: Question, raw: str, finish: str = "stop") -> Response:
    program = question.program
    return Response(
        program.task, question.ask, question.kind, raw, finish, 0, "faultless", program.code, program.call, about=question.about
    )
