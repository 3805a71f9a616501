"""The local executor: one worker process for each core, environments prepared beside them in this process."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for_connections

import psutil

from nbrepro.agent import guard
from nbrepro.corpora.executors import Begun, Event
from nbrepro.corpora.items import Item
from nbrepro.corpora.outcomes import Outcome, lost
from nbrepro.corpora.preparing import Prepared, not_prepared, prepare
from nbrepro.errors import NbreproError
from nbrepro.execution.processes import family, kill

TRIES = 2
"""How often an item is begun whose worker is lost."""
WAKE_SECONDS = 0.1
MEMORY_SHARE = 0.8
"""Part of the machine's memory that all workers together may use."""
LEAST_MEMORY = 500_000_000
"""Bytes that must be free before a second notebook begins."""
AHEAD = 2
"""Environments that are prepared before a worker is free for them."""
WINDOW = 200
"""How many items are looked through for one whose environment is not being made."""


class WorkerProcess:
    """A process that runs one item at a time."""

    def __init__(self, *, network: bool) -> None:
        self.network = network
        own, other = socket.socketpair()
        with own, other:
            command = [sys.executable, "-m", "nbrepro.corpora.worker", str(other.fileno()), *(["--network"] if network else [])]
            # What it prints by mistake must not stand among the lines of a report.
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=(other.fileno(),))
            self.pipe = Connection(os.dup(own.fileno()))

    def send(self, item: Item, prepared: Prepared) -> None:
        """Begin an item.

        Raises:
            OSError: the process has ended.
        """
        self.pipe.send((item, prepared))

    def receive(self) -> Outcome | None:
        """The outcome, once the pipe is ready; None where the process has ended instead."""
        try:
            outcome: Outcome = self.pipe.recv()
        except (EOFError, OSError):
            return None
        return outcome

    @property
    def words(self) -> str:
        """How it ended."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=5)
        return f"exit status {self._process.returncode}"

    def close(self, *, at_once: bool) -> None:
        """End the process with everything that it has started."""
        self.pipe.close()
        if at_once and self._process.poll() is None:
            kill(_descendants(self._process.pid))
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            kill(_descendants(self._process.pid))
            self._process.wait(timeout=10)


@dataclass(slots=True)
class _Task:
    """An item on its way."""

    item: Item
    prepared: Prepared
    use: AbstractContextManager[None]
    tries: int = 0


@dataclass(slots=True)
class _Round:
    """What is where while items are run."""

    waiting: deque[Item]
    known: set[str] = field(default_factory=set)
    """Groups of which an item was prepared."""
    preparing: dict[Future[tuple[Prepared, AbstractContextManager[None]]], Item] = field(default_factory=dict)
    ready: deque[_Task] = field(default_factory=deque)
    running: dict[WorkerProcess, _Task] = field(default_factory=dict)
    idle: list[WorkerProcess] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        return not (self.waiting or self.preparing or self.ready or self.running)


class LocalExecutor:
    """Runs items on this machine."""

    def __init__(self, *, jobs: int | None = None, network: bool = False) -> None:
        self._jobs = jobs or cores()
        self._network = network
        self._memory = int(MEMORY_SHARE * psutil.virtual_memory().total / self._jobs)

    @property
    def words(self) -> str:
        """What it is."""
        return f"{self._jobs} worker{'s' if self._jobs != 1 else ''} on this machine, {self._memory / 1e9:.1f} GB each"

    def run(self, items: Iterable[Item]) -> Iterator[Event]:
        """The events of the items; when it is closed, what runs is ended."""
        state = _Round(deque(replace(item, memory=item.memory or self._memory) for item in items))
        with ThreadPoolExecutor(max_workers=self._jobs, thread_name_prefix="nbrepro-prepare") as pool:
            try:
                # They start while the first environments are prepared.
                state.idle += [WorkerProcess(network=self._network) for _ in range(min(self._jobs, len(state.waiting)))]
                while not state.is_over:
                    self._prepare(state, pool)
                    yield from self._begin(state)
                    outcomes = list(self._finished(state))
                    # Workers that are free go on while what they gave is written.
                    yield from self._begin(state)
                    yield from outcomes
                _close(state, at_once=False)
            finally:
                for future in state.preparing:
                    future.cancel()
                _close(state, at_once=True)

    def _prepare(self, state: _Round, pool: ThreadPoolExecutor) -> None:
        while state.waiting and len(state.preparing) + len(state.ready) < self._jobs + AHEAD:
            place = next_to_prepare(state.waiting, {item.group for item in state.preparing.values()}, state.known)
            if place is None:
                break
            item = state.waiting[place]
            del state.waiting[place]
            state.preparing[pool.submit(prepare, item)] = item
        nothing_else = not state.ready and not state.running
        done, _ = wait(state.preparing, timeout=WAKE_SECONDS if nothing_else else 0, return_when=FIRST_COMPLETED)
        for future in done:
            prepared, use = future.result()
            item = state.preparing.pop(future)
            state.known.add(item.group)
            state.ready.append(_Task(item, prepared, use))

    def _begin(self, state: _Round) -> Iterator[Event]:
        while state.ready and len(state.running) < self._jobs and self._has_room(state):
            task = state.ready.popleft()
            worker = state.idle.pop() if state.idle else WorkerProcess(network=self._network)
            if task.tries == 0:
                _use(task)
            task.tries += 1
            state.running[worker] = task
            with suppress(OSError):  # a worker that has ended is found below
                worker.send(task.item, task.prepared)
            yield Begun(task.item.key)

    def _has_room(self, state: _Round) -> bool:
        """Whether another notebook may begin: one always, more only while there is memory."""
        return not state.running or psutil.virtual_memory().available > LEAST_MEMORY

    def _finished(self, state: _Round) -> Iterator[Event]:
        workers = {worker.pipe: worker for worker in state.running}
        for pipe in wait_for_connections(list(workers), timeout=WAKE_SECONDS) if workers else ():
            worker = workers[pipe]  # type: ignore[index] # a list of connections gives connections
            task = state.running.pop(worker)
            outcome = worker.receive()
            if outcome is not None:
                state.idle.append(worker)
            elif task.tries < TRIES:
                worker.close(at_once=True)
                state.ready.appendleft(task)
                continue
            else:
                outcome = lost(task.item, f"the worker was lost {TRIES} times: {worker.words}")
                worker.close(at_once=True)
            task.use.__exit__(None, None, None)
            yield outcome


def next_to_prepare(waiting: Iterable[Item], begun: Collection[str], known: Collection[str]) -> int | None:
    """Position of the item whose environment is prepared next; None where all would only wait.

    Most items of a group share an environment: the first one makes it, and until then others would keep threads
    from the environments of other groups.
    """
    places = (place for place, item in enumerate(islice(waiting, WINDOW)) if item.group in known or item.group not in begun)
    return next(places, None)


def _use(task: _Task) -> None:
    """Keep the environment from being removed; where it was removed and can't be built again, there is none."""
    try:
        task.use.__enter__()
    except NbreproError as error:
        task.prepared, task.use = not_prepared(error), nullcontext()


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _close(state: _Round, *, at_once: bool) -> None:
    for worker, task in state.running.items():
        worker.close(at_once=True)
        task.use.__exit__(None, None, None)
    state.running.clear()
    for worker in state.idle:
        worker.close(at_once=at_once)
    state.idle.clear()


def _descendants(pid: int) -> set[int]:
    """A process and all that it has started, kernels in sessions of their own among them, without what then cleans up after it."""
    found = {pid}
    with suppress(psutil.Error):
        for child in psutil.Process(pid).children(recursive=True):
            found |= family(child.pid)
    return found - guard.guards(found) - {os.getpid()}
