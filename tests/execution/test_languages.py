"""A kernel of another language, found by its specification and reached over TCP."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from execution.runs import evidence, run, text
from harness import code

from nbrepro.execution import Limits
from nbrepro.model import FailureKind, StepStatus

pytestmark = pytest.mark.slow
BASH = {"kernelspec": {"name": "bash", "display_name": "Bash", "language": "bash"}, "language_info": {"name": "bash"}}


@pytest.fixture
def bash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The specification of a Bash kernel, in a folder of kernels of its own."""
    place = tmp_path / "jupyter" / "kernels" / "bash"
    specify(place)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    return place


def specify(place: Path, **fields: Any) -> None:
    place.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "bash_kernel", "-f", "{connection_file}"]
    specification = {"argv": command, "display_name": "Bash", "language": "bash", "env": {"GREETING": "hello ${HOME}"}, **fields}
    (place / "kernel.json").write_text(json.dumps(specification))


def test_bash(folder: Path, bash: Path) -> None:
    execution = run(folder, code("x=5; echo $((x + 1))"), code("echo $x $GREETING; pwd"), code("false"), code("echo end"), metadata=BASH)
    assert [step.status for step in execution.steps] == [StepStatus.COMPLETED] * 2 + [StepStatus.FAILED, StepStatus.NOT_RUN]
    assert text(execution.steps[0]) == "6\n"
    assert text(execution.steps[1]).startswith("5 hello /")
    assert text(execution.steps[1]).rstrip().endswith(str(folder))
    assert execution.failure is not None
    assert execution.failure.kind is FailureKind.STEP_ERROR
    assert execution.environment == "kernel bash (Bash)"
    assert execution.language == "bash"


def test_another_name_for_the_same_language_is_a_deviation(folder: Path, bash: Path) -> None:
    metadata = {**BASH, "kernelspec": {"name": "my-bash", "display_name": "Mine"}}
    execution = run(folder, code("echo here"), metadata=metadata)
    assert execution.deviations[0] == "the notebook names the kernel 'my-bash', and 'bash' ran it"
    assert text(execution.steps[0]) == "here\n"


def test_a_notebook_that_names_only_its_kernel(folder: Path, bash: Path) -> None:
    execution = run(folder, code("echo here"), metadata={"kernelspec": {"name": "bash", "display_name": "Bash"}})
    assert text(execution.steps[0]) == "here\n"


def test_several_at_a_time_do_not_take_each_others_ports(folder: Path, bash: Path) -> None:
    def number(value: int) -> str:
        place = folder / str(value)
        place.mkdir()
        return text(run(place, code(f"echo {value}"), metadata=BASH).steps[0])

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(number, range(4))) == [f"{value}\n" for value in range(4)]


def test_a_kernel_that_is_interrupted_by_message(folder: Path, bash: Path) -> None:
    specify(bash, interrupt_mode="message", language="python", argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"])
    metadata = {"kernelspec": {"name": "bash", "display_name": "Bash"}, "language_info": {"name": "odd"}}
    execution = run(folder, code("import time; time.sleep(1000)"), metadata=metadata, limits=Limits(step_seconds=2))
    assert evidence(execution)["kernel"] == "stopped when it was interrupted"


def test_a_specification_that_cannot_be_started(folder: Path, bash: Path) -> None:
    specify(bash, argv=["/absent/program", "{connection_file}"])
    execution = run(folder, code("x"), metadata=BASH)
    assert execution.failure is not None
    assert execution.failure.kind is FailureKind.KERNEL_NOT_STARTED
    assert evidence(execution)["command"] == "/absent/program"


def test_a_port_that_somebody_else_has_taken_leads_to_another_start(folder: Path, bash: Path) -> None:
    script = "[ -e tried ] || { touch tried; echo 'zmq.error.ZMQError: Address already in use'; exit 1; }; exec \"$@\""
    command = [sys.executable, "-m", "bash_kernel", "-f", "{connection_file}"]
    specify(bash, argv=["/bin/sh", "-c", script, "sh", *command])
    execution = run(folder, code("echo here"), metadata=BASH)
    assert execution.failure is None
    assert text(execution.steps[0]) == "here\n"
