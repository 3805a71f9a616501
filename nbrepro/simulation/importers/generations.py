"""Answers of CRUXEval and of LiveCodeBench's code execution.

Sources: facebookresearch/cruxeval (`evaluation/`), minimario/cruxeval-lcb, LiveCodeBench/LiveCodeBench (`lcb_runner`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nbrepro.simulation.answers import Answer, AnswerKind, Imported
from nbrepro.simulation.importers.extraction import tagged_answer


def read_generations(content: Any, *, name: str = "", kind: AnswerKind | None = None) -> Imported:  # noqa: ANN401 - decoded JSON
    """`generations.json`: `{"sample_0": ["…", …], …}`; the scored file has it as `raw_generations` beside the verdicts.

    Args:
        content: the decoded JSON.
        name: the file's name, which says in these publications whether inputs or outputs were asked for, and of which model.
        kind: what was asked; None to take it from the name.
    """
    is_scored = "raw_generations" in content
    generations: Mapping[str, Sequence[str]] = content["raw_generations"] if is_scored else content
    verdicts: Mapping[str, Sequence[bool]] = content.get("raw_scored_generations", {}) if is_scored else {}
    wanted = kind or (AnswerKind.INPUT if "input" in name else AnswerKind.OUTPUT)
    problems: list[str] = []
    answers = tuple(_answers(generations, verdicts, wanted, name, problems))
    return Imported("cruxeval-scored" if is_scored else "cruxeval-generations", answers, tuple(problems))


def _answers(
    generations: Mapping[str, Sequence[str]], verdicts: Mapping[str, Sequence[bool]], kind: AnswerKind, name: str, problems: list[str]
) -> Iterator[Answer]:
    for task, texts in generations.items():
        published = verdicts.get(task, ())
        if published and len(published) != len(texts):
            problems.append(f"{task}: {len(texts)} answers, {len(published)} verdicts")
            published = ()
        for sample, raw in enumerate(texts):
            text = final_text(raw)
            yield Answer(
                task=task,
                kind=kind,
                raw=raw,
                text=text,
                sample=sample,
                model=name,
                published=bool(published[sample]) if published else None,
                problem=None if text else "no-answer",
            )


def final_text(raw: object) -> str | None:
    """The answer in a field that holds either the answer alone or a whole response with tags; None where there is none."""
    if not isinstance(raw, str) or not raw.strip():
        return None
    return tagged_answer(raw) if "[ANSWER]" in raw or "[/ANSWER]" in raw else raw.strip()


def read_livecodebench(records: Sequence[Mapping[str, Any]], *, name: str = "") -> Imported:
    """A saved result of LiveCodeBench's execution scenario: records with `output_list`, `pred_list`, `graded_list`.

    The fields are those of `lcb_runner/benchmarks/code_execution.py`; `pred_list` holds the extracted answers.
    """
    answers = []
    for position, record in enumerate(records):
        raws = record.get("output_list") or record.get("pred_list") or []
        texts = record.get("pred_list") or raws
        grades = record.get("graded_list") or []
        for sample, raw in enumerate(raws):
            text = final_text(texts[sample]) if sample < len(texts) else None
            answers.append(
                Answer(
                    task=str(record.get("id") or record.get("question_id") or f"sample_{position}"),
                    kind=AnswerKind.OUTPUT,
                    raw=str(raw),
                    text=text,
                    sample=sample,
                    model=name,
                    published=bool(grades[sample]) if sample < len(grades) else None,
                    problem=None if text else "no-answer",
                    code=str(record.get("code", "")),
                    question={"call": str(record.get("input", "")), "expected": str(record.get("output", ""))},
                )
            )
    return Imported("livecodebench", tuple(answers))


def read_cruxeval_x(records: Sequence[Mapping[str, Any]], *, name: str = "", kind: AnswerKind | None = None) -> Imported:
    """`infer_results` of CRUXEVAL-X: `{id, res, error, error_message, code, answer}`; `res` is `pass` where the code ran through.

    The question is the code with a hole `????`; `answer` is what the model put there.
    """
    wanted = kind or (AnswerKind.INPUT if "input" in name else AnswerKind.OUTPUT)
    answers = []
    for position, record in enumerate(records):
        text = final_text(record.get("answer"))
        answers.append(
            Answer(
                task=f"sample_{record.get('id', position)}",
                kind=wanted,
                raw=str(record.get("answer", "")),
                text=text,
                model=name,
                published=_passed(record.get("res")),
                problem=None if text else "no-answer",
                code=str(record.get("code", "")),
                question={key: str(record[key]) for key in ("error", "error_message") if record.get(key)},
            )
        )
    return Imported("cruxeval-x", tuple(answers))


def _passed(result: object) -> bool | None:
    if isinstance(result, bool):
        return result
    words = {"pass": True, "passed": True, "true": True, "success": True, "ok": True}
    return words.get(str(result).strip().lower(), False) if result is not None else None
