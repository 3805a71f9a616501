"""Handmade wheels with true hashes, and locks of them with file: addresses."""

from __future__ import annotations

import hashlib
import http.server
import sys
import sysconfig
import threading
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from nbrepro.environments.locks import lock_from_pylock
from nbrepro.environments.pythons import Interpreter
from nbrepro.model import Lock

HERE = Interpreter(sys.executable, ".".join(map(str, sys.version_info[:3])))
SITE = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"


def make_wheel(
    folder: Path,
    name: str,
    version: str = "1.0",
    files: Mapping[str, str] | None = None,
    *,
    wrong_record: bool = False,
    requires_python: str = ">=2.7",
) -> Path:
    """A wheel with a package of two modules (or other files) and a console script; its RECORD is right unless told otherwise."""
    contents = dict(
        files
        or {f"{name}/__init__.py": f"VERSION = {version!r}\ndef main():\n    print(VERSION)\n", f"{name}/inner/data.py": "VALUE = 1\n"}
    )
    info = f"{name}-{version}.dist-info"
    contents |= {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Python: {requires_python}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name}-tool = {name}:main\n",
    }
    lines = [f"{path},sha256={_hash('other' if wrong_record else text)},{len(text)}\n" for path, text in contents.items()]
    contents[f"{info}/RECORD"] = "".join([*lines, f"{info}/RECORD,,\n"])
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inner, text in contents.items():
            archive.writestr(zipfile.ZipInfo(inner, (2020, 1, 1, 0, 0, 0)), text)
    return path


def _hash(text: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def lock_of(*wheels: Path, sha256: str | None = None, base: str = "") -> Lock:
    """A lock of wheels.

    Args:
        wheels: their files.
        sha256: another hash than the true one.
        base: address of the folder that holds them, in place of their paths.
    """
    lines = ['lock-version = "1.0"', 'created-by = "test"']
    for wheel in wheels:
        name, version = wheel.name.split("-")[:2]
        digest = sha256 or hashlib.sha256(wheel.read_bytes()).hexdigest()
        url = f"{base}/{wheel.name}" if base else wheel.as_uri()
        file = f'{{ url = "{url}", name = "{wheel.name}", hashes = {{ sha256 = "{digest}" }} }}'
        lines += ["[[packages]]", f'name = "{name}"', f'version = "{version}"', f"wheels = [{file}]"]
    return lock_from_pylock("\n".join(lines) + "\n", python=HERE.version, platform=sysconfig.get_platform())


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Serves the files of a folder without saying for how long they may be kept; gives its address, and the files asked for so far."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path.strip("/"))
            content = (folder / self.path.strip("/")).read_bytes()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()
