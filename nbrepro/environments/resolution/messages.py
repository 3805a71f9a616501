"""What uv says when there is no solution, and which packages it blames."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from packaging.utils import canonicalize_name

from nbrepro.environments.resolution.request import Asked
from nbrepro.errors import UnresolvableError

_LONGEST = 1200
"""Characters of an explanation that are kept."""
_NAME = r"([A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]|[A-Za-z0-9])(?:\[[^\]]*\])?"
_BLAMED = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_NAME}\S* has no (?:usable )?wheels",
        rf"no versions? of {_NAME}",
        rf"{_NAME} was not found in",
        rf"{_NAME}\S* (?:has invalid metadata|could not be (?:parsed|built|fetched|downloaded))",
        rf"Metadata for `{_NAME}`",
        rf"Failed to (?:build|download|fetch|read metadata for)[^`\n]*`{_NAME}",
        rf"Wheels are required for `{_NAME}`",
        rf"only (?:the following versions of )?{_NAME}[^\s]* (?:is|are) available",
        rf"{_NAME}\S* depends on Python",
        rf"`{_NAME}` was filtered by `exclude-newer`",
    )
)
_TOKEN = re.compile(_NAME)
_BUILT = re.compile(rf"Failed to (?:download and )?build[^`\n]*`{_NAME}[^`\n]*`")
_LONGEST_LINE = 200
"""Characters of what a build says that are kept."""


def blamed(explanation: str) -> tuple[str, ...]:
    """Packages that the explanation says can't be had, in the order in which it names them.

    >>> blamed("Because numpy==1.11.0 has no usable wheels and you require numpy==1.11.0, ...")
    ('numpy',)
    """
    hits = [(match.start(), canonicalize_name(match[1])) for pattern in _BLAMED for match in pattern.finditer(_flat(explanation))]
    return tuple(dict.fromkeys(name for _, name in sorted(hits)))


def failed_build(explanation: str) -> tuple[str, str]:
    r"""The package whose source could not be built, and what its build said last; empty where no build failed.

    >>> failed_build("error: Failed to build `tree==1.0`\n  [stderr]\n    No module named 'numpy'\n\nhint: more")
    ('tree', "No module named 'numpy'")
    """
    built = _BUILT.search(explanation)
    if built is None:
        return "", ""
    said = explanation[built.end() :].split("\nhint:", maxsplit=1)[0].strip().splitlines()
    return canonicalize_name(built[1]), said[-1].strip().removeprefix("cause: ")[:_LONGEST_LINE] if said else ""


def mentioned(explanation: str, names: Iterable[str]) -> tuple[str, ...]:
    """Those of the names that the explanation speaks of, in its order."""
    known = set(names)
    words = (canonicalize_name(match[1]) for match in _TOKEN.finditer(explanation))
    return tuple(dict.fromkeys(word for word in words if word in known))


def shortened(explanation: str) -> str:
    """The explanation in one paragraph, without what uv's own options are called, cut where it gets long."""
    kept = [line for line in _flat(explanation).split("hint:") if "exclude-newer" not in line and "--no-build" not in line]
    text = re.sub(r"error: No solution found when resolving dependencies\s*|cause: ", "", " ".join(kept)).strip()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"


def _flat(explanation: str) -> str:
    return re.sub(r"\s+", " ", explanation)


def unresolvable(explanation: str, asked: tuple[Asked, ...]) -> UnresolvableError:
    """The error that names the wishes which uv's explanation speaks of, and the places where they stand."""
    named = set(mentioned(explanation, {one.name for one in asked}))
    wishes = [one for one in asked if one.name in named]
    what = ", ".join(dict.fromkeys(str(one) for one in wishes)) or "what is wished"
    places = tuple(dict.fromkeys(f"{one.source}: {one}" for one in wishes))
    return UnresolvableError(
        what, places, "; ".join(_with_hints(explanation)), tuple(dict.fromkeys((*blamed(explanation), *sorted(named))))
    )


def _with_hints(explanation: str) -> Iterator[str]:
    yield shortened(explanation)
    if "exclude-newer" in explanation:
        yield "later releases are left out because of the notebook's date"
    if "Wheels are required" in explanation or "has no usable wheels" in explanation:
        yield "it has no wheel for this Python, and building from source is not allowed; --allow-build would build it"
