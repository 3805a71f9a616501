"""What a forked kernel says with less work than a started one says all the same."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from execution.runs import run, shown, text
from harness import code

import nbrepro.agent
from nbrepro.execution import Limits, Runner
from nbrepro.model import Execution, StepStatus

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forked kernels need Linux")


def both(folder: Path, *cells: str) -> tuple[Execution, Execution]:
    forked, started = (run(folder, *map(code, cells), runner=runner, keep_going=True) for runner in (Runner.FORK, Runner.KERNEL))
    assert forked.runner == "fork", forked.notes
    return forked, started


def seen(execution: Execution) -> list[tuple[StepStatus, int | None, str]]:
    return [(step.status, step.execution_count, re.sub(r"ipykernel_\d+|0x[0-9a-f]+", "", repr(step.outputs))) for step in execution.steps]


CONTENTS = {
    "not JSON": "from IPython.display import display\ndisplay({'application/json': {'a': float('nan')}}, raw=True)",
    "an object": "display({'text/plain': 'x'}, metadata={'text/plain': {'o': object()}}, raw=True)",
    "dates and bytes": "import datetime\ndisplay({'application/json': [datetime.datetime(2020, 1, 2), b'abc']}, raw=True)",
    "other alphabets": "print('é ✓ 𝒳'); 'é ✓ 𝒳'",
    "metadata": "get_ipython().kernel.session.send(get_ipython().kernel.iopub_socket, 'stream', {'name': 'stdout', 'text': 't'}, "
    "parent=get_ipython().kernel.get_parent(), metadata={'o': object()});",
    "a message of its own": "kernel = get_ipython().kernel\nparent = kernel.get_parent()['header']\n"
    "kernel.session.send(kernel.iopub_socket, kernel.session.msg('stream', {'name': 'stdout', 'text': 'own'}, parent=parent));",
    "another session": "from jupyter_client.session import Session\nSession(key=kernel.session.key).send(kernel.iopub_socket, 'stream', "
    "{'name': 'stdout', 'text': 'other'}, parent=parent);",
}


def test_contents_of_every_kind_arrive_as_from_a_started_kernel(folder: Path) -> None:
    forked, started = both(folder, *CONTENTS.values())
    assert seen(forked) == seen(started)


POSTPONED = """
from __future__ import annotations
import agent_messages

class Session:
    def serialize(self, msg, ident: unknown | None = None):
        return [self.pack(msg["header"]), self.pack(msg["parent_header"])]

def kind(session, header): return session.letter
def identity(session, header): return header

Session.letter = b"s"
Session.serialize.__code__ = agent_messages._shortened(Session.serialize, {"header": kind, "parent_header": identity})
print(Session().serialize({"header": b"h", "parent_header": b"p"}))
"""


def test_annotations_of_jupyter_client_are_not_worked_out(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(POSTPONED, encoding="utf-8")
    agent = str(Path(nbrepro.agent.__file__).parent)
    done = subprocess.run([sys.executable, program], env={**os.environ, "PYTHONPATH": agent}, capture_output=True, text=True, check=False)
    assert done.stdout == "[b's', b'p']\n", done.stderr


TRIES = 4
SURROGATES = ("print('\\ud800')", "import time; print('\\ud800'); time.sleep(0.8)", "print('next')")
"""What can't be sent, found when a cell ends and while one runs."""


def unordered(execution: Execution) -> list[list[str]]:
    """The lines of each cell: a started kernel reports in two ways at once; its thread's descriptor isn't the same in each."""
    masked = [re.sub(r"0x[0-9a-f]+|_handle_events\(\d*", "", text(step) + text(step, "stderr")) for step in execution.steps]
    return [sorted(lines.splitlines()) for lines in masked]


def test_what_cannot_be_sent_is_reported_with_the_lines_of_a_started_kernel(folder: Path) -> None:
    # Under load two of its threads write into each other's lines in one started kernel of seven; a forked one always shows the same.
    for _ in range(TRIES):
        forked, started = both(folder, *SURROGATES)
        if unordered(forked) == unordered(started):
            break
    assert unordered(forked) == unordered(started)
    assert "surrogates not allowed" in "".join(unordered(forked)[0])
    assert text(forked.steps[-1]) == "next\n"


MEMBERS = (
    "kernel = get_ipython().kernel; sorted(vars(kernel.session)), sorted(vars(kernel.session)['_trait_values'])",
    "kernel.session.serialize.__func__ is type(kernel.session).serialize, [kind.__module__ for kind in type(kernel.session).__mro__]",
    "import inspect; print(inspect.getsource(type(kernel.session).serialize))",
    "kernel.log.filters, len(kernel.log.handlers), kernel.log.level, sorted(vars(kernel)), sorted(vars(kernel.shell))",
    "import jupyter_client.session; other = jupyter_client.session.Session(key=b'k')",
    "other.serialize(other.msg('stream', parent={'header': {'msg_id': 'i'}}))[2:4] == [b'stream', b'i']",
)


def test_the_session_and_the_log_have_the_members_of_a_started_kernel(folder: Path) -> None:
    forked, started = both(folder, *MEMBERS)
    assert seen(forked) == seen(started)


@pytest.mark.slow
def test_names_of_tasks_go_on_as_in_a_started_kernel(folder: Path) -> None:
    cell = "import asyncio; int(asyncio.current_task().get_name().partition('-')[2])"
    forked, started = ([int(shown(step)[0]) for step in execution.steps] for execution in both(folder, cell, cell, cell))
    assert [number - forked[0] for number in forked] == [number - started[0] for number in started]
    # A started kernel has taken three more for each time that it was asked what it is: more often the longer it takes to be heard.
    assert (started[0] - forked[0]) % 3 == 0 <= started[0] - forked[0]


def test_the_log_is_heard_by_who_listens(folder: Path) -> None:
    listen = (
        "import logging\nclass Kept(logging.Handler):\n    kept = []\n"
        "    def emit(self, record):\n        self.kept.append(record.getMessage())\n"
        "log = logging.getLogger('IPKernelApp'); log.addHandler(Kept()); log.getEffectiveLevel(), log.propagate"
    )
    forked, started = both(folder, listen, "1", "any('execute_request' in line for line in Kept.kept)")
    assert seen(forked) == seen(started)
    assert shown(forked.steps[-1]) == ["True"]


def test_a_reply_comes_also_where_the_kernel_never_says_that_it_is_idle(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbrepro.execution.steps.IDLE_SECONDS", 1.0)
    broken = (
        "import sys\nclass Broken:\n    count = 0\n    def flush(self):\n        self.count += 1\n        assert self.count != 3\n"
        "    def __getattr__(self, name): return getattr(sys.__stderr__, name)\nsys.stderr = Broken(); 'shown'"
    )
    execution = run(folder, code(broken), code("2"), runner=Runner.FORK, limits=Limits(step_seconds=20.0))
    assert shown(execution.steps[0]) == ["'shown'"]
    assert [step.status for step in execution.steps] == [StepStatus.COMPLETED] * 2
