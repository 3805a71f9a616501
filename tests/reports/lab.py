"""A JupyterLab of its own for a test: on 127.0.0.1, with its own settings, and gone at the end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

START_SECONDS = 120


@contextmanager
def jupyterlab(notebooks: Path, home: Path, theme: str) -> Iterator[str]:
    """The address of a JupyterLab that shows the notebooks of a folder in a theme, such as `JupyterLab Dark`."""
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "themes.jupyterlab-settings").write_text(json.dumps({"theme": theme}))
    (settings / "notification.jupyterlab-settings").write_text(json.dumps({"fetchNews": "false", "checkForUpdates": False}))
    address = f"http://127.0.0.1:{_free_port()}"
    with (home / "log").open("w") as log:
        server = subprocess.Popen(_command(notebooks, address), env=_variables(home), stdout=log, stderr=log, start_new_session=True)
    try:
        _wait_for(address, server, home / "log")
        yield address
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _free_port() -> int:
    with socket.socket() as candidate:
        candidate.bind(("127.0.0.1", 0))
        port: int = candidate.getsockname()[1]
        return port


def _command(notebooks: Path, address: str) -> list[str]:
    options = {
        "--ip": "127.0.0.1",
        "--port": address.rpartition(":")[2],
        "--ServerApp.port_retries": "0",
        "--ServerApp.root_dir": str(notebooks),
        "--IdentityProvider.token": "",
        "--LabApp.extension_manager": "readonly",
    }
    flags = ["--no-browser", "--allow-root", "--expose-app-in-browser"]  # the last one is how a test asks the page to do something
    return [sys.executable, "-m", "jupyterlab", *flags, *(f"{name}={value}" for name, value in options.items())]


def _variables(home: Path) -> dict[str, str]:
    own = {
        "IPYTHONDIR": "ipython",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    }
    return {**os.environ, **{name: str(home / folder) for name, folder in own.items()}}


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(f"{address}/api/status", timeout=5).close()
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(log.read_text()[-3000:]) from None
            time.sleep(0.2)
        else:
            return


def run_all(page: Any, address: str, name: str) -> None:
    """Open a notebook, and run all of its cells as soon as its kernel is there."""
    page.goto(f"{address}/lab/tree/{name}?reset")
    page.wait_for_function("window.jupyterapp?.shell.currentWidget?.content?.widgets?.length")
    page.evaluate("""async () => {
        const panel = window.jupyterapp.shell.currentWidget;
        await panel.context.ready;
        await panel.sessionContext.ready;
        await panel.sessionContext.session.kernel.info;
    }""")
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
