"""The Dask executor: items run on the workers of a Dask cluster, which build environments in caches of their own.

The notebooks must be where the workers find them under the same paths: on a file system that all machines share.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from itertools import islice
from typing import TYPE_CHECKING, Any

from nbrepro.corpora.executors import Begun, Event
from nbrepro.corpora.items import Item
from nbrepro.corpora.local import TRIES, WorkerProcess
from nbrepro.corpora.outcomes import Outcome, lost
from nbrepro.corpora.preparing import prepare
from nbrepro.errors import MissingExtraError, RequestError

if TYPE_CHECKING:
    from distributed import Client, Future

CONNECT_SECONDS = 30
AHEAD = 2
"""Items that wait at the cluster for each that runs."""


def dask_executor(address: str, *, jobs: int | None, network: bool) -> DaskExecutor:
    """The executor of `dask://HOST:PORT`.

    Raises:
        MissingExtraError: distributed is not installed.
        RequestError: nobody answers at the address.
    """
    if find_spec("distributed") is None:
        raise MissingExtraError("--executor dask", "cluster")
    from distributed import Client

    where = f"tcp:{address}"
    try:
        client = Client(where, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise RequestError(f"--executor dask: there is no scheduler at {where}: {error}; start one with: dask scheduler") from error
    return DaskExecutor(client, where, jobs=jobs, network=network)


class DaskExecutor:
    """Runs items on the workers of a cluster.

    Args:
        client: connected to its scheduler; it is closed at the end of the run.
        where: what the cluster is called.
        jobs: how many items are at the cluster at a time; None: some more than it has threads.
        network: whether notebooks may use the network.
        memory: bytes that a notebook may use where its settings say nothing; None: no limit.
    """

    def __init__(self, client: Client, where: str, *, jobs: int | None, network: bool, memory: int | None = None) -> None:
        self._client = client
        self._where = where
        self._jobs = jobs
        self._network = network
        self._memory = memory

    @property
    def words(self) -> str:
        """What it is, and where its dashboard can be watched."""
        threads = sum(self._client.nthreads().values())
        return (
            f"{threads} threads of {len(self._client.nthreads())} Dask workers at {self._where}, dashboard: {self._client.dashboard_link}"
        )

    def run(self, items: Iterable[Item]) -> Iterator[Event]:
        """The events of the items; when it is closed, what waits is cancelled and what runs is left to its limits."""
        from distributed import as_completed

        waiting = (replace(item, memory=item.memory or self._memory) for item in items)
        submitted: dict[Future, Item] = {}
        events = as_completed(loop=self._client.loop)
        try:
            while True:
                for item in islice(waiting, max(0, self._window() - len(submitted))):
                    future = self._client.submit(process, item, self._network, key=f"nbrepro-{item.key}", pure=False)
                    submitted[future] = item
                    events.add(future)
                    yield Begun(item.key)
                if not submitted:
                    return
                future = next(events)
                yield _outcome(future, submitted.pop(future))
        finally:
            self._client.cancel(list(submitted))
            self._client.close()

    def _window(self) -> int:
        """How many items are at the cluster at a time."""
        return self._jobs or max(1, AHEAD * sum(self._client.nthreads().values()))


def _outcome(future: Future, item: Item) -> Outcome:
    """What came of an item; Dask gives it to another worker itself where one is lost, and gives up after some times."""
    if future.status == "finished":
        outcome: Outcome = future.result()
        return outcome
    return lost(item, f"the cluster gave no result: {future.exception()!r}")


def process(item: Item, network: bool) -> Outcome:  # noqa: FBT001 - called by Dask with plain arguments
    """Prepare and run an item on the machine that this runs on."""
    prepared, use = prepare(item)
    with use:
        for _ in range(TRIES):
            worker = _IDLE.take(network=network)
            with suppress(OSError):  # a worker that has ended gives no outcome
                worker.send(item, prepared)
            outcome = worker.receive()
            if outcome is not None:
                _IDLE.give(worker)
                return outcome
            words = worker.words
            worker.close(at_once=True)
    return lost(item, f"the worker was lost {TRIES} times: {words}")


class _Idle:
    """Worker processes that wait for their next item; any thread may take one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._workers: list[WorkerProcess] = []

    def take(self, *, network: bool) -> WorkerProcess:
        with self._lock:
            found = next((worker for worker in self._workers if worker.network == network), None)
            if found is not None:
                self._workers.remove(found)
                return found
        return WorkerProcess(network=network)

    def give(self, worker: WorkerProcess) -> None:
        with self._lock:
            self._workers.append(worker)

    def close(self, *_: Any) -> None:  # noqa: ANN401 - as atexit calls it
        with self._lock:
            for worker in self._workers:
                worker.close(at_once=True)
            self._workers.clear()


_IDLE = _Idle()
atexit.register(_IDLE.close)
