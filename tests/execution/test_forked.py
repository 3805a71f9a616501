"""Forked kernels: the outputs of started ones, and nothing left behind, whatever dies."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import sysconfig
import textwrap
import threading
import venv
from pathlib import Path
from typing import Any

import psutil
import pytest
from execution.forked_notebooks import NOTEBOOKS
from execution.runs import evidence, processes_in, run, shown, text, until
from harness import Example, code
from uv import find_uv_bin

from nbrepro.execution import Limits, Runner, at
from nbrepro.execution.fork_safety import reasons_against_fork
from nbrepro.execution.forked_servers import ServerProblem, Warmth, _servers, close_servers, server_for
from nbrepro.execution.launches import Launch
from nbrepro.execution.runners import impossible
from nbrepro.model import Execution, FailureKind, Step, StepStatus

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forked kernels need Linux")
TRIES = 2
"""How often a started and a forked kernel may disagree by chance."""


def observed(execution: Execution) -> list[tuple[Any, ...]]:
    """What a notebook has shown, without what differs between any two processes."""
    return [(step.index, step.status, step.execution_count, _masked(step)) for step in execution.steps]


def _masked(step: Step) -> str:
    masked = re.sub(r"0x[0-9a-f]+", "ADDRESS", repr(step.outputs))
    return re.sub(r"ipykernel_\d+|nbrepro-\w+", "PROCESS", masked)


def forked(folder: Path, *cells: str, **options: Any) -> Execution:
    """Run cells in a forked kernel."""
    execution = run(folder, *map(code, cells), runner=Runner.FORK, **options)
    assert execution.runner == "fork", execution.notes
    return execution


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_outputs_are_those_of_a_started_kernel(folder: Path, name: str) -> None:
    cells = NOTEBOOKS[name]

    def pair() -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
        expected = run(folder, *map(code, cells), keep_going=True)
        return observed(forked(folder, *cells, keep_going=True)), observed(expected)

    # Under load each hundredth started kernel shows its two streams in another order, or one in two parts.
    pairs = (pair() for _ in range(TRIES))
    found, expected = next((both for both in pairs if both[0] == both[1]), None) or pair()
    assert found == expected


@pytest.mark.network
@pytest.mark.slow
def test_outputs_are_those_of_a_started_kernel_of_ipykernel_6(folder: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", symlinks=True)
    python = tmp_path / "env" / "bin" / "python"
    subprocess.run([find_uv_bin(), "pip", "install", "-q", "--python", str(python), "ipykernel==6.29.5"], check=True)
    cells = (
        "import asyncio, threading, time\ntask = asyncio.ensure_future(asyncio.sleep(0)); task.get_name()",
        "task = asyncio.ensure_future(asyncio.sleep(0)); task.get_name()",
        "def late():\n    time.sleep(0.5); print('of the first cell')\nthreading.Thread(target=late).start()",
        "time.sleep(1.0); print('next cell')",
    )
    expected = run(folder, *map(code, cells), environment=at(python))
    assert text(expected.steps[2]) == "of the first cell\n"
    assert observed(forked(folder, *cells, environment=at(python))) == observed(expected)


def test_siblings_share_nothing(folder: Path) -> None:
    probe = (
        "import os, random, sys, tempfile, warnings\nimport numpy as np\nimport pandas as pd\nimport matplotlib",
        "random.random(), np.random.rand(), np.random.default_rng().random(), os.urandom(4), os.getpid(), tempfile.gettempdir()",
        "os.environ.get('LEFT'), os.path.basename(os.getcwd()), '/left' in sys.path, 'left' in globals(), hasattr(np, 'left')",
        "pd.get_option('display.max_rows'), matplotlib.rcParams['lines.linewidth']",
        "os.environ['LEFT'] = '1'; os.chdir('/'); sys.path.append('/left'); left = 1; np.left = 1",
        "pd.set_option('display.max_rows', 3); matplotlib.rcParams['lines.linewidth'] = 9",
    )
    first, second = forked(folder, *probe), forked(folder, *probe)
    assert [shown(step) for step in first.steps[2:4]] == [shown(step) for step in second.steps[2:4]]
    drawn = [shown(execution.steps[1])[0].strip("()").split(", ") for execution in (first, second)]
    assert all(one != other for one, other in zip(*drawn, strict=True))


@pytest.mark.parametrize(("ending", "status"), [("os.kill(os.getpid(), 9)", "-9"), ("os._exit(3)", "3"), ("ctypes.string_at(0)", "-11")])
def test_a_child_that_dies_is_a_dead_kernel(folder: Path, ending: str, status: str) -> None:
    execution = forked(folder, "print('before')", f"print('in', flush=True); import ctypes, os; {ending}", "print('never')")
    assert execution.failure is not None
    assert execution.failure.kind is FailureKind.KERNEL_DIED
    assert evidence(execution)["exit status"] == status
    assert [step.status for step in execution.steps] == [StepStatus.COMPLETED, StepStatus.INTERRUPTED, StepStatus.NOT_RUN]
    assert [text(step) for step in execution.steps] == ["before\n", "in\n", ""]


def test_a_child_that_a_cell_tells_to_end_runs_no_further_cell(folder: Path) -> None:
    execution = forked(folder, "print('before'); exit()", "print('never')")
    assert execution.failure is not None
    assert execution.failure.kind is FailureKind.KERNEL_DIED
    assert [step.status for step in execution.steps] == [StepStatus.COMPLETED, StepStatus.INTERRUPTED]
    assert [text(step) for step in execution.steps] == ["before\n", ""]


def test_a_server_that_dies_costs_a_restart(folder: Path) -> None:
    mark = folder / "begun"
    cells = (
        f"import os, time\nbegun = os.path.exists({str(mark)!r})\nopen({str(mark)!r}, 'w').close()\ntime.sleep(0 if begun else 60)",
        "6 * 7",
    )
    forked(folder, "1")  # so that there is a server

    def kill_server() -> None:
        until(mark.exists)
        for server in _servers.values():
            os.kill(server.pid, signal.SIGKILL)

    killer = threading.Thread(target=kill_server)
    killer.start()
    execution = forked(folder, *cells)
    killer.join()
    assert execution.failure is None
    assert shown(execution.steps[1]) == ["42"]


def test_a_server_that_always_dies_is_replaced_by_a_started_kernel(folder: Path) -> None:
    execution = run(
        folder,
        code("import os, signal\nos.getppid() == int(os.environ['JPY_PARENT_PID']) or os.kill(os.getppid(), 9)\n'alive'"),
        runner=Runner.FORK,
    )
    assert execution.runner == "kernel"
    assert "server" in execution.notes[0]
    assert shown(execution.steps[0]) == ["'alive'"]


CLIENT = """
import sys, tempfile
from pathlib import Path
from nbrepro.execution import Runner, execute
from nbrepro.notebooks import read
tempfile.tempdir = sys.argv[2]
execute(read(Path(sys.argv[1])), runner=Runner.FORK)
"""


def test_a_client_that_dies_leaves_nothing(folder: Path) -> None:
    temporary = folder.parent / "t"
    source = f"""
        import os, subprocess, tempfile, time
        tempfile.mkstemp()
        subprocess.Popen(['sleep', '600'], start_new_session=True)
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(600)
            os._exit(0)
        open({str(folder / "begun")!r}, 'w').close()
        time.sleep(600)
    """
    notebook = Example(cells=[code(textwrap.dedent(source))]).write(folder)
    client = subprocess.Popen([sys.executable, "-c", CLIENT, str(notebook), str(temporary)])
    assert until((folder / "begun").exists, 60)
    below = psutil.Process(client.pid).children(recursive=True)
    assert len(below) >= 3
    client.kill()
    client.wait()
    assert until(lambda: not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in below))
    assert until(lambda: processes_in(folder) == [])
    assert until(lambda: list(temporary.iterdir()) == [])


ESCAPES = {
    "ignores SIGTERM": """\
import signal, subprocess
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen(['sh', '-c', 'trap "" TERM; sleep 600'])
""",
    "forks twice": """\
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.setsid()
        time.sleep(600)
    os._exit(0)
""",
    "clears its variables": """\
import subprocess
subprocess.Popen(['sh', '-c', 'setsid setsid sleep 600 & exit'], env={})
""",
    "forks without end": """\
import os, time
for _ in range(30):
    if os.fork() == 0:
        os.setsid()
        while True:
            if os.fork():
                os._exit(0)
            time.sleep(0.001)
""",
}


@pytest.mark.parametrize("escape", ESCAPES.values(), ids=ESCAPES)
def test_nothing_outlives_its_run(folder: Path, escape: str) -> None:
    execution = forked(folder, escape, "'done'")
    assert shown(execution.steps[1]) == ["'done'"]
    assert processes_in(folder) == []


def test_time_limit_interrupts_and_keeps_what_was_shown(folder: Path) -> None:
    execution = forked(folder, "import time\nprint('shown')\ntime.sleep(60)", "'next'", limits=Limits(step_seconds=1.0), keep_going=True)
    assert execution.failure is not None
    assert execution.failure.kind is FailureKind.STEP_TIMED_OUT
    assert evidence(execution)["kernel"] == "stopped when it was interrupted"
    assert text(execution.steps[0]) == "shown\n"
    assert shown(execution.steps[1]) == ["'next'"]


def test_stop_ends_a_run(folder: Path) -> None:
    stop = threading.Event()
    threading.Timer(1.0, stop.set).start()
    execution = forked(folder, "import time\nprint('shown', flush=True)\ntime.sleep(60)", stop=stop)
    assert execution.failure is not None
    assert execution.failure.kind is FailureKind.INTERRUPTED
    assert text(execution.steps[0]) == "shown\n"


def test_output_is_cut_at_its_limit(folder: Path) -> None:
    execution = forked(folder, "for _ in range(200):\n    print('x' * 100_000)", "'next'", limits=Limits(output_bytes=1_000_000))
    assert len(text(execution.steps[0])) <= 1_000_000
    assert execution.steps[0].cut_bytes >= 19_000_000
    assert shown(execution.steps[1]) == ["'next'"]


def test_memory_limit(folder: Path) -> None:
    execution = forked(folder, "import time\nheld = bytearray(600_000_000)\ntime.sleep(30)", limits=Limits(memory_bytes=400_000_000))
    assert execution.failure is not None
    assert execution.failure.kind is FailureKind.OUT_OF_MEMORY


def test_what_a_program_does_at_its_end_happens(folder: Path) -> None:
    forked(folder, "import atexit\nheld = open('held', 'w'); held.write('flushed')\natexit.register(lambda: open('ended', 'w').write('x'))")
    assert (folder / "held").read_text() == "flushed"
    assert (folder / "ended").exists()


def test_auto_starts_a_kernel_where_the_notebook_looks_at_the_interpreter(folder: Path) -> None:
    execution = run(folder, code("import sys\nlen(sys.modules) > 0"), runner=Runner.AUTO)
    assert execution.runner == "kernel"
    assert execution.notes == ("the notebook looks at the state of the interpreter (sys.modules)",)


@pytest.mark.parametrize(
    ("hazard", "harmless"),
    [
        ("int.__subclasses__()", "Base.__subclasses__()"),
        ("Exception.__subclasses__()", "MyExceptions.__subclasses__()"),
        ("dir(__builtins__)", "dir(builder)"),
        ("%precision 3", "precision = 3"),
        ("threading.Thread.__subclasses__()", "MyThread.__subclasses__()"),
        ("typing.Generic.__subclasses__()", "MyGeneric.__subclasses__()"),
        ("sys.stdout.fileno()", "fileno = 3"),
        ("open('/proc/self/status').read()", "open('/proc/cpuinfo').read()"),
        ("open('/proc/%d/status' % os.getpid())", "open('/proc/meminfo')"),
        ("open(f'/proc/{os.getpid()}/cmdline')", "os.listdir('/proc/')"),
        ("psutil.Process().num_threads()", "psutil.cpu_count()"),
        ("sys.settrace(show_calls)", "torch.jit.trace(model)"),
        ("cProfile.run('main()')", "profile = load()"),
        ("%prun main()", "prune(tree)"),
        ("kernel._trait_values", "kernel.trait_names()"),
        ("while frame: frame = frame.f_back", "fallback = frame"),
        ("traceback.walk_stack(None)", "traceback.print_exc()"),
        ("logging.warning('text', stack_info=True)", "logging.warning('stack_info')"),
        ("sys.path_importer_cache", "sys.path"),
        ("list(linecache.cache)", "linecache.getline('a.py', 1)"),
        ("copyreg.dispatch_table", "copyreg.pickle(Own, reduce)"),
        ("atexit._ncallbacks()", "atexit.register(end)"),
        ("io.StringIO.__subclasses__()", "io.StringIO()"),
        ("os.write(2, b'text')", "os.write(pipe, b'text')"),
        ("sys.__stderr__.write('text')", "sys.stderr.write('text')"),
        ("ctypes.CDLL(None).puts(b'text')", "ctypes.CDLL('./library.so')"),
        ("get_ipython().kernel.iopub_thread", "publisher_thread = 1"),
        ("pickle.dumps(sys.stdout)", "pickle.dump(model, file)"),
    ],
)
def test_what_shows_that_a_kernel_was_forked_is_known_from_the_text(hazard: str, harmless: str) -> None:
    assert reasons_against_fork([hazard], "python", "python3")
    assert not reasons_against_fork([harmless], "python", "python3")


def test_a_variable_that_python_sets_when_it_starts_is_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_CTYPE", raising=False)
    monkeypatch.setenv("LANG", "C")
    cells = ("import os\nos.environ['LC_CTYPE'], list(os.environ)", "!echo $LC_CTYPE")
    assert observed(forked(folder, *cells)) == observed(run(folder, *map(code, cells)))


def test_what_runs_before_the_first_cell_runs_for_each_notebook(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = folder.parent / "before.py"
    before.write_text("import os\nplace, number = os.getcwd(), os.getpid()\n")
    monkeypatch.setenv("PYTHONSTARTUP", str(before))
    cells = ("%who", "import os; place == os.getcwd(), number == os.getpid()")
    assert observed(forked(folder, *cells)) == observed(run(folder, *map(code, cells)))


def test_a_startup_file_of_the_environment_runs_for_each_notebook(folder: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", symlinks=True)
    (packages,) = tmp_path.glob("env/lib/python*/site-packages")
    (packages / "shared.pth").write_text(sysconfig.get_path("purelib"))
    startup = tmp_path / "env" / "etc" / "ipython" / "startup"
    startup.mkdir(parents=True)
    (startup / "first.py").write_text("import os\nplace, number = os.getcwd(), os.getpid()\n")
    cells = ("%who", "import os; place == os.getcwd(), number == os.getpid()")
    environment = at(tmp_path / "env" / "bin" / "python")
    assert observed(forked(folder, *cells, environment=environment)) == observed(run(folder, *map(code, cells), environment=environment))


def test_processes_that_are_started_find_the_modules_of_the_notebook(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text("import multiprocessing\n", encoding="utf-8")  # which notes its folder
    (folder / "work.py").write_text("def square(number): return number**2\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    cells = (
        "from multiprocessing import get_context\nimport work",
        "with get_context('spawn').Pool(1) as pool:\n    print(pool.map(work.square, [3]))",
    )
    execution = forked(folder, *cells, limits=Limits(step_seconds=60))
    assert text(execution.steps[1]) == "[9]\n"


def test_nothing_is_kept_of_servers_that_have_ended(folder: Path) -> None:
    forked(folder, "1")
    ended = next(iter(_servers.values()))
    os.kill(ended.pid, signal.SIGKILL)
    until(lambda: psutil.Process(ended.pid).status() == psutil.STATUS_ZOMBIE)
    with_numpy = forked(folder, "import numpy\n2")
    assert with_numpy.failure is None
    assert ended not in _servers.values()
    assert not psutil.pid_exists(ended.pid)


def test_servers_end_when_they_are_closed(folder: Path) -> None:
    forked(folder, "1")
    running = [psutil.Process(server.pid) for server in _servers.values()]
    assert running
    close_servers()
    assert not any(process.is_running() for process in running)


def test_a_server_that_ends_at_once_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbrepro.execution.forked_servers.START_SECONDS", 3.0)
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    with pytest.raises(ServerProblem, match="did not start: it ended at once"):
        server_for(Warmth(str(python), (), ()))


def test_a_python_in_which_no_server_runs_is_not_tried() -> None:
    def launch(version: str) -> Launch:
        return Launch(("python", "-m", "ipykernel_launcher"), {}, "ipc", "", python_version=version)

    assert impossible(launch("2.7.18")) == ("forked kernels need Python 3.6; this is 2.7.18",)
    assert impossible(launch("3.5.10")) == ("forked kernels need Python 3.6; this is 3.5.10",)
    assert [impossible(launch(version)) for version in ("3.6.15", "3.10.13", "")] == [()] * 3


def test_a_module_of_the_notebook_comes_before_one_that_was_imported_ahead(folder: Path) -> None:
    (folder / "pandas.py").write_text("here = True")
    execution = run(folder, code("import pandas\npandas.here"), runner=Runner.FORK)
    assert (execution.runner, shown(execution.steps[0])) == ("kernel", ["True"])
    assert execution.notes == ("the folder holds what was imported ahead from elsewhere: pandas",)


def test_binary_parts_of_messages_arrive(folder: Path) -> None:
    cell = "import ipywidgets\nipywidgets.Image(value=bytes(range(256)) * 1000, format='png')"
    held = [
        [sorted(data for _, data in widget.buffers) for widget in execution.widgets.values() if widget.buffers]
        for execution in (forked(folder, cell), run(folder, code(cell)))
    ]
    assert held[0]
    assert held[0] == held[1]
