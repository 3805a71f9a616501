from __future__ import annotations

import os
import platform
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from environments.wheels import make_wheel

from nbrepro.errors import RequestError
from nbrepro.execution import at, current
from nbrepro.execution.interpreters import Environment
from nbrepro.execution.variables import python_variables


def test_this_interpreter_at_its_path() -> None:
    assert current().has_kernel
    found = at(sys.executable)
    assert (found.version, found.has_kernel, found.is_current) == (platform.python_version(), True, False)
    assert str(found) == f"{sys.executable} (Python {platform.python_version()})"


def test_a_virtual_environment_by_its_folder(tmp_path: Path) -> None:
    import venv

    venv.create(tmp_path / "env", with_pip=False, symlinks=True)
    found = at(tmp_path / "env")
    assert found.python == tmp_path / "env" / "bin" / "python"
    assert not found.has_kernel


@pytest.mark.parametrize(
    ("content", "mode", "message"),
    [
        (None, 0, "there is no such interpreter"),
        ("", 0o644, "can't be executed"),
        ("#!/bin/sh\necho 'no such version' >&2; exit 127\n", 0o755, "ended with status 127: no such version"),
        ("#!/bin/sh\necho hello\n", 0o755, "expected a Python interpreter"),
        ("\0 no program", 0o755, "could not be run"),
    ],
)
def test_what_is_no_interpreter(tmp_path: Path, content: str | None, mode: int, message: str) -> None:
    path = tmp_path / "python"
    if content is not None:
        path.write_text(content)
        path.chmod(mode)
    with pytest.raises(RequestError, match=message):
        at(path)


def test_variables_of_the_callers_python_are_left_out_for_another_one(tmp_path: Path) -> None:
    caller = {"PYTHONPATH": "/lib", "VIRTUAL_ENV": "/mine", "PYTHONHASHSEED": "0", "PATH": f"/usr/bin:{tmp_path / 'bin'}"}
    other = Environment(tmp_path / "bin" / "python", "3.8.1", has_kernel=True)
    path = f"{tmp_path / 'bin'}:/usr/bin"
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "pip").touch()
    assert python_variables(caller, other) == (
        {"PYTHONHASHSEED": "0", "PATH": path},
        ("PYTHONPATH was left out, as it belongs to another Python",),
    )
    same = Environment(tmp_path / "bin" / "python", "3.8.1", has_kernel=True, is_current=True)
    assert python_variables(caller, same) == ({**caller, "PATH": path}, ())


@pytest.mark.slow
def test_a_cell_that_installs_changes_no_python_of_the_machine(tmp_path: Path) -> None:
    machine, own = tmp_path / "machine", tmp_path / "own"
    subprocess.run([sys.executable, "-m", "venv", str(machine)], check=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(own)], check=True)
    wheel = make_wheel(tmp_path, "fruit")
    caller = {**os.environ, "PATH": str(machine / "bin")}
    variables, _ = python_variables(caller, at(own))
    done = subprocess.run(["pip", "install", "--no-index", str(wheel)], env=variables, capture_output=True, text=True, check=True)
    assert "Would install fruit-1.0" in done.stdout
    assert not list(machine.rglob("fruit*"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(next(own.rglob("site-packages")))
    done = subprocess.run(["pip", "freeze"], env=variables, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("fruit"), "pip tells the packages of the environment, not its own"
    (own / "bin" / "pip").touch()
    assert "PIP_DRY_RUN" not in python_variables(caller, at(own))[0], "a pip of the environment itself installs there"
