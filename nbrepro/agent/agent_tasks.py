"""The numbers of a kernel's tasks: programs show them, as they are the tasks' names."""

import asyncio
from typing import Any

from ipykernel.iostream import IOPubThread
from tornado.ioloop import IOLoop

FIRST_TASKS = 5
"""How many more tasks a kernel of ipykernel 7 has had before its first cell, if it was asked once what it is.

Each further time adds three: a started kernel that is slow to be heard is asked more often."""


def hide_control(kernel: Any) -> None:
    """Let a program's tasks be those of a started kernel, which reads control messages in another thread (ipykernel 6).

    Tasks have numbers for names, as threads do: those of a started kernel's IOPub thread and debugger are taken, too.
    """
    if not hasattr(kernel, "poll_control_queue"):
        return
    read = kernel.poll_control_queue

    async def read_unseen() -> None:
        del kernel.poll_control_queue  # this one, which the kernel needs once
        asyncio.tasks._unregister_task(asyncio.current_task())  # type: ignore[attr-defined]
        if hasattr(kernel, "poll_stopped_queue"):
            await asyncio.ensure_future(asyncio.sleep(0))
        await read()

    if hasattr(IOPubThread, "_run_event_pipe_gc"):
        asyncio.Task(asyncio.sleep(0), loop=IOLoop.current().asyncio_loop)  # type: ignore[attr-defined]

    kernel.poll_control_queue = read_unseen


def take_task_numbers(count: int) -> None:
    """Let the next task have a later number for a name."""
    asyncio.gather(*(_nothing() for _ in range(count)))


async def _nothing() -> None:
    """Ends at once."""
