"""Who runs items: the protocol, and how one is found by its name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Protocol

from nbrepro.corpora.items import Item
from nbrepro.corpora.outcomes import Outcome
from nbrepro.errors import RequestError

GROUP = "nbrepro.executors"
LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Begun:
    """An item is with a worker."""

    key: str


Event = Begun | Outcome


class Executor(Protocol):
    """Runs items somewhere; gives back values and writes nothing.

    An item whose worker is lost is tried once more and then told as an outcome with `is_infrastructure`. When the iterator
    is closed (the user stops) whatever runs is ended.
    """

    @property
    def words(self) -> str:
        """What it is, in a few words: how many workers, and where somebody can watch them."""

    def run(self, items: Iterable[Item]) -> Iterator[Event]:
        """The events of the items, in the order in which they happen; each item ends with one `Outcome`."""


class ExecutorFactory(Protocol):
    """What an entry point of the group `nbrepro.executors` names."""

    def __call__(self, address: str, *, jobs: int | None, network: bool) -> Executor:
        """An executor.

        Args:
            address: what stands behind the name, such as `//host:8786` of `dask://host:8786`; empty where nothing does.
            jobs: how many items run at a time; None: as the executor thinks best.
            network: whether notebooks may use the network.
        """


def executor_named(name: str, *, jobs: int | None, network: bool) -> Executor:
    """The executor of a name such as `local` or `dask://host:8786`.

    Raises:
        RequestError: there is none of that name, or what it needs is not installed.
    """
    scheme, _, address = name.partition(":")
    if scheme == LOCAL:
        from nbrepro.corpora.local import LocalExecutor

        return LocalExecutor(jobs=jobs, network=network)
    found = {point.name: point for point in entry_points(group=GROUP)}
    if scheme not in found:
        raise RequestError(f"--executor {name}: there is none of this name; there are: {', '.join(sorted({LOCAL, *found}))}")
    factory: ExecutorFactory = found[scheme].load()
    return factory(address, jobs=jobs, network=network)
