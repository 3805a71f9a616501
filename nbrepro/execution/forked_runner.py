"""Running a task in a process that a warm server has forked, with the same outcome as on an ordinary kernel."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from nbrepro.execution import failures
from nbrepro.execution.forked_kernels import ForkedKernel
from nbrepro.execution.forked_servers import ServerProblem, Warmth, server_for
from nbrepro.execution.kernel_runner import observe
from nbrepro.execution.launches import Launch
from nbrepro.execution.rooms import Room
from nbrepro.execution.running import RunningKernel
from nbrepro.execution.tasks import Observed, Task
from nbrepro.model import FailureKind, Step

PRELOADED = re.compile(r"^\s*(?:import|from)\s.*?\b(numpy|pandas|matplotlib(?:\.pyplot)?)\b", re.MULTILINE)
"""Imports of packages that are slow to import, quiet, and known not to mind a fork."""
PYPLOT = "matplotlib.pyplot"
BACKEND = re.compile(r"(?<!style)\.use\s*\(")
"""A notebook that chooses the backend of matplotlib: that is done at once, and may fail, where pyplot is imported already."""
STARTS = 2
"""How often a run is begun whose server ends under it."""


class ShadowedError(ServerProblem):
    """A notebook would import its own module where the server has imported a package."""


def warmth_of(launch: Launch, steps: Sequence[Step]) -> Warmth:
    """What a server must have ready for these steps."""
    variables = dict(launch.variables)
    if not all(Path(path).is_absolute() for path in variables.get("PYTHONPATH", "/").split(os.pathsep)):
        del variables["PYTHONPATH"]  # relative folders begin in that of the run: the child adds them
    return Warmth(launch.arguments[0], tuple(variables.items()), _packages("\n".join(step.source for step in steps)))


def _packages(text: str) -> tuple[str, ...]:
    r"""What is imported ahead of a program.

    >>> _packages("import numpy as np\nimport matplotlib, matplotlib.pyplot as plt\nfrom matplotlib.pyplot import plot")
    ('matplotlib.pyplot', 'numpy')
    >>> _packages("import matplotlib.pyplot as plt, os\nplt.matplotlib.use('agg')")
    ('matplotlib',)
    """
    found = set(PRELOADED.findall(text))
    if PYPLOT in found:
        found -= {PYPLOT, "matplotlib"}
        found.add("matplotlib" if BACKEND.search(text) else PYPLOT)
    return tuple(sorted(found))


def run(task: Task, warmth: Warmth) -> Observed:
    """Run the steps in a forked kernel; Ctrl-C ends the run, and what ran so far is kept.

    Raises:
        ServerProblem: the server could not be started, or ended each time before the run did.
    """
    problem = ServerProblem("the fork server ended before the run did")
    for _ in range(STARTS):
        attempt = _Attempt(task, warmth)
        try:
            attempt.run()
        except ShadowedError:
            raise
        except ServerProblem as error:
            problem = error
            continue
        failure = attempt.observed.failure
        if failure is not None and failure.kind is FailureKind.KERNEL_NOT_STARTED:
            raise ServerProblem(f"no kernel could be forked: {failure.message}")
        if not attempt.is_lost:
            return attempt.observed
    raise problem


class _Attempt:
    """One attempt at a task."""

    def __init__(self, task: Task, warmth: Warmth) -> None:
        self.observed = Observed()
        self._task = task
        self._warmth = warmth
        self._kernel: ForkedKernel | None = None

    @property
    def is_lost(self) -> bool:
        """Whether the server ended before the kernel."""
        return self._kernel is not None and self._kernel.is_lost

    def run(self) -> None:
        try:
            with ExitStack() as stack:
                observe(self._task, self.observed, stack, self._start)
        except KeyboardInterrupt:
            self.observed.failure = self.observed.failure or failures.interrupted(None)

    def _start(self, private: Room) -> RunningKernel:
        server = server_for(self._warmth)
        with os.scandir(self._task.folder) as entries:
            shadowed = server.modules & {entry.name.partition(".")[0] for entry in entries}
        if shadowed:
            raise ShadowedError(f"the folder holds what was imported ahead from elsewhere: {', '.join(sorted(shadowed))}")
        self._kernel = ForkedKernel(server, self._task.launch.variables, private, self._task.folder)
        return self._kernel
