"""A warm Python: builds a kernel, imports packages, and forks one child for each run that it is asked for.

Started with the descriptor of a connected socket (Unix, SEQPACKET). The first packet says how to build the kernel and
what to import; it is answered by what is known then. Each further packet asks for one run and brings three descriptors:
of the run's messages, of what the child writes to its standard streams, and of the answers: `{"pid": …}`, then
`{"exit": …}`. Where a run `has_sockets`, a Jupyter client speaks to it through the ports of its connection file; then
the first descriptor is its standard output. A packet that names packages asks for a server that has imported them as
well: the child is one, and the three descriptors are its own socket, its standard streams, and the answers.

A server ends, with everything below it, when the socket is closed at the other end, or when it has been idle for too
long. One that has servers below it isn't idle.
"""

import array
import gc
import json
import os
import resource
import select
import shutil
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from typing import Any, Callable, Dict, FrozenSet, List, Optional, Tuple

import agent_isolation
import agent_kernel
import agent_messages
import agent_preload
import agent_processes
import agent_sockets

REQUEST_BYTES = 1 << 20
DESCRIPTORS = 3
SERVERS_SECONDS = 2.0
"""How long servers below one that ends may take to end by themselves."""
PAUSE_SECONDS = 0.01


class Run:
    """One child: a kernel, or a server that has imported packages as well."""

    def __init__(self, request: Dict[str, Any], descriptors: List[int]) -> None:
        self.request = request
        self.channel, self.words, answers = descriptors
        self.answers = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, fileno=answers)
        self.is_server = "packages" in request
        """Whether it is no kernel, but a server below this one."""

    def answer(self, **content: Any) -> None:
        """Tell the client; a client that has ended need not be told."""
        with suppress(OSError):
            self.answers.send(json.dumps(content).encode())


class Server:
    """The warm process."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.variables = agent_isolation.variables_at_start()
        self.changes: Dict[str, Optional[str]] = {}
        self.marker = agent_processes.Marker()
        self.application: Any = None
        self.cold: FrozenSet[str] = frozenset()
        self.runs: Dict[int, Run] = {}
        self.wake = -1

    def begin(self) -> None:
        """Build the kernel and import packages: what the first request says."""
        agent_processes.prctl(agent_processes.CHILD_SUBREAPER, 1)
        request = json.loads(self.control.recv(REQUEST_BYTES).decode())
        self.application = agent_kernel.build(request["arguments"])
        agent_messages.lighten(self.application)
        self.cold = frozenset(sys.modules)
        agent_preload.warm_up(self.application.kernel.shell)
        self.load(request)

    def take_over(self, run: Run) -> None:
        """Be the server that a run of the one above asks for, in a session of its own: this process is its child."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        self.marker.write(*run.request["marker"])
        for stream in (1, 2):
            os.dup2(run.words, stream)
        os.close(run.words)
        self.control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, fileno=run.channel)
        self.runs = {}
        self.load(run.request)

    def load(self, request: Dict[str, Any]) -> None:
        """Import packages, and tell the client what is known then."""
        self.idle_seconds = request["idle_seconds"]
        gc.disable()  # what is imported stays
        problems = agent_preload.load(request["packages"], self.application.kernel.shell)
        if threading.active_count() > 1:
            problems.append("a thread was started")
        if 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > request["memory_bytes"]:
            problems.append("what was imported takes too much memory")
        self.changes = self.changed()
        if hasattr(gc, "freeze"):
            gc.freeze()
        gc.enable()
        ahead = {name.split(".")[0] for name in set(sys.modules) - self.cold}
        about = {"version": "{}.{}.{}".format(*sys.version_info), "problems": problems, "modules": sorted(ahead)}
        with suppress(OSError):  # the client has ended, as will be seen when it is listened to
            self.control.send(json.dumps(about).encode())

    def changed(self) -> Dict[str, Optional[str]]:
        """The variables that were set while Python started and the kernel was built, in the order in which they were."""
        before, now = dict(self.variables), dict(os.environ)
        before.pop(agent_processes.PLACEHOLDER, None)
        return {name: now.get(name) for name in [*now, *before] if now.get(name) != before.get(name)}

    def serve(self) -> Optional[Run]:
        """Fork for each request. Gives the run in the child, None in the server when there is nothing more to do."""
        self.wake, signalled = os.pipe()
        for descriptor in (self.wake, signalled):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(signalled)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        idle_since = time.time()
        while True:
            ready = select.select([self.control, self.wake], [], [], self.idle_seconds)[0]
            if self.wake in ready:
                os.read(self.wake, 4096)
            self.reap()
            if self.runs or ready:
                idle_since = time.time()
            if self.control in ready:
                request, descriptors = self.receive()
                if request is None:
                    return None
                run = Run(request, descriptors)
                if self.fork(run):
                    os.close(signalled)
                    return run
            elif time.time() - idle_since >= self.idle_seconds and not self.runs:
                return None

    def receive(self) -> Tuple[Optional[Dict[str, Any]], List[int]]:
        """A request with its descriptors; None at the end."""
        numbers = array.array("i")
        content, extra, _, _ = self.control.recvmsg(REQUEST_BYTES, socket.CMSG_SPACE(DESCRIPTORS * numbers.itemsize))
        for _, _, data in extra:
            numbers.frombytes(data[: len(data) - len(data) % numbers.itemsize])
        return (json.loads(content.decode()) if content else None), list(numbers)

    def fork(self, run: Run) -> bool:
        """Fork a child for a run; gives whether this is the child."""
        parent = os.getpid()
        pid = os.fork()
        if pid:
            self.runs[pid] = run
            os.close(run.channel)
            os.close(run.words)
            run.answer(pid=pid)
            return False
        agent_processes.prctl(agent_processes.PARENT_DEATH_SIGNAL, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        agent_processes.prctl(agent_processes.CHILD_SUBREAPER, 1)
        self.control.close()
        os.close(self.wake)
        run.answers.close()
        for other in self.runs.values():
            other.answers.close()
        return True

    def reap(self) -> None:
        """Look which children have ended, and end what they have left behind."""
        for pid in list(self.runs):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                run = self.runs.pop(pid)
                agent_processes.end_all(set(self.runs))
                run.answer(exit=-os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))
                run.answers.close()

    def end(self) -> None:
        """End everything below, and remove what the runs have put into their private folders."""
        self.await_servers()
        agent_processes.end_all(set())
        for run in self.runs.values():
            for folder in run.request.get("rooms", ()):
                shutil.rmtree(folder, ignore_errors=True)

    def await_servers(self) -> None:
        """Let the servers below tidy up after their own runs: where the client has ended, they see it as well."""
        deadline = time.time() + SERVERS_SECONDS
        while any(run.is_server for run in self.runs.values()) and time.time() < deadline:
            time.sleep(PAUSE_SECONDS)
            self.reap()


def start(server: Server, run: Run) -> Any:
    """Make this process the kernel of a run; gives the application, whose loop is to be run."""
    request = run.request
    has_sockets = request.get("has_sockets", False)
    server.marker.write(*request["marker"])
    standard_output = run.channel if has_sockets else run.words
    descriptors = [os.open(os.devnull, os.O_RDONLY), standard_output, run.words]
    agent_isolation.enter(request["folder"], request["variables"], server.changes, descriptors)
    agent_isolation.reseed()
    application = server.application
    if has_sockets:
        application = agent_sockets.build(application, request["arguments"])
    else:
        agent_kernel.adopt(application, run.channel, request["arguments"], request["variables"])
        agent_kernel.listen(application)
    agent_isolation.hide()
    return application


def main() -> None:
    """Serve until the end."""
    del sys.path[0]  # the folder of this file: everything of it is imported by now
    server = Server(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, fileno=int(sys.argv[1])))
    server.begin()
    run = server.serve()
    while run is not None and run.is_server:
        server.take_over(run)
        run = server.serve()
    if run is None:
        server.end()
    else:
        work(server, run)
    agent_isolation.leave()


def work(server: Server, run: Run) -> None:
    """Run a child's kernel."""
    application = start(server, run)
    as_deep_as_launched(application.start, 1 if sys.version_info >= (3, 12) else 2)  # since then only calls of Python count


def as_deep_as_launched(begin: Callable[[], None], calls: int) -> None:
    """Begin as many calls deep as a kernel that is started for one notebook: programs that recurse too deep show it."""
    if calls > 1:
        as_deep_as_launched(begin, calls - 1)
    else:
        begin()


main()
