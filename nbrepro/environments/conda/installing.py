"""Installs what a conda-lock.yml holds, through py-rattler: every file has the hash of the lock, or nothing is installed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbrepro.environments import building, manifest, verification
from nbrepro.environments.building import add_with_uv
from nbrepro.environments.conda import verifying
from nbrepro.environments.conda.extra import require_extra
from nbrepro.environments.conda.local_files import WHAT, check_local_files
from nbrepro.environments.conda.lock_contents import Contents
from nbrepro.environments.conda.lock_reading import read_contents
from nbrepro.environments.conda.records import CondaRecord
from nbrepro.environments.discovery.addresses import without_credentials
from nbrepro.errors import EnvironmentBuildError, RequestError
from nbrepro.model import Lock

InstallPip = Callable[[Lock, Path], None]
"""Installs pip's part of a lock for a Python, without touching what is there already."""


def install_conda(
    lock: Lock,
    folder: Path,
    *,
    install_pip: InstallPip = add_with_uv,
    on_progress: Callable[[str], None] | None = None,
) -> Path:
    """Builds the environment of a conda-lock.yml and gives its Python.

    Scripts that packages want to be run after they are linked are not run.

    Args:
        lock: from `resolve_conda` or `read_conda_lock`.
        folder: where it is built; it must not exist, since such an environment can't be moved afterwards.
        install_pip: installs pip's part, if there is one; by default uv does.
        on_progress: is told in a few words what is being done.

    Raises:
        MissingExtraError: py-rattler or conda-lock is not installed.
        RequestError: the folder exists, or the lock has no Python.
        EnvironmentBuildError: a file can't be had or its hash is wrong; nothing of the environment is left.
    """
    require_extra()
    contents = read_contents(lock.text, platform=lock.platform)
    if folder.exists():
        raise RequestError(f"{folder} exists already: a conda environment is built in a folder of its own")
    if not contents.python:
        raise RequestError("the conda-lock.yml has no Python, so no notebook can be run in it")
    tell = on_progress or _silent
    check_local_files(contents.records)
    try:
        python = _fill(contents, folder, install_pip, tell)
        if names := _forget_damaged(contents, folder):
            tell(f"the cached files of {', '.join(names)} are not what their packages list; they are fetched anew")
            shutil.rmtree(folder)
            # What is wrong again was fetched with the right hash: then the list in the package itself is wrong.
            python = _fill(contents, folder, install_pip, tell)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    for script in sorted(folder.glob("bin/.*-post-link.sh")):
        tell(f"{script.name} of a package is not run")
    return python


def _fill(contents: Contents, folder: Path, install_pip: InstallPip, tell: Callable[[str], None]) -> Path:
    tell(f"installing {len(contents.records)} conda packages")
    _link(contents.records, folder)
    python = _python_of(folder, contents.python)
    if contents.pip:
        tell(f"installing {len(contents.pip.packages)} packages of pip")
        install_pip(contents.pip, python)
    return python


def _forget_damaged(contents: Contents, folder: Path) -> tuple[str, ...]:
    """The packages whose cached files were changed through a link; they are taken out of the caches."""
    packages = verifying.damaged(folder)
    verifying.forget(packages.values())
    pip = {package.name for package in contents.pip.packages} if contents.pip else set()
    wheels = tuple(name for name in verification.wrong_packages(folder, manifest.record(folder)) if name in pip) if pip else ()
    building.forget(wheels)
    return (*packages, *wheels)


def _python_of(folder: Path, version: str) -> Path:
    python = folder / "bin" / "python"
    if not python.exists():
        raise EnvironmentBuildError(WHAT, f"its package of Python {version} has no bin/python", ("python",))
    return python


def _silent(_: str) -> None:
    return


def _link(records: tuple[CondaRecord, ...], folder: Path) -> None:
    cache = verifying.packages_folder()
    request = {"records": [_fields(record) for record in records], "folder": str(folder), "cache": str(cache)}
    status, said = _run_program(json.dumps(request))
    if status:
        lines = (said or f"py-rattler ended with status {status}").strip().splitlines()
        explanation = without_credentials(": ".join(line.removeprefix("Caused by: ").strip() for line in lines))
        names = tuple(record.name for record in records if record.file_name in explanation)
        raise EnvironmentBuildError(WHAT, explanation, names)


def _run_program(request: str) -> tuple[int, str]:
    """The exit status and the output of the program that links, which ends when this process does."""
    program = Path(__file__).with_name("linking.py")
    # -P: the modules beside the program are none that others should find.
    command = [sys.executable, "-P", str(program)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8") as process:
        asked, answered = process.stdin, process.stdout
        if asked is None or answered is None:  # never, with pipes
            raise EnvironmentBuildError(WHAT, "py-rattler could not be started")
        try:
            asked.write(f"{request}\n")
            asked.flush()
            said = answered.read()
            return process.wait(), said
        except BaseException:
            process.kill()
            raise


def _fields(record: CondaRecord) -> dict[str, Any]:
    """A record as the program reads it."""
    kind = ("python" if record.is_python_package else "generic") if record.subdir == "noarch" else None
    names = ("name", "version", "build", "build_number", "subdir", "depends", "sha256", "md5", "size", "file_name", "url", "channel")
    return {name: getattr(record, name) for name in names} | {"noarch": kind}
