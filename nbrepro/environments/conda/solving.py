"""py-rattler's solver: one question, one answer. Everything that depends on its interface to solving stands here."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from nbrepro.environments import storage
from nbrepro.environments.conda.records import CondaRecord
from nbrepro.environments.discovery.addresses import without_credentials
from nbrepro.environments.discovery.conda_lock import this_subdir
from nbrepro.errors import ChannelUnreachableError

if TYPE_CHECKING:
    from rattler import RepoDataRecord

_Answer = TypeVar("_Answer")

CHANNEL_SECONDS = 180.0
"""So long the lists of all channels may take to arrive: conda-forge's are some tens of megabytes."""
SOLVER_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Question:
    """What the solver is asked."""

    specs: tuple[str, ...]
    channels: tuple[str, ...]
    """In their order: what an earlier one has is taken from it only (strict priority)."""
    subdir: str
    cut: datetime | None = None
    """Nothing newer is taken; None: no limit."""
    takes_undated: bool = False
    """Whether packages for which the channel gives no date are taken, too."""


class UnsolvableError(Exception):
    """There is no answer; the message is the solver's explanation."""


def is_readable(spec: str) -> bool:
    """Whether conda's solver can read a match specification."""
    from rattler import MatchSpec
    from rattler.exceptions import InvalidMatchSpecError, InvalidPackageNameError

    try:
        MatchSpec(spec, strict=False)
    except (InvalidMatchSpecError, InvalidPackageNameError):
        return False
    return True


def solve(question: Question) -> tuple[CondaRecord, ...]:
    """The newest packages that satisfy a question, sorted by name.

    Raises:
        UnsolvableError: there are none.
        ChannelUnreachableError: a channel can't be read.
    """
    from rattler.exceptions import SolverError

    try:
        found = _waited(_solve(question), CHANNEL_SECONDS + SOLVER_SECONDS, question.channels)
    except SolverError as error:
        raise UnsolvableError(str(error).strip()) from error
    return tuple(sorted(map(_record, found), key=lambda record: record.name))


def candidates(specs: Iterable[str], channels: tuple[str, ...], subdir: str) -> tuple[CondaRecord, ...]:
    """All packages of all channels that fit one of some match specifications, whatever they depend on.

    Raises:
        ChannelUnreachableError: a channel can't be read.
    """
    from rattler import Channel, Gateway, MatchSpec, Subdir

    wanted = [MatchSpec(spec, strict=False) for spec in specs]

    async def asked() -> list[RepoDataRecord]:
        gateway = Gateway(cache_dir=_cache())
        sources = [Channel(channel) for channel in channels]
        found = await gateway.query(sources, [Subdir(subdir), Subdir("noarch")], wanted, recursive=False, channel_relations="disabled")
        return [record for records in found for record in records if any(record.matches(spec) for spec in wanted)]

    return tuple(map(_record, _waited(asked(), CHANNEL_SECONDS, channels)))


async def _solve(question: Question) -> list[RepoDataRecord]:
    from rattler import Channel, ChannelPriority, Gateway, MatchSpec, Subdir, VirtualPackage, VirtualPackageOverrides
    from rattler import solve as rattler_solve

    return await rattler_solve(
        sources=[Channel(channel) for channel in question.channels],
        specs=[MatchSpec(spec, strict=False) for spec in question.specs],
        gateway=Gateway(cache_dir=_cache()),
        platforms=[Subdir(question.subdir), Subdir("noarch")],
        # Those of another machine aren't known.
        virtual_packages=VirtualPackage.detect(VirtualPackageOverrides.from_env()) if question.subdir == this_subdir() else [],
        timeout=timedelta(seconds=SOLVER_SECONDS),
        channel_priority=ChannelPriority.Strict,
        exclude_newer=question.cut.astimezone(UTC) if question.cut else None,
        timestamp_policy="allow-missing" if question.takes_undated else "require-timestamp",
        channel_relations="disabled",
    )


def _waited(work: Coroutine[Any, Any, _Answer], seconds: float, channels: tuple[str, ...]) -> _Answer:
    from rattler.exceptions import FetchRepoDataError, GatewayError, InvalidChannelError

    try:
        return run(work, seconds)
    except TimeoutError as error:
        raise ChannelUnreachableError(channels, f"no answer within {seconds:.0f} seconds") from error
    except (GatewayError, FetchRepoDataError, InvalidChannelError) as error:
        explanation = without_credentials(": ".join(line.removeprefix("Caused by: ") for line in str(error).splitlines()))
        named = tuple(channel for channel in channels if f"{_address(channel)}/" in explanation)
        raise ChannelUnreachableError(named or channels, explanation) from error


def _address(channel: str) -> str:
    from rattler import Channel
    from rattler.exceptions import InvalidChannelError

    try:
        return str(Channel(channel).base_url).rstrip("/")
    except InvalidChannelError:
        return channel


def run(work: Coroutine[Any, Any, _Answer], seconds: float) -> _Answer:
    """The result of asynchronous work, also where an event loop is running already, as in a notebook.

    Args:
        work: what is to be done.
        seconds: how long it may take.

    Raises:
        TimeoutError: it took longer.
    """
    done: list[_Answer] = []
    failed: list[BaseException] = []

    def apart() -> None:
        try:
            done.append(asyncio.run(asyncio.wait_for(work, seconds)))
        except BaseException as error:  # noqa: BLE001 - it is raised again, in the thread that asked
            failed.append(error)

    thread = threading.Thread(target=apart, name="conda", daemon=True)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return done[0]


def _cache() -> Any:  # noqa: ANN401 - a Path, which py-rattler's types call otherwise
    return storage.conda_channels()


def _record(record: RepoDataRecord) -> CondaRecord:
    uploaded = record.indexed_timestamp or record.timestamp
    return CondaRecord(
        name=record.name.normalized,
        version=str(record.version),
        build=str(record.build),
        subdir=str(record.subdir),
        url=without_credentials(str(record.url)),
        depends=tuple(record.depends),
        md5=record.md5.hex() if record.md5 else "",
        sha256=record.sha256.hex() if record.sha256 else "",
        size=record.size,
        uploaded=uploaded.astimezone(UTC) if uploaded else None,
    )
