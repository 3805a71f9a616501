"""The environment of an item: resolved and built outside of the isolation in which the notebook then runs."""

from __future__ import annotations

import json
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nbrepro.corpora.items import AUTO, CURRENT, Item, declared_file
from nbrepro.errors import ChannelUnreachableError, EnvironmentBuildError, IndexUnreachableError, NbreproError, own_fault
from nbrepro.execution import Environment, at, at_content, current
from nbrepro.execution.launches import PYTHON
from nbrepro.model import Failure, FailureKind, Lock
from nbrepro.notebooks import read

if TYPE_CHECKING:
    from nbrepro.environments.cache import Built
    from nbrepro.environments.provision import Resolved


@dataclass(frozen=True, slots=True)
class Prepared:
    """An environment that is ready, or why there is none; it can be sent to another process."""

    environment: Environment | None = None
    failure: Failure | None = None
    key: str | None = None
    """Of the built environment; None where it was there already."""
    lock: Lock | None = None
    packages: str = "{}"
    """Names and versions, as a JSON object."""
    deviations: tuple[str, ...] = ()
    seconds: float = 0.0
    is_infrastructure: bool = False
    """Whether the failure says nothing about the notebook: it is worth another try."""


def prepare(item: Item) -> tuple[Prepared, AbstractContextManager[None]]:
    """The environment of an item, and a context within which nobody removes it.

    Nothing raises: an environment that can't be had is a failure of the notebook, and a fault of ours one of the machinery.
    """
    began = time.perf_counter()
    try:
        prepared, use = _prepared(item)
    except NbreproError as error:
        prepared, use = not_prepared(error), nullcontext()
    except Exception as error:  # noqa: BLE001 - a fault of ours in one notebook must not end the round
        failure = Failure(FailureKind.ENVIRONMENT_NOT_RESOLVED, own_fault(error))
        prepared, use = Prepared(failure=failure, is_infrastructure=True), nullcontext()
    return replace(prepared, seconds=time.perf_counter() - began), use


def _prepared(item: Item) -> tuple[Prepared, AbstractContextManager[None]]:
    settings = item.settings
    declared = declared_file(settings)
    if settings.environment != AUTO and declared is None:
        return Prepared(current() if settings.environment == CURRENT else at(settings.environment)), nullcontext()
    document = read(item.file)
    if document.language.lower() not in PYTHON:
        return Prepared(current()), nullcontext()
    # Workers and rounds that go on need none of this.
    from nbrepro.environments.provision import Wanted, departures, ready
    from nbrepro.environments.resolution import Building

    found, built = ready(document, Wanted(declared, Building(settings.allow_build)))
    return Prepared(
        environment_of(found, built),
        key=built.key,
        lock=found.lock,
        packages=json.dumps({package.name: package.version for package in found.lock.packages}),
        deviations=tuple(map(str, departures(found, built))),
    ), built.in_use()


def environment_of(found: Resolved, built: Built) -> Environment:
    """A notebook's own environment as kernels are started in it."""
    return replace(at_content(built.python, built.key), name=found.name_of(built), import_paths=found.import_paths)


def not_prepared(error: NbreproError) -> Prepared:
    """What an environment that can't be had comes to."""
    from nbrepro.environments import storage
    from nbrepro.environments.failing import failure_of

    is_infrastructure = isinstance(error, IndexUnreachableError | ChannelUnreachableError) or storage.is_full()
    if isinstance(error, EnvironmentBuildError):
        is_infrastructure |= error.no_room
    return Prepared(failure=failure_of(error), is_infrastructure=is_infrastructure)
