"""Notebooks that go wrong: what stops them, what is kept, what is told, and that nothing stays behind."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from execution.runs import evidence, run, text, until
from harness import code

from nbrepro.execution import Event, Limits, Progress, Runner, current
from nbrepro.model import Execution, FailureKind, StepStatus

pytestmark = pytest.mark.slow

COMPLETED, TIMED_OUT, INTERRUPTED, NOT_RUN = StepStatus.COMPLETED, StepStatus.TIMED_OUT, StepStatus.INTERRUPTED, StepStatus.NOT_RUN
IGNORES_EVERYTHING = """\
import os, signal, time
print('before', flush=True)
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
while True:
    time.sleep(0.1)
"""

LEAVES_ITS_PARENTS = """\
import os
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp('sleep', ['sleep', '1000'])
    os._exit(0)
"""


def kind(execution: Execution) -> FailureKind | None:
    return execution.failure.kind if execution.failure else None


def statuses(execution: Execution) -> list[StepStatus]:
    return [step.status for step in execution.steps]


@pytest.mark.parametrize(("keep_going", "last"), [(False, NOT_RUN), (True, COMPLETED)])
def test_a_step_beyond_its_time_is_interrupted(folder: Path, keep_going: bool, last: StepStatus) -> None:
    execution = run(
        folder,
        code("x = 1"),
        code("import time; print('before', flush=True); time.sleep(1000)"),
        code("x"),
        limits=Limits(step_seconds=2),
        keep_going=keep_going,
    )
    assert kind(execution) is FailureKind.STEP_TIMED_OUT
    assert statuses(execution) == [COMPLETED, TIMED_OUT, last]
    assert text(execution.steps[1]) == "before\n"
    assert evidence(execution) == {"limit": "2 seconds", "kernel": "stopped when it was interrupted"}


def test_a_step_that_ignores_the_interrupt_is_killed(folder: Path) -> None:
    execution = run(folder, code(IGNORES_EVERYTHING), code("2"), limits=Limits(step_seconds=2), keep_going=True)
    assert kind(execution) is FailureKind.STEP_TIMED_OUT
    assert statuses(execution) == [TIMED_OUT, NOT_RUN]
    assert text(execution.steps[0]) == "before\n"
    assert evidence(execution)["kernel"] == "did not stop when it was interrupted, and was killed"


def test_a_notebook_beyond_its_time_stops_even_if_it_should_go_on(folder: Path) -> None:
    execution = run(
        folder, *[code("import time; time.sleep(0.8)")] * 9, limits=Limits(step_seconds=None, notebook_seconds=2), keep_going=True
    )
    assert kind(execution) is FailureKind.NOTEBOOK_TIMED_OUT
    assert execution.failure is not None
    assert execution.failure.step is not None
    assert statuses(execution)[0] is COMPLETED
    assert statuses(execution)[execution.failure.step] is TIMED_OUT
    assert statuses(execution)[-1] is NOT_RUN


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("os._exit(3)", {"exit status": "3"}),
        ("os.kill(os.getpid(), signal.SIGKILL)", {"exit status": "-9", "signal": "SIGKILL"}),
        ("os.kill(os.getpid(), signal.SIGSEGV)", {"exit status": "-11", "signal": "SIGSEGV"}),
    ],
)
def test_a_kernel_that_dies(folder: Path, source: str, told: dict[str, str]) -> None:
    execution = run(
        folder,
        code("import os, signal, sys, time"),
        code(f"print('before'); sys.stdout.flush(); time.sleep(0.2); {source}"),
        code("3"),
        keep_going=True,
    )
    assert kind(execution) is FailureKind.KERNEL_DIED
    assert statuses(execution) == [COMPLETED, INTERRUPTED, NOT_RUN]
    assert text(execution.steps[1]) == "before\n"
    assert told.items() <= evidence(execution).items()


@pytest.mark.parametrize("runner", [Runner.KERNEL, Runner.FORK])
@pytest.mark.parametrize("source", ["os._exit(3)", "os.kill(os.getpid(), 9)", "ctypes.string_at(0)"])
def test_a_cell_that_kills_its_kernel_has_its_number(folder: Path, source: str, runner: Runner) -> None:
    execution = run(
        folder, code("import ctypes, os"), code("1 / 0"), code("# nothing"), code(source), code("4"), keep_going=True, runner=runner
    )
    assert kind(execution) is FailureKind.KERNEL_DIED
    assert [step.execution_count for step in execution.steps] == [1, 2, 3, 4, None]


@pytest.mark.parametrize("runner", [Runner.KERNEL, Runner.FORK])
def test_a_cell_that_finds_its_kernel_dead_has_no_number(folder: Path, runner: Runner) -> None:
    execution = run(folder, code("exit()"), code("2"), runner=runner)
    assert [step.execution_count for step in execution.steps] == [1, None]


@pytest.mark.parametrize("ending", ["exit()", "quit()", "get_ipython().ask_exit()"])
def test_a_kernel_that_a_cell_tells_to_end_runs_no_further_cell(folder: Path, ending: str) -> None:
    execution = run(folder, code(f"print('before'); {ending}"), code("print('after')"), code("3"))
    assert kind(execution) is FailureKind.KERNEL_DIED
    assert statuses(execution) == [COMPLETED, INTERRUPTED, NOT_RUN]
    assert text(execution.steps[0]) == "before\n"
    assert evidence(execution)["exit status"] == "0"
    assert "cell 1 told the kernel to end, as exit() does" in execution.deviations


def test_a_last_cell_may_tell_the_kernel_to_end(folder: Path) -> None:
    execution = run(folder, code("1"), code("print('end'); exit()"))
    assert execution.failure is None
    assert text(execution.steps[1]) == "end\n"


def test_memory_of_the_kernel_with_its_children_is_limited(folder: Path) -> None:
    allocates = "import time; block = bytearray(300_000_000); print('allocated', flush=True); time.sleep(1000)"
    execution = run(
        folder,
        code(f"import subprocess, sys\nprint('before', flush=True)\nsubprocess.run([sys.executable, '-c', {allocates!r}])"),
        limits=Limits(memory_bytes=300_000_000),
    )
    assert kind(execution) is FailureKind.OUT_OF_MEMORY
    assert text(execution.steps[0]).startswith("before\n")
    assert evidence(execution)["limit"] == "300000000 bytes"
    assert int(evidence(execution)["observed"].split()[0]) > 300_000_000


def test_a_notebook_below_its_memory_limit_is_left_alone(folder: Path) -> None:
    execution = run(folder, code("import time; block = bytearray(50_000_000); time.sleep(0.5)"), limits=Limits(memory_bytes=1_000_000_000))
    assert execution.failure is None


def test_output_is_cut_and_the_cut_recorded(folder: Path) -> None:
    execution = run(
        folder,
        code("print('x' * 5_000); print('y')"),
        code("'small'"),
        code("from IPython.display import display\nfor _ in range(100):\n    display('z' * 1_000)\n1/0"),
        limits=Limits(output_bytes=2_000),
    )
    cut, small, many = execution.steps
    assert len(text(cut)) == 2_000 - 100
    assert cut.cut_bytes == 5_001 + 2 - len(text(cut))
    assert (small.cut_bytes, len(small.outputs)) == (0, 1)
    assert [type(output).__name__ for output in many.outputs] == ["Display", "ErrorOutput"]
    assert many.cut_bytes > 99_000


def test_a_cell_that_prints_for_ever_as_fast_as_it_can(folder: Path) -> None:
    before = psutil.Process().memory_info().rss
    execution = run(folder, code("while True:\n    print('x' * 100_000)"), limits=Limits(step_seconds=4, output_bytes=1_000_000))
    assert kind(execution) is FailureKind.STEP_TIMED_OUT
    assert len(text(execution.steps[0])) <= 1_000_000
    assert psutil.Process().memory_info().rss - before < 500_000_000


def test_a_kernel_survives_a_cell_that_prints_for_ever(folder: Path) -> None:
    execution = run(
        folder,
        code("import time\nwhile True:\n    print('x' * 100_000)\n    time.sleep(0.01)"),
        code("'still alive'"),
        limits=Limits(step_seconds=4, output_bytes=1_000_000),
        keep_going=True,
    )
    assert kind(execution) is FailureKind.STEP_TIMED_OUT
    assert statuses(execution) == [TIMED_OUT, COMPLETED]
    assert len(text(execution.steps[0])) <= 1_000_000
    assert execution.steps[0].cut_bytes > 1_000_000


def test_children_of_the_kernel_end_with_it(folder: Path) -> None:
    ignores = f"import os; os.setsid(); {IGNORES_EVERYTHING.replace(chr(10), ';', 1)}"
    execution = run(
        folder,
        code("import subprocess, sys\nsubprocess.Popen(['sleep', '1000'])\nsubprocess.Popen(['sleep', '1000'], start_new_session=True);"),
        code(f"subprocess.Popen([sys.executable, '-c', {ignores!r}]);"),
        code(LEAVES_ITS_PARENTS),
        code("import time; time.sleep(0.5)"),
    )
    assert execution.failure is None, execution.failure
    # The fixture `folder` looks whether any of them still runs.


def python(folder: Path, name: str, script: str) -> Path:
    """A program that a kernel is started with in place of a Python."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_kernel_that_ends_at_once(folder: Path) -> None:
    broken = replace(current(), python=python(folder, "broken", "echo 'no module named zmq' >&2; exit 4"))
    execution = run(folder, code("1"), environment=broken)
    assert kind(execution) is FailureKind.KERNEL_NOT_STARTED
    assert evidence(execution) == {"exit status": "4", "last words": "no module named zmq"}
    assert statuses(execution) == [NOT_RUN]


def test_a_kernel_that_never_answers(folder: Path) -> None:
    silent = replace(current(), python=python(folder, "silent", "echo waiting; trap '' INT TERM; while true; do sleep 1; done"))
    execution = run(folder, code("1"), environment=silent, limits=Limits(startup_seconds=1))
    assert kind(execution) is FailureKind.KERNEL_NOT_STARTED
    assert evidence(execution) == {"startup limit": "1 seconds", "last words": "waiting"}


def test_a_kernel_that_cannot_be_started_at_all(folder: Path) -> None:
    execution = run(folder, code("1"), environment=replace(current(), python=folder / "absent"))
    assert kind(execution) is FailureKind.KERNEL_NOT_STARTED
    assert evidence(execution)["command"] == str(folder / "absent")


def test_control_c_keeps_what_ran(folder: Path) -> None:
    def press(progress: Progress) -> None:
        if progress.event is Event.STEP_STARTED and progress.index == 1:
            threading.Thread(target=lambda: (until((folder / "begun").exists), os.kill(os.getpid(), signal.SIGINT))).start()

    execution = run(
        folder,
        code("'first'"),
        code("import pathlib, time; print('before', flush=True); time.sleep(0.3); pathlib.Path('begun').touch(); time.sleep(1000)"),
        code("'never'"),
        on_progress=press,
    )
    assert kind(execution) is FailureKind.INTERRUPTED
    assert statuses(execution) == [COMPLETED, INTERRUPTED, NOT_RUN]
    assert text(execution.steps[1]) == "before\n"


def test_control_c_while_the_kernel_starts(folder: Path) -> None:
    silent = replace(current(), python=python(folder, "silent", "touch begun; while true; do sleep 1; done"))
    pressing = threading.Thread(target=lambda: (until((folder / "begun").exists), os.kill(os.getpid(), signal.SIGINT)))
    pressing.start()
    execution = run(folder, code("1"), environment=silent)
    pressing.join()
    assert kind(execution) is FailureKind.INTERRUPTED
    assert statuses(execution) == [NOT_RUN]


def test_a_run_in_another_thread_can_be_stopped(folder: Path) -> None:
    stop = threading.Event()
    results: list[Execution] = []
    thread = threading.Thread(target=lambda: results.append(run(folder, code(IGNORES_EVERYTHING), stop=stop)))
    thread.start()
    time.sleep(3)
    stop.set()
    thread.join(timeout=60)
    assert kind(results[0]) is FailureKind.INTERRUPTED


STARTS_MANY = """\
import multiprocessing, pathlib, subprocess, tempfile, time
tempfile.mkstemp()
pool = multiprocessing.get_context('fork').Pool(2)
pool.map(abs, [-1, 1])
subprocess.Popen(['sleep', '1000'], start_new_session=True)
subprocess.Popen(['sleep', '1000'], start_new_session=True, env={})
pathlib.Path('begun').touch()
time.sleep(1000)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="processes without a parent are found by what Linux tells of them")
@pytest.mark.parametrize(
    ("source", "isolate"), [("open('begun', 'w'); import time; time.sleep(1000)", False), (STARTS_MANY, False), (STARTS_MANY, True)]
)
def test_a_runner_that_is_killed_leaves_nothing(folder: Path, tmp_path: Path, source: str, isolate: bool) -> None:
    import subprocess

    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); from execution.runs import run; from harness import code; from pathlib import Path\n"
        f"run(Path(sys.argv[2]), code({source!r}), isolate={isolate})"
    )
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    variables = {**os.environ, "TMPDIR": str(temporary)}
    runner = subprocess.Popen([sys.executable, "-c", script, str(Path(__file__).parent.parent), str(folder)], env=variables)
    assert until(lambda: any(tmp_path.rglob("begun")), 60)
    runner.kill()
    runner.wait()
    from execution.runs import processes_in

    assert until(lambda: processes_in(tmp_path) == [])
    assert until(lambda: list(temporary.iterdir()) == [])
