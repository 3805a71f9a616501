"""Answers by what they are about: how often they are right for short and long programs, shallow and deep loops, each kind of value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nbrepro.errors import RequestError
from nbrepro.model import Verdict
from nbrepro.model.intervals import wilson
from nbrepro.simulation.features import features_of
from nbrepro.simulation.mistakes import Mistake
from nbrepro.simulation.scoring import Score
from nbrepro.simulation.traced import TraceScore

BOUNDS: Final = {"length": (5, 10, 15, 20, 30, 50), "steps": (10, 20, 50, 100, 200, 500)}
"""Where classes of lines and of real steps end, both inclusive; one more class holds what is larger."""
BY: Final = ("length", "loops", "type", "model", "kind", "steps")
"""By what answers can be grouped: lines of code, depth of nested loops, type of the real value, model, kind of question, and for
traces the number of real steps."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One answer as far as groups need it."""

    model: str
    task: str
    is_right: bool
    mistake: Mistake | None
    features: Mapping[str, int | str]
    """What can be said of it under each name of `BY`; a name is absent where nothing is known."""


@dataclass(frozen=True, slots=True)
class Group:
    """Answers that share a feature."""

    label: str
    answers: int
    right: int
    tasks: int

    @property
    def share(self) -> float:
        """How many are right, from 0 to 1."""
        return self.right / self.answers

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's at 95 %, as if all answers to a task were one: samples of a task resemble each other, and count as one.

        >>> [round(bound, 3) for bound in Group("a", 20, 10, 10).interval] == [round(bound, 3) for bound in wilson(5, 10)]
        True
        """
        return wilson(self.share * self.tasks, self.tasks)


def judged(score: Score) -> tuple[Judged, ...]:
    """The answers of a score that could be compared."""
    found = []
    for scored in score.answers:
        if scored.verdict.verdict is not Verdict.NOT_COMPARED:
            answer = scored.answer
            features = features_of(score.programs.get(answer.task), score.outcomes.get(answer.task))
            about = {**features, "model": answer.model, "kind": answer.kind.value}
            found.append(Judged(answer.model, answer.task, scored.verdict.is_right, scored.verdict.mistake, about))
    return tuple(found)


def judged_traces(score: TraceScore) -> tuple[Judged, ...]:
    """Stated traces; one is right where nothing but notation differs."""
    found = []
    for aligned in score.aligned:
        answer, first = aligned.answer, aligned.alignment.divergence
        about = {
            **features_of(aligned.program, None),
            "model": answer.model,
            "kind": answer.kind.value,
            "steps": aligned.alignment.moments,
        }
        found.append(Judged(answer.model, answer.task, first is None, first.mistake if first else None, about))
    return tuple(found)


def groups(answers: Iterable[Judged], by: str) -> tuple[Group, ...]:
    """The answers in groups, in the order of their feature: the smallest first, types and models by name.

    Answers of which the feature is not known stand last, as `unknown`.

    Raises:
        RequestError: `by` is none of `BY`.
    """
    if by not in BY:
        raise RequestError(f"by={by!r}: expected one of {', '.join(BY)}")
    parts: defaultdict[int | str, list[Judged]] = defaultdict(list)
    for answer in answers:
        parts[_class(answer, by)].append(answer)
    ordered = sorted(parts.items(), key=lambda part: (part[0] == _UNKNOWN, isinstance(part[0], str), part[0]))
    return tuple(_group(_label(value, by), found) for value, found in ordered)


_UNKNOWN: Final = "unknown"


def _class(answer: Judged, by: str) -> int | str:
    """The feature itself, or for lines and steps the number of its class."""
    value = answer.features.get(by, _UNKNOWN)
    if isinstance(value, str) or by not in BOUNDS:
        return value
    return sum(value > bound for bound in BOUNDS[by])


def _label(value: int | str, by: str) -> str:
    if isinstance(value, str):
        return value
    if by in BOUNDS:
        return f"{in_class(value, BOUNDS[by])} {_UNITS[by]}"
    return "no loop" if value == 0 else f"{value} deep"


_UNITS: Final = {"length": "lines", "steps": "steps"}


def in_class(number: int, bounds: Sequence[int]) -> str:
    """What belongs to a class, in words.

    >>> in_class(0, (5, 10)), in_class(1, (5, 10)), in_class(2, (5, 10))
    ('1–5', '6–10', 'more than 10')
    """
    if number == len(bounds):
        return f"more than {bounds[-1]}"
    return f"{bounds[number - 1] + 1 if number else 1}–{bounds[number]}"


def _group(label: str, answers: Sequence[Judged]) -> Group:
    return Group(label, len(answers), sum(one.is_right for one in answers), len({one.task for one in answers}))


def by_model(answers: Iterable[Judged]) -> dict[str, tuple[Judged, ...]]:
    """The answers of each model, in the order in which the models come."""
    return _parted(answers, lambda answer: answer.model)


def _parted(answers: Iterable[Judged], name: Callable[[Judged], str]) -> dict[str, tuple[Judged, ...]]:
    parts: defaultdict[str, list[Judged]] = defaultdict(list)
    for answer in answers:
        parts[name(answer)].append(answer)
    return {key: tuple(found) for key, found in parts.items()}


def mistakes(answers: Sequence[Judged]) -> tuple[Group, ...]:
    """For each class of mistakes, how many of all answers have it (`right` counts those), the most frequent first."""
    parts = _parted((one for one in answers if one.mistake), lambda answer: str(answer.mistake))
    tasks = len({one.task for one in answers})
    found = [Group(name, len(answers), len(wrong), tasks) for name, wrong in parts.items()]
    return tuple(sorted(found, key=lambda group: (-group.right, group.label)))


POSITIONS: Final = 10
"""Parts of a trace in which first divergences are counted."""


def divergence_positions(score: TraceScore) -> dict[str, tuple[tuple[int, ...], int]]:
    """For each model, in which tenth of the real trace its answers first part from it, and how many never do."""
    counts: dict[str, list[int]] = {}
    clean: defaultdict[str, int] = defaultdict(int)
    for aligned in score.aligned:
        model = aligned.answer.model
        found = counts.setdefault(model, [0] * POSITIONS)
        if aligned.alignment.is_clean:
            clean[model] += 1
        else:
            found[min(POSITIONS - 1, int(POSITIONS * aligned.alignment.right_before))] += 1
    return {model: (tuple(found), clean[model]) for model, found in counts.items()}
