"""One program under one backend: from its source to the lines of its trace."""

import builtins
import hashlib
import io
import json
import os
import signal
import sys
from contextlib import suppress
from typing import Any, Callable, Dict, Iterator, Optional

from tracer_budget import within_limits
from tracer_instrumented import InstrumentBackend
from tracer_journal import Journal
from tracer_objects import name_of
from tracer_plan import Plan
from tracer_settrace import SettraceBackend
from tracer_values import encoder_for

BACKENDS: Dict[str, Any] = {"settrace": SettraceBackend, "instrumented": InstrumentBackend}
if hasattr(sys, "monitoring"):
    from tracer_monitoring import MonitoringBackend

    BACKENDS["monitoring"] = MonitoringBackend
SCHEMA = "nbrepro.trace/1"


class TimeIsUpError(BaseException):
    """The program has used up its time."""


class Written(io.TextIOBase):
    """A stream whose text becomes events."""

    def __init__(self, journal: Journal, name: str) -> None:
        super().__init__()
        self._journal = journal
        self._name = name

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self._journal.output(self._name, text)
        return len(text)


def run_program(program: Dict[str, Any], backend: str, limits: Dict[str, Any]) -> Iterator[str]:
    """The lines of the trace of a program."""
    source, filename = program["source"], program.get("filename") or "<program>"
    try:
        plan = Plan(source, filename)
    except (SyntaxError, ValueError) as error:
        yield json.dumps(header_of(program, backend, limits))
        yield json.dumps({"i": 0, **end_event("error", type(error).__name__, str(error))})
        return
    namespace: Dict[str, Any] = {"__name__": program.get("name", "__main__"), "__builtins__": builtins, "__file__": filename}
    if program.get("prelude"):
        exec(compile(program["prelude"], "<prelude>", "exec"), namespace)  # noqa: S102 - running the program is what this is for
    journal = Journal(encoder_for(limits), namespace, limits["events"])
    runner = BACKENDS[backend](plan, journal)
    end = run_watched(runner, journal, namespace, program)
    yield json.dumps(header_of(program, backend, limits))
    for event in within_limits(journal.events, limits, [end], is_closed=journal.is_closed):
        yield json.dumps(event)


def header_of(program: Dict[str, Any], backend: str, limits: Dict[str, Any]) -> Dict[str, Any]:
    """The first line of a trace."""
    source = program["source"]
    digest = hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()
    return {
        "schema": SCHEMA,
        "origin": "real",
        "py": "%d.%d.%d" % sys.version_info[:3],
        "tracer": backend,
        "convention": "after",
        "source": [{"file": program.get("filename") or "<program>", "sha256": digest, "text": source}],
        "entry": program.get("entry"),
        "limits": limits,
    }


def run_watched(runner: Any, journal: Journal, namespace: Dict[str, Any], program: Dict[str, Any]) -> Dict[str, Any]:
    """Run, with streams of our own; gives the event of the end."""
    streams = sys.stdin, sys.stdout, sys.stderr, sys.argv, sys.path[:]
    sys.stdin, sys.stdout, sys.stderr = io.StringIO(program.get("stdin", "")), Written(journal, "stdout"), Written(journal, "stderr")
    sys.argv, sys.path[:] = [program.get("filename") or "<program>"], [program.get("folder") or os.getcwd(), *sys.path[1:]]
    for name, value in runner.names().items():
        setattr(builtins, name, value)
    forget = catch_time()
    try:
        runner.run(namespace)
    except SystemExit as error:
        return end_event("exit", None, _text_of(error.code))
    except TimeIsUpError:
        return end_event("timeout", None, "")
    except MemoryError as error:
        return end_event("memory", "MemoryError", _text_of(error))
    except BaseException as error:  # noqa: BLE001 - whatever the program raises belongs to its trace
        return end_event("error", name_of(type(error)), _text_of(error))
    finally:
        journal.before_output()
        forget()
        sys.stdin, sys.stdout, sys.stderr, sys.argv, sys.path[:] = streams
    return end_event("ok", None, None)


def _text_of(value: Any) -> Optional[str]:
    """What the interpreter would print at the end; None where the program's own code, which makes it, fails."""
    with suppress(BaseException):
        return str(value)
    return None


def catch_time() -> Callable[[], Any]:
    """Raise TimeIsUpError when the time of the process is used up; gives what ends this."""
    old = signal.signal(signal.SIGPROF, _time_is_up)
    return lambda: signal.signal(signal.SIGPROF, old)


def _time_is_up(_number: int, _frame: Any) -> None:
    raise TimeIsUpError


def end_event(status: str, kind: Optional[str], message: Optional[str]) -> Dict[str, Any]:
    """The last event."""
    return {"k": "end", "status": status, "type": kind, "msg": message}
