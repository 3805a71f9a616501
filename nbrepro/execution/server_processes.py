"""The process of a warm server: started by this program, or forked from a server that it has started."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from nbrepro import agent
from nbrepro.execution.running import read_available
from nbrepro.execution.variables import RUN_VARIABLE

PROGRAM = Path(agent.__file__).parent / "forkserver.py"
ANSWER_SECONDS = 30.0
"""How long a server may take to fork."""
PLACEHOLDER = ("NBREPRO_MARKER", "-" * 400)
"""A variable in whose place a forked process writes by what it is known; as long as such a marker may be."""


class ServerProblem(Exception):  # noqa: N818 - it's no fault of the caller's, and always handled
    """A server could not be started, or has ended."""


class ServerProcess(Protocol):
    """What is needed of a server's process; it ends when its socket is closed."""

    pid: int

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""

    def has_ended_within(self, seconds: float) -> bool:
        """Wait for its end."""

    def words(self) -> bytes:
        """What it wrote by itself, once it has ended."""

    def forget(self) -> None:
        """Close what belongs to it, in a process that is not its client."""


class Started:
    """A process of its own.

    Args:
        python: the interpreter.
        variables: its environment.
        descriptor: of the socket that it listens to.
    """

    def __init__(self, python: str, variables: Mapping[str, str], descriptor: int) -> None:
        name, value = PLACEHOLDER
        self._process = subprocess.Popen(
            [python, str(PROGRAM), str(descriptor)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**variables, name: value, RUN_VARIABLE: "1"},
            cwd="/",
            pass_fds=(descriptor,),
            start_new_session=True,
        )
        self.pid = self._process.pid
        self._words = b""

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def has_ended_within(self, seconds: float) -> bool:
        """Wait for its end."""
        with suppress(ValueError):  # its words have been read before
            try:
                self._words, _ = self._process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                return False
        return True

    def words(self) -> bytes:
        """What it wrote by itself, once it has ended."""
        with suppress(ValueError):
            self._words, _ = self._process.communicate()
        words, self._words = self._words, b""
        return words

    def forget(self) -> None:
        """Close what belongs to it, in a process that is not its client."""
        if self._process.stdout is not None:
            self._process.stdout.close()


def forked_pid(answers: socket.socket) -> int:
    """The process that a server has forked, by its first answer.

    Raises:
        ServerProblem: the server has ended, or gives no answer.
    """
    answers.settimeout(ANSWER_SECONDS)
    try:
        content = answers.recv(4096)
    except OSError as error:
        raise ServerProblem(f"the fork server gave no answer: {error}") from error
    if not content:
        raise ServerProblem("the fork server ended before it answered")
    pid: int = json.loads(content)["pid"]
    return pid


class BelowServer:
    """A process that a server has forked to be one as well.

    Args:
        ask: sends a request with descriptors to the server above.
        request: what the new server is to have ready.
        descriptor: of the socket that it listens to.

    Raises:
        ServerProblem: the server above has ended, or gives no answer.
    """

    def __init__(self, ask: Callable[[Mapping[str, Any], list[int]], None], request: Mapping[str, Any], descriptor: int) -> None:
        self._has_ended = False
        self._answers, answers = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._words, words = os.pipe()
        os.set_blocking(self._words, False)
        try:
            ask(request, [descriptor, words, answers.fileno()])
            answers.close()  # at once, so that a server that ends is seen to end
            self.pid: int = forked_pid(self._answers)
        except BaseException:
            self._close()
            raise
        finally:
            answers.close()
            os.close(words)

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return not self.has_ended_within(0)

    def has_ended_within(self, seconds: float) -> bool:
        """Wait for its end."""
        # The server above says how it ended; where that has ended as well, nobody can say anything any more.
        if not self._has_ended:
            look = select.poll()
            look.register(self._answers, select.POLLIN)
            self._has_ended = bool(look.poll(1000 * seconds))
        return self._has_ended

    def words(self) -> bytes:
        """What it wrote by itself, once it has ended."""
        words = read_available(self._words) if self._words >= 0 else b""
        self._close()
        return words

    def forget(self) -> None:
        """Close what belongs to it, in a process that is not its client."""
        self._close()

    def _close(self) -> None:
        self._has_ended = True
        self._answers.close()
        if self._words >= 0:
            os.close(self._words)
        self._words = -1
