"""Runs a program and writes its trace. Started with a file of requests; standard library only, Python 3.6 on.

The file has one JSON object: `{"programs": [...], "backend": ..., "limits": {...}, "seconds": ...}`. Each program is run in a
forked child; its trace is written, as JSONL, to the file that the program names.
"""

import json
import os
import resource
import signal
import sys
import traceback
from typing import Any, Dict, Iterable, Optional, Tuple

from tracer_cells import run_cells
from tracer_pytest import run_test
from tracer_run import BACKENDS, run_program

MEGABYTE = 1 << 20
START_SECONDS = 60
"""What pytest may compute before the test begins."""


def main() -> None:
    """Run every program of the request."""
    with open(sys.argv[1], encoding="utf-8") as file:
        request = json.load(file)
    if request["backend"] and request["backend"] not in BACKENDS:
        sys.exit("Python %d.%d has no backend %r; it has %s" % (*sys.version_info[:2], request["backend"], ", ".join(sorted(BACKENDS))))
    for program in request["programs"]:
        child = os.fork()
        if child == 0:
            _run_in_child(program, request)
        status, is_late = _awaited(child, request.get("waiting"))
        _note_end(program["to"], status, is_late=is_late)


def _awaited(child: int, seconds: Optional[float]) -> Tuple[int, bool]:
    """The status with which a child ends, and whether it had to be stopped, as it has waited too long."""
    late = []

    def stop(_number: int, _frame: Any) -> None:
        late.append(True)
        os.kill(child, signal.SIGKILL)

    old = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds or 0)
    try:
        return os.waitpid(child, 0)[1], bool(late)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


def _run_in_child(program: Dict[str, Any], request: Dict[str, Any]) -> None:
    status = 1
    try:
        _limit(request, START_SECONDS if "test" in program else 0)
        if "cells" in program:
            _write_at_once(run_cells({**request, **program}), program["to"])
        else:
            run = run_test if "test" in program else run_program
            lines = list(run({**program, "seconds": request["seconds"]}, request["backend"], request["limits"]))
            with open(program["to"], "w", encoding="utf-8", errors="surrogatepass") as file:
                file.writelines(line + "\n" for line in lines)
        status = 0
    except BaseException:  # noqa: BLE001 - the child must not go on as its parent
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(status)


def _write_at_once(lines: Iterable[str], path: str) -> None:
    """Write each line as soon as it is there: those before the death of the process stay."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for line in lines:
        os.write(file, (line + "\n").encode("ascii"))


def _limit(request: Dict[str, Any], more: int) -> None:
    megabytes = request.get("megabytes")
    if megabytes:
        resource.setrlimit(resource.RLIMIT_AS, (megabytes * MEGABYTE, megabytes * MEGABYTE))
    seconds = request.get("seconds")
    if seconds:
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + more + 2, int(seconds) + more + 3))
        signal.setitimer(signal.ITIMER_PROF, seconds + more)


def _note_end(path: str, status: int, *, is_late: bool) -> None:
    """Say how the child ended where it could not say so itself."""
    if status == 0 and os.path.exists(path):
        return
    killed = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    reason = "timeout" if is_late or killed in {signal.SIGPROF, signal.SIGXCPU} else "died"
    with open(path, "a", encoding="utf-8") as file:
        if not file.tell():
            file.write(json.dumps({"schema": "nbrepro.trace/1", "origin": "real"}) + "\n")
        file.write(json.dumps({"i": 0, "k": "end", "status": reason, "type": None, "msg": "signal %d" % killed}) + "\n")


if __name__ == "__main__":
    main()
