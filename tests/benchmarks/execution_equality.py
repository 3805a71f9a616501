"""Which cells of a folder's notebooks have other outputs than nbclient gives them; pictures byte for byte."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbrepro.execution import Runner, execute
from nbrepro.model import Execution, Output, Stream
from nbrepro.notebooks import from_node, read
from nbrepro.notebooks.output_values import as_json

MASKS = ((re.compile(r"\b0x[0-9a-f]{6,}\b"), "0x"), (re.compile(r"ipykernel_\d+"), "ipykernel"), (re.compile(r"\b[0-9a-f]{32}\b"), "id"))
"""What differs between any two runs: addresses, numbers of processes, ids of widgets."""
Cells = list[str]


def differences(folder: Path, *, with_details: bool) -> Iterator[tuple[object, ...]]:
    """For the two runners: how many cells were compared, how many nbclient itself gives two outputs, how many differ."""
    paths = sorted(folder.glob("*.ipynb"))
    first, second = ([by_nbclient(path) for path in paths] for _ in range(2))
    for runner in (Runner.KERNEL, Runner.FORK):
        counted = unsteady = differing = 0
        for path, expected, again in zip(paths, first, second, strict=True):
            observed = cells(execute(read(path), runner=runner, keep_going=True))
            for number, (one, two, ours) in enumerate(zip(expected, again, observed, strict=True)):
                unsteady += one != two
                counted += one == two
                if one == two != ours:
                    differing += 1
                    if with_details:
                        print(f"{path.name}, code cell {number + 1}, {runner}:\n  nbclient: {one[:500]}\n  nbrepro:  {ours[:500]}\n")
        yield folder.name, runner.value, counted, unsteady, differing


def by_nbclient(path: Path) -> Cells:
    from nbclient import NotebookClient

    node = read(path).copy_node()
    NotebookClient(node, kernel_name="python3", allow_errors=True, resources={"metadata": {"path": str(path.parent)}}).execute()
    return cells(from_node(node, path.name).saved_execution())


def cells(execution: Execution) -> Cells:
    """What is compared of each code cell: its count and its outputs, streams of one name joined."""
    return [masked([step.execution_count, *map(as_json, joined(step.outputs))]) for step in execution.steps]


def joined(outputs: tuple[Output, ...]) -> list[Output]:
    found: list[Output] = []
    for output in outputs:
        last = found[-1] if found else None
        if isinstance(output, Stream) and isinstance(last, Stream) and last.name == output.name:
            found[-1] = Stream(last.name, last.text + output.text)
        else:
            found.append(output)
    return found


def masked(value: Any) -> str:
    text = json.dumps(value, sort_keys=True)
    for pattern, word in MASKS:
        text = pattern.sub(word, text)
    return text
