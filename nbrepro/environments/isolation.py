"""Building from source runs the code of strangers: here is how it is kept apart.

With bubblewrap the file system is read-only but for the folders that are named, the home folder is empty, and the processes see
no others. Without it there remain limits on time and file size, an empty home folder and an environment without the user's variables.
The network stays, since what a build needs has to be fetched.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CPU_SECONDS = 1800
FILE_BYTES = 4 * 2**30
_LIMITS = (
    "import os, resource, sys;"
    f"resource.setrlimit(resource.RLIMIT_CPU, ({CPU_SECONDS}, {CPU_SECONDS}));"
    f"resource.setrlimit(resource.RLIMIT_FSIZE, ({FILE_BYTES}, {FILE_BYTES}));"
    "resource.setrlimit(resource.RLIMIT_CORE, (0, 0));"
    "os.execv(sys.argv[1], sys.argv[1:])"
)
_KEPT = ("PATH", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


@dataclass(frozen=True, slots=True)
class Isolated:
    """A command that is kept apart from the user's files."""

    command: list[str]
    variables: dict[str, str]
    means: str
    """`bubblewrap` or `limits`."""


def isolated(
    command: list[str],
    variables: Mapping[str, str],
    *,
    home: Path,
    writable: tuple[Path, ...],
    readable: tuple[Path, ...],
    bubblewrap: str | None,
) -> Isolated:
    """A command that writes only where it may.

    Args:
        command: what is run, its first word an absolute path.
        variables: those it would run with; of these only what a build needs is passed on.
        home: an empty folder, its home and the place of its temporary files.
        writable: folders it writes to.
        readable: folders that it needs though they may lie in the user's home.
        bubblewrap: as `find_bubblewrap` gives it; None: without.
    """
    kept = {name: value for name, value in variables.items() if name.startswith("UV_") or name.upper() in _KEPT}
    kept |= {"HOME": str(home), "TMPDIR": str(home), "XDG_CACHE_HOME": str(home / ".cache")}
    limited = [sys.executable, "-I", "-c", _LIMITS, *command]
    if bubblewrap is None:
        return Isolated(limited, kept, "limits")
    own = (Path(sys.prefix), Path(sys.base_prefix), *readable)
    return Isolated([bubblewrap, *_walls(home, writable, own), "--", *limited], kept, "bubblewrap")


def _walls(home: Path, writable: tuple[Path, ...], readable: tuple[Path, ...]) -> Iterator[str]:
    yield from ("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", str(Path.home()), "--tmpfs", "/tmp")  # noqa: S108 - hidden, not used
    for path in readable:
        yield from ("--ro-bind", str(path), str(path))
    for path in (*writable, home):
        yield from ("--bind", str(path), str(path))
    yield from ("--unshare-all", "--share-net", "--die-with-parent", "--new-session", "--chdir", str(home))


@cache
def find_bubblewrap() -> str | None:
    """Path of bubblewrap if it works here; it doesn't where user namespaces are forbidden."""
    found = shutil.which("bwrap")
    if found is None or os.name != "posix":
        return None
    try:
        done = subprocess.run([found, "--ro-bind", "/", "/", "--unshare-all", "true"], capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found if done.returncode == 0 else None
