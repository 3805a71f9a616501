"""The client's end of a forked kernel's channel: whole messages through one connected socket.

The other end is `nbrepro/agent/agent_channel.py`, which says how a message travels.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from nbrepro.agent.agent_channel import PART, PART_BYTES, pack, unpack
from nbrepro.execution.messages import MOST_AT_ONCE, OUTPUTS, Message

PROTOCOL = "5.3"


class ForkedChannel:
    """Sends requests and receives messages; `descriptor` belongs to the other end until it is handed over."""

    def __init__(self) -> None:
        self._socket, self.other_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._begun: dict[int, list[bytes]] = {}
        self._session = uuid4().hex
        self._count = 0
        self.unreadable = 0
        """How many messages came that could not be read."""
        self.is_open = True
        """Whether the other end can still send."""

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return self._socket.fileno()

    def send(self, channel: str, kind: str, content: Mapping[str, Any]) -> str:
        """Send a request; gives its identity, which its answers name as their parent."""
        self._count += 1
        identity = f"{self._session}_{self._count}"
        header = {
            "msg_id": identity,
            "msg_type": kind,
            "username": "nbrepro",
            "session": self._session,
            "date": datetime.now(UTC).isoformat(),
            "version": PROTOCOL,
        }
        frames = (json.dumps(header).encode(), b"{}", json.dumps(content).encode())
        whole = pack(channel.encode(), frames)
        with suppress(OSError):  # a kernel that has ended is noticed by its exit status
            for place in range(0, len(whole), PART_BYTES):
                is_last = place + PART_BYTES >= len(whole)
                self._socket.send(PART.pack(is_last, self._count) + whole[place : place + PART_BYTES])
        return identity

    def received(self, largest: int | None) -> list[Message]:
        """What has arrived, without waiting. Outputs larger than so many bytes are thrown away unread."""
        messages: list[Message] = []
        for _ in range(MOST_AT_ONCE):
            whole = self._whole()
            if whole is None:
                break
            messages += (message for part in self._parts(whole) if (message := self._understood(part, largest)) is not None)
        return messages

    def _whole(self) -> bytes | None:
        """A message; empty where only a part of it is here, None where nothing is."""
        try:
            packet = self._socket.recv(PART.size + PART_BYTES, socket.MSG_DONTWAIT)
        except OSError:
            return None
        if not packet:
            self.is_open = False
            return None
        is_last, number = PART.unpack_from(packet)
        self._begun.setdefault(number, []).append(packet[PART.size :])
        return b"".join(self._begun.pop(number)) if is_last else b""

    def _parts(self, whole: bytes) -> list[bytes]:
        """The messages that were sent at once."""
        try:
            return unpack(whole)
        except struct.error:
            self.unreadable += 1
            return []

    def _understood(self, whole: bytes, largest: int | None) -> Message | None:
        try:
            channel, header, parent, content, *buffers = unpack(whole)
            # Shortened by `agent_messages`, unless a program has made them.
            kind = json.loads(header)["msg_type"] if header.startswith(b"{") else header.decode()
            origin = json.loads(parent).get("msg_id") or "" if parent.startswith(b"{") else parent.decode()
            if largest is not None and len(content) > largest and kind in OUTPUTS:
                return Message(channel.decode(), kind, origin, {}, len(content), is_left_unread=True)
            return Message(channel.decode(), kind, origin, json.loads(content), len(content), buffers=tuple(buffers))
        except (ValueError, TypeError, KeyError, AttributeError, struct.error):
            self.unreadable += 1
            return None

    def close(self) -> None:
        """Close this end, and the other one if it wasn't handed over."""
        self._socket.close()
        self.other_end.close()
