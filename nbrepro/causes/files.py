"""A file that is not there: which one, and what the project tells of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath, PureWindowsPath
from typing import Final

from nbrepro.causes.cause import Cause, Certainty
from nbrepro.causes.circumstances import Circumstances, Fate, FileFate
from nbrepro.causes.failing import Failing
from nbrepro.causes.network import download_before
from nbrepro.causes.programs import absent_program
from nbrepro.notebooks.projects import place_in_copy

_ABSENT = (
    re.compile(r"No such file or directory:? b?['\"](?P<path>[^'\"]+)['\"]"),
    re.compile(r"File b?['\"](?P<path>[^'\"]+)['\"] does not exist"),
    re.compile(r"File (?P<path>\S[^'\"\n]*?) does not exist"),
    re.compile(r"b?['\"]?(?P<path>[^'\"\n]+?)['\"]? (?:not found\.?$|does not exist)"),
    re.compile(r"[Uu]nable to (?:open|synchronously open) file.*?name = '(?P<path>[^']+)'"),
    re.compile(r"cannot find the (?:file|path) specified: b?['\"](?P<path>[^'\"]+)['\"]"),
)
_BARE = re.compile(r"['\"]?(?P<path>[^\s'\"]*[./\\][^\s'\"]*)['\"]?")
"""The whole message of libraries that raise `FileNotFoundError(path)`."""
_FILE_ERRORS = frozenset({"FileNotFoundError", "OSError", "IOError", "NotADirectoryError", "FileNotFound"})
_PROGRAM = re.compile(r"subprocess(?:\.py)?\b.*(?:_execute_child|Popen)", re.DOTALL)
_POINTER_TEXT = "git-lfs.github.com/spec"
_SAID: Final = {
    Fate.PRESENT: "the project has it as {place}",
    Fate.OTHER_CASE: "the project has it as {place}, with other capital letters",
    Fate.ELSEWHERE: "the project has a file of this name as {place}",
    Fate.SUBMODULE: "it belongs to the submodule {place}, which is not fetched",
    Fate.LOST: "the repository names it and has its content no more",
    Fate.REMOVED: "the repository had it, and commit {place} removed it",
    Fate.IGNORED: "{place} keeps it out of the repository",
    Fate.OUTSIDE: "it lies outside of the project, on the author's machine",
    Fate.NEVER: "the repository never had it",
    Fate.ABSENT: "it is not in the project",
}


def missing_file(failing: Failing, known: Circumstances) -> Cause | None:
    """A file that the notebook reads, or the folder that it writes to, and which is absent."""
    if failing.kind not in _FILE_ERRORS:
        return None
    path = _absent_path(failing)
    if path is None or "://" in path:
        return None
    if is_program(path) and _PROGRAM.search(failing.traceback):
        return absent_program(failing, path, ("program", path))
    fate = known.fate_of(path) or (FileFate(Fate.OUTSIDE) if is_foreign(path) else None)
    path = place_in_copy(path) or path
    words = f": {_SAID[fate.fate].format(place=fate.place)}" if fate else ""
    evidence = (("path", path), *(_told(fate) if fate else ()), *_downloads(failing, known))
    message = f"there is no file {path}{words}"
    return Cause("missing-file", message, Certainty.STATED, failing.step.index, fate.fate.value if fate else "", evidence)


def _absent_path(failing: Failing) -> str | None:
    bare = _BARE.fullmatch(failing.message) if failing.kind == "FileNotFoundError" else None
    match = next(filter(None, (*(pattern.search(failing.message) for pattern in _ABSENT), bare)), None)
    return match["path"] if match else None


def _told(fate: FileFate) -> Iterator[tuple[str, str]]:
    yield "in the project", fate.fate.value
    if fate.place:
        yield "place", fate.place


def _downloads(failing: Failing, known: Circumstances) -> Iterator[tuple[str, str]]:
    """A download before it that can have reached nothing."""
    step = download_before(failing) if known.network is False else None
    if step is not None:
        yield "a download without network", f"cell {step + 1}"


def file_pointer(failing: Failing, known: Circumstances) -> Cause | None:
    """A reader that stumbles over the pointer of a file of git LFS."""
    if failing.kind in _FILE_ERRORS and _absent_path(failing) is not None:
        return None
    named = next((path for path in known.pointers if _names(failing.step.source, path)), None)
    shown = _POINTER_TEXT in failing.message
    if named is None and not shown:
        return None
    message = f"{named or 'a file that the cell reads'} is only a pointer of git LFS; its content is kept elsewhere"
    certainty = Certainty.STATED if shown else Certainty.LIKELY
    return Cause("file-pointer", message, certainty, failing.step.index, named or "", (("error", failing.quoted),))


def _names(source: str, path: str) -> bool:
    return re.search(rf"(?<![\w.-]){re.escape(PurePosixPath(path).name)}(?![\w-])", source) is not None


def is_program(path: str) -> bool:
    """Whether it can be the name of a program: no folder, and no extension.

    >>> is_program("ffmpeg"), is_program("data.csv"), is_program("./run")
    (True, False, False)
    """
    return re.fullmatch(r"[\w+-]+", path) is not None


def is_foreign(path: str) -> bool:
    r"""Whether a path is that of somebody's machine, not of a project or of a private copy of it.

    >>> is_foreign("/Users/me/data.csv"), is_foreign("C:\\Users"), is_foreign("data/a.csv")
    (True, True, False)
    """
    if place_in_copy(path):
        return False
    return path.startswith(("/", "~")) or bool(PureWindowsPath(path).drive)
