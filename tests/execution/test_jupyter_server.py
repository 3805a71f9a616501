"""An installed kernel under a Jupyter server, driven through its addresses and web sockets as JupyterLab does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import websocket
from execution.runs import processes_in, until

from nbrepro.execution import current
from nbrepro.execution.kernel_specifications import install

pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="forked kernels need Linux"), pytest.mark.slow]
SECONDS = 60


class Server:
    """A running Jupyter server."""

    def __init__(self, folder: Path, runtime: Path) -> None:
        command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", "--port=0", "--IdentityProvider.token=secret"]
        self.process = subprocess.Popen([*command, f"--ServerApp.root_dir={folder}"], stderr=subprocess.DEVNULL, start_new_session=True)
        place = runtime / f"jpserver-{self.process.pid}.json"
        assert until(lambda: place.exists() and self._answers(place), SECONDS)

    def _answers(self, place: Path) -> bool:
        with suppress(OSError, ValueError):
            self.address = f"127.0.0.1:{json.loads(place.read_text())['port']}"
            return bool(self.ask("GET", "status"))
        return False

    def ask(self, method: str, path: str, content: object = None) -> Any:
        """Answer of one of its addresses."""
        request = urllib.request.Request(f"http://{self.address}/api/{path}", method=method, headers={"Authorization": "token secret"})
        if content is not None:
            request.data = json.dumps(content).encode()
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return json.loads(answer.read() or "null")

    def connected(self, kernel: str) -> websocket.WebSocket:
        """A web socket to a kernel."""
        address = f"ws://{self.address}/api/kernels/{kernel}/channels?token=secret"
        return websocket.create_connection(address, timeout=SECONDS)


def send(channel: websocket.WebSocket, source: str) -> str:
    identity = uuid.uuid4().hex
    header = {"msg_id": identity, "msg_type": "execute_request", "username": "", "session": "tests", "version": "5.3", "date": ""}
    content = {"code": source, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False, "stop_on_error": True}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell", "buffers": []}
    channel.send(json.dumps(message))
    return identity


def heard(channel: websocket.WebSocket, identity: str, *kinds: str) -> dict[str, dict[str, Any]]:
    """The contents that answer a request, the last of each kind, as soon as there is one of each of these kinds."""
    found: dict[str, dict[str, Any]] = {}
    while not found.keys() >= set(kinds):
        message = json.loads(channel.recv())
        if message["parent_header"].get("msg_id") == identity:
            kind = "idle" if message["content"].get("execution_state") == "idle" else message["msg_type"]
            found[kind] = message["content"]
    return found


def run(channel: websocket.WebSocket, source: str) -> dict[str, Any]:
    """The reply to a cell, with the text of its result."""
    messages = heard(channel, send(channel, source), "execute_reply", "idle")
    result = messages.get("execute_result", {"data": {}})["data"].get("text/plain")
    return messages["execute_reply"] | {"result": result}


@pytest.fixture
def server(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server with the kernel `warm`; at its end nothing of it is left."""
    for name in ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    install(current(), "warm")
    running = Server(folder, tmp_path / "jupyter_runtime_dir")
    yield running
    below = psutil.Process(running.process.pid).children(recursive=True)
    running.process.send_signal(signal.SIGTERM)
    running.process.wait(timeout=SECONDS)
    assert until(lambda: not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in below))
    assert until(lambda: processes_in(tmp_path) == [])
    assert list((tmp_path / "jupyter_runtime_dir").glob("kernel-*")) == []


def test_a_session_as_in_jupyterlab(server: Server) -> None:
    specifications = server.ask("GET", "kernelspecs")["kernelspecs"]
    assert specifications["warm"]["spec"]["metadata"]["kernel_provisioner"]["provisioner_name"] == "nbrepro-fork"
    wanted = {"path": "a.ipynb", "name": "a", "type": "notebook", "kernel": {"name": "warm"}}
    kernel = server.ask("POST", "sessions", wanted)["kernel"]["id"]
    channel = server.connected(kernel)
    assert run(channel, "import os; kept = 6 * 7; kept")["result"] == "42"

    process = int(run(channel, "os.getpid()")["result"])
    parent = psutil.Process(process).parent()
    assert parent is not None
    assert any(word.endswith("forkserver.py") for word in parent.cmdline())

    sleeping = send(channel, "print('begun', flush=True)\nimport time; time.sleep(600)")
    heard(channel, sleeping, "stream")
    server.ask("POST", f"kernels/{kernel}/interrupt")
    assert heard(channel, sleeping, "execute_reply")["execute_reply"]["ename"] == "KeyboardInterrupt"
    assert run(channel, "kept")["result"] == "42"

    server.ask("POST", f"kernels/{kernel}/restart")
    channel.close()
    channel = server.connected(kernel)
    assert run(channel, "kept")["ename"] == "NameError"
    assert not psutil.pid_exists(process)
    channel.close()
    server.ask("DELETE", f"kernels/{kernel}")
    assert server.ask("GET", "kernels") == []


def test_a_kernel_that_is_killed_is_started_again(server: Server) -> None:
    kernel = server.ask("POST", "kernels", {"name": "warm"})["id"]
    channel = server.connected(kernel)
    process = int(run(channel, "import os; os.getpid()")["result"])
    os.kill(process, signal.SIGKILL)
    assert until(lambda: json.loads(channel.recv())["content"].get("execution_state") in {"restarting", "autorestarting"}, SECONDS)
    channel.close()
    channel = server.connected(kernel)
    assert int(run(channel, "import os; os.getpid()")["result"]) != process
    channel.close()


def test_kernels_beside_one_another_share_nothing(server: Server) -> None:
    kernels = [server.ask("POST", "kernels", {"name": "warm"})["id"] for _ in range(2)]
    channels = [server.connected(kernel) for kernel in kernels]
    assert run(channels[0], "import os, random, sys\nkept = 1\nsys.kept = 1\nos.environ['KEPT'] = '1'")["status"] == "ok"
    assert (
        run(channels[1], "import os, sys\n'kept' in globals(), hasattr(sys, 'kept'), 'KEPT' in os.environ")["result"]
        == "(False, False, False)"
    )
    drawn = [run(channel, "import random; random.random()")["result"] for channel in channels]
    assert drawn[0] != drawn[1]
    for channel in channels:
        channel.close()
