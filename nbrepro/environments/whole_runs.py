"""Programs that start others: whoever gives up on one ends all of them, so that no compiler goes on for nobody."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path


def run_whole(
    command: list[str], *, folder: str | Path, variables: Mapping[str, str], given: str = "", timeout: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; when the time is up, or this program is interrupted, it ends with everything it has started.

    Args:
        command: what is run.
        folder: where.
        variables: the environment variables that it has.
        given: what it reads from its standard input.
        timeout: seconds that it may take; None: any.

    Returns:
        Its exit status and what it wrote, as text.

    Raises:
        subprocess.TimeoutExpired: it took longer.
        OSError: it can't be started.
    """
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=dict(variables),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    try:
        written, said = process.communicate(given, timeout)
    except BaseException:
        # Whatever it started belongs to its session, even where a program in between has ended.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return subprocess.CompletedProcess(command, process.returncode, written, said)
