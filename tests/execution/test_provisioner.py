"""Forked kernels under other Jupyter clients: jupyter_client itself and nbclient, through an installed specification."""

from __future__ import annotations

import logging
import os
import signal
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from execution.runs import processes_in, until
from harness import Example, code
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning import LocalProvisioner

from nbrepro.errors import RequestError
from nbrepro.execution import Runner, at, current, execute
from nbrepro.execution.forked_servers import _servers, close_servers
from nbrepro.execution.kernel_specifications import install, installed, remove
from nbrepro.execution.provisioned_kernels import ProvisionedKernel
from nbrepro.notebooks import read

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="forked kernels need Linux"),
    pytest.mark.slow,
    # jupyter_client closes its own event loop and sockets late
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]
SECONDS = 60
RECURSION = """
depth = 0
def deeper():
    global depth
    depth += 1
    deeper()
try:
    deeper()
except RecursionError:
    print(depth)
"""


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for kernel specifications, and one for connection files."""
    for name in ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    return tmp_path / "jupyter_data_dir"


@pytest.fixture
def kernel(data: Path, folder: Path) -> Iterator[KernelManager]:
    """A kernel of the installed specification that runs in the folder; nothing of it is left at the end."""
    install(current(), "warm")
    manager = KernelManager(kernel_name="warm")
    manager.start_kernel(cwd=str(folder))
    yield manager
    if manager.has_kernel:
        manager.shutdown_kernel(now=True)
    manager.cleanup_resources()
    close_servers()
    assert not Path(manager.connection_file).exists()


def ask(manager: KernelManager, source: str) -> dict[str, Any]:
    """Run a cell with a client of its own; gives the streams' text, the value and the status."""
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=SECONDS)
    heard: dict[str, Any] = {"text": "", "value": None}

    def take(message: dict[str, Any]) -> None:
        if message["msg_type"] == "stream":
            heard["text"] += message["content"]["text"]
        elif message["msg_type"] == "execute_result":
            heard["value"] = message["content"]["data"]["text/plain"]

    try:
        reply = client.execute_interactive(
            textwrap.dedent(source), output_hook=take, stdin_hook=lambda _: client.input("typed"), timeout=SECONDS
        )
    finally:
        client.stop_channels()
    return heard | {"status": reply["content"]["status"], "error": reply["content"].get("ename")}


def processes_of(manager: KernelManager) -> Any:
    return manager.provisioner.process


def test_a_client_gets_a_forked_kernel(kernel: KernelManager) -> None:
    process = processes_of(kernel)
    assert isinstance(process, ProvisionedKernel)
    assert psutil.Process(process.pid).ppid() in {server.pid for server in _servers.values()}
    assert os.getpgid(process.pid) == os.getsid(process.pid) == process.pid
    assert ask(kernel, "print('a'); 6 * 7") == {"text": "a\n", "value": "42", "status": "ok", "error": None}


def test_it_is_like_a_started_one(kernel: KernelManager, folder: Path) -> None:
    started = KernelManager(kernel_name="python3")
    started.start_kernel(cwd=str(folder))
    try:
        for source in (
            "import os, sys; [os.path.basename(sys.argv[0]), len(sys.argv), sys.path[0], os.getcwd(), os.environ['JPY_PARENT_PID']]",
            "import threading; sorted(thread.name for thread in threading.enumerate())",
            "import signal; signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGCHLD)",
            "sorted(name for name in os.environ if not name.startswith('PYTEST')), os.environ.get('MPLBACKEND')",
            "os.system('echo shell'); os.write(1, b'raw'); None",
            "input('name? ')",
            RECURSION,
            "ip = get_ipython(); type(ip).__name__, ip.profile_dir.location, type(ip.kernel.parent).__name__, ip.history_manager.hist_file",
            "1 / 0",
        ):
            assert ask(kernel, source) == ask(started, source), source
    finally:
        started.shutdown_kernel(now=True)


def test_an_interrupt_ends_the_cell(kernel: KernelManager) -> None:
    client = kernel.client()
    client.start_channels()
    client.wait_for_ready(timeout=SECONDS)
    identity = client.execute("print('begun', flush=True)\nimport time; time.sleep(600)")
    while client.get_iopub_msg(timeout=SECONDS)["msg_type"] != "stream":
        pass
    kernel.interrupt_kernel()
    reply = client.get_shell_msg(timeout=SECONDS)
    assert (reply["parent_header"]["msg_id"], reply["content"]["ename"]) == (identity, "KeyboardInterrupt")
    client.stop_channels()
    assert ask(kernel, "'on'")["value"] == "'on'"


def test_a_restart_gives_a_new_process_at_the_same_ports(kernel: KernelManager) -> None:
    ask(kernel, "kept = 1")
    before, ports = processes_of(kernel).pid, kernel.get_connection_info()
    kernel.restart_kernel(now=False)
    assert isinstance(processes_of(kernel), ProvisionedKernel)
    assert processes_of(kernel).pid != before
    assert not psutil.pid_exists(before)
    assert kernel.get_connection_info() == ports
    assert ask(kernel, "kept")["error"] == "NameError"


def test_shutting_down_lets_it_end_as_usual(kernel: KernelManager, folder: Path) -> None:
    ask(kernel, "import atexit; atexit.register(open, 'ended', 'w'); None")
    process = processes_of(kernel)
    kernel.shutdown_kernel()
    assert (folder / "ended").exists()
    assert process.returncode == 0
    assert not kernel.is_alive()


def test_shutting_down_ends_what_it_has_started(kernel: KernelManager, folder: Path) -> None:
    ask(kernel, "import subprocess; subprocess.Popen(['sleep', '600']); subprocess.Popen(['sleep', '600'], start_new_session=True); None")
    kernel.shutdown_kernel()
    assert until(lambda: processes_in(folder) == [])


@pytest.mark.parametrize(("ending", "status"), [("os.kill(os.getpid(), 9)", -9), ("os._exit(3)", 3), ("ctypes.string_at(0)", -11)])
def test_its_end_is_noticed_with_its_status(kernel: KernelManager, ending: str, status: int) -> None:
    process = processes_of(kernel)
    client = kernel.client()
    client.start_channels()
    client.wait_for_ready(timeout=SECONDS)
    client.execute(f"import ctypes, os; {ending}")
    assert process.wait(timeout=SECONDS) == process.poll() == process.returncode == status
    client.stop_channels()
    assert not kernel.is_alive()


def test_signals_reach_nobody_else_once_it_has_ended(kernel: KernelManager) -> None:
    process = processes_of(kernel)
    assert process.poll() is None
    process.terminate()
    process.kill()
    assert process.wait(timeout=SECONDS) in {-signal.SIGTERM, -signal.SIGKILL}
    process.send_signal(signal.SIGKILL)
    kernel.interrupt_kernel()


def test_a_server_that_is_killed_takes_its_kernels_along(kernel: KernelManager, folder: Path) -> None:
    ask(kernel, "import subprocess; subprocess.Popen(['sleep', '600']); None")
    for server in _servers.values():
        os.kill(server.pid, signal.SIGKILL)
    assert until(lambda: not kernel.is_alive())
    assert until(lambda: processes_in(folder) == [])
    kernel.restart_kernel(now=True)
    assert ask(kernel, "'on'")["value"] == "'on'"


def test_packages_can_be_imported_ahead(data: Path, folder: Path) -> None:
    install(current(), "warm", ["pandas"])
    manager = KernelManager(kernel_name="warm")
    manager.start_kernel(cwd=str(folder))
    try:
        heard = ask(
            manager, "import sys\nahead = 'pandas' in sys.modules\nimport pandas as pd\nahead, pd.get_option('display.max_columns')"
        )
        assert heard["value"] == "(True, 20)"
    finally:
        manager.shutdown_kernel(now=True)
        close_servers()


REASONS = {
    "options of the interpreter": (["-X", "utf8"], {}, "its command is not PYTHON -m ipykernel_launcher"),
    "pipes": ([], {"stdout": -1, "stderr": -1}, "wants its standard streams somewhere else"),
    "independent": ([], {"independent": True}, "it is to outlive its client"),
}


@pytest.mark.parametrize("name", REASONS)
def test_otherwise_a_kernel_is_started_and_the_reason_is_logged(
    data: Path, folder: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    options, asked, words = REASONS[name]
    install(current(), "warm")
    log = logging.getLogger("test-provisioner")
    manager = KernelManager(kernel_name="warm", log=log)
    manager.kernel_spec.argv[1:1] = options
    with caplog.at_level(logging.WARNING, log.name):
        manager.start_kernel(cwd=str(folder), **asked)
    try:
        assert isinstance(manager.provisioner, LocalProvisioner)
        assert not isinstance(processes_of(manager), ProvisionedKernel)
        assert words in caplog.text
        assert ask(manager, "1 + 1")["value"] == "2"
    finally:
        manager.shutdown_kernel(now=True)


def test_nbclient_gets_the_outputs_of_a_started_kernel(data: Path, folder: Path) -> None:
    from nbclient import NotebookClient

    install(current(), "warm")
    cells = ("import sys\nprint('a'); print('b', file=sys.stderr)\n6 * 7", "from IPython.display import HTML; HTML('<b>1</b>')")
    path = Example(cells=[*map(code, cells)]).write(folder)
    expected = execute(read(path), runner=Runner.KERNEL)
    node = read(path).copy_node()
    NotebookClient(node, kernel_name="warm", resources={"metadata": {"path": str(folder)}}).execute()
    close_servers()
    from nbrepro.notebooks import from_node

    observed = from_node(node, "observed.ipynb").saved_execution()
    assert [step.outputs for step in observed.steps] == [step.outputs for step in expected.steps]


CLIENT = """
import sys, time
from jupyter_client.manager import KernelManager
manager = KernelManager(kernel_name="warm")
manager.start_kernel(cwd=sys.argv[1])
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=60)
client.execute("import subprocess; subprocess.Popen(['sleep', '600'], start_new_session=True); open('begun', 'w').close()")
time.sleep(600)
"""


def test_a_client_that_is_killed_leaves_no_process(data: Path, folder: Path) -> None:
    import subprocess

    install(current(), "warm")
    client = subprocess.Popen([sys.executable, "-c", CLIENT, str(folder)])
    assert until((folder / "begun").exists, SECONDS)
    below = psutil.Process(client.pid).children(recursive=True)
    client.kill()
    client.wait()
    assert until(lambda: not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in below))
    assert until(lambda: processes_in(folder) == [])


def test_specifications_are_installed_listed_and_removed(data: Path) -> None:
    assert installed() == ()
    made = install(current(), "warm", ["numpy"], "Warm")
    assert installed() == (made,)
    assert (made.name, made.display_name, made.python, made.packages) == ("warm", "Warm", sys.executable, ("numpy",))
    assert KernelSpecManager().get_kernel_spec("warm").argv[1:3] == ["-m", "ipykernel_launcher"]
    assert install(current(), "warm").packages == ()
    assert not remove("warm").exists()
    assert installed() == ()


@pytest.mark.parametrize("name", ["python3", "no name", "", "UPPER"])
def test_names_that_are_refused(data: Path, name: str) -> None:
    with pytest.raises(RequestError, match="--name"):
        install(current(), name)
    assert installed() == ()


def test_only_own_specifications_are_removed(data: Path) -> None:
    with pytest.raises(RequestError, match="there are: none"):
        remove("python3")


def test_an_environment_without_a_kernel_is_refused(data: Path, tmp_path: Path) -> None:
    import venv

    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    with pytest.raises(RequestError, match="has no ipykernel"):
        install(at(tmp_path / "bare"), "bare")


def test_waiting_has_a_limit(kernel: KernelManager) -> None:
    import subprocess

    began = time.monotonic()
    with pytest.raises(subprocess.TimeoutExpired):
        processes_of(kernel).wait(timeout=0.2)
    assert time.monotonic() - began >= 0.2


def test_the_debugger_stops_at_a_breakpoint(kernel: KernelManager) -> None:
    client = kernel.client()
    client.start_channels()
    client.wait_for_ready(timeout=SECONDS)
    source = "def increased(number):\n    more = number + 1\n    return more\nincreased(41)"

    def ask_debugger(command: str, **arguments: Any) -> dict[str, Any]:
        request = client.session.msg("debug_request", {"type": "request", "seq": 1, "command": command, "arguments": arguments})
        client.control_channel.send(request)
        while True:
            answer = client.get_control_msg(timeout=SECONDS)
            if answer["parent_header"].get("msg_id") == request["header"]["msg_id"]:
                content: dict[str, Any] = answer["content"]
                return content

    try:
        ask_debugger("initialize", clientID="tests", adapterID="", pathFormat="path", linesStartAt1=True, columnsStartAt1=True)
        assert ask_debugger("attach")["success"]
        path = ask_debugger("dumpCell", code=source)["body"]["sourcePath"]
        ask_debugger("setBreakpoints", source={"path": path}, breakpoints=[{"line": 2}], lines=[2], sourceModified=False)
        assert ask_debugger("configurationDone")["success"]
        client.execute(source)
        while (message := client.get_iopub_msg(timeout=SECONDS))["content"].get("event") != "stopped":
            pass
        assert message["content"]["body"]["reason"] == "breakpoint"
        assert ask_debugger("continue", threadId=message["content"]["body"]["threadId"])["success"]
        assert client.get_shell_msg(timeout=SECONDS)["content"]["status"] == "ok"
    finally:
        client.stop_channels()
