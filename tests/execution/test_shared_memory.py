"""Shared memory of programs that are ended: what only their trackers can remove is removed, and no tracker outlives its run."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from execution.runs import processes_in, run, until
from harness import code

from nbrepro.execution import Limits, Runner

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="shared memory has names in a folder of Linux"),
    pytest.mark.parametrize("runner", [Runner.KERNEL, Runner.FORK]),
]
SHARED = Path("/dev/shm")
HELD = """\
from multiprocessing.shared_memory import SharedMemory
import os, pathlib, subprocess, time
held = SharedMemory({name!r}, create=True, size=4096)
assert os.path.exists({path!r})
pathlib.Path('begun').touch()
"""


@pytest.fixture
def held() -> Iterator[tuple[Path, str]]:
    """A name in shared memory that is taken by nobody, and a cell that takes it."""
    name = f"held-{uuid.uuid4().hex}"
    path = SHARED / name
    yield path, HELD.format(name=name, path=str(path))
    path.unlink(missing_ok=True)


@pytest.mark.parametrize("ending", ["", "os.kill(os.getpid(), 9)", "subprocess.Popen(['sleep', '600']); os._exit(1)", "time.sleep(600)"])
def test_nothing_stays_in_shared_memory(folder: Path, held: tuple[Path, str], runner: Runner, ending: str) -> None:
    path, source = held
    execution = run(folder, code(source), code(ending), runner=runner, limits=Limits(step_seconds=2))
    assert execution.runner == runner.value
    assert execution.steps[0].status.value == "completed"
    assert not path.exists()
    assert processes_in(folder) == []


def test_nothing_stays_in_shared_memory_when_the_runner_is_killed(folder: Path, held: tuple[Path, str], runner: Runner) -> None:
    path, source = held
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); from execution.runs import run; from harness import code; from pathlib import Path\n"
        "from nbrepro.execution import Runner\n"
        f"run(Path(sys.argv[2]), code({source!r}), code('time.sleep(600)'), runner=Runner({runner.value!r}))"
    )
    client = subprocess.Popen([sys.executable, "-c", script, str(Path(__file__).parent.parent), str(folder)])
    assert until((folder / "begun").exists, 60)
    client.kill()
    client.wait()
    assert until(lambda: not path.exists())
    assert until(lambda: processes_in(folder) == [])


def test_what_only_calls_itself_a_tracker_is_ended_as_well(folder: Path, runner: Runner) -> None:
    source = "import subprocess; subprocess.Popen(['sh', '-c', 'sleep 600; : resource_tracker'])"
    execution = run(folder, code(source), code("import os; os.kill(os.getpid(), 9)"), runner=runner)
    assert execution.failure is not None
    assert processes_in(folder) == []
