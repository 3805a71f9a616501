"""Parsed arguments as the values that the rooms below take."""

from __future__ import annotations

import argparse
import difflib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from nbrepro.comparison.settings import Settings
from nbrepro.errors import RequestError
from nbrepro.execution import Environment, Order, Runner, at, current
from nbrepro.execution.limits import Limits

if TYPE_CHECKING:
    from nbrepro.environments.provision import Wanted

EVERY = "all"
CURRENT = "current"
AUTO = "auto"
VARIABLE = "NBREPRO_ENV"
"""Names the environment for calls that don't."""


def default_environment(*, inside: bool = False) -> str:
    """The environment where none is named: what the variable `NBREPRO_ENV` says, else `auto`.

    Args:
        inside: whether somebody asks from within an environment of their own choice, a notebook or a test run: there it is `current`.
    """
    return os.environ.get(VARIABLE) or (CURRENT if inside else AUTO)


@dataclass(frozen=True, slots=True)
class ExecutionOptions:
    """How notebooks are run.

    >>> ExecutionOptions().isolates(1), ExecutionOptions().isolates(2)
    (False, True)
    """

    environment: str = field(default_factory=default_environment)
    """`auto` (for each notebook one as close to the original as possible), `current`, or the path of a Python or of a file
    that declares packages."""
    allow_build: bool = False
    """Whether packages without wheels may be built from source, which runs their code."""
    order: Order = Order.TOP_DOWN
    limits: Limits = field(default_factory=Limits)
    keep_going: bool = False
    isolate: bool | None = None
    """Whether each notebook runs in a private copy of its project; None: when several notebooks are run."""
    jobs: int | None = None
    """How many notebooks run at a time; None: one for each core."""
    runner: Runner = Runner.AUTO
    """Whether kernels are started or forked from a warm one."""

    def isolates(self, notebooks: int) -> bool:
        """Whether private copies are made for so many notebooks."""
        return notebooks > 1 if self.isolate is None else self.isolate

    def resolve_environment(self) -> Environment | None:
        """The environment that is meant; None where each notebook gets its own.

        Raises:
            RequestError: there is no interpreter at the path.
        """
        if self.environment == AUTO or self._declares():
            return None
        return current() if self.environment == CURRENT else at(self.environment)

    def wanted(self) -> Wanted:
        """How the environments are found that notebooks get for themselves."""
        from nbrepro.environments.provision import Wanted
        from nbrepro.environments.resolution import Building

        return Wanted(Path(self.environment) if self._declares() else None, Building(self.allow_build))

    def _declares(self) -> bool:
        """Whether the environment is named by a file that declares packages: a lock, requirements, environment.yml."""
        if self.environment in {AUTO, CURRENT}:
            return False
        from nbrepro.environments.discovery.formats import format_of

        path = Path(self.environment)
        return format_of(path.name) is not None and not path.is_dir()


def execution_options_of(arguments: argparse.Namespace) -> ExecutionOptions:
    """How notebooks are run."""
    return ExecutionOptions(
        environment=arguments.env or default_environment(),
        allow_build=arguments.allow_build,
        order=Order(arguments.order),
        limits=limits_of(arguments),
        keep_going=arguments.keep_going,
        isolate=arguments.isolate,
        jobs=arguments.jobs,
        runner=Runner(arguments.runner),
    )


def limits_of(arguments: argparse.Namespace) -> Limits:
    """What a run may use."""
    return Limits(
        step_seconds=arguments.timeout,
        notebook_seconds=arguments.notebook_timeout,
        startup_seconds=arguments.startup_timeout,
        memory_bytes=arguments.memory,
        output_bytes=arguments.output_limit,
    )


def settings_of(arguments: argparse.Namespace) -> Settings:
    """What a comparison tolerates."""
    return Settings(
        relative_tolerance=arguments.relative_tolerance,
        absolute_tolerance=arguments.absolute_tolerance,
        exact_integers=not arguments.tolerant_integers,
        picture_tolerance=arguments.picture_tolerance,
        judge_stderr=arguments.judge_stderr,
        disabled=disabled_normalizations(arguments.without),
    )


def disabled_normalizations(names: Iterable[str]) -> frozenset[str]:
    """The names of normalizations to switch off, checked against those that there are.

    Raises:
        RequestError: a name that no normalization has.
    """
    asked = frozenset(names)
    if not asked:
        return asked
    from nbrepro.comparison.normalizations import NAMES

    if EVERY in asked:
        return frozenset(NAMES)
    for name in sorted(asked - NAMES.keys()):
        near = difflib.get_close_matches(name, NAMES, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(sorted(NAMES))}"
        raise RequestError(f"--without {name}: no normalization has this name; {hint}")
    return asked
