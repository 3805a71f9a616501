"""What a solution departs from, and why each package is in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from nbrepro.environments.conda.climbing import Attempt, Solution
from nbrepro.environments.conda.records import CondaRecord
from nbrepro.environments.conda.wishes import PYTHON
from nbrepro.environments.resolution.harness import KERNEL
from nbrepro.model import Deviation, EnvironmentSpec, SourceKind, Wish


def departures(spec: EnvironmentSpec, wishes: tuple[Wish, ...], first: Attempt, found: Solution) -> Iterator[Deviation]:
    """Everything in which a solution differs from what is wished.

    Args:
        spec: what is wished.
        wishes: the wishes that conda has to meet.
        first: the attempt that would have met them exactly.
        found: the solution.
    """
    yield from _python(spec, found.records)
    yield from _dates(spec.cut, found.records)
    if first.with_kernel and not any(record.name == KERNEL for record in found.records):
        yield Deviation("kernel-from-pip", f"the channels have no {KERNEL} that fits; it comes from PyPI")
    added = [channel for channel in found.attempt.channels if channel not in first.channels]
    fetched = sorted(record.name for record in found.records if record.channel in added)
    if fetched:
        yield Deviation("defaults-added", f"the channels that are named don't have them, so they come from conda's: {', '.join(fetched)}")
    yield from _hashes(wishes, {record.name: record for record in found.records})


def _python(spec: EnvironmentSpec, records: tuple[CondaRecord, ...]) -> Iterator[Deviation]:
    wished = spec.python
    for record in records:
        if record.name == PYTHON and not SpecifierSet(wished.specifier).contains(record.version, prereleases=True):
            yield Deviation(
                "python-substituted", f"{wished.source} wants Python {wished.specifier}; conda's Python {record.version} takes its place"
            )


def _dates(cut: datetime | None, records: tuple[CondaRecord, ...]) -> Iterator[Deviation]:
    if cut is None:
        return
    undated = [record.name for record in records if record.uploaded is None]
    if undated:
        yield Deviation("undated", f"their channel doesn't say when they were made, so they may be newer: {', '.join(undated)}")
    later = [f"{record.name} {record.version}" for record in records if record.uploaded is not None and record.uploaded > cut]
    if later:
        yield Deviation("after-date", f"nothing as old as the notebook ({cut.date()}) fits, so these are newer: {', '.join(later)}")


def _hashes(wishes: tuple[Wish, ...], records: Mapping[str, CondaRecord]) -> Iterator[Deviation]:
    by_name: dict[str, CondaRecord] = {canonicalize_name(name): record for name, record in records.items()}
    for wish in wishes:
        record = by_name.get(wish.name)
        if record and wish.hashes and not {f"sha256:{record.sha256}", f"md5:{record.md5}"} & set(wish.hashes):
            yield Deviation("hash-differs", f"{wish.source} names another hash of {wish.requirement} than {record.file_name} has")


def reasons(spec: EnvironmentSpec, wishes: tuple[Wish, ...], found: Solution) -> dict[str, tuple[str, ...]]:
    """For each conda package who asked for it, and what bounds its version."""
    return {record.name: (*_who(record, spec, wishes, found.records), _when(found.attempt)) for record in found.records}


def _who(record: CondaRecord, spec: EnvironmentSpec, wishes: tuple[Wish, ...], records: tuple[CondaRecord, ...]) -> Iterator[str]:
    for wish in wishes:
        if wish.name == canonicalize_name(record.name):
            yield "needed to run a notebook" if wish.source.kind is SourceKind.HARNESS else f"{wish.source}: {wish.requirement}"
    if record.name == KERNEL and not any(wish.name == KERNEL for wish in wishes):
        yield "needed to run a notebook"
    if record.name == PYTHON:
        yield f"{spec.python.source}: python {spec.python.specifier}"
    needing = [other.name for other in records if record.name in other.needs]
    if needing:
        yield f"needed by {', '.join(needing)}"


def _when(attempt: Attempt) -> str:
    return f"newest that fits as of {attempt.cut.date()}" if attempt.cut else "newest that fits, whatever its date"
