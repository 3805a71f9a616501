"""The process in which an emulated program runs: started, listened to, answered, and ended with all that it has started."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import nbrepro.agent
from nbrepro.errors import NbreproError
from nbrepro.simulation.emulation.settings import EmulationLimits
from nbrepro.simulation.programs import Program
from nbrepro.simulation.running import bare_variables

EMULATOR = Path(nbrepro.agent.__file__).with_name("emulator.py")
WALL_FACTOR = 8.0
"""How much longer than its CPU time a program may wait for itself: the machine may be busy."""
START_SECONDS = 30.0
PART_BYTES = 65536


class EmulatedProcess:
    """One program in an interpreter. It is a process group of its own: an interrupt reaches us, and we end it."""

    def __init__(self, program: Program, python: str | None, limits: EmulationLimits, *, only_names: bool = False) -> None:
        self._python = python or sys.executable
        self._limits = limits
        self._request = {
            "setup": program.setup,
            "code": program.code,
            "call": program.call.strip(),
            "seconds": limits.seconds,
            "memory": limits.memory_bytes or 0,
            "characters": limits.argument_characters,
            "only_names": only_names,
        }
        self._folder = tempfile.TemporaryDirectory(prefix="nbrepro-emulation-", ignore_cleanup_errors=True)
        self._left = limits.seconds * WALL_FACTOR + START_SECONDS
        self._rest = b""

    def __enter__(self) -> Self:
        try:
            self._process = subprocess.Popen(
                [self._python, "-E", "-s", str(EMULATOR)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=self._folder.name,
                env=bare_variables(self._folder.name),
                start_new_session=True,
            )
        except OSError as error:
            self._folder.cleanup()
            raise NbreproError(f"{self._python} can't be started: {error}") from error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._folder.cleanup()

    def begun(self) -> dict[str, Any]:
        """What the program lacks, told before any of it runs.

        Raises:
            NbreproError: the interpreter can't run the agent.
        """
        self.send(self._request)
        message = self.receive()
        if message.get("k") != "names":
            said = _pipe(self._process.stderr).read().decode("utf-8", "replace").strip().splitlines() or ["it said nothing"]
            raise NbreproError(f"{self._python} can't run a program to be emulated: {said[-1]}")
        return message

    def send(self, message: dict[str, Any]) -> None:
        """Send a message; a process that has ended is found out by `receive`."""
        with suppress(OSError):
            _pipe(self._process.stdin).write(json.dumps(message).encode() + b"\n")
            _pipe(self._process.stdin).flush()

    def receive(self) -> dict[str, Any]:
        """The next message; the process's end where none will come."""
        while True:
            line, separator, rest = self._rest.partition(b"\n")
            if separator:
                self._rest = rest
                with suppress(ValueError, TypeError):  # cut short by the alarm, or empty
                    return dict(json.loads(line))
                continue
            part = self._part()
            if part is None:
                return _end("timed-out", "it did not end, and asked nothing, for too long")
            if not part:
                return self._death()
            self._rest += part

    def _part(self) -> bytes | None:
        """The next bytes; none at the end, None if the time for waiting is up."""
        begin = time.monotonic()
        pipe = _pipe(self._process.stdout)
        is_ready = select.select([pipe], [], [], max(self._left, 0))[0]
        self._left -= time.monotonic() - begin
        return os.read(pipe.fileno(), PART_BYTES) if is_ready else None

    def _death(self) -> dict[str, Any]:
        try:
            status = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return _end("died", "it closed its connection")
        if -status in {signal.SIGPROF, signal.SIGXCPU, signal.SIGKILL}:
            return _end("timed-out", "more CPU time than allowed")
        return _end("died", f"signal {-status}" if status < 0 else "it ended its process")


def _end(status: str, message: str) -> dict[str, Any]:
    return {"k": "end", "status": status, "type": None, "message": message, "line": None, "value": None, "literal": False, "ran": None}


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None, "the process was started with pipes"  # noqa: S101 - says what is known to whoever checks types
    return pipe
