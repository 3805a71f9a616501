"""A real ipykernel that is built before the fork, up to where it would open files, start threads or read its place."""

import asyncio
import functools
import logging
import os
import sys
import threading
from typing import Any, Callable, Dict, List, Optional

from agent_channel import DELIMITER, Channel
from agent_streams import Publisher, take_before_writes
from agent_tasks import FIRST_TASKS, hide_control, take_task_numbers
from ipykernel.kernelapp import IPKernelApp
from zmq import Frame, Socket
from zmq.eventloop.zmqstream import ZMQStream

OWN_MEMBERS = ("channel", "shell_thread", "shell_stream", "control_stream")
SIGNING_MEMBERS = ("digest_history", "digest_history_size", "signature_scheme")
"""What a session has from the first message that it signs: traits get a value when they are wanted."""
NUMBERED_THREADS = 1
"""How many threads of a started kernel have a number for a name and aren't needed here: a program's own threads go on counting."""


class ChannelStream(ZMQStream):
    """Stands for the stream of a socket."""

    def __init__(self, name: bytes, channel: Channel) -> None:
        self.name = name
        self.channel = channel
        self.callback: Optional[Callable[..., Any]] = None
        self.io_loop = None
        self.socket = self

    def on_recv(self, callback: Callable[..., Any], copy: bool = True) -> None:
        self.callback = callback

    def send_multipart(self, frames: Any, *_: Any, **__: Any) -> None:
        self.channel.send(self.name, frames)

    def flush(self, *_: Any, **__: Any) -> None:
        """Everything is sent at once."""

    def poll(self, *_: Any, **__: Any) -> int:
        return 0

    def closed(self) -> bool:
        return False


class ShellThread:
    """Stands for the thread that reads shell messages since ipykernel 7, and for its manager of subshells: there are none."""

    def __init__(self, stream: ChannelStream) -> None:
        self.parent_thread = threading.main_thread()
        self.manager = self
        self._stream = stream
        self.callback: Optional[Callable[..., Any]] = None

    def set_on_recv_callback(self, callback: Callable[..., Any]) -> None:
        from ipykernel.utils import _async_in_context

        self.callback = _async_in_context(functools.partial(callback, None))

    def get_subshell_to_shell_channel_socket(self, _: None) -> ChannelStream:
        return self._stream

    def list_subshell(self) -> List[str]:
        return []


class ForkableApp(IPKernelApp):
    """The application without its sockets and threads; streams and start-up files wait for the child."""

    is_child = False

    def init_poller(self) -> None:
        """The server ends with its parent, and every child with the server."""

    def init_sockets(self) -> None:
        self.configure_tornado_logger()  # else its loop gives the root logger a handler when it starts
        self.channel = Channel()
        self.shell_stream = ChannelStream(b"shell", self.channel)
        self.control_stream = ChannelStream(b"control", self.channel)
        self.shell_thread = ShellThread(self.shell_stream)
        self.iopub_thread = Publisher(self.channel)
        self.iopub_socket = self.iopub_thread.background_socket
        for kind in Socket.__mro__:  # whoever sets an option of a socket asks its classes, which have annotations from then on
            getattr(kind, "__annotations__", None)

    def init_heartbeat(self) -> None:
        """A process that has ended is seen by its parent."""

    def write_connection_file(self, **_: Any) -> None:
        """There are no ports to be told."""

    def log_connection_info(self) -> None:
        """There are no ports to be told."""

    def init_io(self) -> None:
        if self.is_child:
            super().init_io()
            self.displayhook.get_execution_count = lambda: self.kernel.execution_count

    def init_kernel(self) -> None:
        offered: Dict[str, Any] = {
            "session": self.session,
            "shell_stream": self.shell_stream,
            "control_stream": self.control_stream,
            "shell_channel_thread": self.shell_thread,
            "iopub_thread": self.iopub_thread,
            "iopub_socket": self.iopub_socket,
            "log": self.log,
            "profile_dir": self.profile_dir,
            "user_ns": self.user_ns,
        }
        known = self.kernel_class.class_trait_names()
        accepted = {name: value for name, value in offered.items() if name in known}
        if "shell_stream" not in known:  # before ipykernel 6
            accepted["shell_streams"] = [self.shell_stream, self.control_stream]
        self.kernel = self.kernel_class.instance(parent=self, **accepted)

    def init_extensions(self) -> None:
        # Those that IPython loads itself can be loaded for all children, others may look at the process.
        is_configured = bool(self.extensions or getattr(self, "extra_extensions", None) or getattr(self, "extra_extension", None))
        if self.is_child == is_configured:
            super().init_extensions()

    def init_code(self) -> None:
        # That nothing runs before the first cell is found out once, with all that follows on that.
        if not self.is_child:
            self.begins_with_code = self._looks_for_code()
        elif self.begins_with_code:
            super().init_code()

    def _looks_for_code(self) -> bool:
        """Whether something is to run before the first cell; it isn't run here."""
        given = ("exec_lines", "exec_files", "code_to_run", "file_to_run", "module_to_run")
        if os.environ.get("PYTHONSTARTUP") or any(getattr(self, name, None) for name in given):
            return True
        found: List[str] = []
        self._exec_file = lambda path, *_, **__: found.append(path)
        try:
            super().init_code()
        finally:
            del self._exec_file
        return bool(found)


ForkableApp.__name__ = ForkableApp.__qualname__ = "IPKernelApp"
ForkableApp.__module__ = IPKernelApp.__module__


def build(arguments: List[str]) -> ForkableApp:
    """The application with its kernel and its shell."""
    application = ForkableApp.instance()
    application.thread_methods = {name: getattr(threading.Thread, name) for name in ("__init__", "run")}
    application.initialize(arguments)
    application.session.key = b""  # messages need no signature: nobody else holds the channel
    for name in SIGNING_MEMBERS:
        getattr(application.session, name, None)
    application.kernel._execute_sleep = 0.0  # the kernel sleeps for the sake of sockets
    return application


def adopt(application: ForkableApp, descriptor: int, arguments: List[str], variables: Dict[str, str]) -> None:
    """Make the application this process's own: what depends on the process, its folder and its variables."""
    application.is_child = True
    application.channel.open(descriptor)
    application.session.pid = os.getpid()
    application.connection_file = arguments[1]
    sys.argv[:] = [_launcher(), *arguments]
    if _keeps_its_folder():
        sys.path.insert(0, os.getcwd())
    kernel, shell = application.kernel, application.kernel.shell
    hide_control(kernel)
    _take_profile(application, variables["IPYTHONDIR"])
    take_before_writes()
    application.init_io()
    if hasattr(kernel, "_stdout"):
        kernel._stdout, kernel._stderr = sys.stdout, sys.stderr
    _follow_threads(application)
    application.iopub_thread.start()
    here = os.getcwd()
    shell.user_ns["_dh"][:] = [type(place)(here) for place in shell.user_ns["_dh"]]
    shell.starting_dir = here
    application.init_extensions()
    application.init_code()
    sys.stdout.flush()
    sys.stderr.flush()
    application.log.addFilter(_is_of_interest)
    del application.is_child, application.begins_with_code
    application.__class__ = IPKernelApp  # what differed was for the building; programs look at the class
    for _ in range(NUMBERED_THREADS if hasattr(sys.stdout, "watch_fd_thread") else NUMBERED_THREADS + 2):
        threading.Thread()  # takes a number


def _launcher() -> str:
    """The program as whose arguments a kernel sees its own."""
    import ipykernel

    return os.path.join(os.path.dirname(os.path.dirname(ipykernel.__file__)), "ipykernel_launcher.py")


def _keeps_its_folder() -> bool:
    """Whether the launcher leaves the folder in which it starts on the path: Python adds it since 3.7, ipykernel removes it since 6.20."""
    with open(_launcher()) as file:
        return sys.version_info >= (3, 7) and ".cwd()" not in file.read()


def _take_profile(application: ForkableApp, folder: str) -> None:
    """Move the profile to this process's own folder."""
    shell = application.kernel.shell
    application.ipython_dir = folder
    application.profile_dir = None
    application.init_profile_dir()
    application.kernel.profile_dir = shell.profile_dir = application.profile_dir
    shell.ipython_dir = folder
    if hasattr(shell, "_db"):  # opened in the profile when it is wanted first
        shell.__dict__.pop("_db", None)
    else:
        shell.db = type(shell.db)(os.path.join(application.profile_dir.location, "db"))


def _follow_threads(application: ForkableApp) -> None:
    """Let what threads print belong to the cell that has started them; ipykernel 6.29 notes that in the streams that it was built with."""
    methods = application.__dict__.pop("thread_methods")
    if not hasattr(application.kernel, "_initialize_thread_hooks"):
        return
    for name, method in methods.items():
        setattr(threading.Thread, name, method)
    application.kernel._initialize_thread_hooks()


def _is_of_interest(record: logging.LogRecord) -> bool:
    return "debugpy_stream" not in record.getMessage()


def listen(application: ForkableApp) -> None:
    """Hand the messages that come through the channel to the kernel, as soon as its loop runs."""
    from tornado.ioloop import IOLoop

    # No part of ipykernel's application, whose members programs list.
    channel, shell_thread, shell_stream, _ = [application.__dict__.pop(name) for name in OWN_MEMBERS]

    def take(*_: Any) -> None:
        message = channel.receive()
        if message is None:
            return
        name, header, parent, content = message
        if name == b"end":
            loop.stop()
            return
        callback = shell_thread.callback or shell_stream.callback
        frames = [b"nbrepro", DELIMITER, b"", header, parent, b"{}", content]
        if shell_thread.callback:  # since ipykernel 7 that thread has a task for each message
            take_task_numbers(1)
        result = callback([Frame(frame) for frame in frames])
        if result is not None:
            loop.add_future(asyncio.ensure_future(result), lambda done: done.result())

    def begin() -> None:
        application.log.removeFilter(_is_of_interest)
        if shell_thread.callback:
            take_task_numbers(FIRST_TASKS)
        loop.add_handler(channel.fileno(), take, IOLoop.READ)

    loop = IOLoop.current()
    # Not before the kernel's own tasks have begun, which are scheduled when it starts.
    loop.add_callback(begin)
