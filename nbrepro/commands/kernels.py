"""`nbrepro kernels …`: kernels for Jupyter clients that a warm server forks, installed, listed and removed."""

from __future__ import annotations

import argparse
import os
import sys

from nbrepro.commands.spoken import Spoken
from nbrepro.execution import Environment, at, current
from nbrepro.execution.kernel_specifications import DEFAULT_NAME, KernelSpecification, install, installed, remove


def perform(arguments: argparse.Namespace) -> Spoken:
    """Do what `kernels` was asked to do.

    Raises:
        RequestError: the environment or the name can't be used.
    """
    match arguments.action:
        case "install":
            made = install(_environment(arguments.env), arguments.name or DEFAULT_NAME, arguments.preload, arguments.display_name or "")
            return Spoken(
                (
                    _described(made),
                    f"this user's Jupyter clients can use it, where nbrepro is installed beside them, as it is in {sys.prefix}",
                )
            )
        case "remove":
            return Spoken((f"removed: {remove(arguments.name)}",))
        case _:
            return Spoken(tuple(map(_described, installed())) or ("there are no kernels of nbrepro",))


def _environment(named: str | os.PathLike[str] | None) -> Environment:
    return current() if named in {None, "current"} else at(str(named))


def _described(specification: KernelSpecification) -> str:
    packages = f"  with {', '.join(specification.packages)}" if specification.packages else ""
    return f"{specification.name}  {specification.display_name}  {specification.python}{packages}  {specification.folder}"
