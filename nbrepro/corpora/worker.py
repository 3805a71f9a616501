"""A worker process: takes items from its pipe, runs one at a time in isolation, and sends back what came of each.

python -m nbrepro.corpora.worker DESCRIPTOR [--network]
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path

from nbrepro.corpora.isolation import Level, clean_variables, empty, leave_network
from nbrepro.execution.guards import guarded

ORPHAN_SECONDS = 1.0
"""How often a worker looks whether its client still lives."""
END_SECONDS = 15.0
"""How long a run may take to stop when the client has gone."""


def main(arguments: list[str]) -> None:
    """Serve until the client closes the pipe or goes away."""
    # The client decides when to stop: Ctrl-C in its terminal reaches every process that runs in it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    levels = [Level.PRIVATE_COPY, Level.CLEAN_HOME]
    # First, as threads would keep the process where it is.
    if "--network" not in arguments and leave_network():
        levels.append(Level.NO_NETWORK)
    stop = threading.Event()
    threading.Thread(target=_watch, args=(os.getppid(), stop), daemon=True).start()
    with tempfile.TemporaryDirectory(prefix="nbrepro-home-", ignore_cleanup_errors=True) as home, guarded(Path(home)):
        variables = clean_variables(os.environ, Path(home))
        os.environ.clear()
        os.environ.update(variables)
        _serve(Connection(int(arguments[0])), tuple(levels), stop, Path(home))


def _serve(pipe: Connection, levels: tuple[str, ...], stop: threading.Event, home: Path) -> None:
    from nbrepro.corpora.outcomes import lost
    from nbrepro.corpora.rerunning import rerun
    from nbrepro.errors import own_fault

    while not stop.is_set():
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        item, prepared = task
        try:
            outcome = rerun(item, prepared, levels, stop)
        except Exception as error:  # noqa: BLE001 - a fault of ours in one notebook must not lose the others
            outcome = lost(item, own_fault(error))
        empty(home)
        try:
            pipe.send(outcome)
        except OSError:
            return


def _watch(client: int, stop: threading.Event) -> None:
    """End the run when the client has gone, so that nothing of it outlives the client for long."""
    while os.getppid() == client:
        time.sleep(ORPHAN_SECONDS)
    stop.set()
    time.sleep(END_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
