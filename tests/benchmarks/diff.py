"""Times `compare_notebooks` and, in the same run, nbdime: `python tests/benchmarks/diff.py [--peer-seconds 30]`.

Figures are CPU times of one call. Notebooks have no cell ids, as before nbformat 4.5.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace

from nbrepro.comparison import compare_notebooks
from nbrepro.model import Display, Execution, Origin, Step, Stream

SIZES = (100, 300, 1000, 3000)
PEER_SIZES = (100, 1000)
TABLE_COLUMNS = 20
WORDS = ["".join(random.Random(seed).choices("abcdefghijklmnop", k=6)) for seed in range(500)]

Pair = tuple[Execution, Execution]


def notebook(seed: int, cells: int) -> Execution:
    chance = random.Random(seed)
    return Execution("a.ipynb", Origin.SAVED, tuple(step(chance, index) for index in range(cells)))


def step(chance: random.Random, index: int) -> Step:
    lines = [" ".join(chance.choices(WORDS, k=6)) for _ in range(4)]
    output = Stream("stdout", f"result {index}\nvalue {chance.random()}\n")
    return Step(index, "\n".join([*lines, f"# {index}"]), (output,))


def with_steps(execution: Execution, steps: list[Step]) -> Execution:
    return replace(execution, steps=tuple(replace(step, index=index) for index, step in enumerate(steps)))


def identical(cells: int) -> Pair:
    return notebook(1, cells), notebook(1, cells)


def outputs_changed(cells: int) -> Pair:
    before, chance = notebook(1, cells), random.Random(2)
    changed = [replace(step, outputs=(Stream("stdout", f"result zz\nvalue {chance.random()}\n"),)) for step in before.steps]
    return before, with_steps(before, changed)


def cell_inserted(cells: int) -> Pair:
    before = notebook(1, cells)
    return before, with_steps(before, [before.steps[0], Step(0, "new cell here"), *before.steps[1:]])


def cells_shuffled(cells: int) -> Pair:
    before = notebook(1, cells)
    return before, with_steps(before, random.Random(3).sample(before.steps, cells))


def sources_edited(cells: int) -> Pair:
    before = notebook(1, cells)
    return before, with_steps(before, [replace(step, source=step.source + "\nplot(x)") for step in before.steps])


def all_different(cells: int) -> Pair:
    return notebook(1, cells), notebook(2, cells)


CASES: tuple[Callable[[int], Pair], ...] = (identical, outputs_changed, cell_inserted, cells_shuffled, sources_edited, all_different)


def many_messages(messages: int, seed: int) -> Execution:
    chance = random.Random(seed)
    outputs = tuple(Stream("stderr" if number % 2 else "stdout", f"step {number} {chance.random()}\n") for number in range(messages))
    return Execution("a.ipynb", Origin.SAVED, (Step(0, "run()", outputs),))


def many_redraws(messages: int, seed: int) -> Execution:
    chance = random.Random(seed)
    outputs = tuple(
        Stream("stderr", f"\r{number * 100 // messages}%|##   | {number}/{messages} [00:01<00:05, {chance.random():.2f}it/s]")
        for number in range(messages)
    )
    return Execution("a.ipynb", Origin.SAVED, (Step(0, "run()", outputs),))


def table(rows: int, seed: int) -> Execution:
    chance = random.Random(seed)
    cells = ["".join(f"<td>{chance.random():.6f}</td>\n" for _ in range(TABLE_COLUMNS)) for _ in range(rows)]
    head = "".join(f"<th>column {number}</th>\n" for number in range(TABLE_COLUMNS))
    body = "".join(f"<tr>\n<th>{number}</th>\n{row}</tr>\n" for number, row in enumerate(cells))
    page = f'<table border="1" class="dataframe">\n<thead>\n<tr><th></th>\n{head}</tr>\n</thead>\n<tbody>\n{body}</tbody>\n</table>'
    return Execution("a.ipynb", Origin.SAVED, (Step(0, "frame", (Display({"text/html": page}, is_result=True),)),))


def seconds(pair: Pair) -> float:
    compare_notebooks(*pair)  # imports and caches
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        compare_notebooks(*pair)
        best = min(best, time.process_time() - start)
    return best


PEER = """
import resource, sys, time
from nbdime import diff_notebooks
from nbformat import from_dict
sys.path.insert(0, sys.argv[1])
import diff
def node(execution):
    return from_dict({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [
        {"cell_type": "code", "metadata": {}, "execution_count": None, "source": step.source,
         "outputs": [{"output_type": "stream", "name": output.name, "text": output.text} for output in step.outputs]}
        for step in execution.steps]})
before, after = (node(execution) for execution in eval(sys.argv[2], vars(diff)))
start = time.process_time()
resource.setrlimit(resource.RLIMIT_CPU, (int(start + float(sys.argv[3])) + 1, resource.RLIM_INFINITY))
diff_notebooks(before, after)
print(time.process_time() - start)
"""


def peer_seconds(pair: str, limit: float) -> float | None:
    """CPU time of nbdime; None if it took longer than the limit."""
    folder = __file__.rpartition("/")[0]
    done = subprocess.run([sys.executable, "-c", PEER, folder, pair, str(limit)], capture_output=True, text=True, check=False)
    if done.returncode == -signal.SIGXCPU:
        return None
    return float(done.stdout)


def row(name: str, ours: float, pair: str, limit: float) -> str:
    start = f"{name:32} {1000 * ours:10.1f}"
    if not limit:
        return start
    peer = peer_seconds(pair, limit)
    sign, peer = ("", peer) if peer else (">", limit)
    return f"{start} {sign + str(round(1000 * peer)):>10} {sign + str(round(peer / ours)):>9}x"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer-seconds", type=float, default=30.0, help="CPU time limit of one call of nbdime; 0 leaves it out")
    limit = parser.parse_args().peer_seconds
    print(f"{'case':32} {'nbrepro ms':>10} {'nbdime ms':>10} {'ratio':>10}")
    for case in CASES:
        for cells in SIZES:
            peer = limit if case in {identical, outputs_changed} and cells in PEER_SIZES else 0
            print(row(f"{case.__name__} {cells}", seconds(case(cells)), f"{case.__name__}({cells})", peer), flush=True)
    for make in (many_messages, many_redraws):
        for messages in (1000, 10_000):
            pair = f"{make.__name__}({messages}, 1), {make.__name__}({messages}, 2)"
            peer = limit if messages == 1000 else 0
            print(row(f"{make.__name__} {messages}", seconds((make(messages, 1), make(messages, 2))), pair, peer), flush=True)
    for rows in (60, 600):
        print(row(f"table of {rows} x {TABLE_COLUMNS} cells", seconds((table(rows, 1), table(rows, 2))), "", 0), flush=True)


if __name__ == "__main__":
    main()
