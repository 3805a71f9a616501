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
from typing import Any, Dict

from tracer_cells import run_cells
from tracer_run import BACKENDS, run_program

MEGABYTE = 1 << 20


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
        _, status = os.waitpid(child, 0)
        _note_end(program["to"], status)


def _run_in_child(program: Dict[str, Any], request: Dict[str, Any]) -> None:
    status = 1
    try:
        _limit(request)
        if "cells" in program:
            lines = list(run_cells({**request, **program}))
        else:
            lines = list(run_program(program, request["backend"], request["limits"]))
        with open(program["to"], "w", encoding="utf-8", errors="surrogatepass") as file:
            file.writelines(line + "\n" for line in lines)
        status = 0
    except BaseException:  # noqa: BLE001 - the child must not go on as its parent
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(status)


def _limit(request: Dict[str, Any]) -> None:
    megabytes = request.get("megabytes")
    if megabytes:
        resource.setrlimit(resource.RLIMIT_AS, (megabytes * MEGABYTE, megabytes * MEGABYTE))
    seconds = request.get("seconds")
    if seconds:
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 2, int(seconds) + 3))
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _note_end(path: str, status: int) -> None:
    """Say how the child ended where it could not say so itself."""
    if not os.path.exists(path):
        killed = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        reason = "timeout" if killed in {signal.SIGPROF, signal.SIGXCPU} else "died"
        with open(path, "w", encoding="utf-8") as file:
            file.write(json.dumps({"schema": "nbrepro.trace/1", "origin": "real"}) + "\n")
            file.write(json.dumps({"i": 0, "k": "end", "status": reason, "type": None, "msg": "signal %d" % killed}) + "\n")


if __name__ == "__main__":
    main()
