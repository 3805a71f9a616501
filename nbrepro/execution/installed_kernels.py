"""Running a notebook as other runners do: with the installed kernel of a name, whatever environment that has."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from nbrepro.execution.launches import launch_of_kernel
from nbrepro.execution.limits import Limits
from nbrepro.execution.outputs import Pile
from nbrepro.execution.progress import Order, Progress, plan
from nbrepro.execution.runner import EXPECTED_ERROR_TAG
from nbrepro.execution.tasks import Task
from nbrepro.model import Output
from nbrepro.notebooks import Document


def task_for(
    document: Document,
    kernel_name: str,
    folder: Path,
    limits: Limits,
    *,
    keep_going: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    on_output: Callable[[int, Output, Pile], None] | None = None,
) -> Task:
    """The task of running a notebook in a folder; an error is expected in cells that are tagged so, and nowhere else.

    Raises:
        NoSuchKernel: no kernel of this name is installed.
    """
    launch = launch_of_kernel(kernel_name)
    if launch is None:
        from jupyter_client.kernelspec import NoSuchKernel

        raise NoSuchKernel(kernel_name)
    saved = document.saved_execution().steps
    return Task(
        steps=plan(saved, Order.TOP_DOWN).steps,
        expected_errors=frozenset(step.index for step in saved if EXPECTED_ERROR_TAG in step.tags),
        launch=launch,
        folder=folder,
        limits=limits,
        keep_going=keep_going,
        on_progress=on_progress or _silence,
        stop=threading.Event(),
        on_output=on_output,
    )


def _silence(_: Progress) -> None:
    """Tell nobody."""
