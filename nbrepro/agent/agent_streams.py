"""What ipykernel's IOPub thread does, without its sockets: sends at once, and flushes streams some time after a write.

The real `OutStream` stays; only its reading of descriptors 1 and 2 is done under a lock, so that whoever flushes can
wait for what other programs have written there.
"""

import fcntl
import heapq
import itertools
import os
import select
import sys
import termios
import threading
import traceback
from time import monotonic, sleep
from typing import Any, Callable, List, Tuple

from agent_channel import Channel
from ipykernel.iostream import BackgroundSocket, IOPubThread, OutStream

NOTHING = b"\0\0\0\0"
"""What the system says of a pipe in which nothing waits."""
AT_ONCE = 65536


class _Thread:
    """Looks alive, so that `OutStream` schedules its flushes instead of sending from any thread."""

    ident = -1

    def is_alive(self) -> bool:
        return True


class Publisher(IOPubThread):
    """Stands for ipykernel's thread: what is scheduled runs at once, one after the other, in the calling thread."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.socket = self
        self.thread = _Thread()
        self.io_loop = Timers(self)
        self.background_socket = BackgroundSocket(self)
        self._lock = threading.RLock()
        self._pid = os.getpid()

    @property
    def closed(self) -> bool:
        return False

    def schedule(self, call: Callable[[], Any]) -> None:
        if os.getpid() != self._pid:  # forked by the notebook: a thread that isn't here may hold the lock
            self._pid, self._lock = os.getpid(), threading.RLock()
        stream = getattr(call, "__self__", None)
        if isinstance(stream, Stream):  # a flush: what other programs have written by now belongs to it
            stream.take()
        with self._lock:
            try:
                call()
            except Exception:  # noqa: BLE001 - what goes wrong while something is sent is no fault of the program that runs
                traceback.print_exc(file=sys.__stderr__)

    def send_multipart(self, frames: Any, *_: Any, **__: Any) -> None:
        self.channel.send(b"iopub", frames)

    def start(self) -> None:
        """Nothing has to be started."""

    def stop(self) -> None:
        """Nothing runs that could be stopped."""

    def close(self) -> None:
        """Nothing is open."""


class Timers:
    """Calls functions later, in a thread that is started for the first of them."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._waiting: List[Tuple[float, int, Callable[[], Any]]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._thread: Any = None

    def call_later(self, seconds: float, call: Callable[[], Any]) -> None:
        with self._changed:
            heapq.heappush(self._waiting, (monotonic() + seconds, next(self._numbers), call))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="IOPub", daemon=True)
                self._thread.start()
            elif len(self._waiting) == 1:
                self._changed.notify()

    def add_callback(self, call: Callable[..., Any], *arguments: Any, **named: Any) -> None:
        self._publisher.schedule(lambda: call(*arguments, **named))

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
                left = self._waiting[0][0] - monotonic()
                call = heapq.heappop(self._waiting)[2] if left <= 0 else None
            if call is None:
                sleep(left)
            else:
                self._publisher.schedule(call)


class Stream(OutStream):
    """`sys.stdout` or `sys.stderr` of a forked kernel.

    It has no method that programs call: each would be a line in the traceback of what goes wrong in it.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._taking = threading.RLock()
        self._is_taking = False
        self._home = os.getpid()
        super().__init__(*arguments, **named)

    def _watch_pipe_fd(self) -> None:
        waiting = select.poll()
        waiting.register(self._fid, select.POLLIN)
        while self._should_watch:
            is_readable = waiting.poll()[0][1] & select.POLLIN
            if not is_readable or not self._should_watch:
                return
            self.take()

    def take(self) -> None:
        """Take what other programs have written to the descriptor by now."""
        if getattr(self, "_fid", None) is None or os.getpid() != self._home:
            return
        with self._taking:
            if self._is_taking:
                return
            self._is_taking = True
            try:
                while fcntl.ioctl(self._fid, termios.FIONREAD, NOTHING) != NOTHING:
                    content = os.read(self._fid, AT_ONCE)
                    super().write(content.decode(errors="replace"))
                    os.write(self._original_stdstream_copy, content)
            except OSError:
                pass
            finally:
                self._is_taking = False


def _parent_header(stream: Stream) -> Any:
    """The request that a text belongs to: the first thing that `write` asks for in newer versions of ipykernel."""
    stream.take()
    return OutStream.parent_header.fget(stream)


def _write(stream: Stream, string: str) -> Any:
    stream.take()
    return OutStream.write(stream, string)


if isinstance(getattr(OutStream, "parent_header", None), property):
    Stream.parent_header = property(_parent_header, OutStream.parent_header.fset)
elif hasattr(OutStream, "_watch_pipe_fd"):
    Stream.write = _write

# A notebook that prints the type of `sys.stdout` sees what it always sees.
Stream.__name__ = Stream.__qualname__ = OutStream.__name__
Stream.__module__ = OutStream.__module__
