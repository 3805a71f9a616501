"""Runs one program whose undefined functions are answered from outside. Started by path; standard library only, Python 3.6 on.

Reads one line from standard input, the request, and writes one JSON object a line to standard output:

    {"setup", "code", "call", "seconds", "memory", "characters", "only_names"}
    {"k": "names", "python", "functions", "refused", "has_stars", "problem", "call_problem"}
    {"k": "out", "stream", "text"}
    {"k": "call", "n", "function", "arguments", "keywords", …}, answered by {"n", "k": "value" | "raise" | "problem" | "stop", …}
    {"k": "end", "status", "type", "message", "line", "value", "literal", "ran"}

`ran` counts for each line how often a statement began there. A question that comes again with `refused` says that its answer
did not give a value.
"""

import ast
import builtins
import io
import linecache
import os
import signal
import sys
import threading
import traceback
import types
import warnings
from typing import Any, Dict, Iterable, List, Optional

from emulator_channel import Channel, stream
from emulator_code import EMULATED, RAN, prepared
from emulator_names import empty_functions, missing_names
from emulator_stubs import EmulationError, StoppedError, Stubs
from evaluator import called, confine, described, silence

PROGRAM = "<program>"
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)


class TimeIsUpError(BaseException):
    """The program has used up its CPU time."""


def main() -> None:
    """Serve one request."""
    sys.path.pop(0)  # the program shall find its own modules, not ours
    channel = Channel(os.dup(0), os.dup(1))
    request = channel.receive()
    silence()
    try:
        tree = parsed(request["code"])
    except UNREADABLE as error:
        channel.send(names_message(problem=[*described(error), getattr(error, "lineno", None)]))
        return
    try:
        tree.body += parsed_call(request["call"])
    except UNREADABLE as error:
        channel.send(names_message(call_problem=described(error)[1]))
        return
    namespace = program_module("program" if request["call"] else "__main__")
    begun = watched(lambda: prepare(request["setup"], namespace))
    missing = missing_names(tree, namespace)
    empty = [{"name": name, "lines": [node.lineno]} for node, name in empty_functions(tree)]
    channel.send(names_message(**missing, empty=empty))
    if begun["status"] != "ok":
        channel.send({"k": "end", **begun, "ran": {}})
    elif not request["only_names"]:
        channel.send({"k": "end", **run(request, tree, namespace, missing, channel)})


def parsed(code: str) -> ast.Module:
    """The program."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they are not ours to comment on
        tree: ast.Module = ast.parse(code, PROGRAM)
        compile(code, PROGRAM, "exec", dont_inherit=True)  # finds what the parser does not, such as a `return` outside
    return tree


def parsed_call(call: str) -> List[ast.stmt]:
    """The call as a statement that stands on no line of the program; none where there is no call."""
    if not call:
        return []
    statement = ast.Expr(value=ast.parse(call, "<call>", mode="eval").body)
    for node in ast.walk(statement):
        node.lineno, node.col_offset = 0, 0
    return [statement]


def names_message(**found: Any) -> Dict[str, Any]:
    """What can be said before anything runs: what the program lacks, or why it or its call is no Python."""
    nothing: Dict[str, Any] = {"functions": [], "empty": [], "refused": [], "has_stars": False, "problem": None, "call_problem": None}
    return {"k": "names", "python": "%d.%d.%d" % sys.version_info[:3], **nothing, **found}


def program_module(name: str) -> Dict[str, Any]:
    """The names of a new module, with builtins of its own: what is put there gives way to everything that the program defines."""
    module = types.ModuleType(name)
    module.__dict__.update({"__builtins__": dict(vars(builtins)), "__file__": PROGRAM})
    sys.modules[name] = module
    return module.__dict__


def prepare(setup: str, names: Dict[str, Any]) -> Dict[str, Any]:
    """Define what the program takes for granted."""
    exec(compile(setup, "<setup>", "exec", dont_inherit=True), names)  # noqa: S102 - running programs is what it is for
    return {}


def run(request: Dict[str, Any], tree: ast.Module, names: Dict[str, Any], missing: Dict[str, Any], channel: Channel) -> Dict[str, Any]:
    """Run the program; what became of it."""
    lines = io.StringIO(request["code"], newline=None).readlines()
    linecache.cache[PROGRAM] = (len(request["code"]), None, lines, PROGRAM)
    ran = [0] * (len(lines) + 2)
    outputs = stream(channel, "stdout"), stream(channel, "stderr")
    stubs = Stubs(channel, lambda: flush(outputs), names, int(request["characters"]))
    own = names["__builtins__"]
    own.update({found["name"]: stubs.named(found["name"], found["is_async"]) for found in missing["functions"]})
    own.update({RAN: ran, EMULATED: stubs.instead, "EmulationError": EmulationError})
    if request["call"]:
        tree.body.pop()
    sys.argv, sys.stdout, sys.stderr = [PROGRAM], *outputs
    end = watched(lambda: limited(request, tree, names))
    flush(outputs)
    return {**end, "ran": {line: count for line, count in enumerate(ran) if count}}


def flush(outputs: Iterable[Any]) -> None:
    """Send what was printed; a program may have closed its streams."""
    for output in outputs:
        if not output.closed:
            output.flush()


def limited(request: Dict[str, Any], tree: ast.Module, names: Dict[str, Any]) -> Dict[str, Any]:
    """Run the code under limits, then the call."""
    code = compile(prepared(tree), PROGRAM, "exec", dont_inherit=True)
    confine(float(request["seconds"]), int(request["memory"]), time_is_up)
    exec(code, names)  # noqa: S102 - running programs is what it is for
    answer = called(request["call"], names) if request["call"] else {}
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    return answer


def time_is_up(_number: int, _frame: Any) -> None:
    """Ends the program from within, so that what it did is not lost."""
    raise TimeIsUpError


def watched(work: Any) -> Dict[str, Any]:
    """What some work gives, or how it ended."""
    try:
        answer = work()
    except StoppedError as error:
        return ended(error.status, [None, error.message])
    except TimeIsUpError:
        return ended("timed-out", [None, "more CPU time than allowed"])
    except MemoryError:
        return ended("out-of-memory", [None, "more memory than allowed"])
    except SystemExit as error:
        return ended("exit", ["SystemExit", str(error.code)])
    except BaseException as error:  # noqa: BLE001 - a program may raise anything
        return ended("error", described(error), error)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    problem = answer.get("problem")
    return {**ended("error" if problem else "ok", problem or [None, None]), **answer}


def ended(status: str, problem: List[Any], error: Optional[BaseException] = None) -> Dict[str, Any]:
    """The last message."""
    line = None
    if error is not None:
        if isinstance(error, SyntaxError) and error.filename == PROGRAM:
            line = error.lineno
        for frame, number in traceback.walk_tb(error.__traceback__):
            line = number if frame.f_code.co_filename == PROGRAM else line
    return {"status": status, "type": problem[0], "message": problem[1], "line": line, "value": None, "literal": False}


if __name__ == "__main__":
    main()
