"""What debugging models leave behind: LDB's results (FloridSleeves/LLMDebugger) and MGDebugger's responses (YerbaPage/MGDebugger)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from nbrepro.simulation.answers import Answer, AnswerKind, Imported
from nbrepro.simulation.importers.records import response_of, task_of

_CODE = re.compile(r"```python\s*(.*?)\s*```", re.DOTALL)
_JSON = re.compile(r"```json\s*(.*?)\s*```", re.DOTALL)
_REAL_OUTPUT = re.compile(r"^(.*?)\s*# Real Execution Output:\s*(.*)$", re.DOTALL)


def read_ldb(records: Sequence[Mapping[str, Any]], *, name: str = "") -> Imported:
    """LDB's `results.jsonl`: one answer for each implementation that was tried; the last one has the published `is_solved`.

    The question of an answer holds the failed tests with their real outputs, as LDB showed them to the model.
    """
    answers: list[Answer] = []
    for position, record in enumerate(records):
        tried = list(record.get("implementations") or [record.get("solution") or ""])
        feedback = list(record.get("test_feedback") or [])
        for number, code in enumerate(tried):
            is_last = number == len(tried) - 1
            shown = feedback[number] if number < len(feedback) else []
            answers.append(
                Answer(
                    task=task_of(record, position),
                    kind=AnswerKind.VERDICT,
                    raw=str(code),
                    text=str(code) or None,
                    sample=number,
                    model=name,
                    published=bool(record["is_solved"]) if is_last and "is_solved" in record else None,
                    problem=None if code else "no-answer",
                    code=str(code),
                    question=dict(_failed(text) for text in shown if isinstance(text, str)),
                )
            )
    return Imported("ldb", tuple(answers))


def _failed(text: str) -> tuple[str, str]:
    """A failed test and what it really gave."""
    match = _REAL_OUTPUT.match(text)
    return (match.group(1), match.group(2)) if match else (text, "")


def read_mgdebugger(records: Sequence[Mapping[str, Any] | str], *, name: str = "") -> Imported:
    """MGDebugger's responses in Markdown: repaired code in the last `python` block, or `test_cases` in a `json` block.

    Test cases become answers about outputs, as the model works them out: their question holds the input.
    """
    answers: list[Answer] = []
    for position, record in enumerate(records):
        raw = response_of(record)
        task = task_of(record, position)
        cases = _test_cases(raw)
        codes = _CODE.findall(raw)
        if not cases:
            code = codes[-1] if codes else None
            problem = None if code else "no-answer"
            answers.append(Answer(task, AnswerKind.VERDICT, raw, code, model=name, problem=problem, code=code or ""))
        for number, case in enumerate(cases):
            text = _case_output(case)
            question = {"input": json.dumps(case.get("input")) if "input" in case else ""}
            answers.append(
                Answer(
                    task,
                    AnswerKind.OUTPUT,
                    raw,
                    text,
                    sample=number,
                    model=name,
                    problem=None if text is not None else "malformed",
                    question=question,
                )
            )
    return Imported("mgdebugger", tuple(answers))


def _test_cases(raw: str) -> list[Mapping[str, Any]]:
    for block in [*_JSON.findall(raw), raw]:
        try:
            found = json.loads(block)
        except ValueError:
            continue
        cases = found.get("test_cases") if isinstance(found, dict) else None
        if isinstance(cases, list):
            return [case if isinstance(case, dict) else {} for case in cases]
    return []


def _case_output(case: Mapping[str, Any]) -> str | None:
    """JSON values as Python writes them."""
    name = next((name for name in ("expected_output", "output", "expected") if name in case), None)
    return repr(case[name]) if name else None
