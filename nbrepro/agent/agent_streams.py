"""What ipykernel's IOPub thread does, without its sockets: sends at once, and flushes streams some time after a write.

The real `OutStream` stays; only its reading of descriptors 1 and 2 is done under a lock, so that whoever flushes can
wait for what other programs have written there.
"""

import fcntl
import functools
import heapq
import itertools
import os
import select
import sys
import termios
import threading
from collections import deque
from contextlib import suppress
from time import monotonic
from types import SimpleNamespace
from typing import Any, Callable, Deque, Dict, List, Tuple

from agent_channel import Channel
from agent_failures import report_event, run_timer
from ipykernel.iostream import BackgroundSocket, IOPubThread, OutStream

NOTHING = b"\0\0\0\0"
"""What the system says of a pipe in which nothing waits."""
READ_BYTES = 65536
THREAD = "IOPub"
AT_ONCE = 0.0
"""The time of a call that isn't to wait."""
CALLS = 100
"""How many calls deep a message may be made and sent at most."""


class Publisher(IOPubThread):
    """Stands for ipykernel's thread: what is scheduled runs at once, one after the other, in the calling thread.

    Where that thread is too many calls deep already, it is run by another one, as in a started kernel. `schedule` is
    ipykernel's own, so that programs that recurse too deep end at the same call, with the same lines.
    """

    _event_pipe: Any = None

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.socket = self
        self.io_loop = Timers(self)
        self.thread = threading.Thread(name=THREAD)
        self.background_socket = BackgroundSocket(self)
        self._lock = threading.RLock()
        self._events: Deque[Callable[..., Any]] = deque()
        self._event_pipe = self

    @property
    def closed(self) -> bool:
        return False

    def send(self, _: bytes) -> None:
        """Stand for the pipe that wakes the thread as soon as something is scheduled."""
        call = self._events.popleft()
        is_deep = True
        try:
            sys._getframe(sys.getrecursionlimit() - CALLS)
        except ValueError:  # there are not so many
            is_deep = False
        if is_deep:  # the least calls that it takes: there is room for those that ipykernel makes here
            self.io_loop.add(AT_ONCE, call)
            self.io_loop.ring()
        else:
            self.run_now(call)

    def run_now(self, call: Callable[[], Any]) -> None:
        """Call what was scheduled."""
        _take_for(call)
        error = None
        with self._lock:
            try:
                call()
            except RecursionError:  # of the program, which gets along with fewer calls of Python than there are
                raise
            except Exception as caught:  # noqa: BLE001 - what goes wrong while something is sent is no fault of the program that runs
                error = caught
        if error is not None and error.__traceback__ is not None:  # without the line above
            events: Deque[Callable[..., Any]] = deque()
            handle = functools.partial(IOPubThread._handle_event, SimpleNamespace(_events=events))
            report_event(handle, events, error.with_traceback(error.__traceback__.tb_next))

    def run_timer(self, call: Callable[[], Any]) -> None:
        """Call what was to be called later."""
        _take_for(call)
        with self._lock:
            run_timer(call)

    def send_multipart(self, frames: Any, *_: Any, **__: Any) -> None:
        self.channel.send(b"iopub", frames)

    def start(self) -> None:
        """Start the child's thread."""
        self.thread = threading.Thread(target=self.io_loop.run, name=THREAD, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """Nothing runs that could be stopped."""

    def close(self) -> None:
        """Nothing is open."""


class Timers:
    """Calls functions later, in a thread of its own."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._new: Deque[Tuple[float, int, Callable[[], Any]]] = deque()
        self._numbers = itertools.count()
        self._bell = threading.Lock()
        self._is_idle = False

    def call_later(self, seconds: float, call: Callable[[], Any]) -> None:
        self.add(monotonic() + seconds, call)
        if self._is_idle:
            self.ring()

    def add(self, due: float, call: Callable[[], Any]) -> None:
        """Let the thread call a function at a time of the clock, if it wakes by then."""
        self._new.append((due, next(self._numbers), call))

    def ring(self) -> None:
        """Wake the thread."""
        try:  # `suppress` would be calls of Python, for which there may be no room
            self._bell.release()
        except RecursionError:
            raise
        except RuntimeError:  # it rings already
            pass

    def run(self) -> None:
        """What the thread does."""
        waiting: List[Tuple[float, int, Callable[[], Any]]] = []
        while True:
            while self._new:
                heapq.heappush(waiting, self._new.popleft())
            if waiting and waiting[0][0] <= monotonic():
                due, _, call = heapq.heappop(waiting)
                with suppress(RecursionError):  # where a program allows next to no calls
                    (self._publisher.run_now if due == AT_ONCE else self._publisher.run_timer)(call)
            elif waiting:
                self._bell.acquire(timeout=max(0.0, waiting[0][0] - monotonic()))
            else:
                self._is_idle = True
                if not self._new:
                    self._bell.acquire()
                self._is_idle = False


class Taking:
    """What is being taken from the descriptor of one stream."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.is_going_on = False


_takings: Dict[int, Taking] = {}


def _take_for(call: Callable[[], Any]) -> None:
    """Where a call flushes a stream: what other programs have written by now belongs to it."""
    stream = getattr(call, "__self__", None)
    if isinstance(stream, OutStream):
        take(stream)


def take(stream: OutStream) -> None:
    """Take what other programs have written to the descriptor of a stream by now."""
    if getattr(stream, "_fid", None) is None or os.getpid() != stream._master_pid:
        return
    taking = _takings.setdefault(id(stream), Taking())
    with taking.lock:
        if taking.is_going_on:
            return
        taking.is_going_on = True
        try:
            while fcntl.ioctl(stream._fid, termios.FIONREAD, NOTHING) != NOTHING:
                content = os.read(stream._fid, READ_BYTES)
                stream.write(content.decode(errors="replace"))
                os.write(stream._original_stdstream_copy, content)
        except OSError:
            pass
        finally:
            taking.is_going_on = False


def take_before_writes() -> None:
    """Let ipykernel's own class of streams take first what other programs have written, where it watches descriptors.

    Of what `write` calls before it keeps the text, only this is there in every version. A method that programs call
    would be a line in the traceback of what goes wrong in it, and another class would be seen where its name is printed.
    It calls no function of Python unless there is something to take: programs that recurse too deep print as far as ever.
    """
    if not hasattr(OutStream, "_watch_pipe_fd"):
        return

    @functools.wraps(OutStream._is_master_process)
    def taken(stream: OutStream) -> Any:
        is_master_process = os.getpid() == stream._master_pid
        descriptor = getattr(stream, "_fid", None)
        if is_master_process and descriptor is not None:
            try:
                waits = fcntl.ioctl(descriptor, termios.FIONREAD, NOTHING) != NOTHING
            except OSError:  # closed
                waits = False
            if waits:
                take(stream)
        return is_master_process

    @functools.wraps(OutStream._watch_pipe_fd)
    def watch(stream: OutStream) -> None:
        waiting = select.poll()
        waiting.register(stream._fid, select.POLLIN)
        while stream._should_watch:
            is_readable = waiting.poll()[0][1] & select.POLLIN
            if not is_readable or not stream._should_watch:
                return
            take(stream)

    OutStream._is_master_process = taken
    OutStream._watch_pipe_fd = watch


# A notebook that prints the type of its publisher sees what it always sees.
Publisher.__name__ = Publisher.__qualname__ = IOPubThread.__name__
Publisher.__module__ = IOPubThread.__module__
