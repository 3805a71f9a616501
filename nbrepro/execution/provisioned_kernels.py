"""A kernel with sockets that a warm server has forked: it can be used as a `subprocess.Popen`, as Jupyter clients do."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from nbrepro.execution.forked_servers import ForkServer, ServerProblem
from nbrepro.execution.processes import family, kill

ANSWER_SECONDS = 30.0
"""How long the server may take to fork."""
MARKER = "NBREPRO_KERNEL"
"""A variable by which the kernel's process is known."""


class ProvisionedKernel:
    """The process of a kernel, a child of the server.

    Args:
        server: who forks it.
        arguments: of the kernel, among them its connection file.
        variables: its environment.
        folder: where it starts.
        streams: descriptors of its standard output and its standard error; they remain the caller's.

    Raises:
        ServerProblem: the server has ended, or gives no answer.
    """

    stdin = stdout = stderr = None

    def __init__(
        self, server: ForkServer, arguments: Sequence[str], variables: Mapping[str, str], folder: Path, streams: tuple[int, int]
    ) -> None:
        self.returncode: int | None = None
        """How it ended: a negative number is a signal; None while it runs, as far as is known."""
        self._answers, answers = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        request = {
            "has_sockets": True,
            "folder": str(folder),
            "rooms": [],
            "marker": (MARKER, uuid4().hex),
            "arguments": list(arguments),
            "variables": dict(variables),
        }
        try:
            with answers:
                server.ask(request, [*streams, answers.fileno()])
            self.pid: int = self._received(ANSWER_SECONDS)["pid"]
            """The kernel's process, which leads a session and a group of its own."""
        except BaseException:
            self._answers.close()
            raise

    def _received(self, seconds: float) -> dict[str, int]:
        """The server's next answer."""
        if not select.select([self._answers], [], [], seconds)[0]:
            raise ServerProblem("the fork server gave no answer")
        content = self._answers.recv(4096)
        if not content:
            raise ServerProblem("the fork server has ended")
        answer: dict[str, int] = json.loads(content)
        return answer

    def poll(self) -> int | None:
        """How it ended; None while it runs."""
        return self._looked(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end.

        Raises:
            subprocess.TimeoutExpired: it still runs.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while (status := self._looked(1.0 if deadline is None else max(0.0, deadline - time.monotonic()))) is None:
            if deadline is not None and time.monotonic() >= deadline:
                raise subprocess.TimeoutExpired("kernel", timeout or 0)
        return status

    def _looked(self, seconds: float) -> int | None:
        if self.returncode is None and select.select([self._answers], [], [], seconds)[0]:
            try:
                self.returncode = self._received(0)["exit"]
            except (ServerProblem, OSError):  # kernels end with their server; what they have started is left to us
                kill(family(self.pid))
                self.returncode = -signal.SIGKILL
            self._answers.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended: its number may belong to another process then."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)
