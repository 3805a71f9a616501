"""One Chromium for the browser tests, and a server that plays the outside world: whoever knocks there is remembered."""

from __future__ import annotations

import shutil
import socketserver
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 30_000
"""Milliseconds to wait for something on a loaded machine."""


class Knock(socketserver.StreamRequestHandler):
    """Remembers the first line that a visitor sends; a visitor who only connects is remembered, too."""

    def handle(self) -> None:
        knocks = self.server.knocks  # type: ignore[attr-defined]
        knocks.append("connection")
        self.connection.settimeout(5)
        try:
            line = self.rfile.readline(1000).decode("latin-1").strip()
        except OSError:
            return
        knocks.append(line)
        self.wfile.write(b"HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n")


@pytest.fixture(scope="session")
def outside_world() -> Iterator[tuple[int, list[str]]]:
    """Port and visitors of a server that answers as `outside.example`."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Knock) as server:
        server.daemon_threads = True
        server.knocks = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_address[1], server.knocks  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()


@dataclass
class Visit:
    """An open page, what it read from the disk, what it complained about, and who came to the outside world since."""

    page: Any
    knocks: list[str]
    files: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def chromium(outside_world: tuple[int, list[str]]) -> Iterator[Any]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium was found: apt-get install chromium")
    sync_api = pytest.importorskip("playwright.sync_api")
    rule = f"--host-resolver-rules=MAP outside.example 127.0.0.1:{outside_world[0]}"
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*FLAGS, rule])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Any, outside_world: tuple[int, list[str]], tmp_path: Path) -> Iterator[Callable[..., Visit]]:
    """Opens a page written to a file; options are those of a browser context, such as `color_scheme`."""
    contexts = []

    def open_page(html: str, **options: Any) -> Visit:
        file = tmp_path / "report.html"
        file.write_text(html, encoding="utf-8")
        context = chromium.new_context(viewport={"width": 1200, "height": 900}, **options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        outside_world[1].clear()
        visit = Visit(page, outside_world[1])
        context.on("request", lambda request: request.url.startswith("file:") and visit.files.append(request.url))
        page.on("pageerror", lambda error: visit.errors.append(str(error)))
        page.goto(file.as_uri())
        return visit

    yield open_page
    for context in contexts:
        context.close()
