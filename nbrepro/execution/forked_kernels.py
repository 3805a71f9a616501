"""A kernel that a warm server has forked: the same calls as for one that was started."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from nbrepro.execution.forked_channels import ForkedChannel
from nbrepro.execution.forked_servers import ForkServer, arguments
from nbrepro.execution.messages import Message
from nbrepro.execution.processes import family, kill, kill_all
from nbrepro.execution.rooms import Room
from nbrepro.execution.running import SHUTDOWN_SECONDS, TAIL_BYTES, WAKE_SECONDS, read_available
from nbrepro.execution.server_processes import forked_pid
from nbrepro.execution.variables import RUN_VARIABLE

CLOSE_SECONDS = 10.0
"""How long the server may take to end what a run has left behind."""


class ForkedKernel:
    """A running kernel. Whatever happens, `close` leaves no process of it behind."""

    def __init__(self, server: ForkServer, variables: Mapping[str, str], room: Room, folder: Path) -> None:
        self._server = server
        self._room = room
        self._tail = b""
        self._status: int | None = None
        self._is_lost = False
        self._channel = ForkedChannel()
        self._answers, answers = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._words, words = os.pipe()
        os.set_blocking(self._words, False)
        self._poll = select.poll()
        for descriptor in (self._channel.fileno(), self._answers.fileno(), self._words):
            self._poll.register(descriptor, select.POLLIN)
        request = {
            "folder": str(folder),
            "rooms": [str(room.folder), str(room.own)],
            "marker": room.marker,
            "arguments": arguments(room),
            "variables": {**variables, **room.variables(), "JPY_PARENT_PID": str(os.getpid()), RUN_VARIABLE: "1"},
        }
        try:
            server.ask(request, [self._channel.other_end.fileno(), words, answers.fileno()])
        except BaseException:
            self._release()
            raise
        finally:
            os.close(words)
            answers.close()
            self._channel.other_end.close()
        try:
            self.pid = forked_pid(self._answers)
            """The kernel's process."""
            self._answers.settimeout(0)
        except BaseException:
            self._release()
            raise

    @property
    def is_lost(self) -> bool:
        """Whether the server has ended before the kernel: what the run has shown says nothing then."""
        return self._is_lost

    @property
    def exit_status(self) -> int | None:
        """How the process ended: a negative number is a signal; None while it runs."""
        if self._status is None:
            with suppress(BlockingIOError):
                content = self._answers.recv(4096)
                self._is_lost = not content
                self._status = json.loads(content)["exit"] if content else -signal.SIGKILL
                self._poll.unregister(self._answers.fileno())
        return self._status

    @property
    def last_words(self) -> str:
        """The end of what the process itself wrote to its standard streams."""
        return self._tail.decode(errors="replace").strip()

    @property
    def unreadable(self) -> int:
        """How many messages came that could not be read."""
        return self._channel.unreadable

    def send(self, kind: str, content: Mapping[str, Any], channel: str = "shell") -> str:
        """Send a request; gives its identity."""
        return self._channel.send(channel, kind, content)

    def receive(self, seconds: float, largest: int | None = None) -> list[Message]:
        """Wait for messages, at most so long; outputs of more than `largest` bytes are thrown away unread."""
        ready = {descriptor for descriptor, _ in self._poll.poll(max(0, min(seconds, WAKE_SECONDS)) * 1000)}
        if self._words in ready:
            words = read_available(self._words)
            self._tail = (self._tail + words)[-TAIL_BYTES:]
            if not words:
                self._poll.unregister(self._words)
        if self._channel.fileno() not in ready:
            return []
        messages = self._channel.received(largest)
        if not self._channel.is_open:
            self._poll.unregister(self._channel.fileno())
        return messages

    def wait_until_ready(self, deadline: float, stop: threading.Event) -> Mapping[str, Any] | None:
        """What the kernel says about itself as soon as its loop runs; None if it ends, the time is up or the run is stopped."""
        while time.monotonic() < deadline and not stop.is_set():
            if any(message.kind == "status" for message in self.receive(WAKE_SECONDS)):
                return {"language_info": {"version": self._server.version}}
            if self.exit_status is not None:
                self.receive(0)
                return None
        return None

    def interrupt(self) -> None:
        """Ask the running cell to stop, as the stop button of a notebook does."""
        with suppress(OSError):
            os.killpg(self.pid, signal.SIGINT)

    def kill(self) -> None:
        """End the kernel and its children at once."""
        if self.exit_status is None:
            kill(family(self.pid))

    def shut_down(self, seconds: float = SHUTDOWN_SECONDS) -> None:
        """Let the kernel end by itself, at most so long."""
        self._channel.send("end", "shutdown_request", {})
        deadline = time.monotonic() + seconds
        while self.exit_status is None and time.monotonic() < deadline:
            self.receive(WAKE_SECONDS, largest=0)

    def close(self) -> None:
        """End everything that the kernel has started; the server does so when the kernel's process has ended."""
        try:
            if self.exit_status is None:
                with suppress(OSError):
                    os.kill(self.pid, signal.SIGKILL)
                self._await_exit()
            if self._status is None or self._is_lost:
                kill_all(self.pid, self._room.marker)
        finally:
            self._release()

    def _await_exit(self) -> None:
        deadline = time.monotonic() + CLOSE_SECONDS
        while self.exit_status is None and time.monotonic() < deadline:
            self.receive(WAKE_SECONDS, largest=0)

    def _release(self) -> None:
        self._channel.close()
        self._answers.close()
        os.close(self._words)
