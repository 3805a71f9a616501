"""Times how notebooks are run, here and by others, in alternation: `python tests/benchmarks/execution.py [--part …]`.

Needs the dependency group `benchmark`; a peer that isn't installed is left out. Every method is a process of its own,
whose CPU time includes all of its children. Methods take turns, so that whatever else the machine does meets them all.
Prints Markdown.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from execution_corpus import long_notebook, write_corpus
from execution_equality import differences
from execution_methods import METHODS, Method, Spent, spend

GUIDES = Path(__file__).parent.parent.parent / "notebooks"


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def installed(names: Sequence[str]) -> list[Method]:
    missing = [method.name for method in METHODS if find_spec(method.module) is None]
    if missing:
        print(f"left out, as it isn't installed: {', '.join(missing)}\n")
    wanted = [method for method in METHODS if method.name not in missing]
    return [method for method in wanted if not names or method.name in names]


def medians(rounds: int, methods: Sequence[Method], folder: Path) -> dict[str, Spent]:
    """What each method takes for the notebooks of a folder: medians of rounds in which they take turns."""
    spent: dict[str, list[Spent]] = {method.name: [] for method in methods}
    for number in range(rounds):
        for method in methods if number % 2 == 0 else reversed(methods):
            try:
                one = spend(method, folder)
            except RuntimeError as error:
                print(error, file=sys.stderr)
                continue
            print(f"{folder.name}, round {number + 1}, {method.name}: {one.wall:.2f} s, {one.cpu:.2f} s CPU", file=sys.stderr)
            spent[method.name].append(one)
    return {
        name: Spent(
            statistics.median(one.wall for one in all_of),
            statistics.median(one.cpu for one in all_of),
            max(one.server_bytes for one in all_of),
            max(one.child_bytes for one in all_of),
        )
        for name, all_of in spent.items()
        if all_of
    }


def ratio(peer: Spent | None, wall: float) -> str:
    return f"{peer.wall / wall:.1f}x" if peer else ""


def speed(options: argparse.Namespace, folder: Path) -> None:
    write_corpus(folder, options.trivial, options.science)
    count = options.trivial + options.science
    print(f"## {options.trivial} trivial notebooks and {options.science} with numpy, pandas and matplotlib\n")
    spent = medians(options.rounds, installed(options.method), folder)
    loop, two = spent.get("nbclient"), spent.get("nbclient, 2 at once")
    rows = [
        [
            name,
            f"{one.wall:.2f}",
            f"{one.cpu:.2f}",
            f"{count / one.wall:.1f}",
            ratio(loop, one.wall),
            ratio(two, one.wall),
            f"{loop.cpu / one.cpu:.1f}x" if loop else "",
        ]
        for name, one in spent.items()
    ]
    heads = ("method", "wall s", "CPU s", "notebooks/s", "faster than nbclient", "than nbclient, 2 at once", "less CPU than nbclient")
    print(table(heads, rows))


def latency(options: argparse.Namespace, folder: Path) -> None:
    """Of the first notebook, and of a trivial cell: what 1,000 of them take beyond what one does."""
    one, many = folder / "one", folder / "many"
    write_corpus(one, 1, 0)
    long_notebook(many, options.cells)
    print(f"## One notebook, and one of {options.cells} cells\n")
    methods = [method for method in installed(options.method) if method.jobs == 1]
    first, long = medians(options.rounds, methods, one), medians(options.rounds, methods, many)
    rows = [
        [name, *seconds(first[name]), *seconds(long[name]), *(f"{one:.2f}" for one in of_a_cell(first[name], long[name], options.cells))]
        for name in first
        if name in long
    ]
    heads = ("one notebook s", "CPU s", f"{options.cells} cells s", "CPU s", "trivial cell ms", "CPU ms")
    print(table(("method", *heads), rows))


def seconds(spent: Spent) -> tuple[str, str]:
    return f"{spent.wall:.2f}", f"{spent.cpu:.2f}"


def of_a_cell(first: Spent, long: Spent, cells: int) -> tuple[float, float]:
    """Milliseconds of wall and CPU time that each cell adds."""
    return 1000 * (long.wall - first.wall) / cells, 1000 * (long.cpu - first.cpu) / cells


def scale(options: argparse.Namespace, folder: Path) -> None:
    print("## Numbers of trivial notebooks\n")
    methods = [method for method in installed(options.method) if method.is_forked]
    rows = []
    for count in options.counts:
        place = folder / str(count)
        write_corpus(place, count, 0)
        rows += [
            [
                name,
                count,
                f"{one.wall:.2f}",
                f"{one.cpu:.2f}",
                f"{1000 * one.wall / count:.0f}",
                *map(megabytes, (one.server_bytes, one.child_bytes)),
            ]
            for name, one in medians(1, methods, place).items()
        ]
    print(table(("method", "notebooks", "wall s", "CPU s", "ms a notebook", "servers MB", "their children MB"), rows))


def megabytes(count: int) -> str:
    return f"{count / 1e6:.0f}" if count else ""


def equality(options: argparse.Namespace, folder: Path) -> None:
    write_corpus(folder, options.trivial, options.science)
    # As in an activated environment: nbrepro finds the commands of a kernel's environment in any case.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    places = [folder, *([GUIDES] if GUIDES.is_dir() else []), *map(Path, options.notebooks)]
    print("## Cells whose outputs differ\n")
    rows = [row for place in places for row in differences(place, with_details=options.details)]
    print(table(("notebooks of", "compared", "cells", "not counted, as two runs of nbclient differ", "differ"), rows))


PARTS: dict[str, Callable[[argparse.Namespace, Path], None]] = {"speed": speed, "latency": latency, "scale": scale, "equality": equality}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=PARTS, action="append", help="only this part (may be repeated)")
    parser.add_argument("--method", action="append", default=[], help="only this method (may be repeated)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each method runs; medians are printed")
    parser.add_argument("--trivial", type=int, default=40, help="how many trivial notebooks")
    parser.add_argument("--science", type=int, default=10, help="how many with numpy, pandas and matplotlib")
    parser.add_argument("--cells", type=int, default=1000, help="cells of the long notebook")
    parser.add_argument("--counts", type=int, nargs="+", default=[10, 100, 1000], help="numbers of notebooks")
    parser.add_argument("--notebooks", action="append", default=[], help="a further folder whose notebooks must give equal outputs")
    parser.add_argument("--details", action="store_true", help="say which cells differ")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}, {options.rounds} rounds\n")
    for name in options.part or PARTS:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
            PARTS[name](options, Path(folder))
            print(flush=True)


if __name__ == "__main__":
    main()
