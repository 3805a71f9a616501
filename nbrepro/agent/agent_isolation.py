"""What makes a forked process as independent of its siblings as one that was started."""

import gc
import io
import os
import random
import signal
import sys
import tempfile
from contextlib import suppress
from itertools import takewhile
from typing import Dict, List, Mapping, Optional

MODULES = (
    "agent_channel",
    "agent_failures",
    "agent_isolation",
    "agent_kernel",
    "agent_messages",
    "agent_preload",
    "agent_processes",
    "agent_sockets",
    "agent_streams",
    "agent_tasks",
)
EXIT_SECONDS = 5
FILES = (io.TextIOWrapper, io.BufferedWriter)
"""Kinds of files that hold back what was written."""
STARTED_WITH = "/proc/self/environ"
"""The variables with which the process was started: Python itself may set one (`LC_CTYPE`), as do some packages."""


def enter(folder: str, variables: Dict[str, str], changes: Dict[str, Optional[str]], descriptors: List[int]) -> None:
    """Take a folder, variables and standard streams as one's own, in a session of one's own.

    `changes` are the variables that building the kernel has set (None: removed).
    """
    os.setsid()
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
    for descriptor in set(descriptors) - {0, 1, 2}:
        os.close(descriptor)
    os.chdir(folder)
    processes = sys.modules.get("multiprocessing.process")
    if processes is not None:  # which notes its folder when it is imported: processes that are started find modules there
        processes.ORIGINAL_DIR = os.getcwd()
    _set_variables({**variables, **changes})
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    tempfile.tempdir = None
    _add_paths(variables.get("PYTHONPATH", ""))


def variables_at_start() -> Dict[str, str]:
    """The variables with which this process was started."""
    with open(STARTED_WITH, "rb") as file:
        pairs = [entry.partition(b"=") for entry in file.read().split(b"\0") if entry]
    return {os.fsdecode(name): os.fsdecode(value) for name, _, value in pairs}


def _set_variables(wanted: Mapping[str, Optional[str]]) -> None:
    """Make these the variables of this process (None: without it), in this order, which programs can print.

    What stands at its place is left alone, as each change takes time.
    """
    kept = {name: value for name, value in wanted.items() if value is not None}
    names = list(os.environ)
    in_place = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(names, kept)))
    for name in names[in_place:]:
        del os.environ[name]
    for name, value in kept.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


def _add_paths(paths: str) -> None:
    """The folders of PYTHONPATH; relative ones begin in the folder of this process, not in that of the server."""
    found = [os.path.abspath(path) for path in paths.split(os.pathsep) if path]
    own = [path for path in sys.path if path not in found]
    sys.path[:] = found + own if not own or own[0] != "" else ["", *found, *own[1:]]


def reseed() -> None:
    """Random numbers that no sibling draws."""
    random.seed()
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()


def hide() -> None:
    """Forget the modules of the server."""
    for name in MODULES:
        sys.modules.pop(name, None)


def leave() -> None:
    """End as an interpreter ends, as far as others can see it: threads are waited for, exit functions run, files are flushed.

    What nobody can see is left out: to take a few hundred modules apart takes as long as some notebooks.
    """
    import atexit
    import threading

    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(EXIT_SECONDS)
    for end in (threading._shutdown, atexit._run_exitfuncs):  # type: ignore[attr-defined]
        with suppress(BaseException):
            end()
    for file in [thing for thing in gc.get_objects() if issubclass(type(thing), FILES)]:  # by class: a proxy would make what it stands for
        with suppress(Exception):
            if not file.closed:
                file.flush()
    os._exit(0)
