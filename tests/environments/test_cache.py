"""Environments are built once, whoever asks and however the builder ends."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from environments.local_index import LocalIndex
from environments.wheels import HERE, SITE, lock_of, make_wheel, serving
from nbformat.v4 import new_code_cell, new_notebook

from nbrepro.environments import storage
from nbrepro.environments.cache import Built, environment_for, key_of
from nbrepro.environments.collection import list_environments
from nbrepro.environments.pythons import Interpreter
from nbrepro.environments.resolution import resolve
from nbrepro.errors import EnvironmentBuildError, RequestError
from nbrepro.execution import at, execute
from nbrepro.model import EnvironmentSpec, Lock, LockedPackage, PythonWish, Source, SourceKind
from nbrepro.notebooks import read

ASK = """
import sys
from pathlib import Path
from environments.wheels import HERE, lock_of
from nbrepro.environments.cache import environment_for
wheel, base = sys.argv[1:]
print(environment_for(lock_of(Path(wheel), base=base), HERE).was_cached)
"""


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv(storage.VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def apple(tmp_path: Path) -> Path:
    return make_wheel(tmp_path, "apple")


@pytest.fixture
def silent_address() -> Iterator[str]:
    """An address that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def asking(wheel: Path, base: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", ASK, str(wheel), base],
        cwd=Path(__file__).parent.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for_builder() -> None:
    deadline = time.monotonic() + 60
    while not any((path / "pyvenv.cfg").exists() for _, path in storage.unfinished()):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def said_by(built: Built, code: str) -> str:
    return subprocess.run([built.python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_the_packages_of_the_lock_are_there_and_nothing_else(apple: Path) -> None:
    built = environment_for(lock_of(apple), HERE)
    assert not built.was_cached
    assert Path(built.python).is_absolute()
    assert said_by(built, "import apple; print(apple.VERSION)") == "1.0"
    assert said_by(built, "import importlib.util as u; print(u.find_spec('pytest'))") == "None"
    # It was built elsewhere and moved: its scripts still find its Python.
    assert str(built.folder) in said_by(built, "import sys; print(sys.prefix)")
    assert subprocess.run([built.folder / "bin" / "apple-tool"], capture_output=True, text=True, check=True).stdout == "1.0\n"


def test_a_lock_that_differs_in_its_text_only_gives_the_same_environment(apple: Path) -> None:
    first = environment_for(lock_of(apple), HERE)
    commented = replace(lock_of(apple), text=lock_of(apple).text + "# the same\n")
    assert environment_for(commented, HERE).was_cached
    assert environment_for(commented, HERE).folder == first.folder


def test_keys_tell_apart_what_gives_other_environments(tmp_path: Path, apple: Path) -> None:
    lock = lock_of(apple)
    others = [
        key_of(lock_of(make_wheel(tmp_path, "apple", "1.1")), HERE),
        key_of(lock_of(apple, sha256="0" * 64), HERE),
        key_of(replace(lock, packages=()), HERE),
        key_of(lock, Interpreter(HERE.path, "3.11.99")),
        key_of(replace(lock, platform="another"), HERE),
    ]
    assert len({key_of(lock, HERE), *others}) == 1 + len(others)


def test_an_empty_lock_gives_a_bare_python() -> None:
    assert said_by(environment_for(lock_of(), HERE), "print(1)") == "1"


def test_hashed_requirements_are_a_lock_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalIndex() as index:
        monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
        digest = index.add("fruit", "1.0")
        index.add("fruit", "2.0")
        package = LockedPackage("fruit", "1.0", hashes=(f"sha256:{digest}",))
        lock = Lock(HERE.version, "", (package,), f"fruit==1.0 --hash=sha256:{digest}\n", "requirements.lock.txt")
        assert said_by(environment_for(lock, HERE), "import fruit; print(fruit.VERSION)") == "1.0"


def test_only_what_is_missing_is_fetched(tmp_path: Path) -> None:
    """The index gives files no lifetime: asked again, uv would fetch them again, and environments would share nothing."""
    apple, pear = (make_wheel(tmp_path, name) for name in ("apple", "pear"))
    with serving(tmp_path) as (base, asked):
        first = environment_for(lock_of(apple, base=base), HERE)
        assert set(asked) == {apple.name}
        asked.clear()
        second = environment_for(lock_of(apple, pear, base=base), HERE)
        assert set(asked) == {pear.name}
    assert (first.folder / SITE / "apple" / "__init__.py").samefile(second.folder / SITE / "apple" / "__init__.py")
    assert said_by(second, "import apple, pear; print(pear.VERSION)") == "1.0"


def test_what_was_thought_to_be_fetched_is_fetched_again_when_it_is_gone(tmp_path: Path) -> None:
    apple = make_wheel(tmp_path, "apple")
    with serving(tmp_path) as (base, asked):
        environment_for(lock_of(apple, base=base), HERE)
        shutil.rmtree(storage.environments())
        shutil.rmtree(storage.uv_cache())
        asked.clear()
        assert said_by(environment_for(lock_of(apple, base=base), HERE), "import apple; print(apple.VERSION)") == "1.0"
        assert asked


def test_a_lock_for_another_python_is_refused(apple: Path) -> None:
    with pytest.raises(RequestError, match=r"made for Python 3\.6\.15 and can't be built with Python"):
        environment_for(replace(lock_of(apple), python="3.6.15"), HERE)


def test_threads_build_once(apple: Path) -> None:
    told: list[str] = []
    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(environment_for, lock_of(apple), HERE, on_progress=told.append) for _ in range(4)]
    assert sorted(future.result().was_cached for future in futures) == [False, True, True, True]
    assert told == ["building the environment"]


@pytest.mark.slow
def test_processes_build_once(apple: Path) -> None:
    answers = [process.communicate(timeout=120) for process in [asking(apple) for _ in range(3)]]
    assert sorted(out.strip() for out, _ in answers) == ["False", "True", "True"], answers


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_builder_leaves_nothing_that_looks_built(apple: Path, silent_address: str, how: signal.Signals) -> None:
    process = asking(apple, silent_address)
    try:
        wait_for_builder()
        process.send_signal(how)
        process.communicate(timeout=60)
        assert process.returncode != 0
        assert list_environments() == ()
        assert list(storage.unfinished()) == [] or how is signal.SIGKILL
        # The same key as before, since addresses make no difference.
        built = environment_for(lock_of(apple), HERE)
        assert not built.was_cached
        assert [path.name for path in storage.environments().iterdir()] == [built.key]
    finally:
        subprocess.run(["kill", "-9", "--", f"-{process.pid}"], check=False, capture_output=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may do anything")
def test_what_must_not_be_written_can_still_be_removed(tmp_path: Path) -> None:
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    (tmp_path / "folder" / "inner" / "file").touch()
    (tmp_path / "folder" / "inner").chmod(0o500)
    storage.remove(tmp_path / "folder")
    assert not (tmp_path / "folder").exists()


def test_a_failed_build_leaves_nothing(apple: Path) -> None:
    with pytest.raises(EnvironmentBuildError):
        environment_for(lock_of(apple, base="http://127.0.0.1:9"), HERE)
    assert list(storage.environments().iterdir()) == []


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_builder_of_another_kind_works_in_the_final_folder_and_leaves_nothing_when_it_fails(
    apple: Path, error: type[BaseException]
) -> None:
    calls: list[Path] = []

    def build(lock: Lock, folder: Path, interpreter: Interpreter) -> Path:
        calls.append(folder)
        folder.mkdir(parents=True)
        (folder / "python").symlink_to(interpreter.path)
        if len(calls) == 1:
            raise error
        return folder / "python"

    with pytest.raises(error):
        environment_for(lock_of(apple), HERE, build=build)
    assert list(storage.environments().iterdir()) == []
    built = environment_for(lock_of(apple), HERE, build=build)
    assert calls == [built.folder, built.folder]
    assert built.python == str(built.folder / "python")
    assert environment_for(lock_of(apple), HERE, build=build).was_cached


def test_what_a_dead_builder_left_in_the_final_folder_is_not_taken_for_built(apple: Path) -> None:
    folder = storage.folder_of(key_of(lock_of(apple), HERE))
    (folder / SITE).mkdir(parents=True)
    (folder / SITE / "leftover.py").touch()
    built = environment_for(lock_of(apple), HERE)
    assert not built.was_cached
    assert not (built.folder / SITE / "leftover.py").exists()


def test_an_environment_whose_interpreter_is_gone_is_built_anew(apple: Path) -> None:
    def build(lock: Lock, folder: Path, interpreter: Interpreter) -> Path:
        folder.mkdir(parents=True)
        (folder / "python").symlink_to(apple.parent / "interpreter")
        return folder / "python"

    (apple.parent / "interpreter").touch()
    assert not environment_for(lock_of(apple), HERE, build=build).was_cached
    assert environment_for(lock_of(apple), HERE, build=build).was_cached
    (apple.parent / "interpreter").unlink()
    assert environment_for(lock_of(apple), HERE, build=build).repaired.missing == ("the interpreter behind python",)


@pytest.mark.slow
@pytest.mark.network
def test_a_notebook_runs_in_a_built_environment(tmp_path: Path) -> None:
    wished = EnvironmentSpec("a.ipynb", PythonWish(f"=={HERE.version}", Source(SourceKind.METADATA)), ())
    built = environment_for(resolve(wished, HERE), HERE)
    path = tmp_path / "a.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("import sys; print(sys.prefix)")]), path)
    with built.in_use():
        execution = execute(read(path), environment=at(built.python))
    assert [output.text for step in execution.steps for output in step.outputs] == [f"{built.folder}\n"]
    assert environment_for(resolve(wished, HERE), HERE).was_cached
