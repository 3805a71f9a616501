"""Requirements files: logical lines, options, and the files that they name in turn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from nbrepro.environments.discovery.files import ProjectFile, UnreadableFileError, relative
from nbrepro.environments.discovery.findings import Finding, Index, problem
from nbrepro.environments.discovery.requirement_lines import read_requirement
from nbrepro.model import Source, Wish, WishKind

_COMMENT = re.compile(r"(?:^|\s)#.*$")
_OPTION = re.compile(r"\s(?=--?[A-Za-z])")
_HASH = re.compile(r"--hash[= ]\s*(\w+:[0-9a-fA-F]+)")
_STATED = re.compile(r"(-[A-Za-z](?=[ =\w./])|--[\w\-]+)[ =]*(.*)")
_FILES = {"-r": False, "--requirement": False, "-c": True, "--constraint": True}
"""Options that name another file, and whether that one only bounds."""
_EDITABLE = frozenset({"-e", "--editable"})
_INDEXES = frozenset({"-i", "--index-url", "--pypi-url", "--extra-index-url", "-f", "--find-links"})
_WITHOUT_MEANING = re.compile(
    r"--(no-index|pre|prefer-binary|trusted-host|no-binary|only-binary|use-feature|require-hashes|process-dependency-links|allow-[\w\-]+"
    r"|no-deps|use-wheel|no-use-wheel|always-unzip|no-cache-dir|user|upgrade|ignore-installed|no-build-isolation)|-[UZIq]+"
)
"""How to install, not what; each is decided anew when the environment is resolved."""
_MAXIMUM_DEPTH = 20
_MAXIMUM_FILES = 100
_MAXIMUM_LINES = 20_000


@dataclass(frozen=True, slots=True)
class Reading:
    """Where the reader stands: the file, whether it only bounds, and the files on the way to it."""

    file: ProjectFile
    is_constraint: bool = False
    above: tuple[str, ...] = ()
    """Paths of the files that led here, for cycles."""
    seen: set[str] = field(default_factory=set)
    """All paths read so far: a file named twice counts once."""
    folder: str | None = None
    """What paths of lines are relative to; None: the folder of the file."""


def read_requirements(text: str, file: ProjectFile) -> Iterator[Finding]:
    """Everything that a requirements file and the files it names say, in their order."""
    yield from _read(text, Reading(file, seen={file.path}))


def read_constraints(text: str, file: ProjectFile) -> Iterator[Finding]:
    """The same, where every wish is a bound only."""
    yield from _read(text, Reading(file, is_constraint=True, seen={file.path}))


def _read(text: str, reading: Reading) -> Iterator[Finding]:
    if text.lstrip().startswith("@EXPLICIT") or "\n@EXPLICIT" in text:
        from nbrepro.environments.discovery.conda_explicit import read_explicit

        yield from read_explicit(text, reading.file)
        return
    for number, line in logical_lines(text):
        if number > _MAXIMUM_LINES:
            yield problem(reading.file.source(number), f"only the first {_MAXIMUM_LINES:,} lines are read")
            return
        yield from read_line(line, reading.file.source(number), reading)


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    r"""The lines with their numbers: continued ones joined, without comments, without empty ones.

    >>> list(logical_lines("numpy \\\n==1.14  # old\n\n# pandas"))
    [(1, 'numpy  ==1.14')]
    """
    joined, start = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        start = start if joined else number
        if line.endswith("\\") and not _COMMENT.match(line):
            joined += line[:-1] + " "
            continue
        stripped = _COMMENT.sub("", joined + line).strip()
        joined = ""
        if stripped:
            yield start, stripped
    if joined.strip():
        yield start, _COMMENT.sub("", joined).strip()


def read_line(line: str, source: Source, reading: Reading) -> Iterator[Finding]:
    """What one logical line says: an option, another file, or a requirement."""
    option = _STATED.match(line)
    if option is None:
        yield from _requirement(line, source, reading)
        return
    name, value = option[1], _unquoted(option[2])
    if name in _FILES:
        yield from _included(value, source, replace(reading, is_constraint=reading.is_constraint or _FILES[name]))
    elif name in _EDITABLE:
        yield from _requirement(value, source, reading)
    elif name in _INDEXES:
        yield Index(value)
    elif not _WITHOUT_MEANING.fullmatch(name):
        yield problem(source, f"has an unknown option {name}", line)


def _requirement(line: str, source: Source, reading: Reading) -> Iterator[Finding]:
    stated = _unquoted(_OPTION.split(line, maxsplit=1)[0])
    for found in read_requirement(stated, reading.file, source, tuple(_HASH.findall(line)), reading.folder):
        if reading.is_constraint and isinstance(found, Wish) and found.kind is WishKind.PACKAGE:
            yield replace(found, kind=WishKind.CONSTRAINT)
        else:
            yield found


def _unquoted(text: str) -> str:
    """The text without quotes around the whole of it."""
    text = text.strip()
    return text[1:-1] if text[:1] in {"'", '"'} and text[-1:] == text[:1] else text


def _included(name: str, source: Source, reading: Reading) -> Iterator[Finding]:
    """The file that a line names, relative to the file that names it."""
    if "://" in name:
        yield problem(source, "names a file elsewhere, which is not fetched", name)
        return
    folder = reading.file.folder if reading.folder is None else reading.folder
    file = ProjectFile(reading.file.project, relative(folder, name), reading.file.kind)
    above = (*reading.above, reading.file.path)
    if file.path in above:
        yield problem(source, "leads back to a file that is being read: a cycle", name)
        return
    if file.path in reading.seen:
        return
    if len(above) > _MAXIMUM_DEPTH or len(reading.seen) >= _MAXIMUM_FILES:
        yield problem(source, "is left out: too many files lead to one another", name)
        return
    reading.seen.add(file.path)
    try:
        text = file.text()
    except UnreadableFileError as error:
        yield problem(source, f"names {file.path}, which {error}")
        return
    inner = Reading(file, reading.is_constraint, above, reading.seen)
    if file.path.lower().endswith((".yml", ".yaml")):
        from nbrepro.environments.discovery.conda_environment import read_environment

        yield from read_environment(text, file, inner)
        return
    yield from _read(text, inner)
