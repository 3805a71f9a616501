"""Runs small programs one after another, each in a forked process of its own with limits on time and memory.

Reads one JSON object a line from standard input and writes one a line to standard output, in the same order:

    {"setup", "code", "call", "statements", "seconds", "memory"}
    {"value", "literal", "problem", "outcomes"}

`value` is the `repr` of the call's value, `literal` whether that text alone means an equal value; `problem` is `null` or
`[kind, message]`. Every statement runs in a further fork of the process in which the code is defined, so that none sees
what another did; its outcome is `passed` or the problem that it met.
"""

import ast
import gc
import json
import os
import resource
import select
import signal
import socket
import sys
import time
from typing import Any, Callable, Dict, List, Optional

WALL_FACTOR = 8.0
"""How much longer than its CPU time a program may wait: the machine may be busy."""
VALUE_CHARACTERS = 1000000
MESSAGE_CHARACTERS = 500
FORBIDDEN = ("os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.system", "os.spawn", "os.startfile", "os.kill", "os.killpg")
FORBIDDEN_KINDS = ("ftplib", "pty", "shutil", "smtplib", "socket", "subprocess", "tempfile", "urllib", "webbrowser")
PREPARED: Dict[str, Dict[str, Any]] = {}
"""The names that each setup has defined."""
CHANGING = ("os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.truncate")


def guard(event: str, arguments: Any) -> None:
    """An audit hook that stops what a small program has no business with: files, processes, the network."""
    if event == "socket.__new__" and arguments[1] == getattr(socket, "AF_UNIX", None):
        return  # event loops wake themselves through a pair of these; to connect one to anything else is an event of its own
    if event in FORBIDDEN or event in CHANGING or event.partition(".")[0] in FORBIDDEN_KINDS:
        raise PermissionError("a program may not do this: " + event)
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        raise PermissionError("a program may not write files")


def confine(seconds: float, memory: int, when_up: Any = signal.SIG_DFL) -> None:
    """Limits of this process, and its guard; `when_up` handles the signals of the end of its CPU time, which by default end it."""
    for number in (signal.SIGPROF, signal.SIGXCPU):
        signal.signal(number, when_up)
    whole = int(seconds) + (seconds % 1 > 0)
    resource.setrlimit(resource.RLIMIT_CPU, (whole, whole + 1))
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    signal.setitimer(signal.ITIMER_PROF, seconds)
    gc.enable()
    if hasattr(sys, "addaudithook"):
        sys.addaudithook(guard)


def in_fork(work: Callable[[], Any], wall: float) -> Any:
    """What `work` gives in a forked process, or its problem."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _answer(work, writing)
    os.close(writing)
    try:
        content = _read(reading, time.monotonic() + wall)
    finally:
        os.close(reading)
        _kill(pid)
        status = os.waitpid(pid, 0)[1]
    if content is None:
        return {"problem": ["timed-out", "no answer within %.1f s" % wall]}
    try:
        return json.loads(content.decode())
    except ValueError:
        return {"problem": _death(status)}


def _answer(work: Callable[[], Any], writing: int) -> None:
    try:
        content = json.dumps(work()).encode()
    except MemoryError:
        content = json.dumps({"problem": ["out-of-memory", "more memory than allowed"]}).encode()
    except BaseException as error:  # noqa: BLE001 - a program may raise anything
        content = json.dumps({"problem": described(error)}).encode()
    try:
        while content:
            content = content[os.write(writing, content) :]
    finally:
        os._exit(0)


def _read(reading: int, deadline: float) -> Optional[bytes]:
    content = b""
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([reading], [], [], left)[0]:
            return None
        part = os.read(reading, 65536)
        if not part:
            return content
        content += part


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError:
        return


def _death(status: int) -> List[str]:
    ended_by = status & 0x7F
    if ended_by in (signal.SIGPROF, signal.SIGXCPU, signal.SIGKILL):
        return ["timed-out", "more CPU time than allowed"]
    return ["died", "signal %d" % ended_by if ended_by else "it ended its process"]


def described(error: BaseException) -> List[str]:
    """An error as `[type, message]`."""
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 - of a foreign class
        message = ""
    return [type(error).__name__, message[:MESSAGE_CHARACTERS]]


def evaluate(request: Dict[str, Any]) -> Dict[str, Any]:
    """Answer one request."""
    wall = float(request["seconds"]) * WALL_FACTOR
    prepare(request["setup"])
    return dict(in_fork(lambda: _answered(request, wall), wall * (2 + len(request["statements"]))))


def prepare(setup: str) -> None:
    """Run a setup once, so that the forks find its modules imported."""
    if setup not in PREPARED:
        PREPARED[setup] = {"__name__": "program"}
        exec(compile(setup, "<setup>", "exec", dont_inherit=True), PREPARED[setup])  # noqa: S102 - running programs is what it is for
        freeze()


def _answered(request: Dict[str, Any], wall: float) -> Dict[str, Any]:
    """Fork for every statement once the program is defined; the call comes last and needs no further fork."""
    silence()
    names = dict(PREPARED[request["setup"]])
    limits = (float(request["seconds"]), int(request["memory"]))
    if not request["statements"]:
        return dict(_confined(limits, lambda: _called_in(request, names)))
    answer = dict(in_fork(lambda: _confined(limits, lambda: _called_in(request, dict(names))), wall))
    signal.setitimer(signal.ITIMER_PROF, limits[0])
    exec(compile(request["code"], "<program>", "exec", dont_inherit=True), names)  # noqa: S102 - running programs is what it is for
    signal.setitimer(signal.ITIMER_PROF, 0)
    answer["outcomes"] = []
    for statement in request["statements"]:
        found = in_fork(lambda text=statement: _confined(limits, lambda: stated(text, names)), wall)
        answer["outcomes"].append(found["problem"] or "passed")
    return answer


def _called_in(request: Dict[str, Any], names: Dict[str, Any]) -> Dict[str, Any]:
    exec(compile(request["code"], "<program>", "exec", dont_inherit=True), names)  # noqa: S102 - running programs is what it is for
    return called(request["call"], names)


def silence() -> None:
    """Let nothing of a program reach the streams of this process."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    sys.stdin = os.fdopen(0)
    sys.stdout = sys.stderr = os.fdopen(1, "w")


def _confined(limits: Any, work: Callable[[], Any]) -> Any:
    confine(*limits)
    return work()


def called(call: str, names: Dict[str, Any]) -> Dict[str, Any]:
    """The value of an expression, as text."""
    value = eval(compile(call, "<call>", "eval", dont_inherit=True), names)  # noqa: S307 - running programs is what it is for
    text = repr(value)
    if len(text) > VALUE_CHARACTERS:
        return {"value": None, "literal": False, "problem": ["value-too-long", "%d characters" % len(text)]}
    return {"value": text, "literal": _is_literal(text, value), "problem": None}


def _is_literal(text: str, value: Any) -> bool:
    try:
        return bool(ast.literal_eval(text) == value)
    except Exception:  # noqa: BLE001 - of a foreign class
        return False


def stated(statement: str, names: Dict[str, Any]) -> Dict[str, Any]:
    """Whether a statement, such as an assertion, runs through."""
    exec(compile(statement, "<statement>", "exec", dont_inherit=True), names)  # noqa: S102 - running programs is what it is for
    return {"problem": None}


def freeze() -> None:
    """Keep the collector from touching, and so copying, what all forks share."""
    gc.collect()
    gc.disable()
    if hasattr(gc, "freeze"):
        gc.freeze()


def main() -> None:
    """Serve until standard input ends."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 1000))
    freeze()
    for line in sys.stdin:
        try:
            answer = evaluate(json.loads(line))
        except Exception as error:  # noqa: BLE001 - the next program still has its turn
            answer = {"problem": described(error)}
        sys.stdout.write(json.dumps({"value": None, "literal": False, "problem": None, "outcomes": [], **answer}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
