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
import json
import logging
import re
import selectors
import signal
import socket
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, ThreadWorker

from deploy.connection import ClientSocket, Connection

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
# Seconds. A thread that is free begins at once, unless there are others that keep the processor.
LATE = 0.02
# Work at once however late they begin: while one waits for AWS, another may compute.
FEWEST_THREADS = 2
# They are never refused; what load balancer and container ask is cheap (todoproject.api.health).
HEALTH_CHECKS = (b"GET /healthz ", b"GET / ")
_OUT_OF_DESCRIPTORS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*\r\n", re.IGNORECASE)
# What else could say where a request ends or its answer does: a length, well-formed or not, a line that continues
# another, HEAD, and whoever reads until the connection closes.
_UNCLEAR = re.compile(
    rb"content-length|transfer-encoding|\n[ \t]|\A\s*head |http/1\.0|\nconnection:[^\n]*close", re.IGNORECASE
)
_EXPECTS = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)

logger = logging.getLogger(__name__)


class Worker(ThreadWorker):  # type: ignore[misc]
    def init_process(self) -> None:
        self._waiting: dict[Connection, None] = {}
        self._in_threads = 0
        self._most_in_threads: float = self.cfg.threads
        self._shed = 0
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
            length = _LENGTH.search(received, 0, head + 2)
            # gthread is to judge where it ends, unless that is plain.
            if len(received) - head - 4 >= min(int(length[1]) if length else 0, MOST_BODY):
                self._hand_over(connection)
            elif not connection.told_to_continue and _EXPECTS.search(received, 0, head + 2):
                connection.told_to_continue = True
                connection.sock.unsent += b"HTTP/1.1 100 Continue\r\n\r\n"
                with contextlib.suppress(OSError):  # and to read will say so as well
                    connection.sock.flush()

    def _hand_over(self, connection: Connection) -> None:
        """Give the request to a thread that is free, while there is a processor for it. None waits for one: health
        checks would wait behind it.

        One that is refused has not been parsed. What follows it on its connection is taken for a request only where it
        must be one; otherwise a body could pass for it.
        """
        self._stop_waiting(connection)
        if self._in_threads < self._most_in_threads or connection.received.startswith(HEALTH_CHECKS):
            self._in_threads += 1
            connection.handed_over = time.monotonic()
            self.enqueue_req(connection)
        else:
            self._shed += 1
            connection.keeps = _ends_plainly(connection.received)
            connection.received.clear()
            connection.sock.unsent += _overloaded(closes=not connection.keeps)
            self._send(connection)

    def finish_request(self, connection: Connection, done: Future[Any]) -> None:
        self._in_threads -= 1
        connection.keeps = bool(not done.cancelled() and done.exception() is None and done.result())
        self._send(connection)

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

    def murder_keepalived(self, force: bool = False) -> None:
        """What gthread calls in each turn of the main loop, and by force when it ends."""
        now = time.monotonic()
        if now < self._next_look and not force:
            return
        self._next_look = now + 0.5
        self.worker_connections = self.cfg.worker_connections
        self._most_in_threads = min(self.cfg.threads, self._most_in_threads + 1)
        if self._shed:
            logger.warning("overloaded", extra={"refused": self._shed})
            self._shed = 0
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
        """As many threads work at once as begin in time.

        Where they wait for AWS, all of them do. Where they wait for the processor, more of them only make everybody
        wait, the main loop and health checks too. Fewer with each that begins late, more with each that does not and
        with time, by steps so small that neither a burst nor a single pause counts.
        """
        late = time.monotonic() - connection.handed_over > LATE
        most = self._most_in_threads
        self._most_in_threads = min(self.cfg.threads, max(FEWEST_THREADS, most * 0.95) if late else most + 0.05)
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


def _ends_plainly(request: bytearray) -> bool:
    """Whether nothing follows the request, and the next one can follow its answer, in anybody's reading."""
    head = request.find(b"\r\n\r\n")
    length = _LENGTH.search(request, 0, head + 2)
    return len(request) == head + 4 + (int(length[1]) if length else 0) and (
        len(_UNCLEAR.findall(request, 0, head)) == bool(length)
    )


def _overloaded(*, closes: bool) -> bytes:
    """What todoproject.api.requests.shed_load answers, at a tenth of its cost. API Gateway adds the headers of CORS."""
    # Not before the settings are there.
    from todoproject.api.errors import problem_body
    from todoproject.api.requests import Overloaded

    request_id = str(uuid.uuid4())
    body = json.dumps(problem_body(Overloaded(), request_id))
    return (
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
        f"Retry-After: {Overloaded.retry_after}\r\nCache-Control: private, no-cache\r\n"
        f"X-Request-ID: {request_id}\r\nConnection: {'close' if closes else 'keep-alive'}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()
