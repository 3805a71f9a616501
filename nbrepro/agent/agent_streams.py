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
import termios
import threading
from collections import deque
from time import monotonic, sleep
from typing import Any, Callable, Deque, Dict, List, Tuple

from agent_channel import Channel
from agent_failures import report_event, run_timer
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
        self._events: Deque[Callable[..., Any]] = deque()

    @property
    def closed(self) -> bool:
        return False

    def schedule(self, call: Callable[[], Any]) -> None:
        if os.getpid() != self._pid:  # forked by the notebook: a thread that isn't here may hold the lock
            self._pid, self._lock = os.getpid(), threading.RLock()
        _take_for(call)
        error = None
        with self._lock:
            try:
                call()
            except Exception as caught:  # noqa: BLE001 - what goes wrong while something is sent is no fault of the program that runs
                error = caught
        if error is not None and error.__traceback__ is not None:  # without the line above
            report_event(self._handle_event, self._events, error.with_traceback(error.__traceback__.tb_next))

    def run_timer(self, call: Callable[[], Any]) -> None:
        """Call what was to be called later."""
        _take_for(call)
        with self._lock:
            run_timer(call)

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
                self._publisher.run_timer(call)


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
                content = os.read(stream._fid, AT_ONCE)
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
    """
    if not hasattr(OutStream, "_watch_pipe_fd"):
        return
    is_master_process = OutStream._is_master_process

    @functools.wraps(is_master_process)
    def taken(stream: OutStream) -> Any:
        take(stream)
        return is_master_process(stream)

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
