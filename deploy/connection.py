"""A client's connection as deploy.worker has it: nothing done with it waits."""

import socket
import struct
from typing import Any

from gunicorn.workers.gthread import TConn

# Seconds. The whole request is there when a thread reads; should gthread see that otherwise, it does not wait for long.
_READ_TIMEOUT = 2


class ClientSocket(socket.socket):
    """Takes an answer whole: what the kernel has no room for waits in `unsent` for the main loop."""

    def __init__(self, accepted: socket.socket) -> None:
        super().__init__(fileno=accepted.detach())
        self.unsent = bytearray()
        self.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", _READ_TIMEOUT, 0))

    def sendall(self, data: Any, flags: int = 0) -> None:
        self.unsent += data
        self.flush()

    def flush(self) -> None:
        try:
            while self.unsent:
                del self.unsent[: self.send(self.unsent, socket.MSG_DONTWAIT)]
        except BlockingIOError:
            pass


class Connection(TConn):  # type: ignore[misc]
    """`received` is what has come of the next request; `deadline` is when the main loop stops waiting,
    `handed_over` when a thread was given the request."""

    sock: ClientSocket

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.received = bytearray()
        self.deadline = 0.0
        self.handed_over = 0.0
        self.keeps = False
        self.told_to_continue = False
        # There is something to be read: gthread need not wait for it.
        self.data_ready = True

    def init(self) -> None:
        """What gthread calls before it parses a request."""
        super().init()
        self.parser.unreader.unread(bytes(self.received))
        self.received.clear()

    @property
    def held(self) -> int:
        return len(self.received) + len(self.sock.unsent)

    @property
    def is_idle(self) -> bool:
        return not self.held and (self.keeps or not self.initialized)
