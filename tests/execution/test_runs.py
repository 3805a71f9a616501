"""Notebooks on real kernels: what a run shows where nothing goes wrong beyond an error in a cell."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from execution.runs import evidence, run, shown, text
from harness import PYTHON, Example, code, error, markdown, result

from nbrepro.errors import RequestError
from nbrepro.execution import Event, Order, Progress, current, execute
from nbrepro.model import Display, ErrorOutput, FailureKind, Origin, StepStatus, Stream
from nbrepro.notebooks import read

COMPLETED, FAILED, NOT_RUN = StepStatus.COMPLETED, StepStatus.FAILED, StepStatus.NOT_RUN


def test_every_kind_of_output(folder: Path) -> None:
    execution = run(
        folder,
        markdown("# Title"),
        code("import sys; print('a', end=''); print('b'); print('c', file=sys.stderr); 1 + 1", count=7),
        code("from IPython.display import HTML, display; display(HTML('<b>x</b>'), metadata={'text/html': {'isolated': True}})"),
        code("   \n"),
        code("!echo from the shell"),
    )
    assert execution.failure is None
    assert execution.origin is Origin.RERUN
    assert [step.index for step in execution.steps] == [1, 2, 3, 4]
    assert [step.status for step in execution.steps] == [COMPLETED] * 4
    assert [step.execution_count for step in execution.steps] == [1, 2, None, 3]
    first, second, empty, shell = execution.steps
    assert text(first) == "ab\n"
    assert text(first, "stderr") == "c\n"
    assert first.outputs[-1] == Display({"text/plain": "2"}, {}, is_result=True, execution_count=1)
    assert second.outputs == (
        Display({"text/plain": "<IPython.core.display.HTML object>", "text/html": "<b>x</b>"}, {"text/html": {"isolated": True}}),
    )
    assert empty.outputs == ()
    assert text(shell).strip() == "from the shell"
    assert execution.environment == str(current())
    assert execution.runner == "kernel"


def test_displays_are_updated_and_cleared_as_on_a_page(folder: Path) -> None:
    execution = run(
        folder,
        code("from IPython.display import clear_output, display\nhandle = display('one', display_id=True)"),
        code("print('gone'); clear_output(wait=True); print('kept'); handle.update('two')"),
        code("print('gone'); clear_output()"),
    )
    assert shown(execution.steps[0]) == ["'two'"]
    assert execution.steps[1].outputs == (Stream("stdout", "kept\n"),)
    assert execution.steps[2].outputs == ()


def test_an_output_widget_takes_what_is_printed_inside(folder: Path) -> None:
    execution = run(
        folder,
        code("import ipywidgets\nwidget = ipywidgets.Output()\nwith widget:\n    print('inside')\nprint('outside')"),
        code("[output['text'] for output in widget.outputs]"),
    )
    assert text(execution.steps[0]) == "outside\n"
    assert shown(execution.steps[1]) == ["['inside\\n']"]


@pytest.mark.parametrize(
    ("keep_going", "last", "ran"),
    [(False, NOT_RUN, 2), (True, COMPLETED, 3)],
)
def test_an_error_stops_the_notebook_unless_it_should_go_on(folder: Path, keep_going: bool, last: StepStatus, ran: int) -> None:
    execution = run(
        folder, code("1", count=1), code("print('before'); {}['key']", count=2), code("3", result("3"), count=3), keep_going=keep_going
    )
    assert [step.status for step in execution.steps] == [COMPLETED, FAILED, last]
    assert execution.ran == ran
    assert execution.failure is not None
    assert (execution.failure.kind, execution.failure.step) == (FailureKind.STEP_ERROR, 1)
    assert execution.failure.message == "KeyError: 'key'"
    printed, raised = execution.steps[1].outputs
    assert printed == Stream("stdout", "before\n")
    assert isinstance(raised, ErrorOutput)
    assert (raised.name, raised.value) == ("KeyError", "'key'")
    assert bool(execution.steps[2].outputs) == keep_going


def test_expected_errors_are_no_failure(folder: Path) -> None:
    execution = run(
        folder,
        code("1/0", tags=["raises-exception"]),
        code("raise KeyError", error("ValueError", "another one"), count=1),
        code("'end'"),
    )
    assert execution.failure is None
    assert [step.status for step in execution.steps] == [FAILED, FAILED, COMPLETED]


def test_of_several_failures_the_first_is_told(folder: Path) -> None:
    execution = run(folder, code("1/0"), code("{}['key']"), keep_going=True)
    assert execution.failure is not None
    assert (execution.failure.step, evidence(execution)) == (0, {"error": "ZeroDivisionError"})


def test_an_error_without_a_message_is_told_by_its_name(folder: Path) -> None:
    execution = run(folder, code("assert False"))
    assert execution.failure is not None
    assert execution.failure.message == "AssertionError"


def test_saved_order(folder: Path) -> None:
    execution = run(
        folder, code("x = x + 1; x", count=2), code("x = 10", count=1), code("never", count=None), code("x * 2", count=3), order=Order.SAVED
    )
    assert execution.failure is None
    assert [step.status for step in execution.steps] == [COMPLETED, COMPLETED, NOT_RUN, COMPLETED]
    assert [shown(step) for step in execution.steps] == [["11"], [], [], ["22"]]
    assert execution.deviations[0] == "not run, for want of a saved execution count: cell 3"


def test_input_raises_instead_of_waiting(folder: Path) -> None:
    execution = run(folder, code("input('name? ')"))
    assert evidence(execution) == {"error": "StdinNotImplementedError"}


def test_a_run_shows_nothing_of_its_caller(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("JPY_SESSION_NAME", "COLUMNS", "PYTEST_ADDOPTS"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("MPLBACKEND", "module://caller.backend")
    monkeypatch.setenv("PLAIN", "kept")
    names = ["JPY_SESSION_NAME", "COLUMNS", "PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST", "PLAIN"]
    execution = run(
        folder,
        code(f"import os; [os.environ.get(name) for name in {names}]"),
        code("os.environ['MPLBACKEND'] == 'module://caller.backend'"),
        code("os.getcwd()"),
        code("import tempfile; tempfile.gettempdir(), get_ipython().ipython_dir"),
    )
    variables, backend, directory, private = (shown(step)[0] for step in execution.steps)
    assert variables == "[None, None, None, None, 'kept']"
    assert backend == "False"
    assert directory == repr(str(folder))
    # Under a long temporary folder the room lies elsewhere: the names of its sockets would be too long.
    assert private.count("/nbrepro-") == 2


def test_the_working_directory_can_be_another_one(folder: Path) -> None:
    (folder / "below").mkdir()
    execution = run(folder, code("import os; os.path.basename(os.getcwd())"), working_directory=folder / "below")
    assert shown(execution.steps[0]) == ["'below'"]
    with pytest.raises(RequestError, match="no such folder"):
        run(folder, code("1"), working_directory=folder / "absent")


def test_another_version_of_the_language_is_a_deviation(folder: Path) -> None:
    old = {**PYTHON, "language_info": {"name": "python", "version": "3.6.8"}}
    same = {**PYTHON, "language_info": {"name": "python", "version": current().version}}
    assert run(folder, code("1"), metadata=old).deviations == (
        f"the notebook was saved with Python 3.6.8 and run with Python {current().version}",
    )
    assert run(folder, code("1"), metadata=same).deviations == ()


def test_progress_is_told_in_order(folder: Path) -> None:
    told: list[Progress] = []
    run(folder, code("1"), markdown("text"), code("1/0"), code("3"), on_progress=told.append)
    assert [(each.event, each.position, each.total, each.index, each.status) for each in told] == [
        (Event.KERNEL_STARTED, 0, 3, None, None),
        (Event.STEP_STARTED, 1, 3, 0, None),
        (Event.STEP_FINISHED, 1, 3, 0, COMPLETED),
        (Event.STEP_STARTED, 2, 3, 2, None),
        (Event.STEP_FINISHED, 2, 3, 2, FAILED),
    ]


def test_an_error_of_the_listener_ends_the_kernel_and_is_passed_on(folder: Path) -> None:
    def listener(progress: Progress) -> None:
        raise LookupError(progress.event)

    with pytest.raises(LookupError):
        run(folder, code("1"), on_progress=listener)


def test_the_document_is_not_changed(folder: Path) -> None:
    path = Example([code("print(1)"), code("2", result("3"), count=9)]).write(folder)
    document = read(path)
    before = path.read_bytes(), document.saved_execution()
    execute(document)
    assert (path.read_bytes(), document.saved_execution()) == before


def test_several_threads_at_a_time(folder: Path) -> None:
    def number(value: int) -> str:
        place = folder / str(value)
        place.mkdir()
        return shown(run(place, code(f"x = {value}"), code("import os; x, os.path.basename(os.getcwd())")).steps[1])[0]

    before = set(threading.enumerate())
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(number, range(6))) == [f"({value}, '{value}')" for value in range(6)]
    assert set(threading.enumerate()) <= before


def test_inside_a_running_event_loop(folder: Path) -> None:
    async def call() -> list[str]:
        return shown(run(folder, code("'in a loop'")).steps[0])

    assert asyncio.run(call()) == ["'in a loop'"]


def test_the_end_of_the_kernel_is_graceful(folder: Path) -> None:
    run(folder, code("import atexit, pathlib; atexit.register(lambda: pathlib.Path('said-goodbye').touch());"))
    assert (folder / "said-goodbye").exists()


def test_a_missing_kernel_package_is_told_with_its_remedy(folder: Path) -> None:
    bare = replace(current(), has_kernel=False)
    execution = run(folder, code("1"), environment=bare)
    assert execution.failure is not None
    assert execution.failure.kind is FailureKind.KERNEL_NOT_FOUND
    assert evidence(execution)["install with"] == f"{bare.python} -m pip install ipykernel"
    assert [step.status for step in execution.steps] == [NOT_RUN]


def test_a_kernel_of_another_language_that_is_absent(folder: Path) -> None:
    fortran = {"kernelspec": {"name": "fortran-77", "display_name": "Fortran"}, "language_info": {"name": "fortran"}}
    execution = run(folder, code("END"), metadata=fortran)
    assert execution.failure is not None
    assert execution.failure.kind is FailureKind.KERNEL_NOT_FOUND
    assert evidence(execution)["kernel"] == "fortran-77"
    assert "installed kernels" in evidence(execution)


def test_an_error_in_a_cell_that_its_author_never_ran_does_not_end_the_run(folder: Path) -> None:
    exercise, after = code("while ...:"), code("'after'", result("'after'"), count=2)
    execution = run(folder, code("1", result("1"), count=1), exercise, after)
    assert execution.failure is None
    assert [step.status for step in execution.steps] == [COMPLETED, FAILED, COMPLETED]
    assert any("cell 2, which was never run" in deviation for deviation in execution.deviations)


def test_in_a_notebook_that_was_cleared_errors_are_errors(folder: Path) -> None:
    execution = run(folder, code("1 / 0"), code("2"))
    assert execution.failure is not None
    assert execution.failure.kind is FailureKind.STEP_ERROR
