"""Git, run so that nothing of a repository or of the user's settings runs with it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_SAFE = (
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.fsmonitor=false",
    "-c", "core.symlinks=true",
    "-c", "protocol.ext.allow=never",
    "-c", "submodule.recurse=false",
    "-c", "safe.directory=*",
    "-c", "gc.auto=0",
    "-c", "advice.detachedHead=false",
)  # fmt: skip
"""No hook runs and no helper program of a repository; filters (LFS among them) are configured by the user, whose settings aren't read."""


def said_by_git(folder: Path, *arguments: str) -> str:
    """What git says; empty where it refuses."""
    done = run_git("-C", str(folder), *arguments)
    return done.stdout.strip() if done.returncode == 0 else ""


def run_git(*arguments: str, seconds: float = 120.0) -> subprocess.CompletedProcess[str]:
    """Run git; where it can't be run, or takes too long, its status is 1 and the reason stands among its errors."""
    command = ["git", *_SAFE, *arguments]
    try:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
            stdin=subprocess.DEVNULL,
            env=_variables(),
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", f"no answer within {seconds:g} seconds")
    except OSError as error:
        return subprocess.CompletedProcess(command, 1, "", f"git can't be run: {error.strerror}")


def _variables() -> dict[str, str]:
    """Variables under which git reads no settings but the repository's own, and asks nobody for a password."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
    }
