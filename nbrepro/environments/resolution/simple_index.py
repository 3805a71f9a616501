"""The package index that this machine is set to, as far as Python 2.7 needs it: lists of files, and the files.

The simple API in its JSON form (PEP 691) is read, since only that says when a file was uploaded (PEP 700). Files are kept by their
hash, so that each is fetched once.
"""

from __future__ import annotations

import base64
import configparser
import hashlib
import json
import os
import shutil
import ssl
import tempfile
import time
import tomllib
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any

from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from nbrepro.environments import storage
from nbrepro.environments.resolution.uv import machine_settings, without_credentials
from nbrepro.errors import EnvironmentBuildError, RequestError

PYPI = "https://pypi.org/simple"
_JSON = "application/vnd.pypi.simple.v1+json"
_TIMEOUT = 60.0
_TRIES = 3
_SOURCES = (".tar.gz", ".zip", ".tar.bz2", ".tgz")


@dataclass(frozen=True, slots=True)
class IndexFile:
    """A file of a release, as the index lists it."""

    project: str
    """Normalized name."""
    name: str
    version: Version
    sha256: str
    url: str = field(repr=False)
    """Where it is; may hold credentials."""
    uploaded: datetime | None = None
    """None where the index doesn't say."""
    requires_python: str = ""
    yanked: bool = False
    size: int | None = None
    tags: frozenset[Tag] = frozenset()
    """What the wheel is for; empty for a source distribution."""

    @property
    def is_wheel(self) -> bool:
        """Whether it can be installed without being built."""
        return bool(self.tags)


@dataclass(slots=True)
class SimpleIndex:
    """An index; every list of files is asked for once."""

    address: str = field(repr=False)
    """May hold credentials; they are sent to this host only and appear in no message."""
    _pages: dict[str, tuple[IndexFile, ...] | None] = field(default_factory=dict)

    def files(self, project: str) -> tuple[IndexFile, ...] | None:
        """All files of a project that have a hash and a name that can be read; None where the index doesn't know it.

        Raises:
            EnvironmentBuildError: the index can't be reached.
            RequestError: it has no JSON form, so that nothing says when a file was uploaded.
        """
        name = canonicalize_name(project)
        if name not in self._pages:
            self._pages[name] = self._asked(name)
        return self._pages[name]

    def _asked(self, name: str) -> tuple[IndexFile, ...] | None:
        page = f"{self.address.rstrip('/')}/{name}/"
        try:
            with self._opened(page, _JSON) as response:
                kind, text = response.headers.get_content_type(), response.read()
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == HTTPStatus.NOT_FOUND:
                return None
            raise _unreachable(name, error) from None
        except (OSError, HTTPException) as error:
            raise _unreachable(name, error) from None
        if kind != _JSON:
            raise RequestError(
                "environments for Python 2.7 need a package index with the JSON form of the simple API (PEP 691); this machine's has none"
            )
        return tuple(_listed(name, page, json.loads(text)))

    def content(self, file: IndexFile) -> Path:
        """The file itself, from the store of files or from the index; its hash was compared.

        Raises:
            EnvironmentBuildError: it can't be fetched, or is another file than the index lists.
        """
        kept = stored(file.sha256)
        if kept is not None:
            return kept
        try:
            with self._opened(file.url, "*/*") as response:
                return _kept(response, file)
        except (OSError, HTTPException) as error:
            raise _unreachable(file.name, error) from None

    def _opened(self, address: str, accepted: str) -> HTTPResponse:
        request = self._request(address, accepted)
        for wait in range(1, _TRIES):
            try:
                return _opened(request)
            except OSError as error:
                if isinstance(error, urllib.error.HTTPError):
                    if error.code < HTTPStatus.INTERNAL_SERVER_ERROR:
                        raise
                    error.close()
            time.sleep(wait)
        return _opened(request)

    def _request(self, address: str, accepted: str) -> urllib.request.Request:
        own = urllib.parse.urlsplit(self.address)
        parts = urllib.parse.urlsplit(address)
        if parts.scheme not in {"http", "https"}:
            raise RequestError("environments for Python 2.7 need a package index at an http or https address")
        request = urllib.request.Request(without_credentials(address), headers={"Accept": accepted, "User-Agent": "nbrepro"})  # noqa: S310
        user = parts if parts.username else own
        if user.username and parts.hostname == own.hostname:
            pair = f"{urllib.parse.unquote(user.username)}:{urllib.parse.unquote(user.password or '')}"
            # Never sent on to where the index redirects to.
            request.add_unredirected_header("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}")
        return request


def _opened(request: urllib.request.Request) -> HTTPResponse:
    response: HTTPResponse = urllib.request.urlopen(request, timeout=_TIMEOUT, context=_tls())  # noqa: S310 - only http(s), see `_request`
    return response


def _unreachable(what: str, error: Exception) -> EnvironmentBuildError:
    if isinstance(error, urllib.error.HTTPError):
        error.close()
    said = f"code {error.code}" if isinstance(error, urllib.error.HTTPError) else str(getattr(error, "reason", "") or type(error).__name__)
    return EnvironmentBuildError("an environment for Python 2.7", f"the package index doesn't give {what}: {said}", (what,))


@cache
def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    for variable in ("PIP_CERT", "REQUESTS_CA_BUNDLE"):
        named = os.environ.get(variable)
        if named and Path(named).exists():
            context.load_verify_locations(cafile=None if Path(named).is_dir() else named, capath=named if Path(named).is_dir() else None)
    return context


def _listed(project: str, page: str, content: Any) -> Iterator[IndexFile]:  # noqa: ANN401 - JSON
    for one in content.get("files", ()):
        parsed = _parsed(project, str(one["filename"]))
        sha256 = one.get("hashes", {}).get("sha256")
        if parsed is None or not sha256:
            continue
        version, tags = parsed
        yield IndexFile(
            project=project,
            name=str(one["filename"]),
            version=version,
            sha256=str(sha256),
            url=urllib.parse.urljoin(page, str(one["url"])),
            uploaded=_moment(one.get("upload-time")),
            requires_python=str(one.get("requires-python") or ""),
            yanked=bool(one.get("yanked")),
            size=one.get("size"),
            tags=tags,
        )


def _parsed(project: str, name: str) -> tuple[Version, frozenset[Tag]] | None:
    """Version and tags from the name of a file; None for eggs, installers and names of other kinds."""
    with suppress(InvalidWheelFilename, InvalidVersion):
        if name.endswith(".whl"):
            _, version, _, tags = parse_wheel_filename(name)
            return version, tags
        stem = next((name.removesuffix(ending) for ending in _SOURCES if name.endswith(ending)), "")
        # Old names hold further hyphens: functools32-3.2.3-2.tar.gz is 3.2.3.post2.
        places = (place for place, letter in enumerate(stem) if letter == "-" and canonicalize_name(stem[:place]) == project)
        place = next(places, None)
        return None if place is None else (Version(stem[place + 1 :]), frozenset())
    return None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def stored(sha256: str) -> Path | None:
    """A file that was fetched before; None where it wasn't."""
    folder = _folder(sha256)
    return next(iter(folder.iterdir()), None) if folder.is_dir() else None


def _folder(sha256: str) -> Path:
    return storage.index_files() / sha256


def _kept(response: HTTPResponse, file: IndexFile) -> Path:
    """Stores what is read under its hash, all at once, so that an interrupted one leaves nothing that looks complete."""
    folder = _folder(file.sha256)
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix="fetching-", dir=folder.parent))
    try:
        with (aside / file.name).open("wb") as target:
            shutil.copyfileobj(response, target, 1 << 20)
        with (aside / file.name).open("rb") as written:
            if hashlib.file_digest(written, "sha256").hexdigest() != file.sha256:
                raise EnvironmentBuildError(
                    "an environment for Python 2.7", f"{file.name} is not the file that the index lists", (file.project,)
                )
        with suppress(OSError):  # Somebody else may have fetched it meanwhile.
            aside.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return folder / file.name


def machine_index() -> SimpleIndex:
    """The index that uv is set to on this machine, else the one of pip, else PyPI."""
    variables = (os.environ.get(name) for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL"))
    found = next(filter(None, variables), None) or _of_uv() or os.environ.get("PIP_INDEX_URL") or _of_pip() or PYPI
    # UV_DEFAULT_INDEX may give the index a name.
    name, separator, address = found.partition("=")
    return SimpleIndex(address if separator and "/" not in name else found)


def _of_uv() -> str | None:
    for text in machine_settings():
        with suppress(tomllib.TOMLDecodeError):
            content = tomllib.loads(text)
            named = (one.get("url") for one in content.get("index", ()) if one.get("default"))
            found = next(named, None) or content.get("index-url") or content.get("pip", {}).get("index-url")
            if found:
                return str(found)
    return None


def _of_pip() -> str | None:
    user = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "pip" / "pip.conf"
    places = (os.environ.get("PIP_CONFIG_FILE"), str(user), str(Path.home() / ".pip" / "pip.conf"), "/etc/pip.conf")
    for path in filter(None, places):
        parser = configparser.RawConfigParser()
        with suppress(OSError, configparser.Error):
            parser.read(path, encoding="utf-8")
            if found := parser.get("global", "index-url", fallback=None):
                return found
    return None
