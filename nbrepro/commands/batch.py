"""Many notebooks in one call: some at a time, in order, and stopped by Ctrl-C without losing what is done."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path

from nbrepro.errors import NbreproError, own_fault
from nbrepro.execution.turns import WAITING, Turns
from nbrepro.model import NotebookVerdict
from nbrepro.reports.listeners import Progress
from nbrepro.reports.results import NotebookResult

Work = Callable[[Path, threading.Event], NotebookResult]
"""What is done with one notebook; the event is set when the user wants to stop."""


def process_all(paths: Sequence[Path], work: Work, *, jobs: int | None, progress: Progress) -> tuple[NotebookResult, ...]:
    """Results in the order of the paths, `jobs` at a time (None: one for each core).

    They begin in the order of the paths. One that waits for what is being prepared for another one isn't counted. Ctrl-C
    stops what runs, keeps what it gave until then, and leaves out what had not begun.
    """
    stop = threading.Event()
    turns = Turns(_workers(jobs, len(paths)), runs=len(paths))

    def in_turn(number: int, path: Path) -> NotebookResult:
        with turns.taken(number):
            return _guarded(work, path, stop, progress)

    with ThreadPoolExecutor(max_workers=_workers(jobs, len(paths)) + WAITING, thread_name_prefix="nbrepro") as pool:
        futures = [pool.submit(in_turn, number, path) for number, path in enumerate(paths)]
        _wait(futures, stop)
    return tuple(future.result() for future in futures)


def _workers(jobs: int | None, notebooks: int) -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(jobs or cores, notebooks))


def _guarded(work: Work, path: Path, stop: threading.Event, progress: Progress) -> NotebookResult:
    if stop.is_set():
        return NotebookResult(path=str(path), verdict=NotebookVerdict.FAILED, problem="not begun: interrupted", problem_slug="interrupted")
    try:
        result = work(path, stop)
    except NbreproError as error:
        result = NotebookResult(path=str(path), verdict=None, problem=str(error), problem_slug=error.slug)
    except Exception as error:  # noqa: BLE001 - a fault of ours in one notebook must not lose what is known of the others
        result = NotebookResult(path=str(path), verdict=None, problem=own_fault(error), problem_slug="internal")
    progress.notebook_finished(result)
    return result


def _wait(futures: Sequence[Future[NotebookResult]], stop: threading.Event) -> None:
    while True:
        try:
            for _ in as_completed(futures):
                pass
        except KeyboardInterrupt:
            if stop.is_set():
                raise
            stop.set()
        else:
            return
