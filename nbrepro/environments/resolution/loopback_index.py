"""A package index on 127.0.0.1 that shows pip only what may be taken: by date, by file, by hash.

Old pip knows no dates, and its own certificates and TLS are of its day. So it talks to this index only, and the files are fetched by
today's Python: pip sees no address, no credentials and nothing that may not be installed.
"""

from __future__ import annotations

import html
import secrets
import shutil
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

from packaging.utils import canonicalize_name

from nbrepro.environments.resolution.simple_index import IndexFile
from nbrepro.errors import NbreproError

Offer = Callable[[str], Iterable[IndexFile] | None]
"""The files of a project that may be taken; None where there is no such project."""


@dataclass(slots=True)
class LoopbackIndex:
    """Serves while it is entered, to whoever knows its address: it holds a random word."""

    offer: Offer
    content: Callable[[IndexFile], Path]
    offered: dict[str, IndexFile] = field(default_factory=dict)
    """All files shown so far, by hash."""
    empty: dict[str, None] = field(default_factory=dict)
    """Projects that were asked for and of which nothing could be shown, in order."""
    problems: list[NbreproError] = field(default_factory=list)
    """What couldn't be fetched: pip may go on without it, but its answer then can't be trusted."""
    _word: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    @property
    def url(self) -> str:
        """The address for `--index-url`; empty before it is entered."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/{self._word}/simple" if self._server else ""

    def _page(self, project: str) -> bytes | None:
        files = self.offer(canonicalize_name(project))
        shown = () if files is None else tuple(files)
        if not shown:
            self.empty[canonicalize_name(project)] = None
        self.offered |= {file.sha256: file for file in shown}
        links = "".join(f"<a {_attributes(self._word, file)}>{html.escape(file.name)}</a>\n" for file in shown)
        return None if files is None else f"<!DOCTYPE html><html><body>{links}</body></html>".encode()

    def _found(self, path: str) -> bytes | Path | None:
        """What is at an address; None where nothing is."""
        match path.split("?", maxsplit=1)[0].strip("/").split("/"):
            case [word, "simple", project] if secrets.compare_digest(word.encode(), self._word.encode()):
                return self._page(project)
            case [word, "files", sha256, _] if secrets.compare_digest(word.encode(), self._word.encode()) and sha256 in self.offered:
                return self.content(self.offered[sha256])
        return None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                try:
                    found = index._found(self.path)
                except NbreproError as error:
                    index.problems.append(error)
                    self.send_error(HTTPStatus.BAD_GATEWAY)
                    return
                if found is None:
                    self.send_error(HTTPStatus.NOT_FOUND)
                elif isinstance(found, Path):
                    self._send_file(found)
                else:
                    self._start("text/html", len(found))
                    self.wfile.write(found)

            def _send_file(self, path: Path) -> None:
                with path.open("rb") as file:
                    self._start("application/octet-stream", path.stat().st_size)
                    shutil.copyfileobj(file, self.wfile, 1 << 20)

            def _start(self, kind: str, length: int) -> None:
                self.send_response(HTTPStatus.OK)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(length))
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        return Handler


def _attributes(word: str, file: IndexFile) -> str:
    python = f' data-requires-python="{html.escape(file.requires_python)}"' if file.requires_python else ""
    yanked = ' data-yanked=""' if file.yanked else ""
    return f'href="/{word}/files/{file.sha256}/{html.escape(file.name)}#sha256={file.sha256}"{python}{yanked}'
