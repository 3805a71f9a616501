"""Times building an environment of 60 packages and using it again, against `python -m venv` and pip with the same lock, in one run.

    python tests/benchmarks/environments.py --python python3.9 [--without-pip]

Everything happens in a temporary folder: cold means that nothing has been fetched yet. Files are fetched from the package index
that uv and pip are set to. CPU is that of this process and all its children.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from nbrepro.environments import storage
from nbrepro.environments.cache import Built, environment_for
from nbrepro.environments.locks import lock_from_pylock
from nbrepro.environments.pythons import Interpreter, inspect
from nbrepro.environments.resolution.uv import Question, ask
from nbrepro.model import Lock

WISHED = (
    *("numpy", "pandas", "matplotlib", "scipy", "scikit-learn", "seaborn", "statsmodels", "ipykernel", "beautifulsoup4"),
    *("sympy", "networkx", "tqdm", "pyyaml", "jinja2", "nbformat"),
)
CUT = datetime(2022, 6, 1, tzinfo=UTC)
REPEATS = 5


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds."""

    name: str
    wall: float
    cpu: float


def timed(name: str, action: Callable[[], object]) -> Timing:
    wall, cpu = time.perf_counter(), cpu_seconds()
    action()
    return Timing(name, time.perf_counter() - wall, cpu_seconds() - cpu)


def cpu_seconds() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def resolved(interpreter: Interpreter) -> Lock:
    answer = ask(Question(WISHED, cut=CUT), interpreter)
    if not answer.is_solved:
        raise SystemExit(answer.explanation)
    return lock_from_pylock(answer.text, python=interpreter.version)


def ours(lock: Lock, interpreter: Interpreter) -> list[Timing]:
    def build() -> Built:
        return environment_for(lock, interpreter)

    timings = [timed("first build, nothing fetched", build)]
    warm = []
    for _ in range(3):
        shutil.rmtree(storage.environments())
        warm.append(timed("build, wheels fetched before", build))
    again = [timed("second use of the same lock", build) for _ in range(REPEATS)]
    bytecode(build().python)
    build()
    used = [timed("the same after bytecode was written", build) for _ in range(REPEATS)]
    return [*timings, *(min(some, key=lambda timing: timing.wall) for some in (warm, again, used))]


def bytecode(python: str) -> None:
    """What a notebook leaves: the compiled modules of what it imports."""
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([python, "-c", "import pandas, matplotlib.pyplot, sklearn.linear_model"], check=True, env=variables)


def theirs(lock: Lock, interpreter: Interpreter, folder: Path) -> list[Timing]:
    requirements = folder / "requirements.txt"
    lines = [f"{package.name}=={package.version} " + " ".join(f"--hash={one}" for one in package.hashes) for package in lock.packages]
    requirements.write_text("\n".join(lines), encoding="utf-8")
    variables = {name: value for name, value in os.environ.items() if name != "PIP_FIND_LINKS"} | {"PIP_CACHE_DIR": str(folder / "pip")}

    def build(name: str) -> None:
        subprocess.run([interpreter.path, "-m", "venv", str(folder / name)], check=True)
        install = [
            str(folder / name / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "-q",
            "--no-deps",
            "--require-hashes",
            "--only-binary",
            ":all:",
        ]
        subprocess.run([*install, "-r", str(requirements)], check=True, env=variables, stderr=subprocess.DEVNULL)

    return [
        timed("venv and pip, nothing fetched", lambda: build("cold")),
        timed("venv and pip, wheels fetched before", lambda: build("warm")),
    ]


def inodes(folder: Path) -> dict[int, int]:
    """Bytes on the disk by inode."""
    found: dict[int, int] = {}
    for place, _, names in os.walk(folder):
        for path in (place, *(f"{place}/{name}" for name in names)):
            status = os.lstat(path)
            found[status.st_ino] = status.st_blocks * 512
    return found


def megabytes_of_further(lock: Lock, interpreter: Interpreter) -> float:
    """What an environment with one package fewer takes besides the first one and the cache."""
    before = inodes(storage.root())
    smaller = replace(lock, packages=tuple(package for package in lock.packages if package.name != "tqdm"), text=without(lock.text, "tqdm"))
    built = environment_for(smaller, interpreter)
    return sum(size for inode, size in inodes(built.folder).items() if inode not in before) / 1e6


def without(text: str, name: str) -> str:
    head, *packages = text.split("[[packages]]")
    return "[[packages]]".join([head, *(package for package in packages if f'name = "{name}"' not in package)])


def show(timings: list[Timing]) -> None:
    print(f"{'':40}{'wall s':>10}{'CPU s':>10}")
    for timing in timings:
        print(f"{timing.name:40}{timing.wall:10.3f}{timing.cpu:10.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable, help="the Python of the environments; 3.9 has wheels of all packages")
    parser.add_argument("--without-pip", action="store_true", help="leave out the slow half")
    arguments = parser.parse_args()
    interpreter = inspect(shutil.which(arguments.python) or arguments.python)
    if interpreter is None:
        raise SystemExit(f"{arguments.python} is no Python")
    with tempfile.TemporaryDirectory() as folder:
        os.environ[storage.VARIABLE] = folder
        lock = resolved(interpreter)
        print(f"{len(lock.packages)} packages, Python {interpreter.version}, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        timings = ours(lock, interpreter)
        show(timings)
        print(f"each further environment: {megabytes_of_further(lock, interpreter):.1f} MB")
        if not arguments.without_pip:
            peers = theirs(lock, interpreter, Path(folder))
            show(peers)
            print("over our build with wheels fetched:")
            for peer in peers:
                print(f"{peer.name:40}{peer.wall / timings[1].wall:9.0f}×{peer.cpu / timings[1].cpu:9.0f}×")


if __name__ == "__main__":
    main()
