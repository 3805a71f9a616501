"""Commands that install: what `pip install …`, `conda install …` and `apt-get install …` ask for."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from packaging.utils import canonicalize_name

from nbrepro.environments.discovery.conda_specs import read_spec
from nbrepro.environments.discovery.files import ProjectFile, UnreadableFileError
from nbrepro.environments.discovery.findings import Channel, Finding, Index, problem
from nbrepro.environments.discovery.requirements import Reading, logical_lines, read_line
from nbrepro.model import Source, Wish, WishKind

_MAXIMUM_LENGTH = 20_000
_REDIRECTION = re.compile(r"(?<=\s)(?:&>|\d?>>?(?!=))\s*&?\S+")
_LEADING = re.compile(
    r"sudo|-[HEuSO]+|exec|command|time|yes|then|do|!|&|uv|run|python[\d.]*(\.exe)?|\$\{?[\w.]+\}?|\{[^}]*\}|[A-Za-z_]\w*=\S*|-m|RUN",
    re.IGNORECASE,
)
"""Words that may stand before the program."""
_PIP = re.compile(r"pip[\d.]*(\.exe)?")
_CONDA = re.compile(r"conda|mamba|micromamba")
_APT = re.compile(r"apt|apt-get|aptitude")
_TOOLS = frozenset({"pip", "uv"})
"""Upgraded before anything else; what installs is no part of the environment."""
_PIP_FILES = frozenset({"-r", "--requirement", "-c", "--constraint", "-e", "--editable"})
_PIP_INDEXES = frozenset({"-i", "--index-url", "--extra-index-url", "-f", "--find-links"})
_PIP_VALUES = frozenset(
    {
        "-t",
        "--target",
        "-d",
        "--prefix",
        "--root",
        "--proxy",
        "--timeout",
        "--default-timeout",
        "--retries",
        "--src",
        "-b",
        "--build",
        "--log",
    }
    | {
        "--python",
        "--cache-dir",
        "--progress-bar",
        "--trusted-host",
        "--upgrade-strategy",
        "--platform",
        "--abi",
        "--implementation",
        "--cert",
    }
    | {"--python-version", "--no-binary", "--only-binary", "--global-option", "--install-option", "--config-settings", "--use-feature"}
)
"""Options of pip with a value that says nothing of the packages."""
_CONDA_VALUES = frozenset({"-n", "--name", "-p", "--prefix", "--solver", "--repodata-fn", "--revision"})
_UNKNOWN = re.compile(r"[{}$`]|(?<![.=\d])\*")
"""A part of the command that only running it fills in."""


class Place(NamedTuple):
    """Where a command stands, and what its paths are relative to."""

    file: ProjectFile
    source: Source
    folder: str


def read_command(text: str, place: Place) -> Iterator[Finding]:
    """What a line of shell installs; nothing where it installs nothing."""
    if "install" not in text and "env" not in text:
        return
    if len(text) > _MAXIMUM_LENGTH:
        yield problem(place.source, f"has a command of more than {_MAXIMUM_LENGTH:,} characters, which is not read")
        return
    for words in _commands(text):
        yield from read_words(words, place)


def read_words(words: Sequence[str], place: Place) -> Iterator[Finding]:
    """What one command, already split into words, installs."""
    start = _program(words)
    if start is None:
        return
    program, arguments = posixpath.basename(words[start]), list(words[start + 1 :])
    for pattern, reader in _READERS:
        if pattern.fullmatch(program):
            yield from reader(arguments, place)


def _program(words: Sequence[str]) -> int | None:
    """The index of the program, behind `sudo`, `python -m` and the like."""
    for number, word in enumerate(words):
        name = posixpath.basename(word)
        if any(pattern.fullmatch(name) for pattern, _ in _READERS):
            return number
        if not _LEADING.fullmatch(name):
            return None
    return None


def _commands(text: str) -> Iterator[list[str]]:
    """The commands of a line, split at `&&`, `;` and `|` as a shell does, without redirections and comments."""
    cleaned = _REDIRECTION.sub("", text)
    try:
        lexer = shlex.shlex(cleaned, posix=True, punctuation_chars=";&|")
        lexer.whitespace_split, lexer.commenters = True, ""
        words = list(lexer)
    except ValueError:
        words = cleaned.replace("'", " ").replace('"', " ").split()
    command: list[str] = []
    for word in words:
        if word and not word.strip(";&|"):
            yield command
            command = []
        elif word.startswith("#"):
            break
        else:
            command.append(word)
    yield command


def _install_arguments(arguments: list[str]) -> list[str]:
    """What follows `install`; empty where the program is asked for something else."""
    words = iter(range(len(arguments)))
    number = next((index for index in words if not arguments[index].startswith("-")), None)
    return arguments[number + 1 :] if number is not None and arguments[number] == "install" else []


def _pip(arguments: list[str], place: Place) -> Iterator[Finding]:
    reading = Reading(place.file, seen={place.file.path}, folder=place.folder)
    waiting = deque(_joined(_install_arguments(arguments)))
    while waiting:
        word = waiting.popleft()
        option, _, value = word.partition("=")
        if word.startswith("-"):
            takes = option in _PIP_FILES | _PIP_INDEXES | _PIP_VALUES
            value = value or (waiting.popleft() if takes and waiting else "")
            if option in _PIP_FILES and value:
                yield from _unless_unknown(f"{option} {value}", place, reading)
            elif option in _PIP_INDEXES:
                yield Index(value)
        elif canonicalize_name(word) not in _TOOLS:
            yield from _unless_unknown(word, place, reading)


def _unless_unknown(line: str, place: Place, reading: Reading) -> Iterator[Finding]:
    if _UNKNOWN.search(re.sub(r"://[^/]*@", "://", line)):
        yield problem(place.source, "installs what only running it would tell", line)
    else:
        yield from read_line(line, place.source, reading)


def _joined(words: list[str]) -> list[str]:
    """`numpy >= 1.0` without quotes is three words to the shell, and one wish to whoever wrote it."""
    joined: list[str] = []
    for word in words:
        continues = joined and (re.match(r"[<>=!~]=?", word) or re.search(r"[<>=!~,]$", joined[-1])) and not joined[-1].startswith("-")
        if continues:
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def _conda(arguments: list[str], place: Place) -> Iterator[Finding]:
    verbs = [word for word in arguments[:2] if not word.startswith("-")]
    if verbs[:1] == ["env"]:
        yield from _environment_file(arguments, place)
        return
    if verbs[:1] not in (["install"], ["create"]):
        return
    waiting = deque(_joined([word for word in arguments if word != verbs[0]]))
    while waiting:
        word = waiting.popleft()
        option, _, value = word.partition("=")
        if not word.startswith("-"):
            yield from _spec(word, place)
        elif option in {"-c", "--channel"}:
            yield Channel(value or (waiting.popleft() if waiting else ""))
        elif option in {"-f", "--file"}:
            yield from _followed(value or (waiting.popleft() if waiting else ""), place, _specs_of)
        elif option in _CONDA_VALUES and not value and waiting:
            waiting.popleft()


def _spec(word: str, place: Place) -> Iterator[Finding]:
    if _UNKNOWN.search(word):
        yield problem(place.source, "installs what only running it would tell", word)
    else:
        yield from read_spec(word, place.source)


def _specs_of(text: str, file: ProjectFile) -> Iterator[Finding]:
    for number, line in logical_lines(text):
        yield from read_spec(line, file.source(number))


def _environment_file(arguments: list[str], place: Place) -> Iterator[Finding]:
    """`conda env create -f environment.yml`; without a file nothing is said that the file doesn't say itself."""
    from nbrepro.environments.discovery.conda_environment import read_environment

    for option, value in pairwise(arguments):
        if option in {"-f", "--file"}:
            yield from _followed(value, place, read_environment)


def _followed(name: str, place: Place, reader: Callable[[str, ProjectFile], Iterator[Finding]]) -> Iterator[Finding]:
    folder = ProjectFile(place.file.project, posixpath.join(place.folder, "file"), place.file.kind)
    file = folder.sibling(name)
    try:
        text = file.text()
    except UnreadableFileError as error:
        yield problem(place.source, f"names {file.path}, which {error}")
        return
    yield from reader(text, file)


def _apt(arguments: list[str], place: Place) -> Iterator[Finding]:
    for word in _install_arguments(arguments):
        if not word.startswith("-") and not _UNKNOWN.search(word):
            yield Wish(canonicalize_name(word.partition("=")[0]), word, place.source, kind=WishKind.SYSTEM)


_READERS = ((_PIP, _pip), (_CONDA, _conda), (_APT, _apt))
