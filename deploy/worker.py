"""gthread in which no thread waits for a client.

A thread of gunicorn's own worker reads a request, and writes its answer, for as long as the client takes; and the main
loop waits two seconds for a client that does not close. A few dozen slow clients would have all threads. Here the main
loop reads and writes as data comes and goes, for as many clients as there are connections, and a thread gets a request
only when all of it has arrived. (A load balancer waits for whole headers, API Gateway for bodies and answers as well.)

Built on the insides of gthread, hence the exact pin; tests/load/test_slow_clients.py tells whether it still works.
"""

import contextlib

# Django would import it when it logs the first answer of 4xx or 5xx, and could not where descriptors have run out.
import encodings.unicode_escape  # noqa: F401
import errno
import logging
import re
import selectors
import signal
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, ThreadWorker

from deploy.admission import Admission
from deploy.connection import ClientSocket, Connection
from deploy.framing import LENGTH, ends_plainly
from deploy.overloaded import refusal
from todoproject import settings

# Seconds: for a request from its first byte to its last, for an answer, and for a client to close after we have.
RECEIVE_TIMEOUT = 20
SEND_TIMEOUT = 20
LINGER = 2
# The signals by which the master stops a worker.
STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
# Bytes. A load balancer passes at most 64 KiB of headers. One byte more of a body than the application takes: it looks
# no further to refuse it.
MOST_HEAD = 64 * 1024
MOST_BODY = 256 * 1024 + 1
# What a worker holds of requests that are not whole and answers that are not read; who asks for more has to go.
MOST_HELD = 32 * 1024**2
# They are never refused; what load balancer and container ask is cheap (todoproject.api.health).
HEALTH_CHECKS = (b"GET /healthz ", b"GET / ")
_OUT_OF_DESCRIPTORS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_EXPECTS = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)

logger = logging.getLogger(__name__)


class Worker(ThreadWorker):  # type: ignore[misc]
    def init_process(self) -> None:
        self._waiting: dict[Connection, None] = {}
        self._admission = Admission(min(self.cfg.threads, settings.MAX_IN_FLIGHT))
        self._next_look = 0.0
        super().init_process()

    def init_signals(self) -> None:
        super().init_signals()
        # They were held since the fork: deploy/gunicorn.conf.py.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)

    # --- In the main loop ---------------------------------------------------------------------

    def accept(self, listener: socket.socket) -> None:
        try:
            accepted, address = listener.accept()
        except OSError as error:
            if error.errno in _OUT_OF_DESCRIPTORS:
                logger.error("no more connections", extra={"cause": str(error), "connections": self.nr_conns})
                self.worker_connections = self.nr_conns  # until the next look
            elif error.errno not in (errno.EAGAIN, errno.ECONNABORTED):
                raise
            return
        self.nr_conns += 1
        if self.nr_conns >= self.worker_connections:
            self._make_room()
        self._await_request(Connection(self.cfg, ClientSocket(accepted), address, listener.getsockname()))

    def _make_room(self) -> None:
        """Close the connection that has been idle for longest, so that idle ones keep nobody out."""
        idle = next((connection for connection in self._waiting if connection.is_idle), None)
        if idle is not None:
            self._drop(idle)

    def _await_request(self, connection: Connection) -> None:
        connection.told_to_continue = False
        if connection.received:
            self._wait(connection, RECEIVE_TIMEOUT, self._receive)
            self._enqueue_if_whole(connection)
        else:
            self._wait(connection, self.cfg.keepalive if self.alive else STOP_KEEPALIVE_LINGER, self._receive)

    def _receive(self, connection: Connection) -> None:
        if not connection.received:
            connection.deadline = time.monotonic() + RECEIVE_TIMEOUT
        try:
            data = connection.sock.recv(MOST_HEAD, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        connection.received += data
        if not data or (connection.held > MOST_HEAD and self._holds_too_much()):
            self._drop(connection)
        else:
            self._enqueue_if_whole(connection)

    def _enqueue_if_whole(self, connection: Connection) -> None:
        received = connection.received
        head = received.find(b"\r\n\r\n")
        if head > MOST_HEAD or (head < 0 and len(received) > MOST_HEAD):
            self._refuse(connection, "431 Request Header Fields Too Large")
        elif head >= 0:
            length = LENGTH.search(received, 0, head + 2)
            # gthread is to judge where it ends, unless that is plain.
            if len(received) - head - 4 >= min(int(length[1]) if length else 0, MOST_BODY):
                self._hand_over(connection)
            elif not connection.told_to_continue and _EXPECTS.search(received, 0, head + 2):
                connection.told_to_continue = True
                connection.sock.unsent += b"HTTP/1.1 100 Continue\r\n\r\n"
                with contextlib.suppress(OSError):  # and to read will say so as well
                    connection.sock.flush()

    def _hand_over(self, connection: Connection) -> None:
        self._stop_waiting(connection)
        if connection.received.startswith(HEALTH_CHECKS):
            self._begin(connection)
        elif self._admission.admit(connection):
            self._begin_next()
        else:
            self._shed(connection)

    def _begin_next(self) -> None:
        while connection := self._admission.next():
            self._begin(connection)

    def _begin(self, connection: Connection) -> None:
        """There is a thread that is free: none waits for one, since health checks would wait behind it."""
        self._admission.works(connection)
        self.enqueue_req(connection)

    def _shed(self, connection: Connection) -> None:
        """One that is refused has not been parsed. What follows it on its connection is taken for a request only where
        it must be one; otherwise a body could pass for it."""
        connection.keeps = ends_plainly(connection.received)
        connection.sock.unsent += refusal(connection.received, closes=not connection.keeps)
        connection.received.clear()
        self._send(connection)

    def finish_request(self, connection: Connection, done: Future[Any]) -> None:
        self._admission.ended()
        connection.keeps = bool(not done.cancelled() and done.exception() is None and done.result())
        self._send(connection)
        self._begin_next()

    def _send(self, connection: Connection) -> None:
        try:
            connection.sock.flush()
        except OSError:
            connection.keeps = False
            connection.sock.unsent.clear()
        if not connection.sock.unsent:
            self._stop_waiting(connection)
            self._go_on(connection)
        elif connection not in self._waiting:
            self._wait(connection, SEND_TIMEOUT, self._send, selectors.EVENT_WRITE)
            if self._holds_too_much():
                self._drop(connection)

    def _go_on(self, connection: Connection) -> None:
        if not connection.keeps:
            self._linger(connection)
            return
        if connection.parser:
            connection.received += connection.parser.unreader.take_buffered()
        self._await_request(connection)

    def _refuse(self, connection: Connection, status: str) -> None:
        self._stop_waiting(connection)
        connection.received.clear()
        connection.keeps = False
        connection.sock.unsent += f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode()
        self._send(connection)

    def _linger(self, connection: Connection) -> None:
        """Close our half and wait for theirs: data that was not read would make the kernel reset the connection, and
        the answer might be lost."""
        try:
            connection.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._drop(connection)
        else:
            self._wait(connection, LINGER, self._discard)

    def _discard(self, connection: Connection) -> None:
        try:
            if connection.sock.recv(MOST_HEAD, socket.MSG_DONTWAIT):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._drop(connection)

    # --- Who is waited for ----------------------------------------------------------------------

    def _wait(
        self,
        connection: Connection,
        seconds: float,
        go_on: Callable[[Connection], None],
        event: int = selectors.EVENT_READ,
    ) -> None:
        def on_event(_: Any) -> None:
            # Unless it had to make room in the same turn of the loop, for a connection that came before its event.
            if connection in self._waiting:
                go_on(connection)

        connection.deadline = time.monotonic() + seconds
        self._waiting[connection] = None
        self.poller.register(connection.sock, event, on_event)

    def _stop_waiting(self, connection: Connection) -> None:
        if connection in self._waiting:
            del self._waiting[connection]
            self.poller.unregister(connection.sock)

    def _drop(self, connection: Connection) -> None:
        self._stop_waiting(connection)
        self.nr_conns -= 1
        connection.close()

    def _holds_too_much(self) -> bool:
        return sum(connection.held for connection in self._waiting) > MOST_HELD

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        super().wait_for_and_dispatch_events(min(timeout, self._admission.seconds_to_expiry()))

    def murder_keepalived(self, force: bool = False) -> None:
        """What gthread calls in each turn of the main loop, and by force when it ends."""
        if not force:
            self._begin_next()
        for connection in self._admission.expire(all_who_wait=force):
            self._shed(connection)
        now = time.monotonic()
        if now < self._next_look and not force:
            return
        self._next_look = now + 0.5
        self.worker_connections = self.cfg.worker_connections
        self._admission.allow(1)
        if refused := self._admission.refused():
            logger.warning("overloaded", extra={"refused": refused})
        for connection in [each for each in self._waiting if force or each.deadline <= now]:
            if connection.received and not force:
                self._refuse(connection, "408 Request Timeout")
            else:
                self._drop(connection)

    def _cap_keepalive(self, deadline: float) -> None:
        """What gthread calls when it begins to stop."""
        for connection in self._waiting:
            if connection.is_idle:
                connection.deadline = min(connection.deadline, deadline)

    # --- In a thread ------------------------------------------------------------------------------

    def handle(self, connection: Connection) -> Any:
        self._admission.began(connection)
        return super().handle(connection)

    def handle_request(self, request: Any, connection: Connection) -> Any:
        """What was not awaited of a body is not read either: the connection closes.

        Otherwise all of it is here. gthread reads what the application did not, but gives up at 64 KiB and closes a
        connection that was said to be kept. Where a body in chunks ends is known only once it has been read, and what
        is wrong with it gunicorn would say by a second answer. The service takes none: todoproject.api.requests.
        """
        headers = dict(request.headers)
        if "TRANSFER-ENCODING" in headers or int(headers.get("CONTENT-LENGTH", "0")) >= MOST_BODY:
            request.force_close()
        request._expected_100_continue = False  # The main loop has said it where it was waited for.
        keeps = super().handle_request(request, connection)
        if keeps:
            request.body.read(MOST_BODY)
        return keeps
