"""Code traced in this very process, with the objects of a running notebook."""

from __future__ import annotations

import itertools
import linecache
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import nbrepro.agent
from nbrepro.errors import RequestError
from nbrepro.model.trace import Trace
from nbrepro.traces.programs import TraceLimits
from nbrepro.traces.reading import read
from nbrepro.traces.running import Backend

_NUMBERS = itertools.count(1)
"""Each traced cell has a name of its own, by which its text is found again."""


def trace_here(source: str, namespace: dict[str, Any], *, limits: TraceLimits | None = None) -> Trace:
    """Run code in a namespace of this process and give its trace: what it changes stays changed.

    Functions and methods that stand in the namespace are recorded, too, where the text that defined them is known, as in a
    notebook; other modules are not. An exception is part of the trace. Limits on time and memory don't hold here.

    Raises:
        RequestError: it is no Python.

    >>> names = {"x": [1]}
    >>> str(trace_here("x.append(2)", names).status), names["x"]
    ('ok', [1, 2])
    """
    limits = limits or TraceLimits()
    recorder = _agent("tracer_project").Recorder(str(Backend.INSTRUMENTED), limits.as_request())
    filename = f"<traced cell {next(_NUMBERS)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    try:
        code = recorder.code_of(source, filename, namespace)
    except SyntaxError as error:
        raise RequestError(f"this can't be traced, as it is no Python: line {error.lineno}: {error.msg}") from error
    with _recorded_functions(recorder, namespace):
        end = _run(recorder, code, namespace)
    _restore_new_functions(source, filename, namespace)
    return read("\n".join(recorder.lines(source if "\n" not in source else "", end)))


def _agent(name: str) -> Any:  # noqa: ANN401 - a module
    """A module of the agent: those import one another by their names alone."""
    folder = str(Path(nbrepro.agent.__file__).parent)
    sys.path.insert(0, folder)
    try:
        return import_module(name)
    finally:
        sys.path.remove(folder)


def _run(recorder: Any, code: CodeType, namespace: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - of the agent
    """Run the code while the recorder is on; gives the event of the end."""
    end_event, objects = _agent("tracer_run").end_event, _agent("tracer_objects")
    recorder.start()
    try:
        exec(code, namespace)  # noqa: S102 - running the cell is what this is for
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever the cell raises belongs to its trace
        return dict(end_event("error", objects.name_of(type(error)), objects.message_of(error)))
    finally:
        recorder.stop()
    return dict(end_event("ok", None, None))


@contextmanager
def _recorded_functions(recorder: Any, namespace: dict[str, Any]) -> Iterator[None]:  # noqa: ANN401 - of the agent
    """Meanwhile the functions of the namespace have code that can be recorded."""
    codes: dict[str, dict[tuple[str, int], CodeType]] = {}
    swapped: list[tuple[FunctionType, CodeType]] = []
    try:
        for function in _functions(namespace):
            own = function.__code__
            if own.co_filename not in codes:
                codes[own.co_filename] = _codes_of(recorder, own.co_filename, namespace)
            new = codes[own.co_filename].get((own.co_name, own.co_firstlineno))
            if new is not None and new.co_freevars == own.co_freevars:
                swapped.append((function, own))
                function.__code__ = new
        yield
    finally:
        for function, own in swapped:
            function.__code__ = own


def _codes_of(recorder: Any, filename: str, namespace: dict[str, Any]) -> dict[tuple[str, int], CodeType]:  # noqa: ANN401 - of the agent
    """The code of a cell's functions, made anew from its text; nothing where the text isn't known."""
    text = "".join(linecache.getlines(filename))
    try:
        return _by_place(recorder.code_of(text, filename, namespace)) if text else {}
    except (SyntaxError, ValueError, RecursionError):
        return {}


def _restore_new_functions(source: str, filename: str, namespace: dict[str, Any]) -> None:
    """Give functions that the cell has defined the code that they would have without a trace."""
    plain = _by_place(compile(source, filename, "exec", dont_inherit=True))
    for function in _functions(namespace):
        own = function.__code__
        new = plain.get((own.co_name, own.co_firstlineno)) if own.co_filename == filename else None
        if new is not None and new.co_freevars == own.co_freevars:
            function.__code__ = new


def _by_place(code: CodeType) -> dict[tuple[str, int], CodeType]:
    """The code objects below one, by their names and first lines; of two at one place, as of lambdas, none."""
    found: dict[tuple[str, int], CodeType] = {}
    twice = set()
    waiting = [code]
    while waiting:
        for inner in waiting.pop().co_consts:
            if isinstance(inner, CodeType):
                place = (inner.co_name, inner.co_firstlineno)
                twice |= {place} & found.keys()
                found[place] = inner
                waiting.append(inner)
    return {place: inner for place, inner in found.items() if place not in twice}


def _functions(namespace: dict[str, Any]) -> list[FunctionType]:
    """The functions of a namespace: by their names, in classes, and in what they are wrapped in."""
    found: dict[int, FunctionType] = {}
    seen: set[int] = set()
    waiting: list[Any] = list(namespace.values())
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if type(value) is FunctionType and value.__globals__ is namespace:
            found[id(value)] = value
            waiting += [cell.cell_contents for cell in value.__closure__ or () if not _is_empty(cell)]
        elif isinstance(value, type) and value.__module__ == namespace.get("__name__"):
            waiting += vars(value).values()
        elif type(value) in {staticmethod, classmethod}:
            waiting.append(value.__func__)
        elif type(value) is property:
            waiting += [value.fget, value.fset, value.fdel]
    return list(found.values())


def _is_empty(cell: Any) -> bool:  # noqa: ANN401 - a cell of a closure
    try:
        return cell.cell_contents is cell
    except ValueError:
        return True
