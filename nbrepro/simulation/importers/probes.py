"""Answers to single questions about a run: REval's four tasks, and CES' comments with holes filled in.

Sources: r-eval/REval `evaluation.py` (files `model_generations/<task>@<model>/<time>.jsonl`); Intelligent-CAT-Lab/CES `src/ces`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nbrepro.simulation.answers import Answer, AnswerKind, Imported, Row, Stated
from nbrepro.simulation.importers.extraction import asserted, tagged_answer
from nbrepro.simulation.importers.records import response_of, task_of, text_of
from nbrepro.simulation.importers.stated_values import stated

_KINDS = {"coverage": AnswerKind.COVERAGE, "path": AnswerKind.PATH, "state": AnswerKind.STATE, "output": AnswerKind.OUTPUT}
_HOLE = re.compile(r"\[(STATE|CONDITION|BRANCH)\](.*?)\[/\1\]", re.DOTALL)
_CODE_FENCE = re.compile(r"```(?:python)?\n(.*?)```", re.DOTALL)


def read_reval(records: Sequence[Mapping[str, Any]], *, name: str = "") -> Imported:
    """REval's records, one a program, with a list of probes for each input; the last record holds the published rates.

    The file's folder names the task: `coverage@model_direct`. Coverage and path records hold `expected`, state records
    `eq`, output records `pass`: so each answer comes with its published verdict.
    """
    kind = next((kind for word, kind in _KINDS.items() if word in name.lower()), AnswerKind.STATE)
    answers = [answer for record in records if "generation" in record for answer in _probes(record, kind, name)]
    return Imported("reval", tuple(answers))


def _probes(record: Mapping[str, Any], kind: AnswerKind, name: str) -> Iterator[Answer]:
    for entry in record["generation"]:
        for sample, result in enumerate(entry["results"]):
            raw = str(result.get("generated", ""))
            text = probe_answer(raw, kind)
            yield Answer(
                task=f"{record['task_id']}/{entry['input_idx']}",
                kind=kind,
                raw=raw,
                text=text,
                sample=sample,
                model=name,
                published=_published(result, kind),
                problem=None if text else "no-answer",
                question={key: str(result[key]) for key in ("expected", "response") if key in result},
            )


def _published(result: Mapping[str, Any], kind: AnswerKind) -> bool | None:
    if "eq" in result:
        return bool(result["eq"])
    if "pass" in result:
        return bool(result["pass"])
    if "expected" not in result:
        return None
    if kind is AnswerKind.PATH:
        return bool(set(result["response"]) & set(result["expected"]))
    return bool(result["response"] == result["expected"])


def probe_answer(raw: str, kind: AnswerKind) -> str | None:
    """The answer of a probe: `YES` or `NO`, a line of source, `value; type` or `Nil`, or a value."""
    text = tagged_answer(raw) if "ANSWER]" in raw else raw.strip()
    if not text:
        return None
    if kind is AnswerKind.COVERAGE:
        words = {word for word in ("YES", "NO") if word in text.upper()[:3]}
        return words.pop() if len(words) == 1 else None
    return asserted(text) if kind is AnswerKind.OUTPUT else text.strip("` \n")


def read_ces(records: Sequence[Mapping[str, Any] | str], *, name: str = "") -> Imported:
    """CES: the program with comments such as `## [STATE]i=[1, 2][/STATE][CONDITION](i<5)=[True][/CONDITION]`, and `[OUTPUT]`.

    Each line with comments becomes a row; its state maps the expressions to the lists of their values, one for each iteration.
    """
    answers = []
    for position, record in enumerate(records):
        raw = response_of(record)
        code = _between(raw, "ANSWER") or _between(raw, "PYTHON") or _fenced(raw) or raw
        rows = tuple(_ces_rows(code))
        output = (_between(raw, "OUTPUT") or "").strip() or None
        answers.append(
            Answer(
                task=task_of(record, position),
                kind=AnswerKind.TRACE,
                raw=raw,
                text=output,
                rows=rows,
                model=name,
                problem=None if rows or output else "no-answer",
                code=text_of(record, "code"),
            )
        )
    return Imported("ces", tuple(answers))


def _between(text: str, tag: str) -> str | None:
    found = re.findall(rf"\[{tag}\](.*?)(?:\[/{tag}\]|$)", text, re.DOTALL)
    return found[-1].strip("\n") if found else None


def _fenced(text: str) -> str | None:
    found = _CODE_FENCE.findall(text)
    return found[-1] if found else None


def _ces_rows(code: str) -> Iterator[Row]:
    for number, line in enumerate(code.split("\n"), 1):
        source, marker, _ = line.partition("##")
        holes = _HOLE.findall(line)
        if marker and holes:
            state = dict(_filled(kind, content) for kind, content in holes)
            yield Row(source.strip(), number, None, state, note=" ".join(dict.fromkeys(kind for kind, _ in holes)).lower())


def _filled(kind: str, content: str) -> tuple[str, Stated]:
    """The expression and its value of one hole; `??` was left open. Comparison signs belong to the expression."""
    match = re.match(r"(.*?[^=<>!])=(?!=)(.*)$", content.strip(), re.DOTALL)
    expression, value = (match.group(1).strip(), match.group(2).strip()) if match else (content.strip(), "??")
    label = expression if kind == "STATE" else f"{kind.lower()}: {expression}"
    return label, stated("" if value == "??" else value)


def read_surge(records: Sequence[Mapping[str, Any] | str], *, name: str = "") -> Imported:
    """SURGE: free responses of the form `Thought: … Output: …`; the true output of a record is its `gt`."""
    from nbrepro.simulation.importers.extraction import output_answer

    answers = []
    for position, record in enumerate(records):
        raw = response_of(record)
        text = output_answer(raw)
        answers.append(
            Answer(
                task=task_of(record, position),
                kind=AnswerKind.OUTPUT,
                raw=raw,
                text=text,
                model=name,
                problem=None if text else "no-answer",
                code=text_of(record, "question"),
                question={
                    "expected": text_of(record, "gt"),
                    "category": text_of(record, "custom_category", "custom_categoery", "custom_categoey"),
                },
            )
        )
    return Imported("surge", tuple(answers))
