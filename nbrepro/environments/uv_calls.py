"""Calls of uv that fill environments and keep its cache."""

from __future__ import annotations

import os
import re
import signal
import subprocess

from packaging.utils import canonicalize_name

from nbrepro.environments import storage
from nbrepro.environments.resolution.uv import find_uv, machine_environment, without_addresses
from nbrepro.environments.scratch import scratch_folder
from nbrepro.environments.whole_runs import run_whole
from nbrepro.errors import EnvironmentBuildError

_PACKAGE = re.compile(r"`([A-Za-z0-9][A-Za-z0-9._-]*?)(?:==[^`]*| @ [^`]*)?`")
_TRIES = 3
"""How often a call is made whose files were taken away."""
_ABSENT = re.compile(r"\(os error 2\)")
_FULL_DISK = re.compile(r"No space left on device|File too large|Disk quota exceeded|os error (?:28|27|122)\b")


def run(arguments: list[str], what: str) -> None:
    """Runs uv; what it can't do is an error that names what was to be done."""
    raise_if_failed(attempt(arguments), what)


def attempt(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """Runs uv, whatever comes of it."""
    return finished(command(arguments), variables())


def command(arguments: list[str]) -> list[str]:
    """The command line of uv with these arguments."""
    return [find_uv(), *arguments, "--quiet", "--no-progress", "--color", "never"]


def finished(command: list[str], variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Runs a command of uv to its end; anew where files were removed from its cache meanwhile, by a build that repairs some."""
    # Elsewhere uv could find settings of a project.
    with scratch_folder("build") as nowhere:
        for _ in range(_TRIES):
            done = run_whole(command, folder=nowhere, variables=variables)
            if done.returncode == 0 or not _is_swept(done.stderr, variables.get("UV_CACHE_DIR", "")):
                break
        return done


def _is_swept(said: str, cache: str) -> bool:
    """Whether uv misses a file of its own cache, which it had seen there before."""
    return bool(cache) and cache in said and _ABSENT.search(said) is not None


def variables() -> dict[str, str]:
    """The environment variables of uv: its cache is that of the environments."""
    variables = {
        name: value for name, value in machine_environment().items() if name not in {"RUST_LOG", "VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME"}
    }
    variables["UV_CACHE_DIR"] = str(storage.uv_cache())
    if os.environ.get("UV_CONFIG_FILE"):
        variables["UV_CONFIG_FILE"] = os.environ["UV_CONFIG_FILE"]
    return variables


def raise_if_failed(done: subprocess.CompletedProcess[str], what: str) -> None:
    """Nothing where uv did what was asked.

    Raises:
        EnvironmentBuildError: it failed; what it says, without addresses, and the packages that it names.
    """
    if done.returncode == 0:
        return
    said = without_addresses(done.stderr).strip() or f"uv ended with code {done.returncode} and said nothing"
    if _FULL_DISK.search(said) or done.returncode == -signal.SIGXFSZ:
        raise EnvironmentBuildError(
            what, f"there is no room left in {storage.root()}; free some, or set {storage.VARIABLE} to another disk", no_room=True
        )
    names = dict.fromkeys(canonicalize_name(name) for name in _PACKAGE.findall(said))
    raise EnvironmentBuildError(what, said, tuple(names))
