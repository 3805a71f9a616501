"""The ways to run a folder of notebooks that the benchmark compares, and what each of them takes.

As a program it is one of the methods that have no command line for many notebooks: `execution_methods.py NAME FOLDER OUTPUT`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import psutil

SAMPLE_SECONDS = 0.05
RUN = ["-m", "nbrepro.commands.main", "run", "{folder}", "--output-dir", "{output}", "--env", "current", "--no-isolate", "--quiet"]


@dataclass(frozen=True)
class Method:
    name: str
    module: str
    """What has to be installed for it."""
    arguments: tuple[str, ...]
    """Of Python."""
    jobs: int = 1
    is_forked: bool = False


@dataclass(frozen=True)
class Spent:
    wall: float
    cpu: float
    server_bytes: int = 0
    """Memory of fork servers at their largest: pages that several processes share count in parts (PSS)."""
    child_bytes: int = 0
    """Likewise of all their children together."""


def own(name: str) -> tuple[str, ...]:
    return (__file__, name, "{folder}", "{output}")


METHODS = (
    Method("nbclient", "nbclient", own("nbclient")),
    Method("nbclient, 2 at once", "nbclient", own("nbclient2"), jobs=2),
    Method("papermill", "papermill", own("papermill")),
    Method("nbmake -n 2", "nbmake", ("-m", "pytest", "-q", "--nbmake", "-n", "2", "-p", "no:cacheprovider", "{folder}"), jobs=2),
    Method("ploomber-engine", "ploomber_engine", own("ploomber")),
    Method("nbrepro, kernel", "nbrepro", (*RUN, "--runner", "kernel", "--jobs", "1")),
    Method("nbrepro, fork", "nbrepro", (*RUN, "--runner", "fork", "--jobs", "1"), is_forked=True),
    Method("nbrepro, fork, 2 at once", "nbrepro", (*RUN, "--runner", "fork", "--jobs", "2"), jobs=2, is_forked=True),
    Method("papermill --engine nbrepro", "papermill", own("papermill_nbrepro"), is_forked=True),
    Method("nbclient, forked kernel", "nbclient", own("nbclient_forked"), is_forked=True),
)


def spend(method: Method, folder: Path) -> Spent:
    """Run the notebooks of a folder."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as place:
        output, data = Path(place, "output"), Path(place, "data")
        output.mkdir()
        arguments = [argument.format(folder=folder, output=output) for argument in method.arguments]
        environment = {**os.environ, "JUPYTER_DATA_DIR": str(data)}
        sampler = _Sampler() if method.is_forked else None
        began = perf_counter()
        process = subprocess.Popen(
            [sys.executable, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=place
        )
        if sampler:
            sampler.watch(process.pid)
        words = process.stdout.read() if process.stdout else b""
        _, status, usage = os.wait4(process.pid, 0)
        wall = perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.stdout:
            process.stdout.close()
        if sampler:
            sampler.stop()
        if process.returncode:
            raise RuntimeError(f"{method.name} ended with status {process.returncode}:\n{words.decode(errors='replace')[-3000:]}")
        memory = (sampler.server, sampler.children) if sampler else (0, 0)
        return Spent(wall, usage.ru_utime + usage.ru_stime, *memory)


class _Sampler(threading.Thread):
    """Looks from time to time what fork servers and their children hold in memory."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.server = self.children = 0
        self._ends = threading.Event()
        self._pid = 0

    def watch(self, pid: int) -> None:
        self._pid = pid
        self.start()

    def stop(self) -> None:
        self._ends.set()
        self.join()

    def run(self) -> None:
        while not self._ends.wait(SAMPLE_SECONDS):
            with suppress(psutil.Error):
                every = [process for process in psutil.Process(self._pid).children(recursive=True) if _is_forked(process)]
                servers = [process for process in every if process.cwd() == "/"]  # a kernel runs in its notebook's folder
                below = [process for process in every if process not in servers]
                self.server = max(self.server, sum(_held(server.pid) for server in servers))
                self.children = max(self.children, sum(_held(child.pid) for child in below))


def _is_forked(process: psutil.Process) -> bool:
    return any(word.endswith("forkserver.py") for word in process.cmdline())


def _held(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def run_nbclient(path: Path, output: Path, kernel: str = "python3") -> None:
    import nbformat
    from nbclient import NotebookClient

    node = nbformat.read(path, as_version=4)
    NotebookClient(node, kernel_name=kernel, resources={"metadata": {"path": str(path.parent)}}).execute()
    nbformat.write(node, output / path.name)


def run_forked(path: Path, output: Path) -> None:
    run_nbclient(path, output, "benchmark")


def run_papermill(path: Path, output: Path, engine: str | None = None) -> None:
    from papermill import execute_notebook

    execute_notebook(
        str(path), str(output / path.name), engine_name=engine, progress_bar=False, cwd=str(path.parent), kernel_name="python3"
    )


def run_papermill_nbrepro(path: Path, output: Path) -> None:
    run_papermill(path, output, "nbrepro")


def run_ploomber(path: Path, output: Path) -> None:
    from ploomber_engine import execute_notebook

    execute_notebook(str(path), str(output / path.name), cwd=str(path.parent), progress_bar=False)


WORKERS = {
    "nbclient": run_nbclient,
    "nbclient2": run_nbclient,
    "nbclient_forked": run_forked,
    "papermill": run_papermill,
    "papermill_nbrepro": run_papermill_nbrepro,
    "ploomber": run_ploomber,
}


def main() -> None:
    name, folder, output = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    paths = sorted(folder.glob("*.ipynb"))
    if name == "nbclient_forked":
        from nbrepro.execution import current
        from nbrepro.execution.kernel_specifications import install

        install(current(), "benchmark")
    if name == "nbclient2":
        with ProcessPoolExecutor(2) as pool:
            list(pool.map(run_nbclient, paths, [output] * len(paths)))
        return
    for path in paths:
        WORKERS[name](path, output)


if __name__ == "__main__":
    main()
