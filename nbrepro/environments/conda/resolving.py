"""Resolves what a notebook wishes from conda, and from pip beside it, into one lock."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from nbrepro.environments.conda.accounts import departures, reasons
from nbrepro.environments.conda.channels import expanded, leaves_defaults_out
from nbrepro.environments.conda.climbing import Attempt, climb
from nbrepro.environments.conda.extra import require_extra
from nbrepro.environments.conda.lock_contents import Contents
from nbrepro.environments.conda.lock_writing import write_conda_lock
from nbrepro.environments.conda.pip_part import ResolvePip, pip_part
from nbrepro.environments.conda.solving import UnsolvableError, is_readable
from nbrepro.environments.conda.wishes import PYTHON, CondaWishes, wishes_of
from nbrepro.environments.discovery.conda_lock import this_subdir
from nbrepro.environments.resolution.harness import KERNEL
from nbrepro.errors import RequestError, UnresolvableError
from nbrepro.model import Deviation, Ecosystem, EnvironmentSpec, Lock, Wish


def resolve_conda(
    spec: EnvironmentSpec,
    *,
    platform: str | None = None,
    resolve_pip: ResolvePip | None = None,
    on_progress: Callable[[str], None] | None = None,
) -> Lock:
    """The conda-lock.yml of what a notebook wishes, as of its date; every departure is in its deviations.

    The Python is conda's, and so is the kernel where the channels have it. What one channel has is taken from no later one.

    Args:
        spec: what is wished; its wishes for packages of PyPI are pip's part.
        platform: in conda's words, such as `linux-64`; None: this machine's.
        resolve_pip: resolves pip's part for the Python that conda gives; None: it is left out, which is recorded.
        on_progress: is told in a few words what is being done.

    Raises:
        MissingExtraError: py-rattler or conda-lock is not installed.
        RequestError: conda knows no such platform.
        ChannelUnreachableError: a channel can't be read; `translate_to_pypi` gives the same wishes for PyPI.
        UnresolvableError: what is wished can't be had; the error says which wishes, and where they stand.
    """
    require_extra()
    wished = wishes_of(spec)
    specs, unreadable = _specs(wished.conda)
    first = _first_attempt(spec, wished, specs, _checked(platform or this_subdir()))
    try:
        found = climb(first, on_progress or _silent)
    except UnsolvableError as error:
        raise _unresolvable(str(error), spec, wished.conda) from error
    pip = pip_part(spec, wished.pip, found.records, resolve_pip)
    deviations = (*wished.deviations, *unreadable, *departures(spec, wished.conda, first, found), *pip.deviations)
    return write_conda_lock(
        Contents(
            subdir=first.subdir,
            channels=found.attempt.channels,
            records=found.records,
            pip=pip.lock,
            specs=found.attempt.question.specs,
            sources=tuple(dict.fromkeys(Path(wish.source.path).name for wish in wished.conda if wish.source.path)),
            cut=spec.cut,
            deviations=tuple(dict.fromkeys(deviations)),
            because=reasons(spec, wished.conda, found),
        )
    )


def _silent(_: str) -> None:
    return


def _first_attempt(spec: EnvironmentSpec, wished: CondaWishes, specs: tuple[str, ...], subdir: str) -> Attempt:
    return Attempt(
        specs=specs,
        python=wished.python,
        channels=expanded(spec.channels, spec.cut),
        subdir=subdir,
        cut=spec.cut,
        python_is_stated=wished.python_is_stated,
        may_add_defaults=not leaves_defaults_out(spec.channels),
        with_kernel=not any(wish.name == KERNEL for wish in spec.wishes),
    )


def _specs(wishes: tuple[Wish, ...]) -> tuple[tuple[str, ...], tuple[Deviation, ...]]:
    """Match specifications, and what of them can't be read: then any version is taken."""
    specs = []
    deviations = []
    for wish in wishes:
        if is_readable(wish.requirement):
            specs.append(wish.requirement)
            continue
        specs.append(wish.name)
        deviations.append(
            Deviation("unreadable-requirement", f"{wish.source}: {wish.requirement} can't be read; any version of {wish.name} is taken")
        )
    return tuple(dict.fromkeys(specs)), tuple(deviations)


def _unresolvable(explanation: str, spec: EnvironmentSpec, wishes: tuple[Wish, ...]) -> UnresolvableError:
    python = Wish(PYTHON, f"{PYTHON} {spec.python.specifier}", spec.python.source, Ecosystem.CONDA)
    named = [wish for wish in (*wishes, python) if _mentions(explanation, wish)]
    what = ", ".join(dict.fromkeys(wish.requirement for wish in named)) or "what is wished from conda"
    places = tuple(dict.fromkeys(f"{wish.source}: {wish.requirement}" for wish in named))
    return UnresolvableError(what, places, explanation, tuple(dict.fromkeys(wish.name for wish in named)))


def _mentions(explanation: str, wish: Wish) -> bool:
    words = {re.sub(r"[-_.]+", "-", word.strip(",.:;()`'\"")).lower() for word in explanation.split()}
    return wish.name in words


def _checked(platform: str) -> str:
    from rattler import Subdir
    from rattler.exceptions import ParseSubdirError

    try:
        return str(Subdir(platform))
    except ParseSubdirError as error:
        raise RequestError(f"conda knows no platform {platform}; such as {this_subdir()} is expected") from error
