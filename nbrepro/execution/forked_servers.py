"""Warm servers, one for each interpreter and set of packages: started on demand, shared by all runs of this program.

A server without packages is a process that is started; those with packages are forked from it.
"""

from __future__ import annotations

import atexit
import json
import os
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

from nbrepro.execution.processes import kill_all
from nbrepro.execution.rooms import Room, room
from nbrepro.execution.server_processes import BelowServer, ServerProblem, ServerProcess, Started
from nbrepro.execution.turns import given_away

__all__ = ["ForkServer", "ServerProblem", "Warmth", "arguments", "close_servers", "server_for"]

IDLE_SECONDS = 60.0
"""How long a server waits for a next run."""
MEMORY_BYTES = 2_000_000_000
"""Resident memory of a server with what it has imported: more than this is not kept ready."""
START_SECONDS = 60.0
END_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Warmth:
    """What makes one server different from another."""

    python: str
    variables: tuple[tuple[str, str], ...]
    packages: tuple[str, ...]
    """Names of the packages that are imported ahead."""


class ForkServer:
    """A running server.

    Args:
        warmth: what it has ready.
        above: the server without packages from which it is forked; None starts it.

    Raises:
        ServerProblem: it could not be started.
    """

    def __init__(self, warmth: Warmth, above: ForkServer | None = None) -> None:
        self._lock = threading.Lock()
        self._control, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with room() as private:
            self._marker = private.marker
            with other:  # closed at once, so that a server that ends is seen to end
                self._process = self._begun(warmth, private, other.fileno(), above)
            about = self._warmed_up(warmth)
        self.problems: tuple[str, ...] = tuple(about["problems"])
        """Why what it has imported ahead could be seen by a program."""
        self.modules = frozenset(about["modules"])
        """Top-level names of what was imported ahead."""
        self.version: str = about["version"]
        """Of the language, such as `3.11.7`."""

    def _begun(self, warmth: Warmth, private: Room, descriptor: int, above: ForkServer | None) -> ServerProcess:
        request = {"packages": warmth.packages, "idle_seconds": IDLE_SECONDS, "memory_bytes": MEMORY_BYTES}
        try:
            if above is not None:
                return BelowServer(above.ask, {**request, "marker": private.marker}, descriptor)
            process = Started(warmth.python, {**dict(warmth.variables), **private.variables()}, descriptor)
        except BaseException:
            self._control.close()
            raise
        with suppress(OSError):  # it has ended
            self._control.send(json.dumps({**request, "arguments": arguments(private)}).encode())
        return process

    def _warmed_up(self, warmth: Warmth) -> dict[str, Any]:
        answer, problem = b"", "it ended at once"
        try:
            self._control.settimeout(START_SECONDS)
            answer = self._control.recv(65_536)
            self._control.settimeout(None)
        except TimeoutError:
            problem = f"it was not ready after {START_SECONDS:.0f} seconds"
        except OSError:
            pass  # it has ended
        if not answer:
            raise ServerProblem(f"the fork server of {warmth.python} did not start: {self.close() or problem}")
        about: dict[str, Any] = json.loads(answer)
        return about

    @property
    def pid(self) -> int:
        """The server's process."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it can be asked for a run."""
        return self._process.is_running

    def ask(self, request: Mapping[str, Any], descriptors: list[int]) -> None:
        """Ask for a run.

        Raises:
            ServerProblem: it has ended.
        """
        try:
            with self._lock:
                socket.send_fds(self._control, [json.dumps(request).encode()], descriptors)
        except OSError as error:
            raise ServerProblem(f"the fork server could not be asked: {error}") from error

    def close(self) -> str:
        """End it with everything below it; gives the last line of what it wrote by itself."""
        self._control.close()
        if not self._process.has_ended_within(END_SECONDS):
            kill_all(self._process.pid, self._marker)
        lines = self._process.words().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""

    def forget(self) -> None:
        """Let go of it in a process that this program has forked: it must see that its own client alone has ended."""
        self._control.close()
        self._process.forget()


def arguments(private: Room) -> list[str]:
    """Arguments of a kernel."""
    # The history in memory, as that of an ordinary kernel.
    return ["-f", str(private.connection_file), "--HistoryManager.hist_file=:memory:"]


_servers: dict[Warmth, ForkServer] = {}
_guards: dict[Warmth, threading.Lock] = {}
_guard = threading.Lock()


def server_for(warmth: Warmth) -> ForkServer:
    """The server for this interpreter and these packages, started if there is none.

    Packages are left out where a program could see that they were imported ahead.

    Raises:
        ServerProblem: it could not be started.
    """
    server = _server(warmth)
    if server.problems and warmth.packages:
        server.close()
        server = _server(replace(warmth, packages=()))
    if server.problems:
        raise ServerProblem(f"nothing can be forked from {warmth.python}: {'; '.join(server.problems)}")
    return server


def _server(warmth: Warmth) -> ForkServer:
    with _alone(warmth):
        server = _servers.get(warmth)
        if server is None or (not server.is_running and not server.problems):
            if server is not None:
                server.close()
            _put_away_ended()
            server = _servers[warmth] = _new(warmth)
        return server


@contextmanager
def _alone(warmth: Warmth) -> Iterator[None]:
    """As the only one that starts this server."""
    guard = _guard_of(warmth)
    while not guard.acquire(blocking=False):
        _await(guard)
    try:
        yield
    finally:
        guard.release()


def is_starting(warmth: Warmth) -> bool:
    """Whether somebody starts this server now."""
    return _guard_of(warmth).locked()


def await_start(warmth: Warmth) -> None:
    """Wait until nobody starts this server any more, letting other runs work: before a run takes room and time itself."""
    _await(_guard_of(warmth))


def _await(guard: threading.Lock) -> None:
    if guard.locked():
        with given_away(), guard:
            pass


def _guard_of(warmth: Warmth) -> threading.Lock:
    with _guard:
        return _guards.setdefault(warmth, threading.Lock())


def _new(warmth: Warmth) -> ForkServer:
    if not warmth.packages:
        return ForkServer(warmth)
    above = _server(replace(warmth, packages=()))
    return above if above.problems else ForkServer(warmth, above)


def _put_away_ended() -> None:
    """Let go of the servers that have ended by themselves: of a thousand environments each would keep a process number and files open."""
    for warmth, server in list(_servers.items()):
        if server.is_running:
            continue
        server.close()
        if not server.problems and _servers.get(warmth) is server:  # what can't be forked is not tried again
            _servers.pop(warmth, None)


@atexit.register
def close_servers() -> None:
    """End all servers of this program."""
    for warmth in sorted(_servers, key=lambda warmth: not warmth.packages):  # those that are forked from others end first
        server = _servers.pop(warmth, None)
        if server is not None:
            server.close()


def _forget_servers() -> None:
    """In a process that this program forks, the servers belong to the parent."""
    for server in _servers.values():
        server.forget()
    _servers.clear()


os.register_at_fork(after_in_child=_forget_servers)
