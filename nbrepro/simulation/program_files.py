"""Programs to ask about, as they are named: JSON lines, a Python file with a call, or the text of a cell."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

from nbrepro.errors import RequestError
from nbrepro.simulation.programs import Program, read_programs


def read_named_programs(names: Iterable[str]) -> tuple[Program, ...]:
    """The programs of some files, in order.

    Args:
        names: JSON lines as `read_programs` takes them, or `FILE.py::call`; without a call it is the last expression of the file.

    Raises:
        RequestError: a file can't be read, or holds no program.
    """
    return tuple(program for name in names for program in _programs(name))


def _programs(name: str) -> tuple[Program, ...]:
    path, _, call = name.partition("::")
    if not path.endswith(".py"):
        if call:
            raise RequestError(f"{name}: a call is named only after a Python file; the programs of JSON lines have their own")
        return read_programs(Path(path))
    try:
        code = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(f"{path} can't be read as a Python program: {error}") from error
    return (Program(name, code, call.strip()) if call.strip() else program_of_text(code, name),)


def program_of_text(text: str, task: str) -> Program:
    r"""The program of a text whose last statement is the call.

    Raises:
        RequestError: it is no Python, or doesn't end with an expression.

    >>> program = program_of_text("def f(x):\n    return x + 1\n\nf(2)\n", "cell")
    >>> program.call, program.code
    ('f(2)', 'def f(x):\n    return x + 1\n')
    """
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise RequestError(f"{task} is no Python: {error}") from error
    last = body[-1] if body else None
    if not isinstance(last, ast.Expr) or not isinstance(last.value, ast.Call):
        raise RequestError(f"{task} has no call at its end: expected an expression such as f(3), or name it as FILE.py::f(3)")
    call = ast.get_source_segment(text, last) or ""
    *before, line = text.split("\n")[: last.lineno]
    begun = line.encode()[: last.col_offset].decode().rstrip(" \t;")  # the syntax tree counts bytes
    code = "\n".join([*before, begun]).rstrip() + "\n"
    return Program(task, code, ast.unparse(last.value) if "\n" in call else call)
