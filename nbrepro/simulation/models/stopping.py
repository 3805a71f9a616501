"""How work in a thread learns that nobody waits for it any more."""

from __future__ import annotations

import time
from contextvars import ContextVar
from threading import Event

_stop: ContextVar[Event | None] = ContextVar("stop", default=None)


def listen_to(stop: Event) -> None:
    """Let everything that this thread does from now on be stopped by an event."""
    _stop.set(stop)


def is_stopped() -> bool:
    """Whether to leave off; never in a thread that listens to nothing."""
    stop = _stop.get()
    return stop is not None and stop.is_set()


def pause(seconds: float) -> None:
    """Wait, but not after the work was stopped."""
    stop = _stop.get()
    if stop is None:
        time.sleep(seconds)
    else:
        stop.wait(seconds)
