"""`nbrepro env …`: the environments of notebooks, resolved, locked, built, listed and removed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from nbrepro.commands.progress_line import write_over
from nbrepro.commands.spoken import Spoken
from nbrepro.environments.collection import Entry, collect, list_environments
from nbrepro.environments.provision import Resolved, Wanted, departures, ready, resolved
from nbrepro.environments.resolution import Building
from nbrepro.errors import RequestError
from nbrepro.notebooks import read
from nbrepro.notebooks.writing import write_atomically
from nbrepro.reports.characters import one_line

MEGABYTE = 1_000_000
_TOLD = 20
"""Files, or things that can't be read, which are named one by one."""


def perform(arguments: argparse.Namespace) -> Spoken:
    """Do what `env` was asked to do.

    Raises:
        NbreproError: the notebook can't be read, or its environment can't be had.
    """
    match arguments.action:
        case "list":
            return Spoken(tuple(_listed(list_environments())) or ("there are no built environments",))
        case "gc":
            return _collected(arguments)
        case "lock":
            return Spoken(tuple(_locked(arguments)))
        case "build":
            return Spoken(tuple(_built(arguments)))
        case _:
            return Spoken(tuple(_described(_resolved(arguments), why=arguments.why)))


def _resolved(arguments: argparse.Namespace) -> Resolved:
    with _telling() as tell:
        return resolved(read(arguments.notebook), _wanted(arguments), on_progress=tell)


def _wanted(arguments: argparse.Namespace) -> Wanted:
    return Wanted(building=Building(arguments.allow_build), again=arguments.again)


@contextmanager
def _telling() -> Iterator[Callable[[str], None]]:
    """Progress on one line that is gone in the end, where somebody looks: not among the lines that a script reads."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    try:
        yield lambda what: write_over(one_line(what, 100))
    finally:
        write_over("")


def _built(arguments: argparse.Namespace) -> Iterator[str]:
    with _telling() as tell:
        found, built = ready(read(arguments.notebook), _wanted(arguments), on_progress=tell)
    yield from _described(replace(found, deviations=departures(found, built)), why=False)
    yield f"built: {built.python}"


def _described(found: Resolved, *, why: bool) -> Iterator[str]:
    spec = found.spec
    yield f"Python {found.interpreter.version}, as {spec.python.source} asks for {spec.python.specifier}"
    yield f"as of {spec.cut:%Y-%m-%d}: {spec.cut_source}" if spec.cut else "as of today: nothing says when the notebook was written"
    declared = [declaration.path for declaration in spec.declarations]
    yield f"declared: {', '.join(_first(declared, 'files')) or 'nothing'}"
    unread = [f"not read: {problem}" for declaration in spec.declarations for problem in declaration.problems]
    yield from _first(unread, "that are not read")
    if spec.unknown_imports:
        yield f"no package is known for these imports: {', '.join(spec.unknown_imports)}"
    yield from (f"deviation ({deviation.slug}): {deviation.message}" for deviation in found.deviations)
    yield f"{len(found.lock.packages)} packages"
    for package in found.lock.packages:
        yield f"  {package.name}=={package.version}"
        if why:
            yield from (f"      {reason}" for reason in package.because)


def _first(lines: list[str], what: str) -> list[str]:
    """As many as somebody reads, and how many there are besides: a repository may hold 800 files that declare something."""
    more = len(lines) - _TOLD
    return [*lines[:_TOLD], f"and {more} more {what}"] if more > 0 else lines


def _locked(arguments: argparse.Namespace) -> Iterator[str]:
    found = _resolved(arguments)
    target = Path(arguments.notebook).absolute().parent / found.lock.file_name
    if target.exists() and not arguments.force:
        raise RequestError(f"{target}: there is a lock already; say --force to replace it")
    write_atomically(target, found.lock.text.encode())
    yield from _described(found, why=False)
    yield f"written: {target}"


def _listed(entries: tuple[Entry, ...]) -> Iterator[str]:
    for entry in entries:
        use = "in use" if entry.is_in_use else f"last used {entry.last_used:%Y-%m-%d %H:%M}"
        notebooks = f" for {', '.join(entry.used_for)}" if entry.used_for else ""
        size = f"{entry.size / MEGABYTE:.0f} MB"
        yield f"{entry.key[:12]}  Python {entry.python}  {entry.packages} packages  {size}  {use}{notebooks}"


def _collected(arguments: argparse.Namespace) -> Spoken:
    if arguments.max_size is None and arguments.max_age is None:
        raise RequestError("env gc: say how much may stay: --max-size 5GB, --max-age 30 (days), or both")
    age = None if arguments.max_age is None else timedelta(days=arguments.max_age)
    removed = collect(arguments.max_size, age, dry_run=arguments.dry_run)
    word = "would be removed" if arguments.dry_run else "removed"
    return Spoken((*_listed(removed), f"{len(removed)} {word}"))
