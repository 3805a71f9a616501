"""What pip 20.3 says when it finds no solution: which packages stand against each other, and which sources it can't run."""

from __future__ import annotations

import re

from packaging.utils import canonicalize_name

_CAUSES = re.compile(r"The conflict is caused by:\n(?P<causes>(?:[ \t]+\S.*\n?)+)")
_PARTY = re.compile(r"(\S+) \S+ depends on ")
_NOT_FOUND = re.compile(r"Could not find a version that satisfies the requirement ([A-Za-z0-9][A-Za-z0-9._-]*)")
_ABSENT = re.compile(
    r"satisfies the requirement ([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?([<>=!~][^\s;]*)? \(from (?!versions:)([^)\s]+)"
)
_FAILED = "Command errored out with exit status"
_SAID = re.compile(r"Complete output \(\d+ lines?\):\n(?P<lines>(?:[ \t]+.*\n)+?)[ \t]+-{8,}")
_LONGEST = 200
"""Characters of what a failing source says that are kept."""


def causes(output: str) -> str:
    """The part of pip's ordinary output that belongs to its errors: the causes of a conflict; empty where there are none."""
    found = _CAUSES.search(output)
    return found[0].rstrip() if found else ""


def conflict(explanation: str) -> str:
    """Who wants what, in one line; empty where pip speaks of no conflict.

    >>> conflict("The conflict is caused by:" + chr(10) + "    The user requested seed==1" + chr(10) + "    tree 1.0 depends on seed>=2")
    'the user requested seed==1; tree 1.0 depends on seed>=2'
    """
    found = _CAUSES.search(explanation)
    lines = [line.strip() for line in found["causes"].splitlines()] if found else []
    return "; ".join(dict.fromkeys(re.sub(r"^The user", "the user", line) for line in lines))


def parties(explanation: str) -> tuple[str, ...]:
    """Packages whose own needs are part of the conflict."""
    found = _CAUSES.search(explanation)
    return tuple(dict.fromkeys(map(canonicalize_name, _PARTY.findall(found["causes"])))) if found else ()


def unbuildable(explanation: str) -> tuple[str, ...]:
    """Packages of which pip could run no source, not even to ask what they need."""
    return tuple(dict.fromkeys(map(canonicalize_name, _NOT_FOUND.findall(explanation)))) if _FAILED in explanation else ()


def absent(explanation: str) -> tuple[tuple[str, str, str], ...]:
    """What a package needs and pip finds no file of: its name, its versions, and who needs it; empty where a source failed.

    >>> absent("ERROR: Could not find a version that satisfies the requirement Seed==0.5.4 (from tree->-r a.in (line 1))")
    (('seed', '==0.5.4', 'tree'),)
    """
    found = () if _FAILED in explanation else _ABSENT.findall(explanation)
    return tuple(dict.fromkeys((canonicalize_name(name), versions, by.partition("->")[0]) for name, versions, by in found))


def why_unbuildable(explanation: str) -> str:
    """What the last source that failed said last; empty where none did."""
    said = [match["lines"].strip().splitlines()[-1].strip() for match in _SAID.finditer(explanation)]
    return said[-1][:_LONGEST] if said else ""
