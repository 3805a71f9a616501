"""What keeps a notebook that runs in a corpus from the rest of the machine, as far as the machine can."""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import socket
import struct
import sys
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_SIOCGIFFLAGS = 0x8913
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 1
_KEPT = frozenset({"PATH", "LANG", "LANGUAGE", "TZ", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "TMPDIR"})
_KEPT_PREFIXES = ("LC_", "NBREPRO_", "OMP_", "OPENBLAS_", "MKL_")


class Level(StrEnum):
    """One thing that a notebook was kept from."""

    PRIVATE_COPY = "private-copy"
    """It ran in a copy of its project."""
    CLEAN_HOME = "clean-home"
    """It had an empty home folder and none of the caller's variables but a few."""
    NO_NETWORK = "no-network"
    """It could reach no other machine."""


def leave_network() -> bool:
    """Take this process and its future children off the network, for good; gives whether the system allows it.

    A network namespace of its own holds nothing but a loopback device. Needs Linux, and a process with a single thread.
    """
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    if libc.unshare(_CLONE_NEWNET) == 0:
        return _raise_loopback()
    if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
        return False
    with suppress(OSError):
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    try:
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")
    except OSError:
        return False
    return _raise_loopback()


def _raise_loopback() -> bool:
    """Switch on 127.0.0.1, over which kernels of other languages and many programs talk to themselves."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        try:
            request = struct.pack("16sh14x", b"lo", 0)
            flags = struct.unpack("16sh14x", fcntl.ioctl(channel, _SIOCGIFFLAGS, request))[1]
            fcntl.ioctl(channel, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))
        except OSError:
            return True  # it's off the network all the same
    return True


def clean_variables(caller: Mapping[str, str], home: Path) -> dict[str, str]:
    """The variables of a worker: few of the caller's, and a home of its own.

    Kernels that the user has installed stay to be found.

    >>> sorted(clean_variables({"PATH": "/bin", "TOKEN": "secret", "HOME": "/home/a"}, Path("/tmp/h")))
    ['HOME', 'JUPYTER_PATH', 'PATH', 'PYTHONNOUSERSITE']
    """
    kept = {name: value for name, value in caller.items() if name in _KEPT or name.startswith(_KEPT_PREFIXES)}
    data = caller.get("XDG_DATA_HOME") or str(Path(caller.get("HOME", "/")) / ".local" / "share")
    kernels = [part for part in (caller.get("JUPYTER_PATH", ""), caller.get("JUPYTER_DATA_DIR", f"{data}/jupyter")) if part]
    return kept | {"HOME": str(home), "JUPYTER_PATH": os.pathsep.join(kernels), "PYTHONNOUSERSITE": "1"}


def empty(folder: Path) -> None:
    """Remove everything in a folder."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
