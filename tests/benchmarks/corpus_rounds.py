"""What the machinery of a round costs, what a cluster gives for it, and what a round survives.

    PYTHONPATH=tests python tests/benchmarks/corpus_rounds.py overhead [--rounds 3] [--trivial 40] [--science 10]
    PYTHONPATH=tests python tests/benchmarks/corpus_rounds.py cluster [--rounds 3]
    PYTHONPATH=tests python tests/benchmarks/corpus_rounds.py kills [--times 50]

`overhead` runs the corpus of the benchmark of execution through queue, worker, comparison and store, and as a bare loop over
`execute`, in turns; `cluster` runs it with two workers of Dask and with two local ones, in turns; `kills` ends a round of 60
notebooks with SIGKILL at random moments and resumes it each time.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from execution_corpus import write_corpus
from harness import Example, code, stdout

from nbrepro.comparison import compare
from nbrepro.corpora.cluster import dask_executor
from nbrepro.corpora.executors import Executor
from nbrepro.corpora.items import RunSettings
from nbrepro.corpora.local import LocalExecutor
from nbrepro.corpora.planning import RoundProgress, RoundRequest
from nbrepro.corpora.rounds import run_round
from nbrepro.corpora.sources import sources
from nbrepro.corpora.store import open_store
from nbrepro.execution import Runner, execute
from nbrepro.execution.forked_servers import close_servers
from nbrepro.notebooks import read

COMMAND = (sys.executable, "-m", "nbrepro.commands.main")
KILLED = 60
"""Notebooks of the round that is killed."""
MOMENTS = (0.5, 5.0)
"""Seconds from the start of a round to its kill: from before the first notebook runs to some notebooks later."""
Times = list[float]
"""When each notebook was done, in seconds from the start."""


def bare(folder: Path) -> Times:
    began, times = time.perf_counter(), []
    for path in sorted(folder.glob("*.ipynb")):
        document = read(path)
        compare(document.saved_execution(), execute(document, isolate=True, runner=Runner.FORK))
        times.append(time.perf_counter() - began)
    close_servers()  # the workers of the other one start theirs too
    return times


def whole(folder: Path, executor: Executor) -> Times:
    began, times = time.perf_counter(), []

    def tell(progress: RoundProgress) -> None:
        if progress.done > len(times):
            times.append(time.perf_counter() - began)

    with tempfile.TemporaryDirectory() as name, open_store(Path(name, "s.sqlite"), write=True) as store:
        request = RoundRequest(sources([folder]), RunSettings("current", runner=Runner.FORK))
        run_round(store, request, executor, Path(name), tell)
    return times[-len(list(folder.glob("*.ipynb"))) :]


Contender = tuple[str, Callable[[Path], Times]]


def in_turns(options: argparse.Namespace, one: Contender, other: Contender) -> None:
    """Print the times of both, and how many times as long the other took as the one: with its start, and from the first notebook on."""
    ratios = []
    with tempfile.TemporaryDirectory() as name:
        corpus = Path(name, "corpus")
        write_corpus(corpus, options.trivial, options.science)
        # Only notebooks with saved outputs are run.
        subprocess.run([*COMMAND, "run", "corpus", "--env", "current", "--in-place", "--quiet"], cwd=name, check=True)
        for number in range(options.rounds):
            both = {label: run(corpus) for label, run in ((one, other) if number % 2 == 0 else (other, one))}
            for label, times in both.items():
                print(f"  {label}: {times[-1]:.2f} s, the first notebook after {times[0]:.2f} s", end=";")
            print(f" load {os.getloadavg()[0]:.1f}", flush=True)
            first, second = both[one[0]], both[other[0]]
            ratios.append((second[-1] / first[-1], (second[-1] - second[0]) / (first[-1] - first[0])))
    for words, values in zip(("with the start", "from the first notebook on"), zip(*ratios, strict=True), strict=True):
        print(f"{other[0]} over {one[0]}, {words}: {statistics.median(values):.2f} ({', '.join(f'{value:.2f}' for value in values)})")


def measure_overhead(options: argparse.Namespace) -> None:
    """One worker against one loop, so that only the machinery differs."""
    in_turns(options, ("bare loop", bare), ("round", lambda corpus: whole(corpus, LocalExecutor(jobs=1))))


def measure_cluster(options: argparse.Namespace) -> None:
    with cluster(2) as address:
        local = ("two local workers", lambda corpus: whole(corpus, LocalExecutor(jobs=2)))
        in_turns(options, local, ("two workers of Dask", lambda corpus: whole(corpus, dask_executor(address, jobs=None, network=False))))


@contextmanager
def cluster(workers: int) -> Iterator[str]:
    """The address of a scheduler with so many workers on this machine."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "scheduler.json")
        common = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        dask, settings = [sys.executable, "-m", "dask"], ["--scheduler-file", str(place), "--no-dashboard", "--host", "127.0.0.1"]
        commands = [[*dask, "scheduler", "--port", "0", *settings]]
        commands += [[*dask, "worker", "--nthreads", "1", "--no-nanny", *settings]] * workers
        processes = []
        try:
            for command in commands:
                processes.append(subprocess.Popen(command, **common))  # type: ignore[call-overload]
                while not place.exists():
                    time.sleep(0.1)
            time.sleep(5)
            yield json.loads(place.read_text(encoding="utf-8"))["address"].removeprefix("tcp:")
        finally:
            for process in processes:
                process.kill()
                process.wait()


def measure_kills(times: int) -> None:
    chance = random.Random(2)
    with tempfile.TemporaryDirectory() as name:
        for number in range(KILLED):
            cells = [code("import time; time.sleep(1.5)", count=1), code(f"print({number})", stdout(f"{number}\n"), count=2)]
            Example(cells=cells, name=f"n{number:03}.ipynb").write(Path(name, "corpus"))
        store = Path(name, "s.sqlite")
        command = [*COMMAND, "corpus", "run", "corpus", "--store", store.name, "--env", "current"]
        kills = 0
        while True:
            process = subprocess.Popen([*command, "--runner", "fork", "--quiet"], cwd=name, stdout=subprocess.DEVNULL)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=chance.uniform(*MOMENTS) if kills < times else None)
            if process.returncode is not None:
                break
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
        tell_kills(store, kills)


def tell_kills(path: Path, kills: int) -> None:
    store = sqlite3.connect(path)
    runs, items, notebooks = store.execute("SELECT count(*), count(DISTINCT item_key), count(DISTINCT notebook_id) FROM runs").fetchone()
    begun = store.execute("SELECT sum(attempts) FROM items").fetchone()[0]
    integrity = store.execute("PRAGMA integrity_check").fetchone()[0]
    print(
        f"{kills} kills, {KILLED} notebooks begun {begun} times: {KILLED - notebooks} lost, {runs - items} run twice, integrity {integrity}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("overhead", "cluster", "kills"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--trivial", type=int, default=40, help="how many trivial notebooks")
    parser.add_argument("--science", type=int, default=10, help="how many with numpy, pandas and matplotlib")
    parser.add_argument("--times", type=int, default=50, help="how often the round is killed")
    options = parser.parse_args()
    match options.what:
        case "overhead":
            measure_overhead(options)
        case "cluster":
            measure_cluster(options)
        case _:
            measure_kills(options.times)


if __name__ == "__main__":
    main()
