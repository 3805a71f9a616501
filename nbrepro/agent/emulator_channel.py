"""Messages between an emulated program and the process that answers for it: one JSON object a line, over two pipes.

An exception such as that of an alarm may come between any two steps. So every message begins on a line of its own, and every
answer names its question: what was cut short is passed over by both sides.
"""

import codecs
import io
import json
import os
import threading
from typing import Any, Dict

BUFFER_BYTES = 4096
PART_BYTES = 65536


class Channel:
    """Sends messages, and asks questions: one at a time, also from threads."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading = os.fdopen(reading, "rb")
        self._writing = writing
        self._asking = threading.RLock()
        self._sending = threading.Lock()
        self._count = 0

    def send(self, message: Dict[str, Any]) -> None:
        """Send one message; where nobody listens any more, the process ends."""
        content = b"\n" + json.dumps(message).encode() + b"\n"
        try:
            with self._sending:
                while content:
                    content = content[os.write(self._writing, content) :]
        except OSError:
            os._exit(1)

    def receive(self) -> Dict[str, Any]:
        """The next message; where none will come any more, the process ends."""
        line = self._reading.readline()
        if not line:
            os._exit(1)
        return dict(json.loads(line.decode()))

    def ask(self, question: Dict[str, Any]) -> Dict[str, Any]:
        """Send a question and wait for its answer."""
        with self._asking:
            self._count += 1
            number = self._count
            self.send({**question, "n": number})
            while True:
                answer = self.receive()
                if answer["n"] == number:
                    return answer


class Stream(io.RawIOBase):
    """Sends what is written to it."""

    def __init__(self, channel: Channel, name: str) -> None:
        super().__init__()
        self._channel = channel
        self._name = name
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        part = bytes(content[:PART_BYTES])
        self._channel.send({"k": "out", "stream": self._name, "text": self._decoder.decode(part)})
        return len(part)


def stream(channel: Channel, name: str) -> io.TextIOWrapper:
    """A text stream whose text becomes messages, with a buffer below it as standard output has one."""
    return io.TextIOWrapper(io.BufferedWriter(Stream(channel, name), BUFFER_BYTES), "utf-8", "backslashreplace")
