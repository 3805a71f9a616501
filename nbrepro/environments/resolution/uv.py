"""Asks uv one question: which versions satisfy these requirements, as of a day, for this Python."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from pathlib import Path

from packaging.utils import canonicalize_name

from nbrepro.environments import build_needs, storage
from nbrepro.environments.build_needs import BuildNeed
from nbrepro.environments.isolation import find_bubblewrap, isolated
from nbrepro.environments.pythons import Interpreter
from nbrepro.environments.scratch import scratch_folder
from nbrepro.environments.whole_runs import run_whole
from nbrepro.errors import IndexUnreachableError, RequestError

# Until Python 3.12, threads that want these at once for the first time find them half filled, and uv's own finder fails.
sysconfig.get_config_vars()

_KEPT = re.compile(
    r"UV_(DEFAULT_INDEX|INDEX|INDEX_URL|EXTRA_INDEX_URL|INDEX_STRATEGY|INDEX_.*_(USERNAME|PASSWORD)|FIND_LINKS|NO_INDEX|KEYRING_PROVIDER"
    r"|HTTP_.*|REQUEST_TIMEOUT|SYSTEM_CERTS|NATIVE_TLS|INSECURE_HOST|OFFLINE|CACHE_DIR|CONCURRENT_.*)"
)
"""How the machine reaches its package index; any other setting of uv could change which versions are chosen."""
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s\"']+@")
_HOST = re.compile(r"\b(?:https?|file)://[^\s`'\")]+")
_LOG = "uv_resolver=warn"
"""Without it uv passes over releases with unreadable metadata in silence."""
_REJECTED = re.compile(r"^WARN `([^`=]+)==([^`]+)` has invalid metadata", re.MULTILINE)
_WITHOUT_DATE = re.compile(r"^warning: `([^`]+)` is missing an upload date", re.MULTILINE)
_SYSTEM_SETTINGS = (Path("/etc/xdg/uv/uv.toml"), Path("/etc/uv/uv.toml"))
_INDEX_VARIABLES = ("UV_INDEX", "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX", "UV_FIND_LINKS", "UV_NO_INDEX")
_PYPI = """
[[index]]
url = "https://pypi.org/simple"
default = true
cache-control = { api = "max-age=600", files = "max-age=365000000, immutable" }
"""
"""uv's default index with the life times that it gives itself. A proxy in between may leave them out; then uv asks for every page and
every file's metadata again and again, which takes twenty times as long."""
_UNREACHABLE = re.compile(r"client error \(Connect\)|dns error|tcp connect error")
_WARNING = re.compile(r"^(?:WARN |warning: ).*\n(?:(?!error:|  cause:|hint:|WARN |warning: ).*\n)*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Question:
    """What uv is asked."""

    requirements: tuple[str, ...]
    """PEP 508 requirements that must be installed."""
    constraints: tuple[str, ...] = ()
    """Bounds on what something else brings."""
    cut: datetime | None = None
    """Nothing uploaded later is taken; None: no limit."""
    undated: frozenset[str] = frozenset()
    """Packages for which the limit doesn't hold."""
    floating: frozenset[str] = frozenset()
    """Packages for which a limit of their own holds."""
    floating_cut: datetime | None = None
    """The limit of those; None: the same as for all."""
    builds: bool = False
    """Whether what has no wheel may be built from its source; else everything comes as wheels."""
    wheels_only: frozenset[str] = frozenset()
    """Packages that come as wheels even so."""
    build_cut: datetime | None = None
    """The limit for what a build itself needs; None: the same."""
    with_dependencies: bool = True
    """Whether what they depend on is resolved too; without, the metadata of a package is not even read."""
    with_sources: bool = False
    """Whether releases count that have no wheel; only without dependencies, since then nothing is built."""
    lowest: bool = False
    """Whether the oldest versions are wanted rather than the newest."""
    repairs: tuple[str, ...] = ()
    """Entries in the form of the repair table, for releases that it doesn't hold."""
    build_needs: tuple[BuildNeed, ...] = ()
    """What builds get besides what they declare."""

    def own_limits(self) -> dict[str, datetime | None]:
        """The packages for which not the general limit holds; None: no limit."""
        limits: dict[str, datetime | None] = {}
        if self.floating_cut is not None:
            limits |= dict.fromkeys(self.floating, self.floating_cut)
        if self.builds and self.build_cut is not None:
            limits |= dict.fromkeys(("setuptools", "wheel"), self.build_cut)
        return limits | dict.fromkeys(self.undated)

    def limit_of(self, name: str) -> datetime | None:
        """The day after which no release of a package is taken; None: no limit."""
        return self.own_limits().get(name, self.cut) if self.cut is not None else None


@dataclass(frozen=True, slots=True)
class Answer:
    """What uv says."""

    text: str
    """The lock, or the annotated requirements; empty where there is no solution."""
    explanation: str = ""
    """Why there is none, without addresses; empty where there is a solution."""
    rejected: tuple[tuple[str, str], ...] = ()
    """Name and version of every release that was passed over because its metadata can't be read."""
    without_date: tuple[str, ...] = ()
    """Names of the files that were passed over because the index doesn't say when they were uploaded."""
    is_late: bool = False
    """Whether uv was ended because it took too long: then nobody knows what stands in the way."""

    @property
    def is_solved(self) -> bool:
        """Whether there is a solution."""
        return not self.explanation


@cache
def find_uv() -> str:
    """Path of the uv executable: the one of the package `uv`, else the one on PATH.

    Raises:
        RequestError: there is none.
    """
    try:
        from uv import find_uv_bin

        return str(find_uv_bin())
    except (ImportError, FileNotFoundError):
        found = shutil.which("uv")
    if found is None:
        raise RequestError("environments are resolved by uv, which is not installed: pip install uv")
    return found


def ask(question: Question, interpreter: Interpreter, *, as_lock: bool = True, timeout: float = 300) -> Answer:
    """The newest versions that satisfy a question, as pylock.toml, or as requirements that say who asked for each.

    The package index is the one that uv is set to on this machine; everything else that could change an answer is set here.

    Args:
        question: what is wanted.
        interpreter: for which Python and platform.
        as_lock: pylock.toml if true, else requirements with `# via` comments.
        timeout: seconds after which there is no solution.

    Raises:
        IndexUnreachableError: nobody answers at the address of the index.
    """
    with scratch_folder("resolve") as folder:
        (folder / "uv.toml").write_text(_settings(question), encoding="utf-8")
        (folder / "constraints.txt").write_text("\n".join(question.constraints), encoding="utf-8")
        (folder / "build-constraints.txt").write_text("\n".join(build_needs.bounds(question.build_needs)), encoding="utf-8")
        command = [find_uv(), *_arguments(question, interpreter, folder, as_lock=as_lock)]
        variables = {"UV_CACHE_DIR": str(storage.uv_cache()), **machine_environment()}
        if question.builds:
            command, variables = _kept_apart(command, variables, interpreter, folder)
        try:
            given = "\n".join(question.requirements) + "\n"
            done = run_whole(command, folder=folder, variables=variables, given=given, timeout=timeout)
        except subprocess.TimeoutExpired:
            return Answer("", f"uv found no solution within {timeout:.0f} s", is_late=True)
    return _answer(done.returncode, done.stdout, done.stderr)


def _kept_apart(command: list[str], variables: dict[str, str], interpreter: Interpreter, folder: Path) -> tuple[list[str], dict[str, str]]:
    """A call that may run code of packages, kept away from the user's files."""
    cache_folder = Path(variables["UV_CACHE_DIR"])
    cache_folder.mkdir(parents=True, exist_ok=True)
    readable = (Path(interpreter.path).parent.parent, Path(find_uv()).parent)
    apart = isolated(command, variables, home=folder, writable=(cache_folder,), readable=readable, bubblewrap=find_bubblewrap())
    return apart.command, apart.variables | {"RUST_LOG": _LOG}


def _answer(code: int, text: str, said: str) -> Answer:
    rejected = tuple(dict.fromkeys((canonicalize_name(name), version) for name, version in _REJECTED.findall(said)))
    without_date = tuple(dict.fromkeys(_WITHOUT_DATE.findall(said)))
    if code == 0:
        return Answer(without_credentials(text), "", rejected, without_date)
    explanation = without_addresses(_WARNING.sub("", said)).strip()
    if _UNREACHABLE.search(said):
        raise IndexUnreachableError(explanation.splitlines()[-1].removeprefix("cause: ").strip())
    return Answer("", explanation or f"uv ended with code {code} and said nothing", rejected, without_date)


def _settings(question: Question) -> str:
    """The machine's own settings, where uv would not find them itself, and the repairs of broken metadata."""
    own = own_settings(builds=question.builds)
    repairs = resources.files(__package__).joinpath("repairs.toml").read_text(encoding="utf-8")
    needs = build_needs.settings(question.build_needs)
    return "\n".join((own, repairs, *question.repairs, needs)) if question.with_dependencies else own


def own_settings(*, builds: bool) -> str:
    """The machine's settings that uv doesn't find itself where it is run; who builds has another home folder than the user."""
    named = os.environ.get("UV_CONFIG_FILE") or (str(user_settings()) if builds else "")
    own = Path(named).read_text(encoding="utf-8") if named and Path(named).is_file() else ""
    return own if _names_an_index(own) else f"{own}\n{_PYPI}"


def _names_an_index(settings: str) -> bool:
    """Whether variables, these settings, or those of the user or the machine say where packages come from."""
    if any(name.startswith(_INDEX_VARIABLES) for name in os.environ):
        return True
    return any("index" in text or "find-links" in text for text in (settings, *machine_settings()))


def user_settings() -> Path:
    """The file of the user's settings of uv, whether it is there or not."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "uv" / "uv.toml"


def machine_settings() -> Iterator[str]:
    """The texts of the settings of uv that hold on this machine: those that a variable names, the user's, the machine's."""
    named = os.environ.get("UV_CONFIG_FILE")
    for path in (*([Path(named)] if named else ()), user_settings(), *_SYSTEM_SETTINGS):
        with suppress(OSError, UnicodeDecodeError):
            yield path.read_text(encoding="utf-8")


def _arguments(question: Question, interpreter: Interpreter, folder: Path, *, as_lock: bool) -> Iterator[str]:
    yield from ("pip", "compile", "-", "--python", interpreter.path, "--no-python-downloads", "--no-header", "--no-sources")
    yield from ("--color", "never", "--no-progress")
    if not (question.builds or (question.with_sources and not question.with_dependencies)):
        yield from ("--only-binary", ":all:")
    for name in sorted(question.wheels_only | question.floating if question.builds else ()):
        yield from ("--only-binary", name)
    yield from ("--format", "pylock.toml") if as_lock else ("--format", "requirements.txt", "--annotation-style", "line")
    yield from ("--constraints", str(folder / "constraints.txt")) if question.constraints else ()
    yield from ("--build-constraints", str(folder / "build-constraints.txt")) if build_needs.bounds(question.build_needs) else ()
    yield from () if question.with_dependencies else ("--no-deps",)
    yield from ("--resolution", "lowest" if question.lowest else "highest")
    if question.cut is not None:
        yield from ("--exclude-newer", moment(question.cut))
        for name, limit in sorted(question.own_limits().items()):
            yield from ("--exclude-newer-package", f"{name}={moment(limit) if limit else 'false'}")


def moment(when: datetime) -> str:
    """A moment as uv and lock files write it.

    >>> moment(datetime(2019, 6, 15, tzinfo=UTC))
    '2019-06-15T00:00:00Z'
    """
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def machine_environment() -> dict[str, str]:
    """The variables that uv runs with: the machine's index settings stay, everything else that changes answers goes."""
    return dict(_environment(os.environ))


def _environment(variables: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in variables.items():
        if not name.startswith("UV_") or _KEPT.fullmatch(name):
            yield name, value
    yield "RUST_LOG", _LOG
    if "UV_HTTP_TIMEOUT" not in variables:
        yield "UV_HTTP_TIMEOUT", "60"


def without_credentials(text: str) -> str:
    """A text whose addresses hold no user names and passwords.

    >>> without_credentials("https://user:secret@example.org/simple")
    'https://example.org/simple'
    """
    return _CREDENTIALS.sub("", text)


def without_addresses(text: str) -> str:
    """A message in which no address is left.

    >>> without_addresses("Failed to fetch: `https://user:secret@example.org/simple/six/`")
    'Failed to fetch: `the package index`'
    """
    return _HOST.sub("the package index", text)
