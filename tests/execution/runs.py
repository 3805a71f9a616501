"""Runs of example notebooks on real kernels."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil
from harness import Example

from nbrepro.execution import execute
from nbrepro.model import Display, Execution, Step, Stream
from nbrepro.notebooks import read


def run(folder: Path, *cells: Mapping[str, Any], metadata: Mapping[str, Any] | None = None, **options: Any) -> Execution:
    """Execute a notebook of these cells in a folder."""
    example = Example(cells=cells) if metadata is None else Example(cells=cells, metadata=metadata)
    return execute(read(example.write(folder)), **options)


def text(step: Step, name: str = "stdout") -> str:
    return "".join(output.text for output in step.outputs if isinstance(output, Stream) and output.name == name)


def shown(step: Step) -> list[str]:
    return [output.data["text/plain"] for output in step.outputs if isinstance(output, Display)]


def evidence(execution: Execution) -> dict[str, str]:
    assert execution.failure is not None
    return dict(execution.failure.evidence)


def processes_in(folder: Path) -> list[str]:
    """Command lines of the processes that still run in a folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and Path(process.cwd()).is_relative_to(folder) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found


def until(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Wait for a condition; gives whether it came true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
