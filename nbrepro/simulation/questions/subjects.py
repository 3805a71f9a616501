"""Makes programs ready to be asked about: what they really do has to be known before a model is asked."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from nbrepro.errors import RequestError
from nbrepro.simulation.programs import Outcome, Program
from nbrepro.simulation.questions.asked import Ask, Subject
from nbrepro.simulation.questions.ways import WAYS
from nbrepro.simulation.real_traces import RealTrace, trace_programs
from nbrepro.simulation.running import run_programs


@dataclass(frozen=True, slots=True)
class Prepared:
    """Programs with what is known of their real runs."""

    subjects: Mapping[Ask, tuple[Subject, ...]]
    """For each way of asking, the programs that can be asked about in it."""
    real: Mapping[str, RealTrace]
    """Real traces by task; empty where no way of asking needs them."""
    not_asked: Mapping[str, str]
    """Tasks that can't be asked about in one of the ways, and why."""


def prepare(programs: Sequence[Program], ways: Collection[Ask], *, python: str | None = None) -> Prepared:
    """Run and trace programs as far as the ways of asking need it.

    Raises:
        RequestError: there is no program, a task is named twice, a program is no Python, or the interpreter can't be used.
    """
    _check(programs)
    outcomes = run_programs(programs, python=python) if any(WAYS[ask].needs_value for ask in ways) else {}
    real = trace_programs(programs, python) if any(WAYS[ask].needs_trace for ask in ways) else {}
    subjects: dict[Ask, list[Subject]] = {ask: [] for ask in ways}
    not_asked: dict[str, str] = {}
    for program in programs:
        outcome, trace = outcomes.get(program.task, Outcome()), real.get(program.task, RealTrace(()))
        for ask in ways:
            problem = _problem(ask, outcome, trace)
            if problem:
                not_asked[program.task] = problem
            else:
                subjects[ask].append(Subject(program, outcome.value if outcome.value is not None else trace.value, trace.moments))
    return Prepared({ask: tuple(found) for ask, found in subjects.items()}, real, not_asked)


def _problem(ask: Ask, outcome: Outcome, trace: RealTrace) -> str | None:
    if WAYS[ask].needs_value and outcome.value is None:
        return "its call gives no value: " + ": ".join(part for part in outcome.problem or ("it was not run",) if part)
    return trace.problem if WAYS[ask].needs_trace else None


def _check(programs: Sequence[Program]) -> None:
    if not programs:
        raise RequestError("there is no program to ask about")
    seen: set[str] = set()
    for program in programs:
        if program.task in seen:
            raise RequestError(f"two programs have the task {program.task!r}; answers could not be told apart")
        seen.add(program.task)
        for what, text in (("its code", program.code), ("its call", program.call)):
            _check_syntax(text, f"{program.task}: {what}", mode="eval" if text is program.call else "exec")


def _check_syntax(text: str, what: str, *, mode: str) -> None:
    try:
        ast.parse(text.strip() if mode == "eval" else text, mode=mode)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        place = f" (line {error.lineno})" if isinstance(error, SyntaxError) and error.lineno else ""
        raise RequestError(f"{what} is no Python that can be asked about: {error.args[0] if error.args else error}{place}") from error
