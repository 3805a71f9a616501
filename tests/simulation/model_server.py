"""A real HTTP server that speaks the protocol of chat completions, and does at each request what its script says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Barrier, Event, Lock, Thread
from typing import Any


@dataclass(frozen=True)
class Received:
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    received: Received

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.received = Received(self.path, {name.lower(): value for name, value in self.headers.items()}, json.loads(content))
        scene = self.server.script.next_scene(self.received)  # type: ignore[attr-defined]
        try:
            scene(self)
        except ConnectionError:
            self.close_connection = True  # the client left
        finally:
            self.server.script.leave()  # type: ignore[attr-defined]

    def send(self, content: bytes, content_type: str = "application/json", status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": content_type, "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def begin_stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def stream(self, content: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(content), content))
        self.wfile.flush()

    def log_message(self, *arguments: object) -> None:
        """Nothing: the tests look at what was received."""


Scene = Callable[[Handler], None]


def event(data: object) -> bytes:
    return b"data: " + (data if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False).encode()) + b"\n\n"


def chunk(text: str | None = None, finish: str | None = None) -> bytes:
    return event({"choices": [{"index": 0, "delta": {} if text is None else {"content": text}, "finish_reason": finish}]})


def whole(text: str | None, finish: str = "stop", prompt_tokens: int = 10, completion_tokens: int = 3) -> bytes:
    usage = {"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens}
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
    return json.dumps({"choices": [choice], "usage": usage}).encode()


def says(text: str, finish: str = "stop", *, streams: bool = True) -> Scene:
    """Answer as the request wants it: word by word, or at once; a server that can't stream always answers at once."""

    def play(handler: Handler) -> None:
        if not (streams and handler.received.body.get("stream")):
            handler.send(whole(text, finish))
            return
        handler.begin_stream()
        for piece in text.split(" ")[:-1]:
            handler.stream(chunk(piece + " "))
        handler.stream(chunk(text.rpartition(" ")[2]))
        handler.stream(chunk(finish=finish))
        if handler.received.body.get("stream_options"):
            handler.stream(event({"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 3}}))
        handler.stream(event(b"[DONE]"))
        handler.stream(b"")

    return play


def fails(status: int, message: str = "no", *, param: str | None = None, code: str | None = None, **headers: str) -> Scene:
    content = json.dumps({"error": {"message": message, "type": "error", "param": param, "code": code}}).encode()
    return lambda handler: handler.send(content, status=status, **headers)


def sends(content: bytes, content_type: str = "application/json") -> Scene:
    return lambda handler: handler.send(content, content_type)


def breaks_off(*pieces: bytes) -> Scene:
    """Begin a stream, and close the connection within it."""

    def play(handler: Handler) -> None:
        handler.begin_stream()
        for piece in pieces:
            handler.stream(piece)
        handler.close_connection = True

    return play


def hangs_up(handler: Handler) -> None:
    """Close the connection without an answer."""
    handler.close_connection = True


@dataclass
class ModelServer:
    """What was asked, and what is done: each scene once, then the last for ever."""

    scenes: list[Scene]
    url: str = ""
    received: list[Received] = field(default_factory=list)
    peak: int = 0
    """How many requests were under way at once, at most."""
    closing: Event = field(default_factory=Event)
    _under_way: int = 0
    _lock: Lock = field(default_factory=Lock)

    def next_scene(self, received: Received) -> Scene:
        with self._lock:
            self.received.append(received)
            self._under_way += 1
            self.peak = max(self.peak, self._under_way)
            return self.scenes[min(len(self.received), len(self.scenes)) - 1]

    def leave(self) -> None:
        with self._lock:
            self._under_way -= 1

    def is_silent(self, *before: bytes) -> Scene:
        """Stream what is given, then nothing more until the server is closed."""

        def play(handler: Handler) -> None:
            if before:
                handler.begin_stream()
            for piece in before:
                handler.stream(piece)
            self.closing.wait(60)
            handler.close_connection = True

        return play

    def together(self, count: int, then: Scene) -> Scene:
        """Answer only when that many requests have come; with fewer nothing is answered."""
        barrier = Barrier(count)

        def play(handler: Handler) -> None:
            barrier.wait(60)
            then(handler)

        return play


@contextmanager
def model_server(*scenes: Scene) -> Iterator[ModelServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    script = server.script = ModelServer(list(scenes))  # type: ignore[attr-defined]
    script.url = f"http://127.0.0.1:{server.server_port}/v1"
    server.request_queue_size = 64
    server.daemon_threads = True
    server.block_on_close = False
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield script
    finally:
        script.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
