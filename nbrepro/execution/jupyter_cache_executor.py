"""`jcache project execute --executor nbrepro`: jupyter-cache's notebooks, forked where this makes no difference."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from jupyter_cache.executors.basic import ExecutionWorkerLocalSerial, JupyterExecutorLocalSerial
from jupyter_cache.executors.utils import ExecutionResult

from nbrepro.execution.installed_kernels import task_for
from nbrepro.execution.limits import Limits
from nbrepro.execution.progress import Runner
from nbrepro.execution.runners import run
from nbrepro.notebooks import from_node
from nbrepro.notebooks.document import as_node
from nbrepro.notebooks.output_values import as_json


class Worker(ExecutionWorkerLocalSerial):  # type: ignore[misc] # jupyter-cache has no types
    """Runs one notebook in its own folder; its cells are changed in place."""

    @staticmethod
    def execute(project_nb: Any, data: Any) -> ExecutionResult:  # noqa: ANN401 - jupyter-cache's
        """Run a notebook of the project, under the limits that it names itself or else those of the call."""
        began, notebook, folder = time.monotonic(), project_nb.nb, Path(project_nb.uri).parent
        own = notebook.metadata.get("execution", {})
        seconds = own.get("timeout", data.timeout)
        limits = Limits(step_seconds=seconds if seconds and seconds > 0 else None, output_bytes=None)
        keep_going = own.get("allow_errors", data.allow_errors)
        document = from_node(notebook, project_nb.uri)
        task = task_for(document, document.kernel_name or "python3", folder, limits, keep_going=keep_going)
        observed, _, _ = run(task, Runner.AUTO, document.language)
        for index, step in observed.steps.items():
            notebook.cells[index].execution_count = step.execution_count
            notebook.cells[index].outputs = [as_node(as_json(output)) for output in step.outputs]
        failure = None if keep_going else observed.failure
        error = RuntimeError(failure.message) if failure else None
        return ExecutionResult(notebook, str(folder), time.monotonic() - began, error, failure.message if failure else None)


class Executor(JupyterExecutorLocalSerial):  # type: ignore[misc] # jupyter-cache has no types
    """Runs notebooks one after the other, each in the folder in which it stands."""

    _EXECUTION_WORKER = Worker
