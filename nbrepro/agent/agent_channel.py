"""One connected socket in the place of a kernel's five: the messages stay as they are, only their road is another.

Every packet is a part of what is sent at once: a byte that says whether it is the last part, the sender's number, and
bytes. A request is one message, a kernel sends one or more. Packets are never cut or mixed by the system, so a process
that the notebook has forked can use the channel, too.
"""

import os
import socket
import struct
import threading
from typing import Any, Dict, List, Optional, Sequence

DELIMITER = b"<IDS|MSG>"
PART = struct.Struct("<BQ")
LENGTH = struct.Struct("<I")
PART_BYTES = 65536
HEADER, PARENT, CONTENT = 2, 3, 5
"""Places of the frames that are sent, counted from the delimiter; binary parts follow the content."""
BUSY = (b"status", b'{"execution_state": "busy"}')
"""Header and content of a message that nobody waits for."""


def pack(name: bytes, frames: Sequence[Any]) -> bytes:
    """A message as bytes, or several as one: each part with its length before it."""
    parts: List[bytes] = []
    for frame in (name, *frames):
        parts += (LENGTH.pack(len(frame)), bytes(frame))
    return b"".join(parts)


def unpack(content: bytes) -> List[bytes]:
    """The parts of a message."""
    parts, place = [], 0
    while place < len(content):
        size = LENGTH.unpack_from(content, place)[0]
        parts.append(content[place + 4 : place + 4 + size])
        place += 4 + size
    return parts


class Channel:
    """Sends and receives whole messages."""

    def __init__(self) -> None:
        self._socket: Optional[socket.socket] = None
        self._pid = 0
        self._count = 0
        self._lock = threading.Lock()
        self._begun: Dict[int, List[bytes]] = {}
        self._held: List[bytes] = []

    def open(self, descriptor: int) -> None:
        """Use this socket."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, fileno=descriptor)
        self._pid = os.getpid()

    def fileno(self) -> int:
        """The descriptor to wait on."""
        assert self._socket is not None
        return self._socket.fileno()

    def send(self, name: bytes, frames: Sequence[Any], is_held: bool = False) -> None:
        """Send the frames of a message of ipykernel, without its address and its signature; one that is held goes with the next."""
        start = frames.index(DELIMITER)
        header, content = frames[start + HEADER], frames[start + CONTENT]
        if (header, content) == BUSY:
            return
        message = pack(name, [header, frames[start + PARENT], *frames[start + CONTENT :]])
        if os.getpid() != self._pid:  # in a process that the notebook has forked: the lock may be held by a thread that isn't here
            self._pid, self._lock, self._held = os.getpid(), threading.Lock(), []
        with self._lock:
            self._held.append(message)
            if not is_held:
                self._send_held()

    def flush(self) -> None:
        """Send what is held, if it has not gone with another message."""
        with self._lock:
            if self._held:
                self._send_held()

    def _send_held(self) -> None:
        whole = pack(self._held[0], self._held[1:])
        self._held = []
        self._count += 1
        number = (self._pid << 32) + self._count
        for place in range(0, len(whole), PART_BYTES):
            is_last = place + PART_BYTES >= len(whole)
            self._put(PART.pack(is_last, number) + whole[place : place + PART_BYTES])

    def _put(self, packet: bytes) -> None:
        assert self._socket is not None
        try:
            self._socket.send(packet)
        except OSError:
            os._exit(1)  # nobody listens any more: the client has ended

    def receive(self) -> Optional[List[bytes]]:
        """One message, None if none is complete; the process ends where the client has."""
        assert self._socket is not None
        try:
            packet = self._socket.recv(PART.size + PART_BYTES, socket.MSG_DONTWAIT)
        except (BlockingIOError, InterruptedError):
            return None
        if not packet:
            os._exit(1)
        is_last, number = PART.unpack_from(packet)
        parts = self._begun.setdefault(number, [])
        parts.append(packet[PART.size :])
        return unpack(b"".join(self._begun.pop(number))) if is_last else None
