"""What goes wrong while something is sent is told by ipykernel's and tornado's own code: with the lines that a started kernel shows.

There it happens in the loop of the IOPub thread, which three parts report on its way: pyzmq twice, in tornado's log, and asyncio.
"""

import asyncio
import functools
import traceback
from asyncio.events import Handle
from typing import Any, Callable

import zmq
from tornado.ioloop import IOLoop
from tornado.platform.asyncio import BaseAsyncIOLoop
from zmq.eventloop.zmqstream import ZMQStream

DESCRIPTOR = 31
"""Of the pipe that wakes that thread: the most frequent one, as two started kernels need not have the same."""
READABLE = 1


class _Pipe:
    """Stands for the pipe: something can be read."""

    EVENTS = zmq.POLLIN

    def recv_multipart(self, *_: Any, **__: Any) -> Any:
        return [b""]


def report_event(handle_event: Callable[..., Any], events: Any, error: BaseException) -> None:
    """Let `IOPubThread._handle_event` find an error among its events, called as the thread's loop calls it.

    A future raises it again without a line of its own in the traceback.
    """
    loop = asyncio.base_events.BaseEventLoop()  # type: ignore[attr-defined]
    try:
        failed: Any = asyncio.Future(loop=loop)
        failed.set_exception(error)
        events.append(failed.result)
        stream: Any = object.__new__(ZMQStream)
        stream.socket = _Pipe()
        stream._flushed, stream._recv_copy, stream._recv_callback = False, True, handle_event
        watcher: Any = object.__new__(BaseAsyncIOLoop)
        watcher.handlers = {DESCRIPTOR: (stream.socket, stream._handle_events)}
        Handle(watcher._handle_events, (DESCRIPTOR, READABLE), loop)._run()
    except Exception:  # noqa: BLE001 - these packages are made in another way in this version
        traceback.print_exception(type(error), error, error.__traceback__)
    finally:
        events.clear()
        loop.close()


def run_timer(call: Callable[[], Any]) -> None:
    """Call what was to be called later, as the thread's loop does: it reports what goes wrong."""
    IOLoop._run_callback(object.__new__(IOLoop), functools.partial(call))
