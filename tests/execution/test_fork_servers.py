"""Servers of sets of packages: forked from the plain one, and as independent as one that was started."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from execution.runs import run, shown, until
from harness import Example, code

from nbrepro.execution import Runner
from nbrepro.execution.forked_servers import ForkServer, Warmth, _guard_of, _servers, await_start, close_servers, server_for
from nbrepro.execution.turns import Turns
from nbrepro.model import Execution

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forked kernels need Linux")

NUMPY = "import numpy\n"


@pytest.fixture(autouse=True)
def without_servers() -> Iterator[None]:
    close_servers()
    yield
    close_servers()


def forked(folder: Path, *cells: str) -> Execution:
    execution = run(folder, *map(code, cells), runner=Runner.FORK)
    assert execution.runner == "fork", execution.notes
    return execution


def server_with(*packages: str) -> ForkServer:
    return next(server for warmth, server in _servers.items() if warmth.packages == packages)


def is_over(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_set_of_packages_has_a_server_of_its_own_below_the_plain_one(folder: Path) -> None:
    execution = forked(folder, NUMPY + "import os, sys\nos.getppid(), os.getsid(0) == os.getpid(), os.environ['IPYTHONDIR']")
    plain, above = server_with(), server_with("numpy")
    assert psutil.Process(above.pid).ppid() == plain.pid
    assert os.getsid(above.pid) == os.getpgid(above.pid) == above.pid
    assert "numpy" in above.modules - plain.modules
    parent, leads, profile = re.split(r",\s+", shown(execution.steps[0])[0].strip("()"))
    assert (int(parent), leads) == (above.pid, "True")
    assert not Path(profile.strip("'")).exists()


def test_servers_of_several_sets_are_siblings_that_draw_different_numbers(folder: Path) -> None:
    draw = "import random, numpy\n(random.random(), numpy.random.rand())"
    executions = [forked(folder, imports + draw) for imports in ("", "", "import matplotlib\n", "import matplotlib\n")]
    drawn = [number for execution in executions for number in shown(execution.steps[0])[0].strip("()").split(", ")]
    assert len(set(drawn)) == len(drawn)
    parents = {psutil.Process(server.pid).ppid() for warmth, server in _servers.items() if warmth.packages}
    assert parents == {server_with().pid}
    assert len(_servers) == 3


@pytest.mark.slow
def test_the_end_of_the_plain_server_costs_its_sets_one_restart(folder: Path) -> None:
    mark = folder / "begun"
    cell = f"import numpy, os, time\nbegun = os.path.exists({str(mark)!r})\nopen({str(mark)!r}, 'w')\ntime.sleep(60 * (not begun))"
    ended: list[int] = []

    def kill() -> None:
        until(mark.exists)
        ended.extend(server.pid for server in (server_with(), server_with("numpy")))
        os.kill(ended[0], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    execution = forked(folder, cell, "6 * 7")
    killer.join()
    assert shown(execution.steps[1]) == ["42"]
    assert until(lambda: all(map(is_over, ended)))
    assert psutil.Process(server_with("numpy").pid).ppid() == server_with().pid


def test_a_plain_server_that_has_ended_is_replaced_when_a_set_wants_it(folder: Path) -> None:
    forked(folder, "1")
    plain = server_with().pid
    os.kill(plain, signal.SIGKILL)
    assert shown(forked(folder, NUMPY + "2").steps[0]) == ["2"]
    assert server_with().pid != plain


def test_the_end_of_a_set_leaves_the_plain_server(folder: Path) -> None:
    forked(folder, NUMPY + "1")
    plain, above = server_with().pid, server_with("numpy").pid
    os.kill(above, signal.SIGKILL)
    assert until(lambda: not psutil.pid_exists(above))  # the plain one has waited for it
    assert shown(forked(folder, NUMPY + "2").steps[0]) == ["2"]
    assert server_with().pid == plain


@pytest.mark.slow
def test_idle_servers_end_by_themselves_the_plain_one_last(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbrepro.execution.forked_servers.IDLE_SECONDS", 1.0)
    forked(folder, "import time, numpy\ntime.sleep(3)")
    plain, above = server_with(), server_with("numpy")
    assert plain.is_running
    assert until(lambda: not above.is_running)
    assert plain.is_running
    assert until(lambda: not plain.is_running)


def test_packages_that_cannot_be_imported_ahead_leave_the_plain_server(tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text("print('hello')")
    variables = (("PATH", os.environ["PATH"]), ("PYTHONPATH", str(tmp_path)))
    server = server_for(Warmth(sys.executable, variables, ("numpy",)))
    assert server.problems == ()
    assert "numpy" not in server.modules
    assert psutil.Process(server.pid).ppid() == os.getpid()
    assert not server_with("numpy").is_running


@pytest.mark.parametrize(
    ("first", "is_ahead"),
    [
        ("import matplotlib.pyplot as plt", True),
        ("import matplotlib.pyplot\nmatplotlib.pyplot.style.use('ggplot')", True),
        ("import matplotlib", False),
        ("import matplotlib as mpl; mpl.use('agg')\nimport matplotlib.pyplot as plt", False),
    ],
)
def test_pyplot_is_imported_ahead_for_those_that_import_it_and_leave_its_backend_alone(folder: Path, first: str, is_ahead: bool) -> None:
    execution = forked(folder, "import sys; 'matplotlib.figure' in sys.modules, 'matplotlib.pyplot' in sys.modules", first)
    assert shown(execution.steps[0]) == [f"(True, {is_ahead})"]


CLIENT = """
import sys, tempfile
from pathlib import Path
from nbrepro.execution import Runner, execute
from nbrepro.notebooks import read
tempfile.tempdir = sys.argv[2]
execute(read(Path(sys.argv[1])), runner=Runner.FORK)
"""


def test_a_client_that_dies_leaves_no_server(folder: Path) -> None:
    temporary = folder.parent / "t"
    begun = folder / "begun"
    notebook = Example(cells=[code(f"import numpy, tempfile, time\ntempfile.mkstemp()\nopen({str(begun)!r}, 'w')\ntime.sleep(600)")])
    client = subprocess.Popen([sys.executable, "-c", CLIENT, str(notebook.write(folder)), str(temporary)])
    assert until(begun.exists, 60)
    below = psutil.Process(client.pid).children(recursive=True)
    client.kill()
    client.wait()
    assert until(lambda: all(is_over(process.pid) for process in below))
    assert until(lambda: list(temporary.iterdir()) == [])


def test_servers_of_sets_end_when_they_are_closed(folder: Path) -> None:
    forked(folder, NUMPY + "1")
    pids = [server.pid for server in _servers.values()]
    assert len(pids) == 2
    close_servers()
    assert all(map(is_over, pids))


def test_other_runs_work_while_a_server_is_started() -> None:
    turns = Turns(1, runs=2)
    warmth = Warmth(sys.executable, (("PATH", os.environ["PATH"]),), ())
    guard, worked = _guard_of(warmth), threading.Event()

    def wait() -> None:
        with turns.taken(0):
            await_start(warmth)

    with guard:
        waiting = threading.Thread(target=wait)
        waiting.start()
        with turns.taken(1):
            worked.set()
        assert waiting.is_alive()
    waiting.join(20)
    assert worked.is_set()
    assert not waiting.is_alive()
    assert warmth not in _servers
