"""What a runner is asked, and what it answers: a runner of another kind takes the same task and gives the same answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from nbrepro.execution.launches import Launch
from nbrepro.execution.limits import Limits
from nbrepro.execution.progress import Progress
from nbrepro.model import Failure, Output, Step, Widget

if TYPE_CHECKING:
    from nbrepro.execution.outputs import Pile


@dataclass(frozen=True, slots=True)
class Task:
    """Steps to be run on one kernel."""

    steps: tuple[Step, ...]
    """As saved, in the order of running."""
    expected_errors: frozenset[int]
    """Indices of the steps whose error is no failure."""
    launch: Launch
    folder: Path
    """The folder in which the kernel starts."""
    limits: Limits
    keep_going: bool
    on_progress: Callable[[Progress], None]
    stop: threading.Event
    """Ends the run when it is set."""
    on_output: Callable[[int, Output, Pile], None] | None = None
    """Is told of whatever a step puts out, as it comes: the step's index, the new part, and all that there is by now."""


@dataclass(slots=True)
class Observed:
    """What a run has shown so far: filled while it goes on, so that nothing is lost where it is cut off."""

    steps: Mapping[int, Step] = field(default_factory=dict)
    """The steps that have begun, by index."""
    failure: Failure | None = None
    deviations: tuple[str, ...] = ()
    language_version: str = ""
    """As the kernel says it, such as `3.11.7`; empty where it did not start."""
    widgets: Mapping[str, Widget] = field(default_factory=dict)
