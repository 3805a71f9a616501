"""What must never get in, and what must never get out: wrong files, builds nobody allowed, credentials; and a full disk."""

from __future__ import annotations

import functools
import hashlib
import http.server
import io
import os
import shutil
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from environments.wheels import HERE, SITE, lock_of, make_wheel

from nbrepro.environments import storage
from nbrepro.environments.cache import environment_for
from nbrepro.environments.isolation import isolated
from nbrepro.environments.locks import lock_from_pylock
from nbrepro.errors import EnvironmentBuildError, RequestError
from nbrepro.model import Lock

BACKEND = """
import os, zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    info = "grape-1.0.dist-info"
    seen = "HOME = %r; SECRET = %r" % (os.environ["HOME"], os.environ.get("A_SECRET"))
    with zipfile.ZipFile(os.path.join(folder, "grape-1.0-py3-none-any.whl"), "w") as archive:
        archive.writestr("grape.py", seen)
        archive.writestr(info + "/METADATA", "Metadata-Version: 2.1\\nName: grape\\nVersion: 1.0\\n")
        archive.writestr(info + "/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(info + "/RECORD", "grape.py,,\\n")
    return "grape-1.0-py3-none-any.whl"
"""

FULL = """
import resource, sys
from pathlib import Path
from environments.wheels import HERE, lock_of
from nbrepro.environments.cache import environment_for
from nbrepro.errors import EnvironmentBuildError
limit = int(sys.argv[2])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    environment_for(lock_of(Path(sys.argv[1])), HERE)
except EnvironmentBuildError as error:
    print(error)
"""


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv(storage.VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Serves the wheels; the address holds a password, which is not checked."""
    served = tmp_path / "served"
    served.mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(served))) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://somebody:hunter2@127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def built_folders() -> list[Path]:
    return list(storage.environments().iterdir()) if storage.environments().exists() else []


def source_lock(tmp_path: Path) -> Lock:
    path = tmp_path / "grape-1.0.tar.gz"
    project = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n[project]\nname = "grape"\nversion = "1.0"\n'
    with tarfile.open(path, "w:gz") as archive:
        texts = {"pyproject.toml": project, "backend.py": BACKEND, "PKG-INFO": "Metadata-Version: 2.1\nName: grape\nVersion: 1.0\n"}
        for name, text in texts.items():
            member = tarfile.TarInfo(f"grape-1.0/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    sdist = f'{{ url = "{path.as_uri()}", name = "{path.name}", hashes = {{ sha256 = "{digest}" }} }}'
    package = f'[[packages]]\nname = "grape"\nversion = "1.0"\nsdist = {sdist}\n'
    return lock_from_pylock(f'lock-version = "1.0"\ncreated-by = "test"\n{package}', python=HERE.version)


def test_a_wrong_hash_is_an_error_that_names_the_package(tmp_path: Path) -> None:
    apple, pear = make_wheel(tmp_path, "apple"), make_wheel(tmp_path, "pear")
    environment_for(lock_of(apple, pear), HERE)
    with pytest.raises(EnvironmentBuildError, match=r"(?i)hash mismatch") as caught:
        environment_for(lock_of(apple, sha256="0" * 64), HERE)
    assert caught.value.packages == ("apple",)
    assert len(built_folders()) == 1


def test_a_lock_without_hashes_is_refused(tmp_path: Path) -> None:
    text = lock_of(make_wheel(tmp_path, "apple")).text
    bare = text[: text.index(", hashes")] + " }]\n"
    with pytest.raises((EnvironmentBuildError, RequestError), match="hash"):
        environment_for(lock_from_pylock(bare, python=HERE.version), HERE)
    assert built_folders() == []


@pytest.mark.parametrize("is_there", [True, False])
def test_passwords_in_addresses_are_written_nowhere(tmp_path: Path, address: str, is_there: bool) -> None:
    wheel, told = make_wheel(tmp_path, "apple"), list[str]()
    if is_there:
        shutil.copy(wheel, tmp_path / "served")
        built = environment_for(lock_of(wheel, base=address), HERE, on_progress=told.append)
        assert (built.folder / SITE / "apple" / "__init__.py").exists()
    else:
        with pytest.raises(EnvironmentBuildError) as caught:
            environment_for(lock_of(wheel, base=address), HERE, on_progress=told.append)
        told += [str(caught.value), repr(caught.value.args)]
        assert caught.value.packages == ("apple",)
    assert "hunter2" not in "".join(told)
    holding = [path for path in storage.root().rglob("*") if path.is_file() and b"hunter2" in path.read_bytes()]
    assert holding == []


def test_builds_from_source_are_refused_unless_allowed(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"grape 1\.0 must be built from source"):
        environment_for(source_lock(tmp_path), HERE)
    assert built_folders() == []


def test_allowed_builds_are_recorded_and_see_neither_home_nor_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", "hunter2")
    built = environment_for(source_lock(tmp_path), HERE, allow_build=True)
    assert built.built_from_source == ("grape",)
    assert environment_for(source_lock(tmp_path), HERE, allow_build=True).built_from_source == ("grape",)
    seen = (built.folder / SITE / "grape.py").read_text(encoding="utf-8")
    assert "SECRET = None" in seen
    assert str(Path.home()) not in seen.replace(str(tmp_path), "")
    assert '"isolation": "' in (built.folder / ".nbrepro" / "environment.json").read_text(encoding="utf-8")


def test_wheels_stand_beside_what_is_built(tmp_path: Path) -> None:
    source, wheels = source_lock(tmp_path), lock_of(make_wheel(tmp_path, "apple"))
    both = lock_from_pylock(
        source.text + wheels.text.partition("[[packages]]")[1] + wheels.text.partition("[[packages]]")[2], python=HERE.version
    )
    built = environment_for(both, HERE, allow_build=True)
    assert built.built_from_source == ("grape",)
    assert {(built.folder / SITE / name).exists() for name in ("grape.py", "apple")} == {True}


def test_with_bubblewrap_only_the_named_folders_can_be_written(tmp_path: Path) -> None:
    command = ["/bin/true"]
    writable, readable = (Path("/data/w"),), (Path("/data/r"),)
    apart = isolated(command, os.environ, home=tmp_path, writable=writable, readable=readable, bubblewrap="/usr/bin/bwrap")
    words = " ".join(apart.command)
    assert apart.means == "bubblewrap"
    assert words.startswith("/usr/bin/bwrap --ro-bind / / ")
    assert f"--tmpfs {Path.home()} " in words
    assert [apart.command[at + 1] for at, word in enumerate(apart.command) if word == "--bind"] == ["/data/w", str(tmp_path)]
    assert apart.command[-1] == "/bin/true"


@pytest.mark.slow
def test_a_file_that_can_not_be_written_leaves_nothing_half_built(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "apple", files={"apple.py": "#" * 3_000_000})
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(wheel), "1000000"], cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=True
    )
    assert "there is no room left in" in done.stdout, done
    assert built_folders() == []


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("unshare") is None, reason="a small disk takes a private mount namespace")
def test_a_full_disk_is_said_and_leaves_nothing_half_built(tmp_path: Path, cache: Path) -> None:
    wheel = make_wheel(tmp_path, "apple", files={"apple.py": "#" * 3_000_000})
    cache.mkdir()
    script = 'mount -t tmpfs -o size=2m none "$1" && "$2" -c "$3" "$4" 0 && ls "$1/environments"'
    command = ["unshare", "--mount", "sh", "-c", script, "sh", str(cache), sys.executable, FULL, str(wheel)]
    done = subprocess.run(command, cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=False)
    if "mount:" in done.stderr or "unshare:" in done.stderr:
        pytest.skip(done.stderr.strip())
    assert done.stdout.startswith("the environment could not be built: there is no room left in"), done
    assert len(done.stdout.splitlines()) == 1, done
