"""The pip of Python 2.7: virtual environments by virtualenv 20.21, and calls of their pip 20.3, the last that know Python 2.

pip runs without the user's settings, without the network but for this machine, and, since a source distribution runs its own code even
to say what it needs, apart from the user's files.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from packaging.tags import Tag, parse_tag

from nbrepro import agent
from nbrepro.environments import storage
from nbrepro.environments.isolation import find_bubblewrap, isolated
from nbrepro.environments.pythons import Interpreter
from nbrepro.environments.resolution.uv import find_uv, machine_environment, without_addresses
from nbrepro.environments.scratch import scratch_folder
from nbrepro.environments.whole_runs import run_whole
from nbrepro.errors import EnvironmentBuildError

VIRTUALENV = "virtualenv==20.21.1"
"""The last that makes environments for Python 2.7; it brings pip 20.3.4, setuptools 44.1.1 and wheel 0.37.1 with it."""
PROGRAM = Path(agent.__file__).parent / "pip_for_python2.py"
"""pip with the memory and the search of later ones."""
_NO_PROXY = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
_ASK_TAGS = "from pip._internal.utils.compatibility_tags import get_supported; print('\\n'.join(map(str, get_supported())))"


def make_virtual_environment(folder: Path, interpreter: Interpreter) -> Path:
    """An environment with pip, setuptools and wheel; gives its Python.

    virtualenv itself runs in an environment of its own, which uv keeps: its requirements are too old for this one.

    Raises:
        EnvironmentBuildError: virtualenv can't be fetched, or fails with this interpreter.
    """
    command = [find_uv(), "tool", "run", "--quiet", "--no-progress", "--color", "never", "--python", sys.executable]
    command += ["--from", VIRTUALENV, "virtualenv", "--python", interpreter.path, "--no-download", "--no-periodic-update"]
    command += ["--app-data", str(storage.root() / "virtualenv"), str(folder)]
    kept = {name: value for name, value in machine_environment().items() if not name.startswith(("VIRTUALENV", "PYTHON", "VIRTUAL_ENV"))}
    with scratch_folder("python2") as nowhere:
        variables = {**kept, "UV_CACHE_DIR": str(storage.uv_cache()), "UV_TOOL_DIR": str(Path(nowhere) / "tools")}
        done = run_whole(command, folder=nowhere, variables=variables)
    if done.returncode != 0:
        said = without_addresses(done.stderr or done.stdout).strip()
        raise EnvironmentBuildError(f"a virtual environment for Python {interpreter.version}", said)
    return folder / "bin" / "python"


def run_pip(
    python: Path,
    arguments: list[str],
    interpreter: Interpreter,
    *,
    scratch: Path,
    writable: tuple[Path, ...] = (),
    index: str = "",
    timeout: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Runs the pip of an environment, apart from the user's settings and files.

    Args:
        python: the environment's Python.
        arguments: what pip is told.
        interpreter: the Python that the environment was made with.
        scratch: an existing folder for what pip writes aside.
        writable: further folders that it may write to.
        index: address of the only index that it, and what builds for it, may ask; empty: none.
        timeout: seconds after which it is ended.

    Raises:
        subprocess.TimeoutExpired: it took longer.
    """
    home = scratch / "home"
    home.mkdir(exist_ok=True)
    command = [
        str(python),
        "-s",
        "-c",
        PROGRAM.read_text(encoding="utf-8"),
        *arguments,
        "--no-input",
        "--disable-pip-version-check",
        "--no-color",
        "--no-cache-dir",
    ]
    installation = Path(interpreter.path).parent.parent
    readable = (installation, python.parent.parent)
    apart = isolated(
        command,
        {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"},
        home=home,
        writable=(scratch, *writable),
        readable=readable,
        bubblewrap=find_bubblewrap(),
    )
    own = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_PYTHON_VERSION_WARNING": "1", "PYTHONIOENCODING": "utf-8", **_NO_PROXY}
    own |= {"PIP_INDEX_URL": index} if index else {"PIP_NO_INDEX": "1"}
    return run_whole(apart.command, folder=scratch, variables={**apart.variables, **own}, timeout=timeout)


def supported_tags(python: Path) -> frozenset[Tag]:
    """The tags of the wheels that an environment's pip installs."""
    done = subprocess.run([str(python), "-s", "-c", _ASK_TAGS], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise EnvironmentBuildError("an environment for Python 2.7", f"its pip doesn't run: {done.stderr.strip()}")
    return frozenset(tag for line in done.stdout.split() for tag in parse_tag(line))
