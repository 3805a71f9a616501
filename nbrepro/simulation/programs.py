"""Small programs that models are asked about, and what became of them when they were run."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbrepro.errors import RequestError

COMMON_IMPORTS = """\
from typing import *
from string import *
from re import *
from datetime import *
from collections import *
from heapq import *
from itertools import *
from functools import *
from math import *
from operator import *
import bisect, collections, copy, datetime, functools, heapq, itertools, math, operator, random, re, string, sys
from bisect import bisect_left, bisect_right, insort
"""
"""What LiveCodeBench's programs take for granted. The modules come after the names, so that none of them is hidden."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program with one call."""

    task: str
    """What the answers call it, such as `sample_12`."""
    code: str
    call: str
    """An expression, such as `f([1, 2])`."""
    expected: str | None = None
    """The value of the call as the publisher wrote it; None where nothing is published."""
    setup: str = ""
    """Runs before the code; its lines don't count."""


@dataclass(frozen=True, slots=True)
class RunLimits:
    """What one program may use."""

    seconds: float = 3.0
    """CPU time of one call or statement."""
    memory_bytes: int | None = 1 << 30


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a program."""

    value: str | None = None
    """`repr` of the call's value; None where there is none."""
    is_literal: bool = False
    """Whether that text alone means an equal value, so that answers can be compared without running anything."""
    problem: tuple[str, str] | None = None
    """Kind and message of the error, `timed-out`, `out-of-memory` or `died`; None where the call gave a value."""
    statements: dict[str, tuple[str, str] | None] = field(default_factory=dict)
    """Problem of each statement that was asked for; None where it ran through."""


def read_programs(path: Path) -> tuple[Program, ...]:
    """The programs of a JSON-lines file in the form of CRUXEval or of LiveCodeBench's execution tasks.

    CRUXEval: `id, code, input, output` (the call is `f(input)`). LiveCodeBench: `code, input` (the whole call) and
    `output`; `function_call` may stand for `input`. Tasks without an id are `sample_<line>`, as in both publications.

    Raises:
        RequestError: the file can't be read, or a line is no such record.
    """
    programs: list[Program] = []
    try:
        lines = path.read_text(encoding="utf-8").split("\n")  # other ends of lines may stand in the texts
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(f"{path} can't be read as a file of programs: {error}") from error
    for number, line in enumerate(lines):
        if line.strip():
            programs.append(_program(line, len(programs), f"{path}, line {number + 1}"))
    return tuple(programs)


def _program(line: str, position: int, place: str) -> Program:
    expected = f"{place}: expected a JSON object with code and input or function_call, found {line[:60]!r}"
    try:
        record: dict[str, Any] = json.loads(line)
        code, output = record["code"], record.get("output")
        call = record.get("function_call") or record["input"]
        is_whole_call = "function_call" in record or "function_name" in record
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RequestError(expected) from error
    if not isinstance(code, str) or (is_whole_call and not isinstance(call, str)):
        raise RequestError(expected)
    value = output if output is None or isinstance(output, str) else repr(output)
    task = str(record.get("task_id") or record.get("id") or f"sample_{position}")
    if "function_name" in record:  # LiveCodeBench
        return Program(task if task.startswith("sample_") else f"sample_{position}", code, call, value, COMMON_IMPORTS)
    return Program(task, code, call if is_whole_call else f"f({call})", value)


def by_task(programs: Iterable[Program]) -> dict[str, Program]:
    """The programs by their tasks."""
    return {program.task: program for program in programs}
