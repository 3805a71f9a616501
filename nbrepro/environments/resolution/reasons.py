"""Why a package is there, and why in this version."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from packaging.utils import canonicalize_name

from nbrepro.environments.resolution.request import Asked
from nbrepro.environments.resolution.uv import Question
from nbrepro.model import Deviation, SourceKind

_LINE = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(\[[^\]]*\])?==[^\s#]+[^#]*(# via (?P<via>.*))?$")


def reasons(
    requirements: str, asked: tuple[Asked, ...], question: Question, deviations: tuple[Deviation, ...]
) -> dict[str, tuple[str, ...]]:
    """For each package of a solution who asked for it, what bounds its version, and which loosenings touched it.

    Args:
        requirements: the solution with `# via` comments on the same line.
        asked: the wishes with their places.
        question: what was asked, with the date and the packages that it doesn't bind.
        deviations: all departures; those that name the package are repeated.
    """
    found: dict[str, tuple[str, ...]] = {}
    for match in filter(None, map(_LINE.match, requirements.splitlines())):
        name = canonicalize_name(match["name"])
        wishes = [one for one in asked if one.name == name]
        through = _through(match)
        found[name] = (*_who(wishes, through), _when(wishes, question.limit_of(name)), *_loosened(name, deviations))
    return found


def as_taken(deviations: tuple[Deviation, ...], bounds: Iterable[str], versions: Mapping[str, str]) -> tuple[Deviation, ...]:
    """Departures that name the version which is in the solution, where the one that a loosening had in mind did not go with the rest.

    Args:
        deviations: all departures.
        bounds: those that loosenings set, such as `pymc3<=3.0`.
        versions: of the solution, by normalized names.

    >>> told = Deviation("after-date", "pymc3 had no wheel for this Python on that day; 3.0, the first that has one, is taken")
    >>> as_taken((told,), ["pymc3<=3.0"], {"pymc3": "3.0rc1"})[0].message.partition("; ")[2]
    '3.0rc1 is taken, as 3.0, the first that has one, does not go with the rest'
    """
    for name, _, version in (bound.partition("<=") for bound in bounds):
        taken = versions.get(name)
        if version and taken is not None and taken != version:
            said = re.compile(rf"^({re.escape(name)} .*; ){re.escape(version)}, (.*?), is taken")
            words = rf"\g<1>{taken} is taken, as {version}, \g<2>, does not go with the rest"
            deviations = tuple(replace(one, message=said.sub(words, one.message)) for one in deviations)
    return deviations


def needing(requirements: str, name: str) -> list[str]:
    """The packages of a solution that need the named one; `requirements` as in `reasons`.

    >>> needing("numpy==2.0  # via -r wishes, scipy, pandas", "numpy")
    ['pandas', 'scipy']
    """
    lines = filter(None, map(_LINE.match, requirements.splitlines()))
    return next((_through(match) for match in lines if canonicalize_name(match["name"]) == name), [])


def _through(match: re.Match[str]) -> list[str]:
    return sorted(one.strip() for one in (match["via"] or "").split(",") if one.strip() and not one.strip().startswith("-"))


def _who(wishes: list[Asked], through: list[str]) -> Iterator[str]:
    for one in wishes:
        if one.source.kind is SourceKind.HARNESS:
            yield "needed to run a notebook"
        else:
            yield f"{one.source}: {one}" + (" (bound)" if one.is_constraint else "")
    if through:
        yield f"needed by {', '.join(through)}"


def _when(wishes: list[Asked], limit: datetime | None) -> str:
    if any(one.pin for one in wishes):
        return "pinned: the date doesn't bind it"
    return f"newest that fits as of {limit.date()}" if limit is not None else "newest that fits, whatever its date"


def _loosened(name: str, deviations: tuple[Deviation, ...]) -> Iterator[str]:
    named = re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w-])")
    yield from (str(one) for one in deviations if named.search(one.message))
