"""Paths: where a package, a temporary file or a home lies says nothing about a result; what follows does."""

from __future__ import annotations

import re
from collections.abc import Callable

from nbrepro.comparison.normalizations.registry import Normalization, Numbering, Rewrite, each, placeholder

_PATH = re.compile(r"(?<![\w/\\.~-])(?:[A-Za-z]:(?=[/\\])|~(?=/))?+[/\\][^\s'\"<>:;,()\[\]{}|*?=`]*+")
"""One absolute path, from its root or `~` to its end."""

_INSTALLED = re.compile(r".*/(?:(?:site|dist)-packages|lib/python\d\.\d+)/")
_HOME = re.compile(r"(?:[A-Za-z]:/Users/[^/]+|/(?:home|Users)/[^/]+|/root|~)(?=/|\Z)")
_TEMP = re.compile(r"(?:(?:/private)?/var/folders/[^/]+/[^/]+/T|(?:/private|/var)?/tmp|[A-Za-z]:/Users/[^/]+/AppData/Local/Temp)(?=/|\Z)")
_RANDOM = re.compile(r"tmp[a-z0-9_]{8}|tmp[a-zA-Z0-9]{6}|ipykernel_\d+")


def _paths(rewrite: Callable[[str], str]) -> Rewrite:
    """Rewrites every path of a text, its separators turned into slashes if it is changed."""

    def replace(match: re.Match[str]) -> str:
        path = match[0].replace("\\\\", "/").replace("\\", "/")
        rewritten = rewrite(path)
        return match[0] if rewritten == path else rewritten

    return each(lambda text: _PATH.sub(replace, text))


def _shorten_installed(path: str) -> str:
    return _INSTALLED.sub(placeholder("packages") + "/", path)


def _shorten_home(path: str) -> str:
    return _HOME.sub(placeholder("home"), path, count=1) if _HOME.match(path) else path


def _shorten_temp(text: str) -> str:
    numbering = Numbering("random")

    def replace(match: re.Match[str]) -> str:
        path = match[0].replace("\\\\", "/").replace("\\", "/")
        root = _TEMP.match(path)
        if root is None:
            return match[0]
        parts = [_number_random(part, numbering) for part in path[root.end() :].split("/")]
        return placeholder("temp") + "/".join(parts)

    return _PATH.sub(replace, text)


def _number_random(part: str, numbering: Numbering) -> str:
    stem, dot, suffix = part.partition(".")
    is_random = _RANDOM.fullmatch(stem) or (suffix == "py" and stem.isdigit())
    return numbering(stem) + dot + suffix if is_random else part


NORMALIZATIONS = (
    Normalization(
        "installed-paths",
        "The folder in which packages are installed doesn't count: `/opt/conda/lib/python3.7/site-packages/`.",
        _paths(_shorten_installed),
        ("-packages", "lib/python"),
    ),
    Normalization(
        "temp-paths",
        "The place and the random names of temporary files don't count (`/tmp/tmpab12cd34/`), the names that code gave them do.",
        each(_shorten_temp),
        ("tmp", "/T", "Temp"),
    ),
    Normalization(
        "home-paths",
        "The home of a user doesn't count (`/home/ann/`, `C:\\Users\\ann\\`, `~/`), the path inside of it does.",
        _paths(_shorten_home),
        ("/home/", "Users", "/root", "~/"),
    ),
)
